/** What is compiled of stored facts, and what of them is told as a fault: of the accounts it concerns, or of the whole credential. */
import { describe, expect, it } from 'vitest'
import { compileStanding, compileToken, memberPolicies, tokenFaults, tokenPolicies } from '../../src/core/compile.ts'
import type { Member, Policy, Token } from '../../src/core/facts.ts'
import { permissionsIn } from '../../src/core/policy.ts'
import { EMPTY_TABLE } from '../../src/core/policy-table.ts'
import { account, allow, deny, member, NOW, token } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'

const { catalog } = EDGE
const STORED = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })

describe('a compiled token', () => {
  it('has a window where it has a beginning or an end', () => {
    const windowOf = (changes: Partial<Token>) => compileToken(catalog, token(changes)).window
    expect(windowOf({})).toBe(null)
    expect(windowOf({ condition: { ip: { in: ['10.0.0.0/8'] } } })).toBe(null)
    expect(windowOf({ notBefore: NOW })).toEqual({ notBefore: NOW, expiresOn: Infinity })
    expect(windowOf({ expiresOn: NOW })).toEqual({ notBefore: -Infinity, expiresOn: NOW })
    expect(windowOf({ notBefore: 1, expiresOn: NOW })).toEqual({ notBefore: 1, expiresOn: NOW })
  })

  it('has ended where it is not active, each in its way', () => {
    const ended = (status: Token['status']) => compileToken(catalog, token({ status })).ended
    expect(ended('active')).toBe(null)
    expect(ended('disabled')).toBe('token_disabled')
    expect(ended('revoked')).toBe('token_revoked')
  })

  it('has its own address condition, narrow or not', () => {
    const { ip, ipIsNarrow } = compileToken(catalog, token({ condition: { ip: { in: ['10.0.0.0/8'] } } }))
    expect([ip?.in === null, ip?.notIn, ipIsNarrow]).toEqual([false, null, true])
    expect(compileToken(catalog, token({ condition: { ip: { in: ['10.0.0.0/7'] } } })).ipIsNarrow).toBe(false)
    const open = compileToken(catalog, token({ condition: {} }))
    expect([open.ip, open.ipIsNarrow]).toEqual([null, false])
  })

  it('reaches the roots that its allow policies name, those with a fault among them', () => {
    const policies = [allow('dns', 'account:acme/zone:a'), deny('dns', 'account:b'), allow('gone', 'account:c')]
    expect([...compileToken(catalog, token({ policies })).reach]).toEqual(['account:acme', 'account:c'])
  })
})

describe('the permissions of a policy', () => {
  it.each<[string, Partial<Policy>, readonly string[]]>([
    ['named', { permissions: ['dns.read', 'kv.read'] }, ['dns.read', 'kv.read']],
    [
      'of its groups',
      { permissionGroups: ['purge', 'members'] },
      ['cache.purge', 'bailiwick.read_members', 'bailiwick.manage_members'],
    ],
    ['without the retired ones', { permissions: ['dns.read', 'dns.legacy'] }, ['dns.read']],
    ['none, where all are retired', { permissions: ['dns.legacy'] }, []],
    ['none of a retired group', { permissionGroups: ['old'] }, []],
  ])('are those %s', (_, rights, names) => {
    const policies = [{ id: 'p', effect: 'allow', resources: ['account:acme'], ...rights } as const]
    const [policy] = tokenPolicies(catalog, token({ policies }))
    expect(permissionsIn(catalog, policy?.permissions ?? '').map(({ name }) => name)).toEqual(names)
  })
})

it('what is unknown is named once in a fault, however often it is listed', () => {
  const policies = [deny('dns', 'account:acme/planet:p', 'account:acme/planet:p')]
  expect([...tokenFaults(catalog, token({ policies })).values()].join().match(/unknown resource type/g)).toHaveLength(1)
})

describe('a fault of a token is told', () => {
  it.each<[string, Policy, readonly (readonly [string, string])[]]>([
    ['a group', deny('gone', 'account:acme'), [['account:acme', 'unknown permission group `gone`']]],
    ['a permission', deny('gone.read', 'account:acme'), [['account:acme', 'unknown permission `gone.read`']]],
    [
      'a type',
      deny('dns', 'account:acme/planet:p'),
      [['account:acme', '`account:acme/planet:p`: unknown resource type `planet`']],
    ],
    [
      'a type in every account',
      deny('dns', 'account:*/planet:p'),
      [['account:*', '`account:*/planet:p`: unknown resource type `planet`']],
    ],
    [
      'all of one policy',
      deny(['gone', 'lost'], 'user:ann'),
      [['user:ann', '`gone`; unknown permission group `lost`']],
    ],
    [
      'each root that is named',
      deny('dns', 'account:b', 'account:*', 'account:%20/planet:p'),
      [
        ['account:b', 'planet'],
        ['account:*', 'planet'],
        ['account:%20', 'planet'],
      ],
    ],
  ])('by the roots it concerns: %s', (_, policy, faults) => {
    const policies = [allow('dns', 'account:acme'), policy]
    const found = [...tokenFaults(catalog, token({ policies }))]
    expect(found).toEqual(faults.map(([root, words]) => [root, expect.stringContaining(words)]))
    for (const [, words] of found) expect(words).toMatch(/^a stored policy of token `t1`: /)
    expect(() => tokenPolicies(catalog, token({ policies }))).toThrow(STORED)
    expect(compileToken(catalog, token({ policies })).faults).toEqual(new Map(found))
  })

  it('as none where all is understood', () => {
    expect(tokenFaults(catalog, token()).size).toBe(0)
    expect(tokenPolicies(catalog, token()).map(({ id }) => id)).toEqual(token().policies.map(({ id }) => id))
  })

  it.each([
    ['of an unknown root', 'planet:p'],
    ['of an unknown type without a root', 'zone:a'],
    ['beneath what only begins like a root', 'my-account:acme/zone:a'],
    ['of an unknown type at no one account', 'account:a*/planet:p'],
    ['of an unknown type at an account without a name', 'account:/planet:p'],
    ['of an unknown type at every user', 'user:%2a/planet:p'],
    ['that is malformed in an account that can be read', 'account:acme/zone'],
    ['of another user', 'user:bob'],
  ])('as one of the whole token for a selector %s', (_, selector) => {
    for (const policies of [
      [deny('dns', selector)],
      [allow('dns', 'account:acme'), deny('dns', 'account:acme', selector)],
    ])
      expect(() => tokenFaults(catalog, token({ policies }))).toThrow(STORED)
  })

  it('as one of the whole token for a selector in another account than its own, also after some that are', () => {
    const owner = { account: 'acme' }
    const policies = [allow('dns', 'account:acme', 'account:b')]
    expect(() => tokenFaults(catalog, token({ owner, policies }))).toThrow(STORED)
  })
})

describe('the policies of a member', () => {
  it('are one for each role, once and by its name, then its own', () => {
    const own = [allow('dns', 'account:acme/zone:a')]
    const { policies, fault } = memberPolicies(
      catalog,
      member({ roles: ['reader', 'keeper', 'reader'], policies: own }),
    )
    expect(policies.map(({ id, effect, condition }) => [id, effect, condition])).toEqual([
      ['role:reader', 'allow', null],
      ['role:keeper', 'allow', null],
      [own[0]?.id, 'allow', null],
    ])
    expect(policies.map(({ selectors }) => selectors.map(({ text }) => text))).toEqual([
      ['account:acme'],
      ['account:acme'],
      ['account:acme/zone:a'],
    ])
    expect(fault).toBe(null)
  })

  it.each<[string, Partial<Member>, string]>([
    ['a role', { roles: ['gone'] }, 'the stored member `ann` of `acme` holds unknown role `gone`'],
    [
      'a group',
      { policies: [deny('gone', 'account:acme')] },
      'a stored policy of member `ann` of `acme`: unknown permission group `gone`',
    ],
    [
      'the role first',
      { roles: ['gone'], policies: [deny('gone', 'account:acme')] },
      'the stored member `ann` of `acme` holds unknown role `gone`',
    ],
  ])('have a fault where something is not known: %s', (_, changes, words) => {
    expect(memberPolicies(catalog, member(changes)).fault).toBe(words)
  })

  it('are none where its account has no name', () => {
    expect(() => memberPolicies(catalog, member({ account: '\ud800' }))).toThrow(STORED)
    expect(() => memberPolicies(catalog, member({ account: '\ud800', roles: [] }))).toThrow(STORED)
  })
})

describe('a compiled standing', () => {
  it('is what decisions read of the account and the member, and what the member may', () => {
    const {
      root,
      account: of,
      member: who,
      rights,
      fault,
    } = compileStanding(catalog, {
      account: account({ apiAccess: false }),
      member: member({ readmitted: true, since: 7 }),
    })
    expect([root, fault]).toEqual(['account:acme', null])
    expect(of).toEqual({ id: 'acme', status: 'active', apiAccess: false, tokenRules: {} })
    const key = { kind: 'user', id: 'ann', status: 'active', apiAccess: null }
    expect(who).toEqual({ ...key, since: 7, readmitted: true })
    expect(rights?.table).not.toBe(null)
  })

  it('has no rights where nobody stands above the token, and none said where the member has none', () => {
    expect(compileStanding(catalog, { account: account(), member: null }).rights).toBe(null)
    const { rights } = compileStanding(catalog, { account: account(), member: member({ roles: [] }) })
    expect(rights).toEqual({ table: EMPTY_TABLE, conditions: [] })
  })

  it('is not made of a member of another account, nor of an account without a name', () => {
    expect(() => compileStanding(catalog, { account: account(), member: member({ account: 'b' }) })).toThrow(STORED)
    expect(() => compileStanding(catalog, { account: account({ id: '\ud800' }), member: null })).toThrow(STORED)
  })
})
