/** Which policies have something to say about a request, on which side, and what their conditions come to. */
import { describe, expect, test } from 'vitest'
import type { Condition, Policy } from '../../src/core/facts.ts'
import {
  account,
  accountToken,
  allow,
  deny,
  holder,
  holding,
  member,
  NOW,
  session,
  token,
  when,
} from '../spec/building.ts'
import { EDGE, PERSONAL } from '../spec/catalogs.ts'
import { explained, subjectOf } from '../spec/core.ts'
import type { CatalogCase, Credential } from '../spec/vocabulary.ts'

const ZONE = 'account:acme/zone:a'
const HOME = '203.0.113.9'

test.each<[string, Condition, string | null, boolean, boolean, string]>([
  ['it holds', { ip: { in: ['203.0.113.0/24'] }, expiresOn: NOW + 1 }, HOME, true, true, 'its condition holds'],
  ['it begins now', { notBefore: NOW }, HOME, true, true, 'its condition holds'],
  ['it is of time and the address is unknown', { notBefore: NOW }, null, true, true, 'its condition holds'],
  ['it begins later', { notBefore: NOW + 1 }, HOME, false, false, 'it begins at 2026-09-21T14:13:20.001Z'],
  ['it ends now', { expiresOn: NOW }, HOME, false, false, 'it ended at 2026-09-21T14:13:20Z'],
  ['it is of another address', { ip: { in: ['10.0.0.0/8'] } }, HOME, false, false, 'it does not hold for this address'],
  [
    'it begins now, and is of another address',
    { ip: { in: ['10.0.0.0/8'] }, notBefore: NOW, expiresOn: NOW + 1 },
    HOME,
    false,
    false,
    'it does not hold for this address',
  ],
  [
    'the address is not known: an allow does not apply, a deny does',
    { ip: { in: ['10.0.0.0/8'] } },
    null,
    false,
    true,
    'it has an address condition and the address is not known',
  ],
  [
    'the address is not known but the time is over',
    { ip: { in: ['10.0.0.0/8'] }, expiresOn: NOW },
    null,
    false,
    false,
    'it ended at 2026-09-21T14:13:20Z',
  ],
])('a condition is told: %s', (_, condition, ip, allows, denies, told) => {
  const policies = [when(condition, allow('purge', ZONE)), when(condition, deny('purge', ZONE))]
  expect(traced(holding(...policies), 'cache.purge', ZONE, ip).slice(0, 2)).toMatchObject([
    { effect: 'allow', applies: allows, condition: told },
    { effect: 'deny', applies: denies, condition: told },
  ])
})

test('a policy without a condition applies, and nothing is told of one', () => {
  const [grant] = traced(holding(allow('purge', ZONE)))
  expect(grant).toMatchObject({ applies: true, condition: null })
})

test.each<[string, Policy, string, string, boolean]>([
  ['of another permission', allow('dns', 'account:acme'), 'cache.purge', ZONE, false],
  ['on another resource', allow('purge', 'account:acme/zone:b'), 'cache.purge', ZONE, false],
  ['on what lies above', allow('purge', 'account:acme'), 'cache.purge', ZONE, true],
  ['on another prefix', allow('purge', 'account:acme/zone:ab*'), 'cache.purge', ZONE, false],
  ['on a prefix', allow('purge', 'account:acme/zone:a*'), 'cache.purge', ZONE, true],
  ['on what lies beneath', deny('dns.read', `${ZONE}/record:A,a`), 'dns.read', ZONE, false],
  ['that allows beneath, of a deep permission', allow('dns.export', `${ZONE}/record:A,a`), 'dns.export', ZONE, false],
  ['that denies beneath, of a deep permission', deny('dns.export', `${ZONE}/record:A,a`), 'dns.export', ZONE, true],
  [
    'that denies beneath another, of a deep permission',
    deny('dns.export', 'account:acme/zone:b/record:A,a'),
    'dns.export',
    ZONE,
    false,
  ],
])('a policy %s is told or not', (_, policy, permission, resource, told) => {
  const ids = traced(holding(policy), permission, resource).map(({ id }) => id)
  expect(ids.includes(policy.id)).toBe(told)
})

test('of several selectors that meet the resource the first in the order of their text is told', () => {
  const selectors = ['account:acme/zone:*', ZONE, 'account:acme/zone:a*', 'account:acme/zone:b']
  for (const [i] of selectors.entries()) {
    const turned = [...selectors.slice(i), ...selectors.slice(0, i)]
    expect(traced(holding(allow('purge', ...turned)))[0]?.selector).toBe('account:acme/zone:*')
    const exact = turned.filter((one) => one !== 'account:acme/zone:*')
    expect(traced(holding(allow('purge', ...exact)))[0]?.selector).toBe(ZONE)
  }
})

test.each(['a', 'b', 'ab', 'az', 'logs-1', 'x', 'y', 'z'])('and so whatever the name: %s', (id) => {
  const zone = `account:acme/zone:${id}`
  const policy = allow('purge', `${zone}*`, zone, 'account:acme/zone:*')
  expect(traced(holding(policy), 'cache.purge', zone)[0]?.selector).toBe('account:acme/zone:*')
})

test('of the selectors of one policy that cover the name, the first in the order of their text is told', () => {
  const name = 'account:acme/zone:a/record:A,a'
  const zones = ['', '/zone:*', '/zone:a', '/zone:a*']
  const records = [
    '/zone:*/record:*',
    '/zone:*/record:A,a',
    '/zone:a/record:*',
    '/zone:a/record:A,a',
    '/zone:a/record:A*',
  ]
  const covering = [...zones, ...records].map((rest) => `account:acme${rest}`)
  for (const [n, one] of covering.entries())
    for (const other of covering.slice(n + 1)) {
      const [told] = traced(holding(allow('dns.read', other, one)), 'dns.read', name)
      expect(told?.selector).toBe(one < other ? one : other)
    }
})

describe('a policy on all accounts', () => {
  const wide = { ...allow('purge', 'account:*/zone:a'), id: 'wide' }
  const here = { ...allow('purge', 'account:acme/zone:*'), id: 'here' }
  const both = { ...allow('purge', 'account:*', 'account:acme/zone:*'), id: 'both' }
  const told = (...policies: readonly Policy[]) =>
    traced(holding(...policies)).map(({ id, selector }) => [id, selector])

  test('is told as it is written, in its place among the others', () => {
    const [w, h] = [
      ['wide', 'account:*/zone:a'],
      ['here', 'account:acme/zone:*'],
    ]
    expect(told(wide, here).slice(0, 2)).toEqual([w, h])
    expect(told(here, wide).slice(0, 2)).toEqual([h, w])
  })

  test('that also names this one is told once, by what it says of this one', () => {
    expect(
      told(wide, both, here)
        .slice(0, 3)
        .map(([id]) => id),
    ).toEqual(['wide', 'both', 'here'])
    expect(told(both)[0]).toEqual(['both', 'account:acme/zone:*'])
    const other = { ...allow('purge', 'account:*', 'account:acme/zone:b'), id: 'other' }
    expect(told(other)[0]).toEqual(['other', 'account:*'])
  })

  test('is not told of a person', () => {
    const policies = [
      { ...allow('text', 'account:*'), id: 'wide' },
      { ...allow('text', 'user:ann'), id: 'mine' },
    ]
    const ids = traced(holding(...policies), 'text.write', 'user:ann', null, PERSONAL).map(({ id }) => id)
    expect(ids).toEqual(['mine'])
  })
})

test('nothing is told of an account that neither the token nor its owner reaches', () => {
  expect(traced(holding(allow('purge', ZONE)), 'cache.purge', 'account:b/zone:a')).toEqual([])
})

test('the token’s policies come first, then what its owner has in this account', () => {
  const own = allow('purge', ZONE)
  const owned = { account: account(), member: member({ policies: [{ ...own, id: 'own' }] }) }
  const other = { account: account({ id: 'b' }), member: member({ account: 'b' }) }
  const held = holder(token({ policies: [{ ...own, id: 'held' }] }), { standings: [other, owned] })
  expect(traced(held).map(({ side, id }) => [side, id])).toEqual([
    ['token', 'held'],
    ['owner', 'role:administrator'],
    ['owner', 'own'],
  ])
  expect(traced(session()).map(({ side }) => side)).toEqual(['owner'])
  expect(traced(accountToken()).map(({ side }) => side)).toEqual(['token'])
})

test('the conditions of a token and of its owner are told apart', () => {
  const ended = { ...when({ expiresOn: NOW }, allow('purge', ZONE)), id: 'ended' }
  const soon = { ...when({ notBefore: NOW + 1 }, allow('purge', ZONE)), id: 'soon' }
  const owned = { account: account(), member: member({ roles: [], policies: [soon] }) }
  const told = traced(holder(token({ policies: [ended] }), { standings: [owned] }))
  expect(told.map(({ id, applies, condition }) => [id, applies, condition])).toEqual([
    ['ended', false, 'it ended at 2026-09-21T14:13:20Z'],
    ['soon', false, 'it begins at 2026-09-21T14:13:20.001Z'],
  ])
})

test('a name that is malformed meets nothing', () => {
  expect(traced(holding(allow('purge', ZONE)), 'cache.purge', 'account:acme/zone:A')).toEqual([])
})

function traced(
  credential: Credential,
  permission = 'cache.purge',
  resource = ZONE,
  ip: string | null = null,
  on: CatalogCase = EDGE,
) {
  const explanation = explained(on, subjectOf(on, credential), { permission, resource, now: NOW, ip })
  if (explanation === 'error') throw new Error('a stored fact could not be understood')
  return explanation.policies
}
