/**
 * Mints credentials. Randomness is an argument, so that tests need no luck; `cryptoRandom` is the one to use.
 */
import { randomBytes } from 'node:crypto'
import { MisuseError } from '../errors.ts'
import { BASE62, ID_LENGTH, printCredential, SECRET_LENGTH, type TokenKind } from './format.ts'

/** Returns that many bytes that nobody can guess. */
export type RandomBytes = (bytes: number) => Uint8Array

/** `value` is shown to the holder once. Neither it nor `secret` may be stored or logged. */
export interface MintedCredential {
  readonly id: string
  readonly secret: string
  readonly value: string
}

const ID_BYTES = 16
const SECRET_BYTES = 32

export const cryptoRandom: RandomBytes = (bytes) => randomBytes(bytes)

/** A new id and a new secret. An id has 128 random bits, so it isn't checked whether it is taken; storage would refuse it. */
export function mint(prefix: string, kind: TokenKind, random: RandomBytes): MintedCredential {
  return mintSecret(prefix, kind, mintId(random), random)
}

/** A new id alone, for a token whose secret was made elsewhere. */
export function mintId(random: RandomBytes): string {
  return base62(draw(random, ID_BYTES), ID_LENGTH)
}

/** A new secret for an existing id, to roll a token. */
export function mintSecret(prefix: string, kind: TokenKind, id: string, random: RandomBytes): MintedCredential {
  const secret = base62(draw(random, SECRET_BYTES), SECRET_LENGTH)
  return { id, secret, value: printCredential(prefix, kind, id, secret) }
}

/** Checks the number of bytes: a source that returns fewer would make weak secrets unnoticed. */
function draw(random: RandomBytes, count: number): Uint8Array {
  const bytes = random(count)
  if (bytes.length !== count) throw new MisuseError(`the random source gave ${bytes.length} bytes instead of ${count}`)
  return bytes
}

/** The bytes as one big-endian number in base62, left-padded: no two inputs of one length share a text. */
function base62(bytes: Uint8Array, width: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let digits = ''
  for (let place = 0; place < width; place++) {
    digits = BASE62.charAt(Number(rest % 62n)) + digits
    rest /= 62n
  }
  return digits
}
