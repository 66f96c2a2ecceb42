/**
 * What is kept of a secret: a digest over kind, id and secret, so that a row's digest is worth nothing in another row.
 *
 * A stored digest begins with its scheme: `sha256:<base64url>` is the only one today. One SHA-256 is enough, since a secret has 256
 * random bits and can't be guessed from it. Peppers will come as `hmac-sha256:<pepper id>:<base64url>`, the HMAC of the text that
 * `digest` returns: authenticating a cold credential then costs one HMAC more, and a warm one is still compared by this digest alone.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { StoredFactError } from '../errors.ts'
import type { TokenKind } from './format.ts'

const SCHEME = 'sha256:'

/**
 * The digest of a credential in its stored form. The label keeps it apart from every other use of SHA-256; no two credentials share
 * an input, since none of the parts that `parseCredential` gives can hold the separator.
 */
export function digest(kind: TokenKind, id: string, secret: string): string {
  return SCHEME + hash('sha256', `bailiwick credential\n${kind}\n${id}\n${secret}`, 'base64url')
}

/**
 * Whether a stored digest is the one computed from what was presented, in constant time. Malformed text equals nothing.
 * Throws `StoredFactError` for a stored digest of another scheme: a newer version wrote it, and it must not look like a wrong secret.
 */
export function sameDigest(stored: string, presented: string): boolean {
  if (!stored.startsWith(SCHEME)) throw new StoredFactError(`a stored digest has a scheme other than \`${SCHEME}\``)
  return fill(STORED, stored) && fill(PRESENTED, presented) && timingSafeEqual(STORED, PRESENTED)
}

/** One pair of buffers for all comparisons, since nothing waits between filling and comparing them. */
const LENGTH = SCHEME.length + 43
const STORED = Buffer.alloc(LENGTH)
const PRESENTED = Buffer.alloc(LENGTH)

/** Whether the text is as long as a digest, in characters and in bytes, and so fills the buffer. */
function fill(buffer: Buffer, text: string): boolean {
  return text.length === LENGTH && buffer.write(text, 'utf8') === LENGTH && Buffer.byteLength(text) === LENGTH
}
