/**
 * The public keys that signatures are verified with: ECDSA on the curve P-256, each with its identifier.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'

/** A public key as GitHub publishes it. */
export interface GitHubKey {
  readonly key_identifier: string
  /** PEM, `-----BEGIN PUBLIC KEY-----`. */
  readonly key: string
  /** Whether GitHub signs with it at present. Ignored: while keys rotate, the previous one is valid as well. */
  readonly is_current?: boolean
}

/** Keys by identifier, at least one. */
export type Keys = ReadonlyMap<string, KeyObject>

/** Characters of an identifier: GitHub's are 64 hex digits. */
export const KEY_ID = /^[0-9A-Za-z._-]{1,128}$/

/** The usable keys of the list. Keys of another kind are skipped, so what they sign is refused. */
export function readKeys(list: unknown): Keys {
  if (!Array.isArray(list)) return new Map()
  return new Map(list.map(readKey).filter((entry) => entry !== null))
}

/** An identifier and its key, or `null` where the key can't be used. */
export function readKey(given: unknown): readonly [id: string, key: KeyObject] | null {
  if (typeof given !== 'object' || given === null) return null
  const { key_identifier: id, key: pem } = given as { readonly [field in keyof GitHubKey]?: unknown }
  if (typeof id !== 'string' || !KEY_ID.test(id) || typeof pem !== 'string') return null
  const key = readPem(pem)
  return key === null ? null : [id, key]
}

/** Refuses a private key, and doesn't derive the public one: it has no business here. */
function readPem(pem: string): KeyObject | null {
  if (!pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) return null
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null
  } catch {
    return null
  }
}
