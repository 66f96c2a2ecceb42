/**
 * The public keys that signatures are checked with: ECDSA on the curve P-256, each with its identifier.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'

/** A public key as GitHub publishes it. */
export interface GitHubKey {
  readonly key_identifier: string
  /** PEM, `-----BEGIN PUBLIC KEY-----`. */
  readonly key: string
  /** Whether GitHub signs with it at present. Not looked at: while keys rotate, the one before is good as well. */
  readonly is_current?: boolean
}

/** Keys by identifier, never none. */
export type Keys = ReadonlyMap<string, KeyObject>

/** Characters of an identifier: GitHub's are 64 hex digits. */
export const KEY_ID = /^[0-9A-Za-z._-]{1,128}$/

/** Every key of the list that is one. Those of another kind are passed over, which refuses what they sign. */
export function readKeys(list: unknown): Keys {
  if (!Array.isArray(list)) return new Map()
  return new Map(list.map(readKey).filter((entry) => entry !== null))
}

/** An identifier and its key, or `null` where it can't be used to check anything. */
export function readKey(given: unknown): readonly [id: string, key: KeyObject] | null {
  if (typeof given !== 'object' || given === null) return null
  const { key_identifier: id, key: pem } = given as { readonly [field in keyof GitHubKey]?: unknown }
  if (typeof id !== 'string' || !KEY_ID.test(id) || typeof pem !== 'string') return null
  const key = readPem(pem)
  return key === null ? null : [id, key]
}

/** A private key is refused, and not turned into its public one: it has no business here. */
function readPem(pem: string): KeyObject | null {
  if (!pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) return null
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null
  } catch {
    return null
  }
}
