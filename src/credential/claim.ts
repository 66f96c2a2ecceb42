/**
 * What a presented value claims to be, before any look-up: a bailiwick credential, a foreign key that may have been imported, or neither. Only digests
 * leave this file, and ids that are no slices of the value: nothing keeps the secret in memory.
 */
import { DigestInput } from './digest.ts'
import { ANY_PREFIX, hasShape, type Prefixes, readCredential, type TokenKind } from './format.ts'
import type { ImportedKeys } from './imported.ts'

export type Claim =
  /** A bailiwick credential: it names its token. `bytes` are those of its digest. */
  | { readonly kind: 'native'; readonly tokenKind: TokenKind; readonly id: string; readonly bytes: string }
  /** A foreign key: it names no token. `digests` are the digests by which its token may be known, at least one. */
  | { readonly kind: 'imported'; readonly digests: readonly string[] }

/**
 * Reads a value; `null` for what can be no credential. Does not know whether such a token exists.
 *
 * A value with the shape and an accepted prefix of bailiwick credentials is one. With a wrong checksum it is mistyped, and never taken for a foreign key.
 */
export function claimOf(value: string, prefixes: Prefixes, importedKeys: ImportedKeys): Claim | null {
  return nativeClaim(value, prefixes) ?? (hasShape(value, prefixes) ? null : importedClaim([value], importedKeys))
}

/**
 * Reads a value that was found somewhere, as everything it may be. Whatever it may open counts, so it is read at least as widely as where it would be
 * presented: with any prefix, since the secret still works under another one; as a foreign key whatever its shape; and with white space trimmed.
 */
export function claimsOfFound(value: string, importedKeys: ImportedKeys): readonly Claim[] {
  const trimmed = value.trim()
  const texts = trimmed === value ? [value] : [value, trimmed]
  return [nativeClaim(trimmed, ANY_PREFIX), importedClaim(texts, importedKeys)].filter((claim) => claim !== null)
}

/** One serves all: it is filled and read synchronously. */
const input = new DigestInput()

function nativeClaim(value: string, prefixes: Prefixes): Claim | null {
  const tokenKind = readCredential(value, prefixes, input.parts)
  if (tokenKind === null) return null
  return { kind: 'native', tokenKind, id: input.id, bytes: input.digestBytes(tokenKind) }
}

function importedClaim(texts: readonly string[], importedKeys: ImportedKeys): Claim | null {
  const digests = texts.flatMap(importedKeys.digestsOf)
  return digests.length === 0 ? null : { kind: 'imported', digests }
}
