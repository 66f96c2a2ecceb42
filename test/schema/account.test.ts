import { describe, expect, test } from 'vitest'
import { parseAccountCreate, parseAccountName, parseTokenRules } from '../../src/schema/account.ts'
import { parseId, parseLog } from '../../src/schema/ids.ts'
import { DEFAULT_LIMITS, limitsFrom } from '../../src/schema/limits.ts'
import { parseOrigin } from '../../src/schema/origin.ts'
import { parsePage } from '../../src/schema/page.ts'
import { issuesOf } from './helpers.ts'

describe('accounts', () => {
  test('are read with API access on and no rules', () => {
    expect(parseAccountCreate({ id: 'acme', name: 'Acme', owner: 'u1' })).toEqual({
      id: 'acme',
      name: 'Acme',
      owner: 'u1',
      apiAccess: true,
      tokenRules: {},
    })
  })

  test('are told everything at once', () => {
    const wrong = {
      id: '',
      name: '\u0007',
      apiAccess: null,
      tokenRules: { maxLifetimeMs: 0, requireIP: true },
      plan: 'free',
    }
    expect(issuesOf(() => parseAccountCreate(wrong)).toSorted()).toEqual([
      'apiAccess bad_type',
      'id bad_id',
      'name bad_name',
      'owner required',
      'plan unknown_field',
      'tokenRules.maxLifetimeMs bad_value',
      'tokenRules.requireIP unknown_field',
    ])
    expect(issuesOf(() => parseAccountName(7))).toEqual(['name bad_type'])
  })

  test('rules that are off are not stored', () => {
    const rules = { maxLifetimeMs: 5, requireExpiry: false, requireIp: true }
    expect(parseTokenRules(rules)).toEqual({ maxLifetimeMs: 5, requireIp: true })
    expect(issuesOf(() => parseTokenRules(new Map([['requireIp', true]])))).toEqual(['rules bad_type'])
    for (const maxLifetimeMs of [0, -1, 1.5, Infinity, '5', null])
      expect(issuesOf(() => parseTokenRules({ maxLifetimeMs }))).toEqual(['rules.maxLifetimeMs bad_value'])
  })
})

test('ids are any well-formed text of at most 1,024 bytes', () => {
  for (const id of ['a', ' ', '*', 'a/b', '\0', '__proto__', 'é'.repeat(512)]) expect(parseId(id, 'id')).toBe(id)
  for (const id of ['', '\udc00', 'x'.repeat(1_025)]) expect(issuesOf(() => parseId(id, 'id'))).toEqual(['id bad_id'])
  expect(issuesOf(() => parseId(undefined, 'id'))).toEqual(['id required'])
  expect(issuesOf(() => parseId(7, 'id'))).toEqual(['id bad_type'])
})

describe('origins', () => {
  test('print one text for each actor', () => {
    expect(parseOrigin(undefined)).toEqual({ actor: 'host', from: undefined })
    expect(parseOrigin({ by: 'host', from: '::1' })).toEqual({ actor: 'host', from: '::1' })
    expect(parseOrigin({ by: { user: 'a/b' } }).actor).toBe('user:a%2Fb')
    expect(parseOrigin({ by: { token: 't' } }).actor).toBe('token:t')
    expect(parseOrigin({ by: { service: 'b/c', account: 'a' } }).actor).toBe('service:a/b%2Fc')
  })

  test('are refused when it isn’t clear who', () => {
    for (const by of ['root', {}, { user: '' }, { service: 's' }, { user: 'a', token: 'b' }, { user: 1 }, null, []])
      expect(issuesOf(() => parseOrigin({ by }))).toEqual(['origin.by bad_actor'])
    expect(issuesOf(() => parseOrigin({ by: 'host', ip: '::1', from: 'a\nb' }))).toEqual([
      'origin.from bad_origin',
      'origin.ip unknown_field',
    ])
    expect(issuesOf(() => parseOrigin('host'))).toEqual(['origin bad_type'])
  })
})

test('pages', () => {
  expect(parsePage(undefined)).toEqual({ limit: 100 })
  expect(parsePage({ limit: 1_000, after: 'x' })).toEqual({ limit: 1_000, after: 'x' })
  for (const limit of [0, 1_001, 1.5, '5', null])
    expect(issuesOf(() => parsePage({ limit }))).toEqual(['page.limit bad_value'])
})

test('a log is an account’s or a user’s', () => {
  expect(parseLog({ account: 'a' })).toEqual({ account: 'a' })
  expect(parseLog({ user: 'a' })).toEqual({ user: 'a' })
  expect(issuesOf(() => parseLog({ account: 'a', user: 'a' }))).toEqual(['of bad_scope'])
})

test('limits are the host’s to set, each a whole number from 1', () => {
  expect(limitsFrom({})).toEqual(DEFAULT_LIMITS)
  expect(limitsFrom({ policies: 7 })).toEqual({ ...DEFAULT_LIMITS, policies: 7 })
  for (const own of [{ policies: 0 }, { cidrs: 1.5 }, { depth: 9 }, { toString: 1 }])
    expect(() => limitsFrom(own)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }))
})
