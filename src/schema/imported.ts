/**
 * The digest of a key that another system issued, as callers write it, together with the token to create for it.
 */
import type { CatalogShape } from '../core/catalog-types.ts'
import type { Token } from '../core/facts.ts'
import { InputError, type InputIssue } from '../errors.ts'
import type { PolicyContext } from './policy.ts'
import { field, leaf, read, record, textLeaf } from './reading.ts'
import { parseTokenCreate, type TokenInput, type TokenTerms } from './token.ts'

const PLAIN = ['sha256-hex', 'sha256-base64url'] as const
const KEYED = ['hmac-sha256-hex', 'hmac-sha256-base64url'] as const

/** A digest of a key: its scheme and its text. With HMAC, `key` is the id of one of `importedKeys.hmacSha256`. */
export type DigestInput =
  | { readonly scheme: (typeof PLAIN)[number]; readonly value: string }
  | { readonly scheme: (typeof KEYED)[number]; readonly key: string; readonly value: string }

/** A token to import: the input of `create`, with the digest of the key that its holder already has. */
export type ImportInput<S extends CatalogShape = CatalogShape> = TokenInput<S> & { readonly digest: DigestInput }

const schemeShape = leaf<DigestInput['scheme']>(
  (value) =>
    [...PLAIN, ...KEYED].find((scheme) => scheme === value) ?? {
      code: 'bad_value',
      message: `must be ${[...PLAIN, ...KEYED].map((scheme) => `\`${scheme}\``).join(' or ')}`,
    },
)

/** Any text: `ImportedKeys` checks the bytes. No message repeats it. */
const textShape = textLeaf((text) => text)

const digestShape = record({ scheme: schemeShape, value: textShape, key: textShape.optional() })

function parseDigest(input: unknown): DigestInput {
  const { scheme, value, key } = read(digestShape, input, ['digest'], (value, report) => {
    const [scheme, key] = [field(value, 'scheme'), field(value, 'key')]
    const isKeyed = KEYED.some((keyed) => keyed === scheme)
    if (isKeyed && key === undefined) report.at('key').issue('required', 'is required: the id of the HMAC key')
    if (PLAIN.some((plain) => plain === scheme) && key !== undefined)
      report.at('key').issue('bad_value', 'belongs to an `hmac-sha256` scheme alone')
  })
  return isPlain(scheme) ? { scheme, value } : { scheme, value, key: key ?? '' }
}

function isPlain(scheme: DigestInput['scheme']): scheme is (typeof PLAIN)[number] {
  return PLAIN.some((plain) => plain === scheme)
}

/** The stored form of a digest, or why there is none. */
type Read = { readonly digest: string } | { readonly fault: 'bad_digest' | 'scheme_not_accepted' }

/** Reads a token to import, and the stored form of its digest. `readDigest` knows which digests are accepted. */
export function parseImport(
  input: unknown,
  context: PolicyContext,
  readDigest: (given: DigestInput) => Read,
): { readonly terms: TokenTerms & Pick<Token, 'owner' | 'apiAccess'>; readonly digest: string } {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  const { digest: given, ...rest } = isObject ? { digest: undefined, ...input } : { digest: undefined }
  const issues: InputIssue[] = []
  const terms = collect(issues, () => parseTokenCreate(isObject ? rest : input, context))
  const digest = collect(issues, () => {
    const parsed = parseDigest(given)
    const found = readDigest(parsed)
    if ('digest' in found) return found.digest
    throw new InputError([refused(parsed, found.fault)])
  })
  if (terms === null || digest === null) throw new InputError(issues)
  return { terms, digest }
}

function refused(digest: DigestInput, fault: 'bad_digest' | 'scheme_not_accepted'): InputIssue {
  if (fault === 'bad_digest') {
    const message = `must be the 32 bytes of a SHA-256 in ${digest.scheme.endsWith('-hex') ? 'hex' : 'base64url'}`
    return { path: ['digest', 'value'], code: fault, message }
  }
  return 'key' in digest
    ? { path: ['digest', 'key'], code: fault, message: 'is none of the `importedKeys.hmacSha256` of this process' }
    : { path: ['digest', 'scheme'], code: fault, message: 'is accepted only with `importedKeys.sha256`' }
}

/** Reads one part and goes on where it is wrong, so that all issues are reported at once. */
function collect<T>(issues: InputIssue[], part: () => T): T | null {
  try {
    return part()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    issues.push(...error.issues)
    return null
  }
}
