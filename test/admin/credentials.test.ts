import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Credential } from '../../src/admin/credentials.ts'
import { DENY_REASONS } from '../../src/core/decision.ts'
import type { Owner, Policy, Token } from '../../src/core/facts.ts'
import { parseName } from '../../src/core/resource.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { CredentialRecord, Page, Storage, Write } from '../../src/storage/port.ts'
import { questionOf, scenes } from '../spec/questions.ts'
import { encode } from '../spec/reference-text.ts'
import { minutes } from '../spec/runs.ts'
import { worlds } from '../spec/worlds.ts'
import { emptyWorld, PURGE, refused, START, type World, world } from './helpers.ts'
import { always, everything, putInto, type StoredWorld, storedWorld } from './stored.ts'

vi.setConfig({ testTimeout: minutes(2) })

const DAY = 86_400_000

async function shown(w: Pick<World, 'admin'>, filter = {}, account = 'acme'): Promise<readonly Credential[]> {
  return (await w.admin.accounts.credentials(account, filter)).items
}

async function ids(w: Pick<World, 'admin'>, filter = {}): Promise<readonly string[]> {
  return (await shown(w, filter)).map(({ name }) => name)
}

async function create(w: World, owner: Owner, name: string, more = {}): Promise<string> {
  return (await w.admin.tokens.create({ owner, name, policies: [PURGE], ...more })).token.id
}

const names = (list: readonly Credential[]) => list.map(({ name }) => name).sort()

describe('a credential as an owner sees it', () => {
  test('has all that concerns this account, and nothing else', async () => {
    const w = await world()
    await w.admin.accounts.create({ id: 'zeta', name: 'Z', owner: 'bob' })
    const policies = [
      { ...PURGE, id: 'here', resources: ['account:acme/zone:a', 'account:zeta/zone:b'] },
      { ...PURGE, id: 'there', resources: ['account:zeta/zone:c'] },
      { ...PURGE, id: 'all', effect: 'deny', resources: ['account:*/zone:d'] },
      { id: 'own', effect: 'allow', permissions: ['bailiwick.read_tokens'], resources: ['user:bob'] },
    ] as const
    const id = await create(w, { user: 'bob' }, 'laptop', {
      policies,
      condition: { ip: { in: ['192.0.2.0/24'] } },
      notBefore: START + 1,
      expiresOn: START + DAY,
    })
    await w.admin.tokens.roll(id, { overlapMs: 5 })
    await w.storage.recordUse({
      uses: [
        { token: id, account: 'acme', at: START + 2, from: '192.0.2.7' },
        { token: id, account: 'zeta', at: START + 3, from: '192.0.2.8' },
      ],
      digests: [],
    })
    await w.admin.accounts.blockToken('zeta', id)
    const [credential, ...others] = await shown(w)
    expect(others).toEqual([])
    expect(credential).toEqual({
      id,
      name: 'laptop',
      owner: { user: 'bob' },
      kind: 'user',
      status: 'active',
      issuedOn: START,
      secretIssuedOn: START,
      notBefore: START + 1,
      expiresOn: START + DAY,
      overlapEndsOn: START + 5,
      condition: { ip: { in: ['192.0.2.0/24'] } },
      lastUse: { at: START + 2, from: '192.0.2.7' },
      closed: null,
      brokenRules: [],
      staysOn: false,
      leak: null,
      policies: [
        { ...PURGE, id: 'here', resources: ['account:acme/zone:a'] },
        { ...PURGE, id: 'all', effect: 'deny', resources: ['account:*/zone:d'] },
      ],
    })
    w.pass(DAY)
    expect((await shown(w))[0]).toMatchObject({ status: 'expired', overlapEndsOn: null })
  })

  test('is frozen to the bottom', async () => {
    const w = await world()
    await create(w, { user: 'bob' }, 'a')
    const check = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      expect(Object.isFrozen(value)).toBe(true)
      for (const one of Object.values(value)) check(one)
    }
    check(await w.admin.accounts.credentials('acme'))
    check(await w.admin.accounts.previewTokenRules('acme', { requireIp: true }))
  })

  test('tells where it leaked, but not the page', async () => {
    const w = await world()
    const { token, value } = await w.admin.tokens.create({ owner: { user: 'bob' }, name: 'n', policies: [PURGE] })
    await w.admin.tokens.reportLeaked(value, { source: 'github', url: 'https://example.com/secret' })
    expect(await shown(w)).toMatchObject([{ id: token.id, status: 'revoked', leak: { at: START, source: 'github' } }])
    expect(JSON.stringify(await shown(w))).not.toContain('example.com')
  })
})

describe('which credentials are asked for', () => {
  test('by each filter, and by all at once', async () => {
    const w = await world()
    const { admin } = w
    await create(w, { user: 'bob' }, 'personal')
    await create(w, { account: 'acme', service: 'bot' }, 'bot', { expiresOn: START + DAY })
    const glass = await create(w, { account: 'acme' }, 'glass', { apiAccess: true, expiresOn: START + 9 * DAY })
    const gone = await create(w, { account: 'acme' }, 'gone', { apiAccess: true })
    const off = await create(w, { account: 'acme' }, 'off')
    await admin.tokens.revoke(gone)
    await admin.tokens.disable(off)
    await admin.members.setApiAccess('acme', { user: 'bob' }, true)
    await admin.accounts.setTokenRules('acme', { requireExpiry: true })
    w.pass(2 * DAY)
    await w.storage.recordUse({ uses: [{ token: glass, account: 'acme', at: w.now(), from: null }], digests: [] })

    expect((await ids(w)).toSorted()).toEqual(['bot', 'glass', 'gone', 'off', 'personal'])
    expect(await ids(w, { owner: { user: 'bob' } })).toEqual(['personal'])
    expect((await ids(w, { kind: 'account' })).toSorted()).toEqual(['glass', 'gone', 'off'])
    expect((await ids(w, { status: 'active' })).toSorted()).toEqual(['glass', 'personal'])
    expect(await ids(w, { status: 'expired' })).toEqual(['bot'])
    expect(await ids(w, { status: 'disabled' })).toEqual(['off'])
    expect(await ids(w, { status: 'revoked' })).toEqual(['gone'])
    expect((await ids(w, { neverUsed: true })).toSorted()).toEqual(['bot', 'off', 'personal'])
    expect((await ids(w, { unusedSince: w.now() })).toSorted()).toEqual(['bot', 'off', 'personal'])
    expect(await ids(w, { unusedSince: START })).toEqual([])
    expect(await ids(w, { expiresWithinMs: 8 * DAY })).toEqual(['bot', 'glass'])
    expect(await ids(w, { expiresWithinMs: 8 * DAY, status: 'active' })).toEqual(['glass'])
    expect((await ids(w, { breaksRule: true })).toSorted()).toEqual(['off', 'personal'])
    expect((await ids(w, { staysOn: true })).toSorted()).toEqual(['glass', 'personal'])
    expect(await ids(w, { staysOn: true, kind: 'user', breaksRule: true, neverUsed: true })).toEqual(['personal'])
  })

  test('bad ones are told all at once, and unknown accounts', async () => {
    const w = await world()
    const { credentials } = w.admin.accounts
    const bad = {
      owner: { user: 'a', account: 'b' },
      kind: 'x',
      neverUsed: false,
      expiresWithinMs: -1,
      unusedSince: 'y',
    }
    expect((await refused(credentials('acme', { ...bad, extra: 1 } as never))).split(', ').sort()).toEqual([
      'filter.expiresWithinMs bad_value',
      'filter.extra unknown_field',
      'filter.kind bad_value',
      'filter.neverUsed bad_value',
      'filter.owner bad_owner',
      'filter.unusedSince bad_time',
    ])
    for (const expiresWithinMs of [0.5, Number.NaN, 1e15, '1' as never])
      expect(await refused(credentials('acme', { expiresWithinMs }))).toBe('filter.expiresWithinMs bad_value')
    expect(await refused(credentials('nope'))).toBe('ERR_BAILIWICK_NOT_FOUND')
    expect(await refused(credentials('acme', {}, { after: 'nonsense' }))).toBe('after bad_cursor')
  })

  test('the switch names exactly those that `staysOn` lists', async () => {
    const owners = fc.constantFrom<Owner>(
      { user: 'bob' },
      { user: 'ann' },
      { account: 'acme', service: 'bot' },
      { account: 'acme' },
    )
    const token = fc.record({ owner: owners, on: fc.constantFrom(true, false, null), revoked: fc.boolean() })
    const switches = fc.record({ ann: fc.boolean(), bob: fc.boolean(), bot: fc.boolean() })
    await always(fc.tuple(fc.array(token, { maxLength: 8 }), switches), 60, async ([drafts, on]) => {
      const w = await world()
      for (const { owner, on, revoked } of drafts) {
        const own = 'account' in owner && !('service' in owner) ? { apiAccess: on } : {}
        const id = await create(w, owner, 'n', own)
        if (revoked) await w.admin.tokens.revoke(id)
      }
      await w.admin.members.setApiAccess('acme', { user: 'ann' }, on.ann)
      await w.admin.members.setApiAccess('acme', { user: 'bob' }, on.bob)
      await w.admin.members.setApiAccess('acme', { service: 'bot' }, on.bot)
      const { staysOn } = await w.admin.accounts.setApiAccess('acme', false)
      const all = await shown(w)
      const byName = all.filter(({ id, owner, status }) => {
        if (status === 'revoked') return false
        if (staysOn.tokens.some((token) => token.id === id)) return true
        return staysOn.members.some(({ kind, id }) =>
          kind === 'user' ? 'user' in owner && owner.user === id : 'service' in owner && owner.service === id,
        )
      })
      expect(byName).toEqual(all.filter(({ staysOn }) => staysOn))
      expect(await shown(w, { staysOn: true })).toEqual(byName)
      // Nobody else goes on working, and none of them is stopped by the switch.
      for (const { closed, staysOn, status } of all)
        if (status !== 'revoked') expect(closed === 'api_access_disabled').toBe(!staysOn)
    })
  })
})

describe('over random worlds', () => {
  /** Rungs 4 to 7: what `closed` speaks of. */
  const CLOSED = DENY_REASONS.slice(DENY_REASONS.indexOf('not_a_member'), DENY_REASONS.indexOf('denied_by_token'))
  const BELOW = ['allow', ...DENY_REASONS.slice(DENY_REASONS.indexOf('denied_by_token'))]

  async function everyCredential({ admin }: StoredWorld, account: string): Promise<ReadonlyMap<string, Credential>> {
    const list = await everything((page) => admin.accounts.credentials(account, {}, page))
    return new Map(list.map((credential) => [credential.id, credential]))
  }

  test('whatever is let through is listed as open, and `closed` is what a decision says', async () => {
    const seen = new Map<string, number>()
    await always(scenes(worlds, 15), 150, async ([drawn, aims]) => {
      const w = await storedWorld(drawn)
      const listed = new Map(
        await Promise.all(w.accounts.map(async (id) => [id, await everyCredential(w, id)] as const)),
      )
      for (const aim of aims) {
        const token = w.tokens[aim.credential % w.tokens.length]
        const question = questionOf(drawn, aim)
        const root = parseName(question.resource)?.[0]
        if (token === undefined || root?.type !== 'account' || !w.accounts.includes(root.id)) continue
        const decided = await w.decided(token.id, question)
        const credential = listed.get(root.id)?.get(token.id)
        if (decided === 'allow') {
          w.at(Math.floor(question.now))
          const then = (await everyCredential(w, root.id)).get(token.id)
          expect(then).toMatchObject({ status: 'active', closed: null })
        }
        if (credential === undefined) {
          expect([...BELOW, ...CLOSED.slice(1)], 'unlisted').not.toContain(decided)
          continue
        }
        if (decided === 'error') expect(credential.closed).toBe('fault')
        else if (CLOSED.includes(decided as never)) expect(credential.closed).toBe(decided)
        else if (BELOW.includes(decided)) expect(credential.closed).toBeNull()
        else continue
        seen.set(credential.closed ?? 'open', (seen.get(credential.closed ?? 'open') ?? 0) + 1)
      }
    })
    for (const closed of ['open', 'fault', ...CLOSED]) expect(seen.get(closed), closed).toBeGreaterThan(0)
  })

  test('nothing tells of other accounts', async () => {
    let compared = 0
    const extra = fc.array(fc.record({ account: fc.nat(3), deny: fc.boolean() }), { maxLength: 6 })
    await always(fc.tuple(worlds, fc.nat(2), extra, fc.boolean()), 150, async ([drawn, which, added, cut]) => {
      const w = await storedWorld(drawn)
      const here = w.accounts[which] ?? ''
      const others = w.accounts.filter((id) => id !== here)
      const before = await everyCredential(w, here)
      const far = [...others, 'far'].map((id) => `account:${encode(id)}`)
      const [permission = ''] = w.on.catalog.permissions.keys()

      for (const token of w.tokens.filter(({ owner }) => 'user' in owner)) {
        const concerns = (selector: string) => ['*', encode(here)].includes(selector.split('/')[0]?.slice(8) ?? '')
        const kept = token.policies.map((policy): Policy => {
          const { resources } = policy
          return { ...policy, resources: cut ? resources.filter(concerns) : [...resources, ...far] }
        })
        const more = added.map(({ account, deny }, i): Policy => {
          const resources = [
            far[account % far.length] ?? '',
            `user:${encode('user' in token.owner ? token.owner.user : '')}`,
          ]
          return { id: `x${i}`, effect: deny ? 'deny' : 'allow', permissions: [permission], resources }
        })
        const policies = [...kept.filter(({ resources }) => resources.length > 0), ...more]
        const put: Token = { ...token, policies, issuedBy: 'else', modifiedOn: 99, revision: 99 }
        await w.put(
          { kind: 'put_token', token: put, secrets: { digest: token.id } },
          ...others.map((account): Write => ({ kind: 'block_token', account, token: token.id })),
        )
        const uses = [...others, null].map((account) => ({ token: token.id, account, at: 1, from: null }))
        await w.storage.recordUse({ uses, digests: [] })
      }
      for (const id of others) {
        const account = await w.storage.account(id)
        const tokenRules = { requireIp: true, requireExpiry: true }
        if (account !== null) await w.put({ kind: 'put_account', account: { ...account, tokenRules } })
      }

      const after = await everyCredential(w, here)
      expect([...after.keys()]).toEqual([...before.keys()])
      for (const [id, old] of before) {
        // One policy may name what nobody knows, there and here at once: then the fault is here as well.
        if (old.closed === 'fault') continue
        expect(JSON.stringify(after.get(id))).toBe(JSON.stringify(old))
        compared++
      }
    })
    expect(compared).toBeGreaterThan(100)
  })
})

describe('what can’t be understood', () => {
  test.each<[string, Partial<Record<keyof Token, unknown>>, number]>([
    ['a group that the catalog doesn’t know', { policies: [{ ...PURGE, id: 'p', permissionGroups: ['gone'] }] }, 1],
    ['a selector that is none', { policies: [{ ...PURGE, id: 'p', resources: ['account:acme/zone:%'] }] }, 1],
    ['a policy of another shape', { policies: [{ ...PURGE, id: 'p', surprise: true }] }, 0],
    ['addresses that are none', { condition: { ip: { in: 'everywhere' } } }, 1],
    ['an unknown condition', { condition: { moon: 'full' } }, 0],
  ])('%s is listed as a fault beside the others, with what can be shown', async (_what, broken, policies) => {
    const w = await world()
    await create(w, { user: 'bob' }, 'good')
    const id = await create(w, { user: 'bob' }, 'bad')
    await w.admin.accounts.setTokenRules('acme', { requireIp: true })
    const record = await w.storage.token(id)
    if (record === null) throw new Error('no such token')
    const { token, secrets } = record
    await putInto(w.storage, { kind: 'put_token', token: { ...token, ...broken } as Token, secrets })
    const list = await shown(w)
    expect(names(list)).toEqual(['bad', 'good'])
    const [bad] = list.filter(({ name }) => name === 'bad')
    expect(bad).toMatchObject({ closed: 'fault', brokenRules: ['requireIp'], owner: { user: 'bob' } })
    expect(bad?.policies).toHaveLength(policies)
    expect(await ids(w, { breaksRule: true })).toHaveLength(2)
    expect((await w.admin.accounts.previewTokenRules('acme', { requireIp: true })).items).toHaveLength(2)
  })
})

describe('rows that a storage could not read whole', () => {
  /** Nulls what a driver could not parse, of the token of this name or of every member. */
  function torn(what: 'policies' | 'condition' | 'roles' | 'member policies', name: string) {
    const tear = <T extends { readonly name: string }>(token: T): T =>
      token.name === name && (what === 'policies' || what === 'condition') ? { ...token, [what]: null } : token
    const tearMember = <T extends object | null>(member: T): T => {
      if (member === null || (what !== 'roles' && what !== 'member policies')) return member
      return { ...member, [what === 'roles' ? 'roles' : 'policies']: null }
    }
    const paged = <T>({ items, next }: Page<T>, map: (item: T) => T): Page<T> => ({ items: items.map(map), next })
    const record = (one: CredentialRecord) => ({ ...one, token: tear(one.token), member: tearMember(one.member) })
    return (storage: Storage): Storage => ({
      ...storage,
      credentials: async (...asked) => paged(await storage.credentials(...asked), record),
      tokensNaming: async (...asked) => paged(await storage.tokensNaming(...asked), tear),
      members: async (...asked) => paged(await storage.members(...asked), tearMember),
    })
  }

  async function tornWorld(what: Parameters<typeof torn>[0]) {
    const storage = memoryStorage()
    const w = await world({ storage })
    const broad = { ...PURGE, resources: ['account:acme'] }
    const bad = await create(w, { account: 'acme' }, 'bad', { policies: [broad, PURGE], apiAccess: true })
    const good = await create(w, { account: 'acme' }, 'good', { policies: [broad] })
    const personal = await create(w, { user: 'bob' }, 'personal', { policies: [broad] })
    await w.admin.members.setApiAccess('acme', { user: 'bob' }, true)
    return { bad, good, personal, seen: emptyWorld({ storage, through: torn(what, 'bad') }) }
  }

  test.each(['policies', 'condition'] as const)(
    'a token without its %s is a fault, and hides nothing',
    async (what) => {
      const { bad, good, personal, seen } = await tornWorld(what)
      const { accounts, reports, resources } = seen.admin
      const list = (await accounts.credentials('acme')).items
      expect(list.find(({ id }) => id === bad)).toMatchObject({
        ...{ name: 'bad', owner: { account: 'acme' }, status: 'active', staysOn: true },
        ...{ closed: 'fault', policies: [], condition: null },
      })
      expect(list.filter(({ closed }) => closed === null).map(({ id }) => id)).toEqual([good, personal].toSorted())
      const broad = (await reports.overBroad('acme')).items.map(({ credential }) => credential.id)
      expect(broad).toEqual([good, personal].toSorted())
      expect(await resources.forget('account:acme/zone:a')).toMatchObject({ tokens: [], unread: [{ token: bad }] })
      expect((await accounts.previewTokenRules('acme', { requireIp: true })).items).toHaveLength(3)
      expect((await accounts.setApiAccess('acme', false)).staysOn).toEqual({
        members: [{ account: 'acme', kind: 'user', id: 'bob' }],
        tokens: [{ id: bad, name: 'bad' }],
      })
    },
  )

  test.each(['roles', 'member policies'] as const)(
    'members without their %s close their tokens alone',
    async (what) => {
      const { bad, good, personal, seen } = await tornWorld(what)
      const list = (await seen.admin.accounts.credentials('acme')).items
      expect(list.filter(({ closed }) => closed === 'fault').map(({ id }) => id)).toEqual([personal])
      expect(list.filter(({ closed }) => closed === null).map(({ id }) => id)).toEqual([bad, good].toSorted())
      const { unread, tokens } = await seen.admin.resources.forget('account:acme/zone:a')
      expect(tokens).toEqual([bad])
      expect(unread).toHaveLength(3)
      expect((await seen.admin.accounts.setApiAccess('acme', false)).staysOn.members).toHaveLength(1)
    },
  )
})

test('what doesn’t reach the account is not listed: of who hasn’t accepted, and of an earlier membership', async () => {
  const w = await world()
  const { members, tokens } = w.admin
  await members.add('acme', { user: 'eve', status: 'pending' })
  await create(w, { user: 'eve' }, 'invited')
  await create(w, { user: 'bob' }, 'earlier')
  await members.remove('acme', { user: 'bob' })
  expect(await ids(w)).toEqual([])
  await members.add('acme', { user: 'bob' })
  await create(w, { user: 'bob' }, 'later')
  expect(await ids(w)).toEqual(['later'])
  expect((await tokens.list({ user: 'bob' })).items).toHaveLength(2)
  await members.setReadmitted('acme', { user: 'bob' }, true)
  await members.accept('acme', { user: 'eve' })
  expect((await ids(w)).toSorted()).toEqual(['earlier', 'invited', 'later'])
})
