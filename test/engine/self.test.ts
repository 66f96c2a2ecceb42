/** What a token is told of itself, and what it is not told once it is refused. */
import { expect, test } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { decide } from '../../src/core/decide.ts'
import type { Token } from '../../src/core/facts.ts'
import { reportOf } from '../../src/engine/self.ts'
import { StoredFactError } from '../../src/errors.ts'
import { account, allow, holder, member, NOW, token } from '../spec/building.ts'
import { EDGE, PERSONAL } from '../spec/catalogs.ts'
import { subjectOf } from '../spec/core.ts'

const STANDINGS = [
  { account: account(), member: member() },
  { account: account({ id: 'b', status: 'suspended' }), member: member({ account: 'b' }) },
]

/** The report of a token that this person holds, refused or not. */
function report(held: Token, denial: Parameters<typeof reportOf>[2] = null, on = EDGE) {
  return reportOf(held, subjectOf(on, holder(held, { standings: STANDINGS })).snapshot, denial)
}

test('its state, its policies, and for each account that it reaches what stops it there', () => {
  const held = token({ policies: [allow('dns', 'account:acme', 'account:b')], notBefore: NOW, expiresOn: NOW + 1 })
  expect(report(held)).toEqual({
    id: held.id,
    name: held.name,
    owner: { user: 'ann' },
    status: 'active',
    notBefore: NOW,
    expiresOn: NOW + 1,
    denial: null,
    policies: held.policies,
    accounts: [
      { account: 'account:acme', closed: null },
      { account: 'account:b', closed: 'account_suspended' },
    ],
  })
})

test('a fault in place of that where what is stored can’t be understood, as a check there says', () => {
  const standings = [
    { account: account(), member: member({ roles: ['no such role'] }) },
    { account: account({ id: 'b' }), member: member({ account: 'b' }) },
    { account: account({ id: 'c' }), member: member({ account: 'c' }) },
  ]
  const held = token({ policies: [allow('dns', 'account:acme', 'account:b'), allow('no such group', 'account:c')] })
  const subject = subjectOf(EDGE, holder(held, { standings }))
  expect(reportOf(held, subject.snapshot, null).accounts).toEqual([
    { account: 'account:acme', closed: 'fault' },
    { account: 'account:b', closed: null },
    { account: 'account:c', closed: 'fault' },
  ])
  const check = (account: string) => () =>
    decide(subject, permissionNamed(EDGE.catalog, 'dns.read'), `account:${account}/zone:z`, { now: NOW, ip: null })
  expect(check('acme')).toThrow(StoredFactError)
  expect(check('b')().effect).toBe('allow')
  expect(check('c')).toThrow(StoredFactError)
})

test('a fault of `account:*` in each account that it reaches', () => {
  const held = token({ policies: [allow('no such group', 'account:*')] })
  expect(report(held).accounts).toEqual([
    { account: 'account:acme', closed: 'fault' },
    { account: 'account:b', closed: 'fault' },
  ])
})

test('no edge of time where it has none', () => {
  expect(report(token())).toMatchObject({ notBefore: null, expiresOn: null })
})

test('why it is refused, and then neither its policies nor its accounts', () => {
  const held = token({ status: 'disabled' })
  expect(report(held, 'token_disabled')).toMatchObject({
    status: 'disabled',
    denial: 'token_disabled',
    policies: [],
    accounts: [],
  })
})

test('its own person’s root is no account', () => {
  const held = token({ policies: [allow('text', 'account:acme', 'user:ann')] })
  expect(report(held, null, PERSONAL).accounts.map((one) => one.account)).toEqual(['account:acme'])
})
