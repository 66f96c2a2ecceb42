/**
 * The signature of a delivery: ECDSA on P-256 over the SHA-256 of the raw body, as a DER sequence in base64, beside the identifier of its key.
 */
import { type KeyObject, verify } from 'node:crypto'
import { KEY_ID } from './keys.ts'

/** The two headers, well formed but not verified. */
export interface Signed {
  readonly keyId: string
  readonly signature: string
}

/** A DER sequence of two integers below 2^256 is 72 bytes at most, which are 96 characters. */
const SIGNATURE = /^[0-9A-Za-z+/]{1,126}={0,2}$/

/** Reads the two headers, or `null` where one is missing, too long, sent twice (which joins its values by a comma), or of other characters. */
export function readSigned(keyId: unknown, signature: unknown): Signed | null {
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId)) return null
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return null
  return { keyId, signature }
}

/**
 * Whether this key signed exactly these bytes. A signature has one spelling: base64 with other spare bits or padding is refused, and so is DER that isn't
 * minimal or has bytes after it (OpenSSL encodes what it read again and compares).
 */
export function isSignedBy(key: KeyObject, body: Uint8Array, signature: string): boolean {
  const der = Buffer.from(signature, 'base64')
  return der.toString('base64') === signature && verify('sha256', body, { key, dsaEncoding: 'der' }, der)
}
