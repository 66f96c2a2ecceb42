/**
 * What a presented value says it is, before anything is looked up: a credential of ours, a key of another make that may have been imported,
 * or neither. Only digests leave this file, and ids that were not cut from the value: in none of them is it kept.
 */
import { DigestInput } from './digest.ts'
import { ANY_PREFIX, hasShape, type Prefixes, readCredential, type TokenKind } from './format.ts'
import type { ImportedKeys } from './imported.ts'

export type Claim =
  /** Names its token; `bytes` are those of its digest. */
  | { readonly kind: 'native'; readonly tokenKind: TokenKind; readonly id: string; readonly bytes: string }
  /** Names none: `plains` are the digests that its token may be known by, never empty. */
  | { readonly kind: 'imported'; readonly plains: readonly string[] }

/**
 * Reads a value, or `null`: it can be no credential. Does not know whether such a token exists.
 *
 * What has our shape and one of our prefixes is ours, and with a wrong check it is mistyped: it is never taken for a key of another make.
 */
export function claimOf(value: string, prefixes: Prefixes, importedKeys: ImportedKeys): Claim | null {
  return nativeClaim(value, prefixes) ?? (hasShape(value, prefixes) ? null : importedClaim([value], importedKeys))
}

/**
 * Reads a value that was found somewhere: all that it may be. Whatever it may open counts, so nothing is read here less widely than where it
 * is presented: with any prefix, since one that is accepted no more stands before a secret that still opens with another; as a key of another
 * make whatever its shape; and without the white space around it.
 */
export function claimsOfFound(value: string, importedKeys: ImportedKeys): readonly Claim[] {
  const trimmed = value.trim()
  const texts = trimmed === value ? [value] : [value, trimmed]
  return [nativeClaim(trimmed, ANY_PREFIX), importedClaim(texts, importedKeys)].filter((claim) => claim !== null)
}

/** Filled and read before anything else can happen, so one serves all. */
const input = new DigestInput()

function nativeClaim(value: string, prefixes: Prefixes): Claim | null {
  const tokenKind = readCredential(value, prefixes, input.parts)
  if (tokenKind === null) return null
  return { kind: 'native', tokenKind, id: input.id, bytes: input.digestBytes(tokenKind) }
}

function importedClaim(texts: readonly string[], importedKeys: ImportedKeys): Claim | null {
  const plains = texts.flatMap(importedKeys.digestsOf)
  return plains.length === 0 ? null : { kind: 'imported', plains }
}
