/**
 * What is computed of a secret: a digest over kind, id and secret, so that a row's digest is worth nothing in another row.
 *
 * A digest begins with its scheme; the last colon ends it. One SHA-256 is enough, since a secret has 256 random bits and can't be guessed
 * from it. What is stored is this text, or with peppers the HMAC of it: `peppers.ts`.
 */
import { type BinaryToTextEncoding, hash } from 'node:crypto'
import { ID_LENGTH, PARTS_LENGTH, type TokenKind } from './format.ts'

const LABEL = 'bailiwick credential\n'
/** Two bytes to a character: half as many to compare. `hash` knows all encodings of text, its types only some. */
const BYTES = 'utf16le' as BinaryToTextEncoding

/** The digest of a credential, as it is stored. */
export function digest(kind: TokenKind, id: string, secret: string): string {
  return digestOf(digestBytes(kind, id, secret))
}

/**
 * The 32 bytes of that digest as 16 characters: what is computed for every request, and the shortest there is to compare. The label keeps it apart
 * from every other use of SHA-256; no two credentials share an input, since none of the parts that `readCredential` gives can hold the separator.
 */
export function digestBytes(kind: TokenKind, id: string, secret: string): string {
  return hash('sha256', `${LABEL}${kind}\n${id}\n${secret}`, BYTES)
}

/** What is hashed of one credential after the other: to write parts in place takes a third of the time that joining them as text does. */
export class DigestInput {
  readonly #bytes = new Uint8Array(LABEL.length + 2 + PARTS_LENGTH)
  /** Room for the id and the secret. The byte between them is for nobody to write. */
  readonly parts = this.#bytes.subarray(LABEL.length + 2)

  constructor() {
    this.#bytes.set(Buffer.from(`${LABEL}?\n${' '.repeat(ID_LENGTH)}\n`))
  }

  /** The same as `digestBytes` of this kind and the parts. */
  digestBytes(kind: TokenKind): string {
    this.#bytes[LABEL.length] = kind.charCodeAt(0)
    return hash('sha256', this.#bytes, BYTES)
  }
}

/** The digest of these bytes. */
export function digestOf(bytes: string): string {
  return `sha256:${Buffer.from(bytes, BYTES).toString('base64url')}`
}

/** Whether two digests are the same, scheme and all, in constant time. Malformed text equals nothing. */
export function sameDigest(stored: string, presented: string): boolean {
  return DIGEST.test(presented) && sameText(stored, presented)
}

/**
 * Whether two texts of secrets are the same, in constant time: every character of both is looked at. Done in place, since copying two texts into bytes
 * for `timingSafeEqual` takes longer than to compare them.
 */
export function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < b.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}

/** A scheme, and 32 bytes in base64url. */
const DIGEST = /^[a-z0-9_:-]+:[A-Za-z0-9_-]{43}$/
