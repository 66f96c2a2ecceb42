import { describe, expect, it } from 'vitest'
import type { Account, Member, Policy, Token } from '../../src/core/facts.ts'
import { EMPTY_TABLE } from '../../src/core/policy-table.ts'
import { rootEntries } from '../../src/core/roots.ts'
import { closedIn, tokenSubject } from '../../src/core/snapshot.ts'
import { snapshotBytes } from '../../src/engine/size.ts'
import { StoredFactError } from '../../src/errors.ts'
import { account, allow, decided, deny, holder, holding, member, NOW, session, token, when } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { explained as explainedOn, subjectOf } from '../spec/core.ts'
import type { Credential } from '../spec/vocabulary.ts'

/** The explanation, where there is one. */
function explained(credential: Credential, permission: string, resource: string) {
  const told = explainedOn(EDGE, subjectOf(EDGE, credential), { permission, resource, now: NOW, ip: null })
  return told === 'error' ? expect.unreachable() : told
}

const Z1 = 'account:acme/zone:a.example'
const BOT_OF_B = { account: 'b', kind: 'service', id: 'bot' } as const

describe('a snapshot', () => {
  it('is not made of two standings in one account, whichever of them denies', () => {
    const open = { account: account(), member: member() }
    const shut = { account: account(), member: member({ policies: [deny('dns', 'account:acme')] }) }
    for (const standings of [
      [open, shut],
      [shut, open],
    ]) {
      expect(() => subjectOf(EDGE, holder(token(), { standings }))).toThrow(StoredFactError)
      expect(() => subjectOf(EDGE, session('ann', { standings }))).toThrow(StoredFactError)
    }
  })

  it('finds its place among many accounts', () => {
    const ids = Array.from({ length: 40 }, (_, n) => `a${n}`)
    const standings = ids.map((id) => ({
      account: account({ id, status: id === 'a7' ? 'suspended' : 'active' }),
      member: member({ account: id }),
    }))
    const credential = holder(token({ policies: [allow('dns', 'account:*')] }), { standings })
    for (const id of ids)
      expect(decided(credential, 'dns.read', `account:${id}/zone:a.example`)).toBe(
        id === 'a7' ? 'account_suspended' : 'allow',
      )
    expect(decided(credential, 'dns.read', 'account:a40/zone:a.example')).toBe('not_a_member')
  })

  it('is explained with selectors that each policy has itself, also where prefixes begin one another', () => {
    const policies = [
      allow('dns', 'account:acme/zone:a*'),
      allow('dns', 'account:acme/zone:ab*', 'account:acme/zone:a*'),
      deny('dns.write', 'account:acme/zone:abc*'),
    ]
    const { policies: told } = explained(holding(...policies), 'dns.write', 'account:acme/zone:abcd')
    expect(told.map(({ id, selector }) => [id, selector])).toEqual([
      [policies[0]?.id, 'account:acme/zone:a*'],
      [policies[1]?.id, 'account:acme/zone:a*'],
      [policies[2]?.id, 'account:acme/zone:abc*'],
      ['role:administrator', 'account:acme'],
    ])
  })

  it('counts the addresses of its conditions among what it holds', () => {
    const of = Array.from({ length: 200 }, (_, n) => `2001:db8:${(2 * n).toString(16)}::/48`)
    const held = (policy: Policy) => snapshotBytes(subjectOf(EDGE, holding(policy)).snapshot, 1)
    const grant = allow('dns', 'account:acme')
    expect(held(when({ ip: { in: of } }, grant)) - held(grant)).toBeGreaterThan(200 * 16 * 8)
  })

  it('puts together what a token says of one account and of all', () => {
    expect(decided(holding(allow('dns', 'account:*'), deny('dns.read', 'account:acme')), 'dns.read', Z1)).toBe(
      'denied_by_token',
    )
    expect(decided(holding(allow('dns', 'account:acme'), deny('dns.read', 'account:*')), 'dns.read', Z1)).toBe(
      'denied_by_token',
    )
    expect(decided(holding(allow('dns.read', 'account:*'), allow('dns.write', 'account:acme')), 'dns.write', Z1)).toBe(
      'allow',
    )
  })

  it('of a token stands where its policies and its owner say, told as closed where only they do', () => {
    const policies = [allow('dns', 'account:*'), allow('dns', 'account:b', 'user:ann'), deny('gone', 'account:c')]
    const roots = (of: readonly Policy[]) =>
      rootEntries(subjectOf(EDGE, holding(...of)).snapshot.roots).map(({ root, closed, fault }) => [
        root,
        closed,
        fault === null,
      ])
    expect(roots(policies)).toEqual([
      ['account:b', 'not_a_member', true],
      ['user:ann', null, true],
      ['account:acme', null, true],
      ['account:c', null, false],
    ])
    expect(roots([deny('gone', 'account:*'), ...policies])).toEqual([
      ['account:b', 'not_a_member', false],
      ['user:ann', null, true],
      ['account:acme', null, false],
      ['account:c', null, false],
    ])
  })

  it('of a session has no token, and stands where its user does', () => {
    const { snapshot, secretEndsOn } = subjectOf(EDGE, session())
    const { roots, ...rest } = snapshot
    expect(rootEntries(roots).map(({ root, closed }) => [root, closed])).toEqual([['account:acme', null]])
    const nothing = {
      token: null,
      ownRoot: 'user:ann',
      ended: null,
      window: null,
      ip: null,
      everywhere: EMPTY_TABLE,
      fault: null,
    }
    expect(rest).toEqual({ ...nothing, ownerSuspended: false, conditions: [] })
    expect(secretEndsOn).toBe(null)
  })

  it('of a token has what others than decisions read of it', () => {
    const { snapshot, secretEndsOn } = subjectOf(EDGE, holder(token({ revision: 7 }), {}, NOW))
    expect(snapshot.token).toEqual({ id: 't1', owner: { user: 'ann' }, revision: 7 })
    expect(secretEndsOn).toBe(NOW)
    const { token: held } = subjectOf(EDGE, holder()).snapshot
    expect(held?.revision).toBe(1)
    expect(tokenSubject(EDGE.catalog, holder().facts).secretEndsOn).toBe(null)
  })

  it.each<[string, Token['owner'], Partial<Member> | null, Partial<Account>]>([
    ['another user', { user: 'ann' }, { id: 'bob' }, {}],
    ['a service account of the same id', { user: 'ann' }, { kind: 'service' }, {}],
    ['another service account', { account: 'acme', service: 'bot' }, { kind: 'service', id: 'cat' }, {}],
    ['a user of the same id', { account: 'acme', service: 'bot' }, { id: 'bot' }, {}],
    ['a service account of another account', { account: 'acme', service: 'bot' }, BOT_OF_B, { id: 'b' }],
    ['a member, for the account', { account: 'acme' }, {}, {}],
    ['another account', { account: 'acme' }, null, { id: 'b' }],
  ])('is not made of a standing of %s', (_, owner, changes, of) => {
    const standing = { account: account(of), member: changes === null ? null : member(changes) }
    expect(() => subjectOf(EDGE, holder(token({ owner }), { standings: [standing] }))).toThrow(StoredFactError)
    expect(() => closedIn(token({ owner }), standing, { blocked: false })).toThrow(StoredFactError)
  })

  it.each<Token['owner']>([{ user: 'ann' }, { account: 'acme', service: 'bot' }])(
    'of a token of %j is not made of the standing of the account itself',
    (owner) => {
      const standings = [{ account: account(), member: null }]
      expect(() => subjectOf(EDGE, holder(token({ owner }), { standings }))).toThrow(StoredFactError)
    },
  )

  it('of a session is not made of a standing of somebody else', () => {
    for (const who of [member({ id: 'bob' }), member({ kind: 'service' }), null]) {
      const standings = [{ account: account(), member: who }]
      expect(() => subjectOf(EDGE, session('ann', { standings }))).toThrow(StoredFactError)
    }
  })

  it('of a session says what closes an account before what of its member can not be understood', () => {
    const asked = (changes: Partial<Member>, of: Partial<Account> = {}) => {
      const standings = [{ account: account(of), member: member({ roles: ['gone'], ...changes }) }]
      return decided(session('ann', { standings }), 'dns.read', Z1)
    }
    expect(asked({ status: 'pending' })).toBe('not_a_member')
    expect(asked({ status: 'suspended' })).toBe('member_suspended')
    expect(asked({}, { status: 'suspended' })).toBe('account_suspended')
    expect(asked({})).toBe('error')
  })

  it('is not made of a user whose id no name can spell, or of whom it is not known whether they are suspended', () => {
    expect(() => subjectOf(EDGE, session('\ud800', { standings: [] }))).toThrow(StoredFactError)
    const user = { id: 'ann', status: 'gone' as 'active' }
    expect(() => subjectOf(EDGE, session('ann', { user }))).toThrow(StoredFactError)
    expect(() => subjectOf(EDGE, holder(token(), { user }))).toThrow(StoredFactError)
  })
})
