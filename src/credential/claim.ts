/**
 * What a presented value says it is, before anything is looked up: a credential of ours, a key of another make that may have been imported,
 * or neither. Only digests leave this file: from none of them can the value be had.
 */
import { digest } from './digest.ts'
import { parseCredential, scannerPattern, type TokenKind } from './format.ts'
import type { ImportedKeys } from './imported.ts'

export type Claim =
  /** Names its token; `plain` is the digest of its secret. */
  | { readonly kind: 'native'; readonly tokenKind: TokenKind; readonly id: string; readonly plain: string }
  /** Names none: `plains` are the digests that its token may be known by, never empty. */
  | { readonly kind: 'imported'; readonly plains: readonly string[] }

/**
 * Reads a value, or `null`: it can be no credential. Does not know whether such a token exists.
 *
 * What has our shape and one of our prefixes is ours, and with a wrong check it is mistyped: it is never taken for a key of another make.
 */
export function claimOf(value: string, prefixes: ReadonlySet<string>, importedKeys: ImportedKeys): Claim | null {
  const parsed = parseCredential(value, prefixes)
  if (parsed !== null) {
    const { kind, id, secret } = parsed
    return { kind: 'native', tokenKind: kind, id, plain: digest(kind, id, secret) }
  }
  if (hasOurShape(value, prefixes)) return null
  const plains = importedKeys.digestsOf(value)
  return plains.length === 0 ? null : { kind: 'imported', plains }
}

function hasOurShape(value: string, prefixes: ReadonlySet<string>): boolean {
  return [...prefixes].some((prefix) => new RegExp(`^${scannerPattern(prefix)}$`).test(value))
}
