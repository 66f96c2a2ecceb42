/**
 * What is computed of a secret: a digest over kind, id and secret, so that a row's digest is worth nothing in another row.
 *
 * A digest begins with its scheme; the last colon ends it. One SHA-256 is enough, since a secret has 256 random bits and can't be guessed
 * from it. What is stored is this text, or with peppers the HMAC of it: `peppers.ts`.
 */
import { hash } from 'node:crypto'
import type { TokenKind } from './format.ts'

/**
 * The digest of a credential. The label keeps it apart from every other use of SHA-256; no two credentials share an input, since none of
 * the parts that `parseCredential` gives can hold the separator.
 */
export function digest(kind: TokenKind, id: string, secret: string): string {
  return `sha256:${hash('sha256', `bailiwick credential\n${kind}\n${id}\n${secret}`, 'base64url')}`
}

/**
 * Whether two digests are the same, scheme and all, in constant time: every character of both is looked at. Malformed text equals nothing. Done
 * in place, since copying two texts into bytes for `timingSafeEqual` takes longer than to compare them.
 */
export function sameDigest(stored: string, presented: string): boolean {
  const body = presented.length - BODY_LENGTH
  if (body < 2 || stored.length !== presented.length || presented.charCodeAt(body - 1) !== COLON) return false
  let difference = 0
  for (let at = 0; at < presented.length; at++) {
    const code = presented.charCodeAt(at)
    difference |= (stored.charCodeAt(at) ^ code) | (code & ~0x7f)
  }
  return difference === 0
}

/** 32 bytes in base64url. */
const BODY_LENGTH = 43
const COLON = 0x3a
