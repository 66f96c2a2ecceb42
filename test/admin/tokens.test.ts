import { describe, expect, test } from 'vitest'
import { createBailiwick } from '../../src/bailiwick.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { MAX_STANDINGS, type Owner } from '../../src/core/facts.ts'
import { digest, sameDigest } from '../../src/credential/digest.ts'
import { isBailiwickError } from '../../src/errors.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { Write } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { parseCredential } from '../credential/parsed.ts'
import { PURGE, refused, START, type World, world } from './helpers.ts'
import { putInto } from './stored.ts'

const DAY = 86_400_000
const NEW = { owner: { user: 'ann' }, name: 'deploy', policies: [{ ...PURGE, id: 'p' }] } as const

/** Which of a token's secrets a value is. */
async function secretIs(w: World, value: string): Promise<'current' | 'previous' | 'none'> {
  const parsed = parseCredential(value, new Set(['bwk']))
  if (parsed === null) throw new Error('not a credential')
  const secrets = (await w.storage.token(parsed.id))?.secrets
  const presented = digest(parsed.kind, parsed.id, parsed.secret)
  if (secrets !== undefined && sameDigest(secrets.digest, presented)) return 'current'
  return secrets?.previous !== undefined && sameDigest(secrets.previous.digest, presented) ? 'previous' : 'none'
}

describe.each([
  ['memory', memoryStorage],
  ['sqlite', () => sqliteStorage(':memory:')],
])('the life of a token over %s', (_name, storage) => {
  test('created, read, changed, rolled, disabled, enabled, revoked', async () => {
    const w = await world({ storage: storage() })
    const { tokens } = w.admin
    const { token, value } = await tokens.create({ ...NEW, expiresOn: '2027-01-01T00:00:00Z' }, { by: { user: 'ann' } })
    expect(token).toEqual({
      ...NEW,
      id: parseCredential(value, new Set(['bwk']))?.id,
      expiresOn: Date.UTC(2027, 0, 1),
      status: 'active',
      apiAccess: null,
      issuedOn: START,
      issuedBy: 'user:ann',
      modifiedOn: START,
      secretIssuedOn: START,
      revision: 1,
    })
    expect(await secretIs(w, value)).toBe('current')
    expect(await tokens.get(token.id)).toEqual(token)
    expect((await tokens.list({ user: 'ann' })).items).toEqual([token])

    w.pass(5)
    const { blockedIn, ...changed } = await tokens.update(token.id, { name: 'purge', expiresOn: null, ifRevision: 1 })
    expect(blockedIn).toEqual([])
    const { expiresOn: _, ...kept } = token
    expect(changed).toEqual({ ...kept, name: 'purge', modifiedOn: START + 5, revision: 2 })
    const more = await tokens.addPolicies(token.id, [{ ...PURGE, id: 'q', effect: 'deny' }], { ifRevision: 2 })
    expect(more.policies.map(({ id }) => id)).toEqual(['p', 'q'])
    const fewer = await tokens.removePolicies(token.id, ['p'])
    expect(fewer.policies.map(({ id }) => id)).toEqual(['q'])

    const rolled = await tokens.roll(token.id, { overlapMs: 10 })
    expect(rolled.token).toEqual({ ...fewer, secretIssuedOn: START + 5, revision: 5 })
    expect([await secretIs(w, rolled.value), await secretIs(w, value)]).toEqual(['current', 'previous'])

    expect((await tokens.disable(token.id)).status).toBe('disabled')
    expect((await tokens.enable(token.id)).status).toBe('active')
    const revoked = await tokens.revoke(token.id)
    expect(revoked).toMatchObject({ status: 'revoked', revision: 8 })
    expect((await tokens.list({ user: 'ann' })).items).toEqual([revoked])
    expect(await secretIs(w, rolled.value)).toBe('current') // or its holder would not be told that it is revoked
    expect((await w.log('user:ann')).map(({ action }) => action).reverse()).toEqual([
      'token.create',
      'token.update',
      'token.add_policies',
      'token.remove_policies',
      'token.roll',
      'token.disable',
      'token.enable',
      'token.revoke',
    ])
  })
})

describe('a revoked token', () => {
  test('is final: nothing changes it, and revoking it again changes nothing', async () => {
    const w = await world()
    const { tokens } = w.admin
    const { token } = await tokens.create({ ...NEW, owner: { account: 'acme' } })
    const revoked = await tokens.revoke(token.id)
    w.events.length = 0
    for (const change of [
      () => tokens.update(token.id, { name: 'x' }),
      () => tokens.addPolicies(token.id, [PURGE]),
      () => tokens.removePolicies(token.id, ['p']),
      () => tokens.disable(token.id),
      () => tokens.enable(token.id),
      () => tokens.setApiAccess(token.id, true),
      () => tokens.roll(token.id),
      () => tokens.moveOverlap(token.id, 'now'),
    ])
      expect(await refused(change())).toBe('state')
    expect(await tokens.revoke(token.id)).toEqual(revoked)
    expect(w.events).toEqual([])
  })
})

describe('rolling', () => {
  test('without overlap ends the old secret at once', async () => {
    const w = await world()
    const first = await w.admin.tokens.create(NEW)
    const second = await w.admin.tokens.roll(first.token.id)
    expect([await secretIs(w, first.value), await secretIs(w, second.value)]).toEqual(['previous', 'current'])
    // It is kept only so that its holder can be told that it has ended.
    expect((await w.storage.token(first.token.id))?.secrets.previous?.endsOn).toBe(0)
  })

  test('during an overlap drops the older secret', async () => {
    const w = await world()
    const first = await w.admin.tokens.create(NEW)
    const second = await w.admin.tokens.roll(first.token.id, { overlapMs: DAY })
    const third = await w.admin.tokens.roll(first.token.id, { overlapMs: DAY })
    expect(await Promise.all([first, second, third].map(({ value }) => secretIs(w, value)))).toEqual([
      'none',
      'previous',
      'current',
    ])
  })

  test('an overlap is moved and cut, and one that is over is not opened again', async () => {
    const w = await world()
    const { tokens } = w.admin
    const { token } = await tokens.create(NEW)
    const endsOn = async () => (await w.storage.token(token.id))?.secrets.previous?.endsOn
    expect(await refused(tokens.moveOverlap(token.id, START + 5))).toBe('state')
    await tokens.roll(token.id, { overlapMs: 10 })
    expect(await endsOn()).toBe(START + 10)
    await tokens.moveOverlap(token.id, START + 20)
    expect(await endsOn()).toBe(START + 20)
    w.pass(20)
    expect(await refused(tokens.moveOverlap(token.id, START + 30))).toBe('state')
    await tokens.roll(token.id, { overlapMs: 10 })
    await tokens.moveOverlap(token.id, 'now')
    expect(await endsOn()).toBe(0)
    expect(await refused(tokens.moveOverlap(token.id, START + 30))).toBe('state')
    const before = w.events.length
    await tokens.moveOverlap(token.id, 'now')
    expect(w.events).toHaveLength(before)
    await tokens.roll(token.id, { overlapMs: 10 })
    await tokens.moveOverlap(token.id, START) // in the past
    expect(await endsOn()).toBe(0)
    expect(await refused(tokens.roll(token.id, { overlapMs: -1 }))).toBe('options.overlapMs bad_overlap')
  })

  test('does not ask for the rules of the account', async () => {
    const w = await world()
    const { token } = await w.admin.tokens.create(NEW)
    await w.admin.accounts.setTokenRules('acme', { requireExpiry: true })
    expect((await w.admin.tokens.roll(token.id)).token.secretIssuedOn).toBe(START)
  })
})

describe('who may own a token', () => {
  const create = async (w: World, owner: Owner) => w.admin.tokens.create({ ...NEW, owner })

  test('an account that exists and a service account of it', async () => {
    const w = await world()
    expect((await create(w, { account: 'acme' })).value).toMatch(/^bwk_a_/)
    expect((await create(w, { account: 'acme', service: 'bot' })).value).toMatch(/^bwk_s_/)
    const elsewhere = { ...NEW, policies: [{ ...PURGE, resources: ['account:nope'] }] }
    expect(await refused(w.admin.tokens.create({ ...elsewhere, owner: { account: 'nope' } }))).toBe(
      'ERR_BAILIWICK_NOT_FOUND',
    )
    expect(await refused(create(w, { account: 'acme', service: 'bob' }))).toBe('ERR_BAILIWICK_NOT_FOUND')
    await w.admin.members.suspend('acme', { service: 'bot' })
    expect(await refused(create(w, { account: 'acme', service: 'bot' }))).toBe('state')
  })

  test('any user, known or not, who isn’t suspended', async () => {
    const w = await world()
    expect((await create(w, { user: 'stranger' })).value).toMatch(/^bwk_u_/)
    await w.admin.users.suspend('bob')
    expect(await refused(create(w, { user: 'bob' }))).toBe('state')
  })

  test('as many as are allowed: service accounts share the account’s allowance, revoked tokens don’t count', async () => {
    const w = await world({ limits: { tokensPerUser: 1, tokensPerAccount: 2 } })
    const { token } = await create(w, { user: 'ann' })
    expect(await refused(create(w, { user: 'ann' }))).toBe('owner limit_exceeded')
    await w.admin.tokens.disable(token.id)
    expect(await refused(create(w, { user: 'ann' }))).toBe('owner limit_exceeded')
    await w.admin.tokens.revoke(token.id)
    await create(w, { user: 'ann' })
    await create(w, { account: 'acme' })
    await create(w, { account: 'acme', service: 'bot' })
    expect(await refused(create(w, { account: 'acme' }))).toBe('owner limit_exceeded')
    expect(await refused(create(w, { account: 'acme', service: 'bot' }))).toBe('owner limit_exceeded')
  })
})

describe('the rules of accounts', () => {
  const rules = { maxLifetimeMs: DAY, requireExpiry: true, requireIp: true, forbidPersonal: true }

  test('all that a token breaks are told, sorted', async () => {
    const w = await world()
    await w.admin.accounts.create({ id: 'zeta', name: 'Z', owner: 'ann', tokenRules: { requireExpiry: true } })
    await w.admin.accounts.setTokenRules('acme', rules)
    const policies = [{ ...PURGE, resources: ['account:zeta', 'account:acme/zone:a'] }]
    expect(await refused(w.admin.tokens.create({ ...NEW, policies }))).toBe(
      'owner rule_violated, expiresOn rule_violated, expiresOn rule_violated, condition.ip.in rule_violated, expiresOn rule_violated',
    )
    const wide = { ...NEW, owner: { account: 'acme' }, condition: { ip: { in: ['10.0.0.0/8', '0.0.0.0/7'] } } }
    expect(await refused(w.admin.tokens.create({ ...wide, expiresOn: START + DAY + 1 }))).toBe(
      'expiresOn rule_violated, condition.ip.in rule_violated',
    )
  })

  test('a token that keeps them is created', async () => {
    const w = await world()
    await w.admin.accounts.setTokenRules('acme', rules)
    const condition = { ip: { in: ['10.0.0.0/8', '2001:db8::/32'] } }
    const kept = { ...NEW, condition, expiresOn: START + DAY }
    expect(await w.admin.tokens.create({ ...kept, owner: { account: 'acme', service: 'bot' } })).toBeDefined()
    expect(await refused(w.admin.tokens.create(kept))).toBe('owner rule_violated')
  })

  test('bind neither `account:*`, nor accounts that are only denied, nor those the owner is no member of', async () => {
    const w = await world()
    await w.admin.accounts.setTokenRules('acme', rules)
    await w.admin.accounts.create({ id: 'other', name: 'O', owner: 'zoe' })
    const everywhere = { ...PURGE, resources: ['account:*'] }
    const elsewhere = { ...PURGE, resources: ['account:other'] }
    expect(await w.admin.tokens.create({ ...NEW, policies: [everywhere] })).toBeDefined()
    expect(await w.admin.tokens.create({ ...NEW, policies: [elsewhere, { ...PURGE, effect: 'deny' }] })).toBeDefined()
    expect(await w.admin.tokens.create({ ...NEW, owner: { user: 'stranger' } })).toBeDefined()
  })
})

describe('accounts reached through `account:*`', () => {
  const everywhere = [{ ...PURGE, resources: ['account:*', 'account:acme/zone:a'] }]

  test('whose rules the token breaks are told, and those that are named refuse it', async () => {
    const w = await world()
    const { accounts, tokens } = w.admin
    for (const id of ['zeta', 'beta', 'kept'])
      await accounts.create({ id, name: id, owner: 'ann', tokenRules: id === 'kept' ? {} : { requireIp: true } })
    await accounts.create({ id: 'foreign', name: 'F', owner: 'zoe', tokenRules: { requireIp: true } })
    await accounts.setTokenRules('zeta', { requireExpiry: true, forbidPersonal: true })
    const { blockedIn } = await tokens.create({ ...NEW, policies: everywhere })
    expect(blockedIn).toEqual([
      { account: 'beta', rules: ['requireIp'] },
      { account: 'zeta', rules: ['forbidPersonal', 'requireExpiry'] },
    ])
    await accounts.setTokenRules('acme', { requireIp: true })
    expect(await refused(tokens.create({ ...NEW, policies: everywhere }))).toBe('condition.ip.in rule_violated')
    const denied = [
      { ...PURGE, effect: 'deny', resources: ['account:*'] },
      { ...PURGE, resources: ['account:kept'] },
    ]
    expect((await tokens.create({ ...NEW, policies: denied as never })).blockedIn).toEqual([])
  })

  test('are those in which a decision blocks it', async () => {
    const w = await world()
    await w.admin.accounts.create({ id: 'zeta', name: 'Z', owner: 'ann', tokenRules: { maxLifetimeMs: DAY } })
    const create = async (lasts: number) =>
      w.admin.tokens.create({ ...NEW, policies: everywhere, expiresOn: w.now() + lasts })
    for (const lasts of [DAY, DAY + 1]) {
      const { token, blockedIn } = await create(lasts)
      const { items } = await w.admin.accounts.credentials('zeta')
      const closed = items.find(({ id }) => id === token.id)?.closed
      expect(closed === 'token_rule_violated').toBe(blockedIn.length > 0)
      expect(blockedIn.length > 0).toBe(lasts > DAY)
    }
  })
})

describe('templates', () => {
  const templated = defineCatalog({
    resources: { zone: { in: 'account' }, record: { in: 'zone' } },
    permissions: { 'dns.write': { on: ['zone', 'record'] } },
    groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
    roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
    templates: {
      'dns-01': {
        name: 'Answer challenges',
        slots: { zone: 'zone' },
        policies: [{ permissionGroups: ['dns'], resources: ['{zone}/record:TXT,_acme-challenge.*'] }],
      },
    },
  })

  test('are filled, and spread into `create`', async () => {
    const { tokens } = createBailiwick({ catalog: templated, storage: memoryStorage() })
    const filled = tokens.fromTemplate('dns-01', { zone: 'account:acme/zone:z1' })
    const { token } = await tokens.create({ owner: { user: 'ann' }, ...filled })
    expect(token).toMatchObject({
      name: 'Answer challenges',
      policies: [
        {
          effect: 'allow',
          permissionGroups: ['dns'],
          resources: ['account:acme/zone:z1/record:TXT,_acme-challenge.*'],
        },
      ],
    })
  })

  test('a misspelt one is misuse, slots that can’t be filled are bad input', () => {
    const { tokens } = createBailiwick({ catalog: templated, storage: memoryStorage() })
    const code = (fill: () => unknown) => {
      try {
        return fill()
      } catch (error) {
        return isBailiwickError(error) ? error.code : error
      }
    }
    // @ts-expect-error the catalog has no such template
    expect(code(() => tokens.fromTemplate('dns-02', { zone: 'account:acme/zone:z1' }))).toBe('ERR_BAILIWICK_MISUSE')
    // @ts-expect-error a slot is missing
    expect(code(() => tokens.fromTemplate('dns-01', {}))).toBe('ERR_BAILIWICK_INPUT')
    expect(code(() => tokens.fromTemplate('dns-01', { zone: 'account:acme/zone:a*' }))).toBe('ERR_BAILIWICK_INPUT')
  })

  test('a slot takes as many values as a token may have selectors', () => {
    const { tokens } = createBailiwick({ catalog: templated, storage: memoryStorage(), limits: { selectors: 3 } })
    const zones = (count: number) => Array.from({ length: count }, (_, i) => `account:acme/zone:z${i}` as const)
    expect(tokens.fromTemplate('dns-01', { zone: zones(3) }).policies[0]?.resources).toHaveLength(3)
    const unread = new Proxy(zones(4), {
      get: (list, key) => {
        if (key === '0') throw new Error('a value was read')
        return Reflect.get(list, key)
      },
    })
    expect(() => tokens.fromTemplate('dns-01', { zone: unread })).toThrow(
      'slots.zone: 4 values, at most 3 selectors are allowed',
    )
  })
})

test('the last uses of a token are told by account', async () => {
  const w = await world()
  const { token } = await w.admin.tokens.create(NEW)
  expect(await w.admin.tokens.uses(token.id)).toEqual([])
  const uses = [
    { token: token.id, account: null, at: START, from: null },
    { token: token.id, account: 'acme', at: START + 1, from: '192.0.2.7' },
  ]
  await w.storage.recordUse({ uses, digests: [] })
  expect(await w.admin.tokens.uses(token.id)).toEqual(uses)
  expect(await refused(w.admin.tokens.uses('x'))).toBe('ERR_BAILIWICK_NOT_FOUND')
})

describe('changes', () => {
  test('are refused at another revision, and nothing is written', async () => {
    const w = await world()
    const { tokens } = w.admin
    const { token } = await tokens.create(NEW)
    await tokens.update(token.id, { name: 'b' })
    w.events.length = 0
    const stale = { ifRevision: 1 }
    expect(await refused(tokens.update(token.id, { name: 'c', ...stale }))).toBe('revision')
    expect(await refused(tokens.addPolicies(token.id, [PURGE], stale))).toBe('revision')
    expect(await refused(tokens.removePolicies(token.id, ['p'], stale))).toBe('revision')
    expect(w.events).toEqual([])
    expect(await tokens.get(token.id)).toMatchObject({ name: 'b', revision: 2 })
  })

  test('by two administrators at once: neither is lost, and of two at one revision one is refused', async () => {
    const w = await world()
    const { token } = await w.admin.tokens.create(NEW)
    await Promise.all([
      w.admin.tokens.update(token.id, { name: 'renamed' }),
      w.other.tokens.addPolicies(token.id, [{ ...PURGE, id: 'q' }]),
    ])
    const both = await w.admin.tokens.get(token.id)
    expect(both).toMatchObject({ name: 'renamed', revision: 3, policies: [{ id: 'p' }, { id: 'q' }] })
    const outcomes = await Promise.allSettled([
      w.admin.tokens.update(token.id, { name: 'a', ifRevision: 3 }),
      w.other.tokens.update(token.id, { name: 'b', ifRevision: 3 }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await w.admin.tokens.get(token.id))?.revision).toBe(4)
  })

  test('that change nothing are not written', async () => {
    const w = await world()
    const { tokens } = w.admin
    const { token } = await tokens.create({ ...NEW, condition: { ip: { in: ['10.0.0.0/8'] } }, expiresOn: START + 5 })
    w.events.length = 0
    const again = { name: NEW.name, policies: NEW.policies, condition: { ip: { in: ['10.0.0.0/8'] } } }
    const same = { ...token, blockedIn: [] }
    expect(await tokens.update(token.id, { ...again, notBefore: null })).toEqual(same)
    expect(await tokens.update(token.id, {})).toEqual(same)
    expect(await tokens.enable(token.id)).toEqual(token)
    expect(w.events).toEqual([])
    expect(await w.log('user:ann')).toHaveLength(1)
  })

  test('a switch of its own is for a token that the account owns', async () => {
    const w = await world()
    const own = await w.admin.tokens.create({ ...NEW, owner: { account: 'acme' }, apiAccess: true })
    expect(own.token.apiAccess).toBe(true)
    expect((await w.admin.tokens.setApiAccess(own.token.id, null)).apiAccess).toBeNull()
    for (const owner of [{ user: 'ann' }, { account: 'acme', service: 'bot' }]) {
      const { token } = await w.admin.tokens.create({ ...NEW, owner })
      expect(await refused(w.admin.tokens.setApiAccess(token.id, true))).toBe('apiAccess not_account_owned')
    }
  })

  test('of a token that doesn’t exist', async () => {
    const { tokens } = (await world()).admin
    for (const call of [tokens.disable('x'), tokens.roll('x'), tokens.update('x', {}), tokens.moveOverlap('x', 'now')])
      expect(await refused(call)).toBe('ERR_BAILIWICK_NOT_FOUND')
    expect(await tokens.get('x')).toBeNull()
    expect((await tokens.list({ user: 'nobody' })).items).toEqual([])
  })
})

test('lists are cut into pages', async () => {
  const w = await world()
  for (const name of ['a', 'b', 'c']) await w.admin.tokens.create({ ...NEW, name })
  const first = await w.admin.tokens.list({ user: 'ann' }, { limit: 2 })
  const second = await w.admin.tokens.list(
    { user: 'ann' },
    { limit: 2, ...(first.next !== null && { after: first.next }) },
  )
  expect([first.items.length, second.items.length, second.next]).toEqual([2, 1, null])
  expect(await refused(w.admin.tokens.list({ user: 'ann' }, { after: 'nonsense' }))).toBe('after bad_cursor')
})

describe('a secret whose stored form a use renews between read and commit', () => {
  const RENEWED = 'sha256:the same in another form'

  test.each<[string, (w: World, id: string, value: string) => Promise<unknown>]>([
    ['an update', (w, id) => w.admin.tokens.update(id, { name: 'other' })],
    ['a disabling', (w, id) => w.admin.tokens.disable(id)],
    ['a report of a leak', (w, _id, value) => w.admin.tokens.reportLeaked(value, { source: 'test' })],
    ['a forgotten resource', (w) => w.admin.resources.forget('account:acme/zone:a')],
  ])('stays renewed after %s', async (_what, change) => {
    let renew: (() => Promise<void>) | null = null
    const w = await world({
      through: (storage) => ({
        ...storage,
        commit: async (given) => {
          await renew?.()
          return storage.commit(given)
        },
      }),
    })
    const { token, value } = await w.admin.tokens.create(NEW)
    const secrets = (await w.storage.token(token.id))?.secrets
    renew = () =>
      w.storage.recordUse({ uses: [], digests: [{ token: token.id, from: secrets?.digest ?? '', to: RENEWED }] })
    await change(w, token.id, value)
    const after = await w.storage.token(token.id)
    expect(after?.token.revision).toBe(2)
    expect(after?.secrets).toEqual({ digest: RENEWED })
  })
})

test('what a new token meets is read at once, however many accounts its owner is in, and no more of them than it is loaded with', async () => {
  const asked: string[] = []
  const many = MAX_STANDINGS + 5
  const w = await world({
    through: (storage) => ({
      ...storage,
      account: (id) => {
        asked.push('account')
        return storage.account(id)
      },
      memberships: (user) => {
        asked.push('memberships')
        return storage.memberships(user)
      },
      accounts: (ids) => {
        asked.push(`accounts ${ids.length}`)
        return storage.accounts(ids)
      },
    }),
  })
  const [account, member] = [
    await w.storage.account('acme'),
    await w.storage.member({ account: 'acme', kind: 'user', id: 'bob' }),
  ]
  if (account === null || member === null) throw new Error('no such account')
  const made = Array.from({ length: many }, (_, i) => `b${String(i).padStart(5, '0')}`)
  await putInto(
    w.storage,
    ...made.flatMap((id): Write[] => [
      { kind: 'put_account', account: { ...account, id, tokenRules: { requireExpiry: true } } },
      { kind: 'put_member', member: { ...member, account: id } },
    ]),
  )
  asked.length = 0
  const policies = [{ ...PURGE, resources: ['account:*'] }]
  const { blockedIn } = await w.admin.tokens.create({ ...NEW, owner: { user: 'bob' }, policies })
  expect(asked).toEqual(['memberships', `accounts ${MAX_STANDINGS}`])
  expect(blockedIn.map((one) => one.account)).toEqual(made.slice(0, MAX_STANDINGS - 1)) // `acme` is the first
})
