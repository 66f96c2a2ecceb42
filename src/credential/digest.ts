/**
 * What is computed of a secret: a digest over kind, id and secret, so that a row's digest is worth nothing in another row.
 *
 * A digest begins with its scheme; the last colon ends it. One SHA-256 is enough, since a secret has 256 random bits and can't be guessed
 * from it. What is stored is this text, or with peppers the HMAC of it: `peppers.ts`.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { TokenKind } from './format.ts'

/**
 * The digest of a credential. The label keeps it apart from every other use of SHA-256; no two credentials share an input, since none of
 * the parts that `parseCredential` gives can hold the separator.
 */
export function digest(kind: TokenKind, id: string, secret: string): string {
  return `sha256:${hash('sha256', `bailiwick credential\n${kind}\n${id}\n${secret}`, 'base64url')}`
}

/** Whether two digests are the same, scheme and all, in constant time but for their schemes, which are no secret. Malformed text equals nothing. */
export function sameDigest(stored: string, presented: string): boolean {
  const scheme = presented.length - BODY
  if (scheme < 1 || stored.length !== presented.length || !stored.startsWith(presented.slice(0, scheme))) return false
  return fill(STORED, stored, scheme) && fill(PRESENTED, presented, scheme) && timingSafeEqual(STORED, PRESENTED)
}

/** 32 bytes in base64url. One pair of buffers for all comparisons, since nothing waits between filling and comparing them. */
const BODY = 43
const STORED = Buffer.alloc(BODY)
const PRESENTED = Buffer.alloc(BODY)

/** Whether the text from here on fills the buffer with one byte for each character, and a colon stands before it. */
function fill(buffer: Buffer, text: string, from: number): boolean {
  const body = text.slice(from)
  return text[from - 1] === ':' && buffer.write(body, 'utf8') === BODY && Buffer.byteLength(body) === BODY
}
