import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileStanding, compileToken } from '../../src/core/compile.ts'
import type { Owner, Policy, Token } from '../../src/core/facts.ts'
import type { Limits } from '../../src/schema/limits.ts'
import { type PolicyInput, parseAddedPolicies, parseRemovedPolicies } from '../../src/schema/policy.ts'
import { parseTokenCreate, parseTokenUpdate } from '../../src/schema/token.ts'
import { catalog, contextWith, counting, errorOf, issuesOf } from './helpers.ts'

const OWNER: Owner = { user: 'u1' }
const PURGE: PolicyInput = { effect: 'allow', permissionGroups: ['purge'], resources: ['account:acme/zone:a'] }

/** The policies as a new token of `owner` would have them. */
function parse(policies: unknown, limits: Partial<Limits> = {}, owner: Owner = OWNER): readonly Policy[] {
  return parseTokenCreate({ owner, name: 'n', policies }, contextWith(limits)).policies
}

function tokenWith(policies: readonly Policy[]): Token {
  return {
    id: 't',
    name: 'n',
    owner: OWNER,
    policies,
    status: 'active',
    apiAccess: null,
    issuedOn: 1,
    issuedBy: 'host',
    modifiedOn: 1,
    secretIssuedOn: 1,
    revision: 1,
  }
}

describe('each refusal', () => {
  const cases: readonly [what: string, policy: unknown, issue: string][] = [
    ['no object', 7, ' bad_type'],
    ['a Map', new Map(), ' bad_type'],
    ['an unknown field', { ...PURGE, conditions: {} }, '.conditions unknown_field'],
    [
      'a `__proto__` of its own',
      JSON.parse(`{"__proto__":1,${JSON.stringify(PURGE).slice(1)}`),
      '.__proto__ unknown_field',
    ],
    ['no effect', { ...PURGE, effect: undefined }, '.effect required'],
    ['another effect', { ...PURGE, effect: 'Allow' }, '.effect bad_value'],
    ['an id with a space', { ...PURGE, id: 'a b' }, '.id bad_id'],
    ['an id too long', { ...PURGE, id: 'x'.repeat(65) }, '.id bad_id'],
    ['neither groups nor permissions', { effect: 'allow', resources: PURGE.resources }, ' required'],
    ['both', { ...PURGE, permissions: ['cache.purge'] }, ' conflicting_fields'],
    ['an empty list of groups', { ...PURGE, permissionGroups: [] }, '.permissionGroups empty_list'],
    ['an empty list of selectors', { ...PURGE, resources: [] }, '.resources empty_list'],
    ['no list', { ...PURGE, resources: 'account:acme/zone:a' }, '.resources bad_type'],
    ['a group that is no text', { ...PURGE, permissionGroups: ['purge', 1] }, '.permissionGroups.1 bad_type'],
    ['an unknown group', { ...PURGE, permissionGroups: ['purge', 'pruge'] }, '.permissionGroups.1 unknown_group'],
    ['a prototype’s name', { ...PURGE, permissionGroups: ['constructor'] }, '.permissionGroups.0 unknown_group'],
    [
      'an unknown permission',
      { effect: 'allow', permissions: ['cache.purg'], resources: PURGE.resources },
      '.permissions.0 unknown_permission',
    ],
    [
      'a deprecated group',
      { ...PURGE, permissionGroups: ['kv'], resources: ['account:acme'] },
      '.permissionGroups.0 deprecated',
    ],
    ['a retired group', { ...PURGE, permissionGroups: ['purge', 'old'] }, '.permissionGroups.1 retired'],
    [
      'a deprecated permission',
      { effect: 'deny', permissions: ['kv.write'], resources: ['account:acme'] },
      '.permissions.0 deprecated',
    ],
    [
      'a retired permission',
      { effect: 'deny', permissions: ['dns.legacy'], resources: ['account:acme'] },
      '.permissions.0 retired',
    ],
    [
      'a group that matches none of the selectors',
      { ...PURGE, permissionGroups: ['purge', 'members'] },
      '.permissionGroups.1 vacuous_grant',
    ],
    [
      'a selector that none of the groups match',
      { ...PURGE, resources: ['account:acme/zone:a', 'account:acme/namespace:n'] },
      '.resources.1 vacuous_grant',
    ],
    ['a selector that is none', { ...PURGE, resources: ['acme'] }, '.resources.0 bad_selector'],
    ['a selector of an unknown type', { ...PURGE, resources: ['account:acme/zoen:a'] }, '.resources.0 bad_selector'],
    ['an id that its type can’t have', { ...PURGE, resources: ['account:acme/zone:A'] }, '.resources.0 bad_selector'],
    ['an id that isn’t canonical', { ...PURGE, resources: ['account:%61cme'] }, '.resources.0 bad_selector'],
    [
      'another user’s root',
      { effect: 'allow', permissions: ['bailiwick.read_tokens'], resources: ['user:u2'] },
      '.resources.0 misplaced_selector',
    ],
    ['a bad CIDR', { ...PURGE, condition: { ip: { in: ['10.0.0.1/8'] } } }, '.condition.ip.in.0 bad_cidr'],
    ['an empty list of CIDRs', { ...PURGE, condition: { ip: { notIn: [] } } }, '.condition.ip.notIn empty_list'],
    ['an ip of nothing', { ...PURGE, condition: { ip: {} } }, '.condition.ip required'],
    ['a bad time', { ...PURGE, condition: { expiresOn: 'tomorrow' } }, '.condition.expiresOn bad_time'],
    ['half a millisecond', { ...PURGE, condition: { notBefore: 1.5 } }, '.condition.notBefore bad_time'],
    [
      'a Date that is none',
      { ...PURGE, condition: { notBefore: new Date(Number.NaN) } },
      '.condition.notBefore bad_time',
    ],
    ['`null` for a time', { ...PURGE, condition: { notBefore: null } }, '.condition.notBefore bad_time'],
    [
      'a window of no length',
      { ...PURGE, condition: { notBefore: 5, expiresOn: 5 } },
      '.condition.expiresOn empty_window',
    ],
    ['a misspelt restriction', { ...PURGE, condition: { expires_on: 5 } }, '.condition.expires_on unknown_field'],
  ]
  test.each(cases)('%s', (_what, policy, issue) => {
    expect(issuesOf(() => parse([PURGE, policy]))).toEqual([`policies.1${issue}`])
  })

  test('a list that is none, and one without policies', () => {
    expect(issuesOf(() => parse(undefined))).toEqual(['policies required'])
    expect(issuesOf(() => parse({}))).toEqual(['policies bad_type'])
    expect(issuesOf(() => parse([]))).toEqual(['policies empty_list'])
  })

  test('two policies of one id', () => {
    expect(issuesOf(() => parse([{ ...PURGE, id: 'a' }, PURGE, { ...PURGE, id: 'a' }]))).toEqual([
      'policies.2.id duplicate_id',
    ])
  })

  test('tokens of accounts and services reach their own account alone, and no user', () => {
    for (const owner of [{ account: 'acme' }, { account: 'acme', service: 's' }]) {
      const resources = ['account:acme', 'account:other', 'account:*', 'user:u1']
      expect(issuesOf(() => parse([{ ...PURGE, permissionGroups: ['members'], resources }], {}, owner))).toEqual([
        'policies.0.resources.1 misplaced_selector',
        'policies.0.resources.2 misplaced_selector',
        'policies.0.resources.3 misplaced_selector',
        'policies.0.resources.3 vacuous_grant',
      ])
    }
  })
})

test('one input with many faults is told all of them', () => {
  const error = errorOf(() =>
    parse(
      [
        { ...PURGE, id: 'a', permissionGroups: ['purg', 'kv'], resources: ['account:acme/zone:A', 'user:u2'] },
        {
          ...PURGE,
          id: 'a',
          efect: 'deny',
          condition: { ip: { in: ['1.2.3.4', '::/0'] }, notBefore: 2, expiresOn: 1 },
        },
        { effect: 'allow', permissionGroups: ['members'], resources: ['account:acme/zone:a'] },
        'x',
      ],
      { policies: 3, selectors: 10 },
    ),
  )
  const paths = error.issues.map(({ path, code }) => `${path.join('.')} ${code}`)
  expect(paths).toEqual(
    expect.arrayContaining([
      'policies.1.efect unknown_field',
      'policies.1.condition.ip.in.0 bad_cidr',
      'policies.1.condition.expiresOn empty_window',
      'policies.3 bad_type',
      'policies.1.id duplicate_id',
      'policies limit_exceeded',
    ]),
  )
  const within = issuesOf(() =>
    parse([
      { ...PURGE, id: 'a', permissionGroups: ['purg', 'kv'], resources: ['account:acme/zone:A', 'user:u2'] },
      { effect: 'allow', permissionGroups: ['members'], resources: ['account:acme/zone:a'], condition: { ip: 1 } },
    ]),
  )
  expect(within.toSorted()).toEqual([
    'policies.0.permissionGroups.0 unknown_group',
    'policies.0.permissionGroups.1 deprecated',
    'policies.0.resources.0 bad_selector',
    'policies.0.resources.1 misplaced_selector',
    'policies.1.condition.ip bad_type',
    'policies.1.permissionGroups.0 vacuous_grant',
    'policies.1.resources.0 vacuous_grant',
  ])
})

test('messages name the nearest known name', () => {
  const { message } = errorOf(() =>
    parse([
      {
        effect: 'alow',
        permissionGroups: ['purg'],
        resources: ['account:acme/zoen:a'],
        condition: { ip: { in: ['1.2.3.4'] } },
      },
    ]),
  )
  expect(message).toContain('policies[0].effect: must be `allow` or `deny`')
  expect(message).toContain('unknown permission group `purg` (did you mean `purge`?)')
  expect(message).toContain('unknown resource type `zoen` (did you mean `zone`?)')
  expect(message).toContain('`1.2.3.4` has no prefix length; for this one address write `1.2.3.4/32`')
})

test('what was meant is looked for a few times, however many names are unknown', () => {
  const many = Array.from({ length: 900 }, (_, i) => `account:acme/zoen:z${i}`)
  const { issues } = errorOf(() => parse([{ ...PURGE, permissionGroups: ['purg'], resources: many }]))
  const named = issues.filter(({ message }) => message.includes('did you mean'))
  expect(issues).toHaveLength(901)
  expect(named.map(({ path }) => path.join('.'))).toEqual([
    'policies.0.permissionGroups.0',
    ...Array.from({ length: 9 }, (_, i) => `policies.0.resources.${i}`),
  ])
  for (const { message } of issues.slice(1)) expect(message).toContain('unknown resource type `zoen`')
})

describe('limits', () => {
  const zones = (count: number) => Array.from({ length: count }, (_, i) => `account:acme/zone:z${i}`)

  test('as many as are allowed, and one more', () => {
    const cases: readonly [Partial<Limits>, (count: number) => unknown][] = [
      [{ policies: 3 }, (count) => Array(count).fill(PURGE)],
      [{ selectors: 3 }, (count) => [{ ...PURGE, resources: zones(count) }]],
      [{ selectors: 4 }, (count) => [PURGE, { ...PURGE, resources: zones(count - 1) }]],
      [{ conditions: 2 }, (count) => zones(count).map((_, i) => ({ ...PURGE, condition: { expiresOn: i } }))],
      [
        { cidrs: 3 },
        (count) => zones(count).map((_, i) => ({ ...PURGE, condition: { ip: { in: [`${i}.0.0.0/8`] } } })),
      ],
    ]
    for (const [limits, make] of cases) {
      const [[name, limit] = ['', 0]] = Object.entries(limits)
      expect(parse(make(limit), limits)).toBeDefined()
      const { issues } = errorOf(() => parse(make(limit + 1), limits))
      expect(issues.map(({ code }) => code)).toEqual(['limit_exceeded'])
      expect(issues[0]?.message).toMatch(new RegExp(`^${limit + 1} .*at most ${limit} `))
      expect(name).not.toBe('')
    }
  })

  test('what is written twice in one list counts once', () => {
    const [policy] = parse([{ ...PURGE, resources: [...zones(3), ...zones(3)] }], { selectors: 3 })
    expect(policy?.resources).toEqual(zones(3))
  })

  test('conditions that mean the same are one', () => {
    const conditions = [{ ip: { in: ['10.0.0.0/9', '10.128.0.0/9'] } }, { ip: { in: ['10.0.0.0/8'] } }]
    expect(
      parse(
        conditions.map((condition) => ({ ...PURGE, condition })),
        { conditions: 1 },
      ),
    ).toHaveLength(2)
  })

  test('the addresses of the token itself count too', () => {
    const input = {
      owner: OWNER,
      name: 'n',
      policies: [PURGE],
      condition: { ip: { in: ['10.0.0.0/8', '11.0.0.0/8'] } },
    }
    expect(issuesOf(() => parseTokenCreate(input, contextWith({ cidrs: 1 })))).toEqual(['condition.ip limit_exceeded'])
  })

  test('a hundred thousand unknown names are one issue', () => {
    const permissionGroups = Array.from({ length: 100_000 }, (_, i) => `group-${i}`)
    expect(issuesOf(() => parse([{ ...PURGE, permissionGroups }]))).toHaveLength(1)
  })
})

describe('what is stored', () => {
  test('lists are sets, sorted; addresses have one spelling; the empty condition is none', () => {
    const [policy] = parse([
      {
        effect: 'allow',
        id: 'p',
        permissionGroups: ['read', 'dns', 'read'],
        resources: ['account:b', 'account:a/zone:z', 'account:b'],
        condition: {
          ip: { notIn: ['2001:DB8:0::/32', '::ffff:1.2.3.0/120', '1.2.3.0/24'] },
          notBefore: '2027-01-01T00:00:00.0001Z',
        },
      },
    ])
    expect(policy).toEqual({
      id: 'p',
      effect: 'allow',
      permissionGroups: ['dns', 'read'],
      resources: ['account:a/zone:z', 'account:b'],
      condition: { ip: { notIn: ['1.2.3.0/24', '2001:db8::/32'] }, notBefore: Date.UTC(2027, 0, 1) + 1 },
    })
    expect(Object.isFrozen(policy) && Object.isFrozen(policy?.resources) && Object.isFrozen(policy?.condition)).toBe(
      true,
    )
    expect(parse([{ ...PURGE, condition: {} }])[0]).not.toHaveProperty('condition')
  })

  test('an expiry rounds down', () => {
    const [policy] = parse([{ ...PURGE, condition: { expiresOn: '2027-01-01T00:00:00.0009Z' } }])
    expect(policy?.condition?.expiresOn).toBe(Date.UTC(2027, 0, 1))
  })

  test('policies without an id are given different ones, also by a source that repeats itself', () => {
    const random = (bytes: number) => new Uint8Array(bytes)
    const input = { owner: OWNER, name: 'n', policies: [PURGE, PURGE, { ...PURGE, id: 'AAAAAAAAAAAA' }] }
    const { policies } = parseTokenCreate(input, { ...contextWith(), random })
    expect(policies.map(({ id }) => id)).toEqual(['AAAAAAAAAAAA-2', 'AAAAAAAAAAAA-3', 'AAAAAAAAAAAA'])
  })

  test('a deny of a deep permission may stand beneath what the permission is on', () => {
    const deny = { effect: 'deny', permissions: ['dns.export'], resources: ['account:acme/zone:a/record:A,a'] }
    expect(parse([deny])).toHaveLength(1)
    expect(issuesOf(() => parse([{ ...deny, effect: 'allow' }]))).toEqual([
      'policies.0.permissions.0 vacuous_grant',
      'policies.0.resources.0 vacuous_grant',
    ])
  })
})

describe('policies that stand already', () => {
  const stored: Policy = { id: 'k', effect: 'allow', permissionGroups: ['kv'], resources: ['account:acme'] }
  const old: Policy = { id: 'o', effect: 'deny', permissionGroups: ['old'], resources: ['account:acme', 'account:b'] }
  const token = tokenWith([stored, old])
  const update = (policies: unknown) => parseTokenUpdate({ policies }, token, contextWith()).terms.policies

  test('may name what was deprecated or retired since, in whatever order', () => {
    expect(update([{ ...old, resources: [...old.resources].reverse() }, stored, { ...PURGE, id: 'p' }])).toEqual([
      old,
      stored,
      { ...PURGE, id: 'p' },
    ])
  })

  test('may not when anything of them changes', () => {
    expect(issuesOf(() => update([{ ...stored, id: 'k2' }]))).toEqual(['policies.0.permissionGroups.0 deprecated'])
    expect(issuesOf(() => update([{ ...stored, resources: ['account:*'] }]))).toEqual([
      'policies.0.permissionGroups.0 deprecated',
    ])
    expect(issuesOf(() => update([{ ...stored, effect: 'deny' }]))).toEqual([
      'policies.0.permissionGroups.0 deprecated',
    ])
    expect(issuesOf(() => update([{ ...stored, condition: { expiresOn: 5 } }]))).toEqual([
      'policies.0.permissionGroups.0 deprecated',
    ])
  })

  test('are refused when the catalog no longer knows a name of theirs', () => {
    const gone: Policy = { ...stored, permissionGroups: ['gone'] }
    const changes = { policies: [gone] }
    expect(issuesOf(() => parseTokenUpdate(changes, tokenWith([gone]), contextWith()))).toEqual([
      'policies.0.permissionGroups.0 unknown_group',
    ])
  })

  test('count with those that are added', () => {
    const add = (policies: unknown, limits: Partial<Limits> = {}) =>
      parseAddedPolicies(policies, token, contextWith(limits))
    expect(add([PURGE])).toHaveLength(1)
    expect(issuesOf(() => add([PURGE, { ...PURGE, id: 'k' }]))).toEqual(['policies.1.id duplicate_id'])
    expect(issuesOf(() => add([PURGE], { policies: 2 }))).toEqual(['policies limit_exceeded'])
    expect(issuesOf(() => add([PURGE], { selectors: 3 }))).toEqual(['policies limit_exceeded'])
    expect(issuesOf(() => add([stored]))).toEqual([
      'policies.0.permissionGroups.0 deprecated',
      'policies.0.id duplicate_id',
    ])
    expect(issuesOf(() => add([]))).toEqual(['policies empty_list'])
  })

  test('are taken away by id, but not the last', () => {
    expect(parseRemovedPolicies(['k', 'k'], token)).toEqual([old])
    expect(issuesOf(() => parseRemovedPolicies(['k', 'x'], token))).toEqual(['policyIds.1 unknown_policy'])
    expect(issuesOf(() => parseRemovedPolicies(['k', 'o'], token))).toEqual(['policyIds empty_list'])
    expect(issuesOf(() => parseRemovedPolicies([], token))).toEqual(['policyIds empty_list'])
    expect(issuesOf(() => parseRemovedPolicies('k', token))).toEqual(['policyIds bad_type'])
  })
})

describe('properties', () => {
  const groups = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('purge', 'dns', 'read') },
    fc.constantFrom('members', 'nothing', 'kv'),
  )
  const permissions = fc.constantFrom(
    'cache.purge',
    'dns.read',
    'dns.export',
    'kv.read',
    'bailiwick.read_tokens',
    'x.y',
  )
  const selectors = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.constantFrom(
        'account:acme',
        'account:*',
        'account:acme/zone:a',
        'account:acme/zone:*',
        'account:acme/zone:logs-*',
        'account:*/zone:*/record:TXT,*',
      ),
    },
    fc.constantFrom('account:acme/namespace:%F0%9F%98%80*', 'user:u1', 'user:u2', 'zone:a'),
  )
  const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 })
  const ranges = fc.constantFrom('10.0.0.0/8', '::/0', '0.0.0.0/0', '2001:DB8::/32', '::ffff:10.0.0.0/104')
  const cidrs = list(fc.oneof({ weight: 30, arbitrary: ranges }, fc.constant('1.1.1.1/31')))
  const times = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 9 }) },
    fc.constantFrom('2027-01-01T00:00:00Z', '2026-12-31T23:59:59.99999+00:00', 'soon'),
  )
  const condition = fc.record(
    { ip: fc.record({ in: cidrs, notIn: cidrs }, { requiredKeys: [] }), notBefore: times, expiresOn: times },
    { requiredKeys: [] },
  )
  const rest = { effect: fc.constantFrom('allow' as const, 'deny' as const), resources: list(selectors), condition }
  const policies = fc.array(
    fc.oneof(
      fc.record(
        { ...rest, permissionGroups: list(groups) },
        { requiredKeys: ['effect', 'resources', 'permissionGroups'] },
      ),
      fc.record({ ...rest, permissions: list(permissions) }, { requiredKeys: ['effect', 'resources', 'permissions'] }),
    ),
    { minLength: 1, maxLength: 3 },
  )

  function accepted(input: unknown): readonly Policy[] | null {
    try {
      return parse(input)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_BAILIWICK_INPUT', issues: expect.arrayContaining([expect.anything()]) })
      return null
    }
  }

  test('what is accepted compiles, and reading it again changes nothing', () => {
    let count = 0
    fc.assert(
      fc.property(policies, (input) => {
        const read = accepted(input)
        if (read === null) return
        count++
        expect(parse(read)).toEqual(read)
        expect(compileToken(catalog, tokenWith(read)).faults.size).toBe(0)
      }),
      { numRuns: 2_000 },
    )
    expect(count).toBeGreaterThan(100)
  })

  test('order and duplicates change nothing', () => {
    fc.assert(
      fc.property(policies, (input) => {
        const shuffled = input.map((policy) => ({
          ...policy,
          resources: [...policy.resources, ...policy.resources].reverse(),
        }))
        const [a, b] = [accepted(input), accepted(shuffled)]
        expect(b?.map((policy) => ({ ...policy, id: '' }))).toEqual(a?.map((policy) => ({ ...policy, id: '' })))
      }),
      { numRuns: 500 },
    )
  })

  test('anything at all is read or refused as input, and nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withSet: true, withDate: true, withNullPrototype: true }), (junk) => {
        for (const input of [junk, [junk], [{ ...PURGE, condition: junk }], [{ ...PURGE, resources: [junk] }]]) {
          const read = accepted(input)
          if (read !== null) expect(compileToken(catalog, tokenWith(read)).faults.size).toBe(0)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('a member’s policies compile in its standing', () => {
    const member = { account: 'acme', kind: 'user', id: 'u1' } as const
    const account = { id: 'acme', name: 'n', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 } as const
    const facts = { status: 'active', since: 1, readmitted: false, apiAccess: null, revision: 1, roles: [] } as const
    const [policy] = parse([PURGE])
    if (policy === undefined) throw new Error('no policy')
    expect(compileStanding(catalog, { account, member: { ...member, ...facts, policies: [policy] } }).fault).toBeNull()
    expect(counting()(2)).toEqual(Uint8Array.of(0, 1))
  })
})
