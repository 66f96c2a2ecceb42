import { describe, expect, test } from 'vitest'
import { DENY_REASONS } from '../../src/core/decision.ts'
import { type Refusal, type RefusalReason, refusalOf } from '../../src/middleware/refusal.ts'

const INVALID = 'Bearer error="invalid_token"'

/** Every reason: status, challenge, and whether `hide` turns it into the plain not-found. */
const GOLDEN: Readonly<Record<RefusalReason, readonly [status: number, challenge: string | null, hides: boolean]>> = {
  invalid_request: [400, 'Bearer error="invalid_request"', false],
  credential_missing: [401, 'Bearer', false],
  credential_malformed: [401, INVALID, false],
  credential_unknown: [401, INVALID, false],
  token_disabled: [401, INVALID, false],
  token_revoked: [401, INVALID, false],
  token_not_yet_valid: [401, INVALID, false],
  token_expired: [401, INVALID, false],
  owner_suspended: [401, INVALID, false],
  address_unknown: [403, null, false],
  address_not_allowed: [403, null, false],
  resource_malformed: [404, null, true],
  not_a_member: [403, null, true],
  member_suspended: [403, null, true],
  account_suspended: [403, null, true],
  api_access_disabled: [403, null, true],
  token_blocked: [403, null, true],
  token_rule_violated: [403, null, true],
  denied_by_token: [403, null, true],
  not_granted: [403, 'Bearer error="insufficient_scope", scope="dns.write"', true],
  denied_to_owner: [403, null, true],
  not_granted_to_owner: [403, null, true],
  storage_unavailable: [503, null, false],
  stored_fact: [500, null, false],
}
const REASONS = Object.keys(GOLDEN) as RefusalReason[]
const cause = (reason: RefusalReason) => ({ reason, permission: 'dns.write', resource: 'account:acme/zone:z1' })
const PLAIN: Refusal = {
  status: 404,
  headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/problem+json' },
  body: '{"type":"about:blank","title":"Not Found","status":404}',
}

describe('refusals', () => {
  test('the table knows every reason', () => {
    expect(REASONS.filter((reason) => (DENY_REASONS as readonly string[]).includes(reason)).sort()).toEqual(
      [...DENY_REASONS].sort(),
    )
  })

  test.each(REASONS)('%s', (reason) => {
    const [status, challenge, hides] = GOLDEN[reason]
    const open = refusalOf(cause(reason), false, undefined)
    expect(open.status).toBe(status)
    expect(open.headers).toEqual({
      'Cache-Control': 'no-store',
      'Content-Type': 'application/problem+json',
      ...(challenge === null ? {} : { 'WWW-Authenticate': challenge }),
      ...(status === 503 ? { 'Retry-After': '1' } : {}),
    })
    const { type, title, detail, ...rest } = JSON.parse(open.body)
    expect(type).toBe('about:blank')
    expect(title).toMatch(/^[A-Z]/)
    expect(detail).toMatch(/[^.]$/)
    expect(rest).toEqual({ status, reason, ...(reason === 'not_granted' ? { permission: 'dns.write' } : {}) })
    expect(open.body).not.toContain('acme')
    expect(refusalOf(cause(reason), true, undefined)).toEqual(hides ? PLAIN : open)
  })

  test('a denial is nothing that a client would try again', () => {
    for (const reason of DENY_REASONS)
      for (const hide of [true, false])
        expect([401, 403, 404]).toContain(refusalOf(cause(reason), hide, undefined).status)
  })

  test('render is told what is refused, and nothing of what is hidden', () => {
    const told: unknown[] = []
    const render = (view: unknown) => {
      told.push(view)
      return { body: { no: true } }
    }
    const open = refusalOf(cause('not_granted'), false, render)
    expect(open).toMatchObject({ status: 403, body: '{"no":true}', headers: { 'Content-Type': 'application/json' } })
    expect(open.headers['WWW-Authenticate']).toContain('dns.write')
    refusalOf(cause('not_granted'), true, render)
    refusalOf(cause('resource_malformed'), true, render)
    expect(told[0]).toMatchObject({ status: 403, ...cause('not_granted') })
    const hidden = {
      status: 404,
      reason: null,
      permission: null,
      resource: null,
      headers: { 'Cache-Control': 'no-store' },
    }
    expect(told.slice(1)).toEqual([hidden, hidden])
  })

  test('a text is sent as it is', () => {
    const { body, headers } = refusalOf(cause('not_granted'), false, () => ({ body: 'no' }))
    expect([body, headers['Content-Type']]).toEqual(['no', 'text/plain; charset=utf-8'])
  })
})
