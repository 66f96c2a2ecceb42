import { describe, expect, it } from 'vitest'
import type { Account, Condition, Member } from '../../src/core/facts.ts'
import { memberRights } from '../../src/core/rights.ts'
import { account, allow, deny, member, when } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'

const IP = { ip: { in: ['203.0.113.0/24'] } }

describe('the rights of a member', () => {
  it('are those of its roles, with the groups they come from, and of its policies', () => {
    const policies = [{ ...allow('purge', 'account:acme/zone:a', 'account:acme/zone:b*'), id: 'p1' }]
    const { rights, words, closed } = told({ roles: ['reader'], policies })
    expect(closed).toBe(null)
    expect(rights).toEqual([
      {
        permissions: ['dns.read', 'kv.read'],
        resources: ['account:acme'],
        condition: null,
        from: { kind: 'role', id: 'reader', name: 'Reader', groups: ['read'] },
        except: [],
        words: 'may dns.read, kv.read on account:acme and all beneath it (role Reader)',
      },
      {
        permissions: ['cache.purge'],
        resources: ['account:acme/zone:a', 'account:acme/zone:b*'],
        condition: null,
        from: { kind: 'policy', id: 'p1' },
        except: [],
        words: 'may cache.purge on account:acme/zone:a, account:acme/zone:b* and all beneath them (policy `p1`)',
      },
    ])
    expect(words).toBe(rights.map((right) => right.words).join('\n'))
  })

  it('name each selector once, and each deny, however often they are listed', () => {
    const twice = (...selectors: readonly string[]) => [...selectors, ...selectors]
    const policies = (listed: (...selectors: readonly string[]) => readonly string[]) => [
      { ...allow('purge', ...listed('account:acme/zone:a', 'account:acme/zone:b')), id: 'p1' },
      { ...deny('purge', ...listed('account:acme/zone:b')), id: 'p2' },
    ]
    const once = told({ roles: [], policies: policies((...selectors) => selectors) })
    expect(told({ roles: [], policies: policies(twice) })).toEqual(once)
    expect(once.rights).toHaveLength(1)
  })

  it('are frozen', () => {
    const { rights, overridden } = told({ roles: ['administrator'], policies: [deny('dns', 'account:acme')] })
    for (const list of [rights, overridden]) {
      expect(Object.isFrozen(list)).toBe(true)
      for (const one of list) expect([one, ...Object.values(one)].every((part) => Object.isFrozen(part))).toBe(true)
    }
  })

  it('are given while their condition holds', () => {
    const [right] = told({
      roles: [],
      policies: [when({ ...IP, notBefore: 0, expiresOn: 86_400_000 }, allow('purge', 'account:acme'))],
    }).rights
    expect(right?.condition).toEqual({ ...IP, notBefore: 0, expiresOn: 86_400_000 })
    expect(right?.words).toContain(
      ', only from 203.0.113.0/24 and since 1970-01-01T00:00:00Z and before 1970-01-02T00:00:00Z',
    )
  })

  it.each<Condition>([IP, { notBefore: 0 }, { expiresOn: 1 }])(
    'are given while their condition holds, whatever it is of: %j',
    (condition) => {
      const policies = [allow('dns', 'account:acme'), when(condition, allow('purge', 'account:acme'))]
      const { rights } = told({ roles: ['reader'], policies })
      expect(rights.map((right) => right.condition)).toEqual([null, null, condition])
    },
  )

  it('come from those groups of a role that hold one of them', () => {
    const policies = [when(IP, deny('cache.purge', 'account:acme'))]
    const groups = told({ roles: ['administrator'], policies }).rights.map(({ from, permissions }) => [
      from.kind === 'role' && from.groups,
      permissions.includes('cache.purge'),
    ])
    expect(groups).toEqual(
      expect.arrayContaining([
        [['purge'], true],
        [['dns', 'read', 'kv', 'members'], false],
      ]),
    )
    expect(groups).toHaveLength(2)
  })

  it('cover what lies beneath as soon as something lies beneath one of the resources', () => {
    const [right] = told({
      roles: [],
      policies: [allow('dns.read', 'account:acme/zone:a', 'account:acme/zone:a/record:A,a')],
    }).rights
    expect(right?.words).toContain('and all beneath them')
    const [leaf] = told({ roles: [], policies: [allow('dns.read', 'account:acme/zone:a/record:A,a')] }).rights
    expect(leaf?.words).not.toContain('beneath')
  })

  it('have no condition where the one that stands there is empty', () => {
    const [right] = told({ roles: [], policies: [when({}, allow('purge', 'account:acme'))] }).rights
    expect(right?.condition).toBe(null)
  })

  it.each([
    ['a retired role', { roles: ['ghost'] }],
    ['a retired group', { policies: [allow('old', 'account:acme')] }],
    ['a retired permission', { policies: [allow('dns.legacy', 'account:acme')] }],
    ['a permission that is on nothing there', { policies: [allow('cache.purge', 'account:acme/namespace:n')] }],
    [
      'a deep permission that is on what lies above',
      { policies: [allow('dns.export', 'account:acme/zone:a/record:*')] },
    ],
  ])('are none by %s', (_what, changes) => {
    expect(told({ roles: [], ...changes })).toMatchObject({ rights: [], overridden: [], words: 'has no rights here' })
  })

  it('of names that the catalog does not know are not guessed', () => {
    const unknown = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })
    expect(() => told({ roles: ['gone'] })).toThrow(unknown)
    expect(() => told({ policies: [deny('gone', 'account:acme')] })).toThrow(unknown)
  })

  it.each<[string, Partial<Member>, Partial<Account>, string]>([
    ['a pending member', { status: 'pending' }, {}, 'not_a_member'],
    ['a suspended member', { status: 'suspended' }, {}, 'member_suspended'],
    ['a member of a suspended account', {}, { status: 'suspended' }, 'account_suspended'],
    ['a suspended member of a suspended account', { status: 'suspended' }, { status: 'suspended' }, 'member_suspended'],
  ])('of %s are closed, and told all the same', (_what, changes, of, reason) => {
    const { closed, rights, words } = told(changes, of)
    expect(closed).toBe(reason)
    expect(rights.length).toBeGreaterThan(0)
    expect(words).toMatch(/^may do nothing here now: .*; but for that:\nmay /)
  })

  it('do not ask for the API switch, which binds tokens alone', () => {
    expect(told({ apiAccess: false }, { apiAccess: false }).closed).toBe(null)
  })
})

describe('a deny', () => {
  it('that covers all of an allow overrides it', () => {
    const policies = [{ ...deny(['dns.read', 'kv.read'], 'account:acme'), id: 'no' }]
    const { rights, overridden, words } = told({ roles: ['reader'], policies })
    expect(rights).toEqual([])
    expect(overridden).toEqual([
      {
        permissions: ['dns.read', 'kv.read'],
        resources: ['account:acme'],
        from: { kind: 'role', id: 'reader', name: 'Reader', groups: ['read'] },
        by: ['no'],
        words: 'nothing of dns.read, kv.read on account:acme and all beneath it (role Reader): denied by policy `no`',
      },
    ])
    expect(words).toMatch(/^has no rights here\nnothing of /)
  })

  it('is told apart from another that overrides another permission', () => {
    const policies = [
      { ...deny('dns.read', 'account:acme'), id: 'a' },
      { ...deny('kv.read', 'account:acme'), id: 'b' },
    ]
    const { overridden } = told({ roles: ['reader'], policies })
    expect(overridden.map(({ permissions, by }) => [permissions, by])).toEqual([
      [['dns.read'], ['a']],
      [['kv.read'], ['b']],
    ])
  })

  it('that covers all things a permission is on overrides it, whatever lies above them', () => {
    const { rights, overridden } = told({ roles: ['reader'], policies: [deny('read', 'account:acme/zone:*')] })
    expect(overridden.map(({ permissions }) => permissions)).toEqual([['dns.read']])
    expect(rights.map(({ permissions, except }) => [permissions, except])).toEqual([[['kv.read'], []]])
  })

  it('that covers one selector of a policy overrides it there alone', () => {
    const policies = [
      allow('purge', 'account:acme/zone:a', 'account:acme/zone:b'),
      deny('purge', 'account:acme/zone:a'),
    ]
    const { rights, overridden } = told({ roles: [], policies })
    expect(rights.map(({ resources, except }) => [resources, except])).toEqual([[['account:acme/zone:b'], []]])
    expect(overridden.map(({ resources }) => resources)).toEqual([['account:acme/zone:a']])
  })

  it('that covers a part of an allow is excepted, of the permission it denies', () => {
    const policies = [{ ...deny('dns.write', 'account:acme/zone:z1'), id: 'no' }, allow('dns', 'account:acme')]
    const { rights } = told({ roles: [], policies })
    const except = { policy: 'no', resource: 'account:acme/zone:z1', above: false, condition: null }
    expect(rights.map((right) => [right.permissions, right.except])).toEqual([
      [['dns.export', 'dns.read'], []],
      [['dns.write'], [except]],
    ])
    expect(rights[1]?.words).toMatch(/^may dns.write on account:acme .*, not on account:acme\/zone:z1 \(policy `no`\)$/)
  })

  it('is listed in the order of the text, like what it takes and what it leaves', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => `account:acme/zone:${id}`) as [string, string, string, string]
    const no = (id: string, resource: string) => ({ ...deny('dns.read', resource), id })
    const policies = [
      allow('dns.read', d, c, b, a),
      no('y', b),
      no('x', a),
      no('w', `${d}/record:A,a`),
      no('v', `${c}/record:A,a`),
    ]
    const { rights, overridden } = told({ roles: [], policies })
    expect(rights.map(({ resources, except }) => [resources, except.map(({ policy }) => policy)])).toEqual([
      [
        [c, d],
        ['v', 'w'],
      ],
    ])
    expect(overridden.map(({ resources, by }) => [resources, by])).toEqual([
      [
        [a, b],
        ['x', 'y'],
      ],
    ])
  })

  it('that does not meet an allow is not told', () => {
    const policies = [allow('purge', 'account:acme/zone:a*'), deny('purge', 'account:acme/zone:b*')]
    expect(told({ roles: [], policies }).rights[0]?.except).toEqual([])
  })

  it('with a condition is excepted even where it covers all', () => {
    const policies = [{ ...when(IP, deny('purge', 'account:acme')), id: 'no' }, allow('purge', 'account:acme')]
    const [right] = told({ roles: [], policies }).rights
    expect(right?.except).toEqual([{ policy: 'no', resource: 'account:acme', above: false, condition: IP }])
    expect(right?.words).toContain('not on account:acme from 203.0.113.0/24 or an unknown address (policy `no`)')
  })

  it('is excepted under each condition that stands under its id', () => {
    const denies = [IP, { notBefore: 0 }].map((condition) => ({
      ...when(condition, deny('purge', 'account:acme')),
      id: 'no',
    }))
    const [right] = told({ roles: [], policies: [...denies, allow('purge', 'account:acme')] }).rights
    expect(right?.except.map(({ condition }) => condition)).toEqual(expect.arrayContaining([IP, { notBefore: 0 }]))
  })

  it('with an empty condition is as one without', () => {
    const policies = [when({}, deny('purge', 'account:acme')), allow('purge', 'account:acme')]
    expect(told({ roles: [], policies }).rights).toEqual([])
  })

  it('of a deep permission is excepted above its selector', () => {
    const policies = [{ ...deny('dns.export', 'account:acme/zone:a/record:*'), id: 'no' }, allow('dns', 'account:acme')]
    const { rights } = told({ roles: [], policies })
    const exporting = rights.find(({ permissions }) => permissions.includes('dns.export'))
    expect(exporting?.except).toEqual([
      { policy: 'no', resource: 'account:acme/zone:a/record:*', above: true, condition: null },
    ])
    expect(exporting?.words).toContain('not on account:acme/zone:a/record:* or above it (policy `no`)')
  })

  it('that covers all things of one type is excepted where the permission is on others, too', () => {
    const records = { ...deny('dns.read', 'account:acme/zone:*/record:*'), id: 'no' }
    const { rights, overridden } = told({ roles: ['reader'], policies: [records] })
    const reading = rights.find(({ permissions }) => permissions.includes('dns.read'))
    expect(overridden).toEqual([])
    expect(reading?.except).toEqual([
      { policy: 'no', resource: 'account:acme/zone:*/record:*', above: false, condition: null },
    ])
  })

  it('of a deep permission that is on several types is excepted above its selector, whichever is looked at last', () => {
    const policies = [{ ...deny('kv.clear', 'account:acme/namespace:n'), id: 'no' }, allow('kv.clear', 'account:acme')]
    expect(told({ roles: [], policies }).rights.map(({ except }) => except)).toEqual([
      [{ policy: 'no', resource: 'account:acme/namespace:n', above: true, condition: null }],
    ])
  })

  it('of a deep permission overrides an allow that names only what lies above it', () => {
    const policies = [
      allow('kv.clear', 'account:acme/namespace:n'),
      deny('kv.clear', 'account:acme/namespace:n/value:v'),
    ]
    expect(told({ roles: [], policies }).overridden).toHaveLength(1)
  })
})

function told(changes: Partial<Member>, of: Partial<Account> = {}) {
  return memberRights(EDGE.catalog, { account: account(of), member: member(changes) })
}
