import { describe, expect, it } from 'vitest'
import { brokenRulesOf } from '../../src/core/rules.ts'
import { closedIn } from '../../src/core/snapshot.ts'
import { account, allow, deny, member, NOW, token } from '../spec/building.ts'

const OPEN = { blocked: false }
const standing = { account: account(), member: member() }

describe('a token is closed in an account', () => {
  it('to nobody while all is in order', () => {
    expect(closedIn(token(), standing, OPEN)).toBe(null)
    expect(closedIn(token({ policies: [allow('dns', 'account:*')] }), standing, OPEN)).toBe(null)
    const own = token({ owner: { account: 'acme' } })
    expect(closedIn(own, { account: account(), member: null }, OPEN)).toBe(null)
  })

  it.each([
    ['without a standing', closedIn(token(), null, OPEN), 'not_a_member'],
    ['without a membership', closedIn(token(), { ...standing, member: null }, OPEN), 'not_a_member'],
    [
      'that no allow policy reaches',
      closedIn(token({ policies: [allow('dns', 'account:b/zone:a')] }), standing, OPEN),
      'not_a_member',
    ],
    [
      'that only a deny names',
      closedIn(token({ policies: [allow('dns', 'account:b'), deny('dns', 'account:acme')] }), standing, OPEN),
      'not_a_member',
    ],
    [
      'by a membership younger than it',
      closedIn(token(), { ...standing, member: member({ since: NOW }) }, OPEN),
      'not_a_member',
    ],
    ['blocked there', closedIn(token(), standing, { blocked: true }), 'token_blocked'],
    [
      'whose switch is off, before it is blocked',
      closedIn(token(), { ...standing, account: account({ apiAccess: false }) }, { blocked: true }),
      'api_access_disabled',
    ],
    [
      'whose rule it breaks',
      closedIn(token(), { ...standing, account: account({ tokenRules: { requireExpiry: true } }) }, OPEN),
      'token_rule_violated',
    ],
  ])('%s', (_what, closed, reason) => {
    expect(closed).toBe(reason)
  })

  it('whatever its own status, which is another rung', () => {
    expect(closedIn(token({ status: 'revoked' }), standing, OPEN)).toBe(null)
  })

  it('by nothing that is said of somebody else, or that can not be read', () => {
    const stored = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })
    expect(() => closedIn(token(), { ...standing, member: member({ id: 'bob' }) }, OPEN)).toThrow(stored)
    const elsewhere = member({ account: 'b' })
    expect(() => closedIn(token(), { ...standing, member: elsewhere }, OPEN)).toThrow(stored)
    const odd = account({ status: 'closed' as 'active' })
    expect(() => closedIn(token(), { ...standing, account: odd }, OPEN)).toThrow(stored)
    const strange = member({ status: 'gone' as 'active' })
    expect(() => closedIn(token(), { ...standing, member: strange }, OPEN)).toThrow(stored)
    expect(() => closedIn(token({ status: 'gone' as 'active' }), standing, OPEN)).toThrow(stored)
  })
})

describe('the rules that a stored token breaks', () => {
  it('are told all at once, sorted', () => {
    const rules = { requireIp: true, maxLifetimeMs: 1, requireExpiry: true, forbidPersonal: true }
    expect(brokenRulesOf(token(), rules)).toEqual(['forbidPersonal', 'maxLifetimeMs', 'requireExpiry', 'requireIp'])
    const bound = token({ expiresOn: NOW, condition: { ip: { in: ['203.0.113.0/24'] } } })
    expect(brokenRulesOf(bound, { requireIp: true, requireExpiry: true })).toEqual([])
  })
})
