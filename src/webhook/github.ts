/**
 * The endpoint that GitHub's secret scanning calls when it finds a token in public.
 *
 * The cheapest checks come first. Storage is read only after the signature was verified, so a stranger costs a little arithmetic and nothing else.
 */
import type { KeyObject } from 'node:crypto'
import { MisuseError } from '../errors.ts'
import { readAlerts } from './alerts.ts'
import {
  answered,
  BAD_ALERTS,
  BAD_HEADERS,
  BAD_SIGNATURE,
  BODY_BROKEN_OFF,
  NO_BODY,
  NO_KEYS,
  NO_STORAGE,
  type ScanAnswer,
  TOO_LARGE,
  UNKNOWN_KEY,
} from './answer.ts'
import { readBody } from './body.ts'
import { readOptions, type SecretScanningOptions } from './options.ts'
import { type LeakReporter, report } from './report.ts'
import { isSignedBy, readSigned } from './signature.ts'

export type { Evidence } from './alerts.ts'
export type { ScanAnswer } from './answer.ts'
export type { GitHubKey } from './keys.ts'
export type { SecretScanningOptions } from './options.ts'
export type { FoundLeak, Label, LeakReporter } from './report.ts'

/** One request of GitHub's. */
export interface Delivery {
  /** The header `Github-Public-Key-Identifier`. */
  readonly keyId: string | null | undefined
  /** The header `Github-Public-Key-Signature`. */
  readonly signature: string | null | undefined
  /** The raw bytes, before any parser: they are what is signed. */
  readonly body: Uint8Array | null | undefined
}

export interface SecretScanning {
  /**
   * Answers one delivery: revokes what it names and labels each value. A value that is a token of this service, in whatever state, is a `true_positive`.
   * 200 with those labels · 400 for headers or a body that are missing or malformed (a parser may have consumed the body) · 401 for an unknown key or a
   * wrong signature · 413 for a body above `maxBytes` · 503 where keys or storage gave no answer: what was revoked stays revoked, and sending it
   * again is safe.
   *
   * Rejects only for a body that isn't bytes (`ERR_BAILIWICK_MISUSE`), and for an error other than `ERR_BAILIWICK_STORAGE_UNAVAILABLE` from reporting a
   * value. Does not guard against replay, which could only revoke what is revoked already. Only `onLeak` informs the owner.
   */
  (delivery: Delivery): Promise<ScanAnswer>
  /** The same for a web-standard request whose body nobody has read. Reads at most `maxBytes` of it, and nothing when the key is unknown. */
  fetch(request: Request): Promise<Response>
}

/**
 * Makes the endpoint for a partner of GitHub's secret scanning. Route a POST to it without a guard: the signature is its credential.
 *
 * Throws `ERR_BAILIWICK_MISUSE` for options that can't be right.
 *
 * @example
 * ```ts
 * const scan = secretScanning(bw)
 * hono.post('/webhooks/github', (c) => scan.fetch(c.req.raw))
 * const app = express() // before any parser that reads the body
 * app.post('/webhooks/github', express.raw({ type: () => true, limit: '10mb' }), async (req, res) => {
 *   const answer = await scan({
 *     keyId: req.get('Github-Public-Key-Identifier'),
 *     signature: req.get('Github-Public-Key-Signature'),
 *     body: req.body,
 *   })
 *   res.status(answer.status).set(answer.headers).send(answer.body)
 * })
 * ```
 */
export function secretScanning(bw: LeakReporter, options: SecretScanningOptions = {}): SecretScanning {
  const { findKey, maxBytes, ...listeners } = readOptions(bw, options)

  const find = async (id: string): Promise<KeyObject | ScanAnswer> => {
    const found = await findKey(id)
    if (found === 'unavailable') return NO_KEYS
    return found === 'unknown' ? UNKNOWN_KEY : found
  }

  /** Synchronous from checking these bytes to parsing them, so nobody can change them in between. */
  const take = async (key: KeyObject, signature: string, body: Uint8Array): Promise<ScanAnswer> => {
    if (!isSignedBy(key, body, signature)) return BAD_SIGNATURE
    const alerts = readAlerts(body)
    if (alerts === null) return BAD_ALERTS
    const labels = await report(bw, alerts, listeners)
    return labels === null ? NO_STORAGE : answered(labels)
  }

  const scan = async (delivery: Delivery): Promise<ScanAnswer> => {
    const body: unknown = delivery.body ?? null
    if (body !== null && !(body instanceof Uint8Array))
      throw new MisuseError('`body` must be the raw bytes of the request, before any parser')
    const signed = readSigned(delivery.keyId, delivery.signature)
    if (signed === null) return BAD_HEADERS
    if (body === null || body.length === 0) return NO_BODY
    if (body.length > maxBytes) return TOO_LARGE
    const key = await find(signed.keyId)
    return 'status' in key ? key : take(key, signed.signature, body)
  }

  const scanRequest = async ({ headers, body: stream, bodyUsed }: Request): Promise<ScanAnswer> => {
    if (bodyUsed || stream?.locked) throw new MisuseError('the body of this request was read before')
    const signed = readSigned(headers.get('github-public-key-identifier'), headers.get('github-public-key-signature'))
    if (signed === null) return BAD_HEADERS
    if (Number(headers.get('content-length')) > maxBytes) return TOO_LARGE
    const key = await find(signed.keyId)
    if ('status' in key) return key
    const body = await readBody(stream, maxBytes)
    if (body === 'too_large') return TOO_LARGE
    if (body === 'broken_off') return BODY_BROKEN_OFF
    return body.length === 0 ? NO_BODY : take(key, signed.signature, body)
  }

  const fetch = async (request: Request): Promise<Response> => {
    const { body, status, headers } = await scanRequest(request)
    return new Response(body, { status, headers })
  }

  return Object.freeze(Object.assign(scan, { fetch }))
}
