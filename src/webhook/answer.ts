/**
 * The answers of the webhook. A refusal says what is wrong with the request and repeats nothing of it.
 */
import { PROBLEM_TYPE, problem } from '../problem.ts'

/** Ready to be sent. */
export interface ScanAnswer {
  readonly status: 200 | RefusedStatus
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type RefusedStatus = 400 | 401 | 413 | 503

/** Seconds until the caller may try again: keys are not fetched more often. */
const RETRY_AFTER = '60'

export const BAD_HEADERS = refusal(
  400,
  'the headers Github-Public-Key-Identifier and Github-Public-Key-Signature must be there, once each and well formed',
)
export const NO_BODY = refusal(400, 'there is no body; if one was sent, nothing reads it as raw bytes here')
export const BODY_BROKEN_OFF = refusal(400, 'the body ended before its time')
export const BAD_ALERTS = refusal(400, 'the body must be a JSON array of objects with the texts token, type and url')
export const UNKNOWN_KEY = refusal(401, 'no public key has this identifier')
export const BAD_SIGNATURE = refusal(401, 'the signature is not that of this body under this key')
export const TOO_LARGE = refusal(413, 'the body is larger than is read here')
export const NO_KEYS = refusal(503, 'the public keys could not be had')
export const NO_STORAGE = refusal(503, 'not everything could be looked up: send it again')

/** The answer to a delivery that was processed. */
export function answered(result: readonly object[]): ScanAnswer {
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' }
  return Object.freeze({ status: 200, headers: Object.freeze(headers), body: JSON.stringify(result) })
}

function refusal(status: RefusedStatus, detail: string): ScanAnswer {
  const headers = {
    'Cache-Control': 'no-store',
    'Content-Type': PROBLEM_TYPE,
    ...(status === 503 ? { 'Retry-After': RETRY_AFTER } : {}),
  }
  const body = JSON.stringify(problem(status, { detail }))
  return Object.freeze({ status, headers: Object.freeze(headers), body })
}
