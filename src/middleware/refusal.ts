/**
 * How a refusal looks over HTTP: status, challenge and body. The one place that decides it, for every framework.
 *
 * RFC 6750 for the challenge, RFC 9457 for the body. A denial is never 408, 409, 429 or 5xx, which clients would retry. A refusal never holds policies
 * or address lists.
 */
import { match } from 'ts-pattern'
import type { DenyReason } from '../core/decision.ts'
import { SENTENCE } from '../core/explain.ts'
import { PROBLEM_TYPE, problem } from '../problem.ts'

/** Why a request is refused: a denial, a malformed header, or that there is no answer. */
export type RefusalReason = DenyReason | 'invalid_request' | 'storage_unavailable' | 'stored_fact'

/** What is refused. `permission` and `resource` are `null` when nothing was asked about a resource yet. */
export interface Cause {
  readonly reason: RefusalReason
  readonly permission: string | null
  readonly resource: string | null
  /** The Authorization header held one text and no scheme. */
  readonly bare?: boolean
}

/** A refusal as it is passed to `render`. When it is hidden, `reason`, `permission` and `resource` are `null`. */
export interface RefusalView {
  readonly status: RefusalStatus
  readonly reason: RefusalReason | null
  readonly permission: string | null
  readonly resource: string | null
  readonly headers: Readonly<Record<string, string>>
}

/** The body to send instead of the problem document. An object is sent as JSON. */
export interface Rendered {
  readonly body: string | object
  /** `application/json` for an object, `text/plain; charset=utf-8` for a text, unless given. */
  readonly contentType?: string
}

export type Render = (refusal: RefusalView) => Rendered

/** Ready to be sent. */
export interface Refusal {
  readonly status: RefusalStatus
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type RefusalStatus = 400 | 401 | 403 | 404 | 500 | 503

interface Form {
  readonly status: RefusalStatus
  readonly challenge?: string
  readonly retryAfter?: string
  /** Rungs 4 to 9 and `resource_malformed`: with `hide` these are all the same not-found. */
  readonly hideable?: true
}

/** What is told in the place of a cause that is hidden. */
type Hidden = Omit<Cause, 'reason'> & { readonly reason: null }
const HIDDEN: Hidden = { reason: null, permission: null, resource: null }

/** The refusal for this cause. With `hide`, every refusal that concerns the resource is the same plain not-found. */
export function refusalOf(cause: Cause, hide: boolean, render: Render | undefined): Refusal {
  const { hideable = false, ...form } = formOf(cause)
  return hide && hideable ? write({ status: 404 }, HIDDEN, render) : write(form, cause, render)
}

function formOf({ reason, permission }: Cause): Form {
  return match(reason)
    .returnType<Form>()
    .with('credential_missing', () => ({ status: 401, challenge: 'Bearer' }))
    .with('invalid_request', () => ({ status: 400, challenge: 'Bearer error="invalid_request"' }))
    .with(
      'credential_malformed',
      'credential_unknown',
      'token_disabled',
      'token_revoked',
      'token_not_yet_valid',
      'token_expired',
      'owner_suspended',
      () => ({ status: 401, challenge: 'Bearer error="invalid_token"' }),
    )
    .with('address_unknown', 'address_not_allowed', () => ({ status: 403 }))
    .with('resource_malformed', () => ({ status: 404, hideable: true }))
    .with('not_granted', () => ({
      status: 403,
      challenge: `Bearer error="insufficient_scope", scope="${permission}"`,
      hideable: true,
    }))
    .with(
      'not_a_member',
      'member_suspended',
      'account_suspended',
      'api_access_disabled',
      'token_blocked',
      'token_rule_violated',
      'denied_by_token',
      'denied_to_owner',
      'not_granted_to_owner',
      () => ({ status: 403, hideable: true }),
    )
    .with('storage_unavailable', () => ({ status: 503, retryAfter: '1' }))
    .with('stored_fact', () => ({ status: 500 }))
    .exhaustive()
}

function write(form: Form, told: Cause | Hidden, render: Render | undefined): Refusal {
  const { status, challenge, retryAfter } = form
  const headers = {
    'Cache-Control': 'no-store',
    ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
  }
  const view = { status, reason: told.reason, permission: told.permission, resource: told.resource, headers }
  const { body, contentType } = render === undefined ? problemOf(view, told.bare === true) : render(view)
  const isText = typeof body === 'string'
  const type = contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json')
  return { status, headers: { ...headers, 'Content-Type': type }, body: isText ? body : JSON.stringify(body) }
}

function problemOf({ status, reason, permission }: RefusalView, bare: boolean): Rendered {
  const members = {
    ...(reason === null ? {} : { detail: detailOf(reason, bare), reason }),
    ...(reason === 'not_granted' ? { permission } : {}),
  }
  return { contentType: PROBLEM_TYPE, body: problem(status, members) }
}

function detailOf(reason: RefusalReason, bare: boolean): string {
  if (reason === 'credential_missing' && bare)
    return 'no credential was presented: write "Authorization: Bearer <token>", with the word Bearer'
  return match(reason)
    .with('invalid_request', () => 'the request must carry one Authorization header with one bearer token')
    .with('storage_unavailable', () => 'whether this is allowed could not be found out')
    .with('stored_fact', () => 'what is stored about this credential or account can’t be understood')
    .otherwise((denied) => SENTENCE[denied])
}
