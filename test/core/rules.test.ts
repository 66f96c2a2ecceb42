/** Which rules of an account a stored token breaks, to the very edge of each. */
import { expect, test } from 'vitest'
import type { Token, TokenRules } from '../../src/core/facts.ts'
import { brokenRulesOf, isNarrow } from '../../src/core/rules.ts'
import { NOW, token } from '../spec/building.ts'

const ALL: TokenRules = { forbidPersonal: true, maxLifetimeMs: 1_000, requireExpiry: true, requireIp: true }
const GOOD: Partial<Token> = {
  owner: { account: 'acme' },
  secretIssuedOn: NOW,
  expiresOn: NOW + 1_000,
  condition: { ip: { in: ['10.0.0.0/8', '2001:db8::/32'] } },
}

test.each<[string, Partial<Token>, readonly string[]]>([
  ['that keeps to all of them', {}, []],
  ['of a person', { owner: { user: 'ann' } }, ['forbidPersonal']],
  ['of a service account', { owner: { account: 'acme', service: 'bot' } }, []],
  ['that lives a millisecond too long', { expiresOn: NOW + 1_001 }, ['maxLifetimeMs']],
  ['whose secret is older than the token', { issuedOn: 0, secretIssuedOn: NOW - 1 }, ['maxLifetimeMs']],
  ['that has an address to keep from alone', { condition: { ip: { notIn: ['10.0.0.0/8'] } } }, ['requireIp']],
  ['that has no address condition', { condition: {} }, ['requireIp']],
  [
    'that has a wide range beside a narrow one',
    { condition: { ip: { in: ['10.0.0.0/8', '0.0.0.0/7'] } } },
    ['requireIp'],
  ],
])('a token %s', (_, change, broken) => {
  expect(brokenRulesOf(token({ ...GOOD, ...change }), ALL)).toEqual(broken)
})

test('a token that breaks all is told all, in the order of their names', () => {
  expect(brokenRulesOf(token({ owner: { user: 'ann' } }), ALL)).toEqual([
    'forbidPersonal',
    'maxLifetimeMs',
    'requireExpiry',
    'requireIp',
  ])
})

test('no rule is broken where none stands, or where it is off', () => {
  expect(brokenRulesOf(token(), {})).toEqual([])
  expect(brokenRulesOf(token(), { forbidPersonal: false, requireExpiry: false, requireIp: false })).toEqual([])
})

test.each<[string, unknown, boolean]>([
  ['an IPv4 range of /8', ['10.0.0.0/8'], true],
  ['an IPv4 range of /7', ['10.0.0.0/7'], false],
  ['an IPv6 range of /32', ['2001:db8::/32'], true],
  ['an IPv6 range of /31', ['2001:db8::/31'], false],
  ['what is no list', '10.0.0.0/8', false],
  ['a list of what is no text', [7], false],
  ['a list of what is no range', ['everywhere'], false],
])('%s is narrow or not', (_, list, narrow) => {
  expect(isNarrow(list)).toBe(narrow)
})
