/**
 * Keys that were issued before the host adopted bailiwick, known by a digest of their text until the next roll replaces them.
 *
 * Such a key names no token, so its digest is looked up. It is stored like any other digest, as `raw-sha256:…` or `raw-hmac-sha256:<key id>:…`.
 * The digest of a key that can be guessed can be guessed as well: only import keys that were random.
 */
import { hash } from 'node:crypto'
import { hmac, readKeys } from './peppers.ts'

/** Which foreign keys are looked up. With this option, each value that is no bailiwick credential may cost a read. */
export interface ImportedKeyOptions {
  /** Keys known by the SHA-256 of their text. */
  readonly sha256?: boolean
  /** Keys known by the HMAC-SHA-256 of their text. HMAC keys by id: at least 32 bytes each, ids of `a-z 0-9 _ -`. */
  readonly hmacSha256?: Readonly<Record<string, string | Uint8Array>>
}

/** A digest as another system kept it. */
export type ImportedDigest =
  | { readonly scheme: 'sha256-hex' | 'sha256-base64url'; readonly value: string }
  | { readonly scheme: 'hmac-sha256-hex' | 'hmac-sha256-base64url'; readonly key: string; readonly value: string }

export interface ImportedKeys {
  /** Every digest under which a key of this text may be stored; empty where none is accepted or the text is too long to be one. */
  digestsOf(value: string): readonly string[]
  /** The digest in the form that is stored, or what is wrong with it. */
  read(digest: ImportedDigest): { readonly digest: string } | { readonly fault: 'bad_digest' | 'scheme_not_accepted' }
}

const MAX_KEY_LENGTH = 1_024

/** Throws `MisuseError` for keys that are too short or badly named. */
export function createImportedKeys(options: ImportedKeyOptions = {}): ImportedKeys {
  const keys = readKeys('importedKeys.hmacSha256', options.hmacSha256 ?? {})
  const sha256 = options.sha256 === true
  return Object.freeze({
    digestsOf(value: string) {
      if (value === '' || value.length > MAX_KEY_LENGTH) return []
      return [
        ...(sha256 ? [`raw-sha256:${hash('sha256', value, 'base64url')}`] : []),
        ...[...keys].map(([id, key]) => keyed(id, hmac(key, value))),
      ]
    },
    read(digest: ImportedDigest) {
      const body = bytesOf(digest)
      if (body === null) return { fault: 'bad_digest' as const }
      if (digest.scheme.startsWith('sha256-') && sha256) return { digest: `raw-sha256:${body}` }
      if (isKeyed(digest) && keys.has(digest.key)) return { digest: keyed(digest.key, body) }
      return { fault: 'scheme_not_accepted' as const }
    },
  })
}

function isKeyed(digest: ImportedDigest): digest is Extract<ImportedDigest, { readonly key: string }> {
  return digest.scheme.startsWith('hmac-')
}

function keyed(id: string, body: string): string {
  return `raw-hmac-sha256:${id}:${body}`
}

/** The 32 bytes in base64url, whichever way they were written; `null` for anything else. */
function bytesOf({ scheme, value }: ImportedDigest): string | null {
  if (scheme.endsWith('-hex'))
    return /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex').toString('base64url') : null
  const body = /^([A-Za-z0-9_-]{43})=?$/.exec(value)?.[1]
  return body !== undefined && Buffer.from(body, 'base64url').toString('base64url') === body ? body : null
}
