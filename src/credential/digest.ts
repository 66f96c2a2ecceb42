/**
 * The digest of a secret, made of kind, id and secret, so that a row's digest is worth nothing in another row.
 *
 * A digest begins with its scheme, which ends at the last colon. One SHA-256 is enough: a secret has 256 random bits and can't be guessed from it.
 * This text is what is stored, or with peppers its HMAC: `peppers.ts`.
 */
import { type BinaryToTextEncoding, hash } from 'node:crypto'
import { ID_LENGTH, PARTS_LENGTH, type TokenKind } from './format.ts'

const LABEL = 'bailiwick credential\n'
/** Two bytes to a character: half as many to compare. `hash` takes every text encoding, though its types list only some. */
const BYTES = 'utf16le' as BinaryToTextEncoding

/** The digest of a credential, as it is stored. */
export function digest(kind: TokenKind, id: string, secret: string): string {
  return digestOf(digestBytes(kind, id, secret))
}

/**
 * The 32 bytes of that digest as 16 characters, which is the shortest text to compare. The label keeps it apart from every other use of SHA-256. No two
 * credentials share an input: the kind is one letter, and id and secret are base62, so none of the three can hold the line break between them.
 */
export function digestBytes(kind: TokenKind, id: string, secret: string): string {
  return hash('sha256', `${LABEL}${kind}\n${id}\n${secret}`, BYTES)
}

/** What `toString('latin1')` of a `Buffer` calls, in two thirds of its time. Node's types leave it out. */
type Latin1 = Buffer & { latin1Slice(start: number, end: number): string }

/** The bytes to be hashed, reused for one credential after the other: writing parts in place takes a third of the time of joining text. */
export class DigestInput {
  readonly #bytes = new Uint8Array(LABEL.length + 2 + PARTS_LENGTH)
  readonly #id = Buffer.from(this.#bytes.buffer, LABEL.length + 2, ID_LENGTH) as Latin1
  /** Room for the id and the secret. Nobody writes the byte between them. */
  readonly parts = this.#bytes.subarray(LABEL.length + 2)

  constructor() {
    this.#bytes.set(Buffer.from(`${LABEL}?\n${' '.repeat(ID_LENGTH)}\n`))
  }

  /** The id among the parts, as a text of its own: one that is cut from a credential keeps the whole of it in memory, with its secret. */
  get id(): string {
    return this.#id.latin1Slice(0, ID_LENGTH)
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
 * Whether two secret texts are the same, in constant time: every character of both is looked at. In place, since copying both into bytes for
 * `timingSafeEqual` takes longer than comparing them.
 */
export function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < b.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}

/** A scheme, and 32 bytes in base64url. */
const DIGEST = /^[a-z0-9_:-]+:[A-Za-z0-9_-]{43}$/
