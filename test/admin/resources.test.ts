import { describe, expect, test, vi } from 'vitest'
import type { Catalog } from '../../src/core/catalog.ts'
import type { Policy, Token } from '../../src/core/facts.ts'
import { parseName } from '../../src/core/resource.ts'
import { isFault, parseSelector } from '../../src/core/selector.ts'
import { questionOf, scenes } from '../spec/questions.ts'
import { minutes } from '../spec/runs.ts'
import { worlds } from '../spec/worlds.ts'
import { refused, type World, world } from './helpers.ts'
import { always, putInto, type StoredWorld, storedWorld } from './stored.ts'

vi.setConfig({ testTimeout: minutes(2) })

const ZONE = 'account:acme/zone:a'
const DNS = { effect: 'allow', permissions: ['dns.read'] } as const

async function create(w: World, owner: Token['owner'], ...policies: readonly Omit<Policy, 'id'>[]): Promise<Token> {
  const given = policies.map((policy, i) => ({ ...policy, id: `p${i}` }))
  return (await w.admin.tokens.create({ owner, name: 'n', policies: given as never })).token
}

const on = (...resources: readonly string[]) => ({ ...DNS, resources })

describe('forgetting a resource', () => {
  test('takes what was granted at its name or beneath it, from tokens and members, and tells of the rest', async () => {
    const w = await world()
    const { admin } = w
    const token = await create(
      w,
      { user: 'bob' },
      on(ZONE, `${ZONE}/record:*`, 'account:acme/zone:ab', 'account:other/zone:a'),
      on(`${ZONE}/record:TXT,a`),
      { ...on(ZONE, 'account:*/zone:a', 'account:acme/zone:b'), effect: 'deny' },
      on('account:acme', 'account:acme/zone:*', 'account:acme/zone:a*', 'account:acme/zone:b*', 'account:*'),
      on('account:*/zone:a', 'account:*/zone:*/record:TXT,a', 'account:*/zone:b'),
    )
    await admin.members.update(
      'acme',
      { user: 'bob' },
      {
        roles: ['reader'],
        policies: [{ ...on(ZONE, 'account:acme/zone:*'), id: 'own' }],
      },
    )
    const report = await admin.resources.forget(ZONE, { by: { user: 'ann' } })
    expect(report.tokens).toEqual([token.id])
    expect(report.members).toEqual(
      [
        { account: 'acme', kind: 'service', id: 'bot' },
        { account: 'acme', kind: 'user', id: 'bob' },
      ].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    )
    expect(report.unread).toEqual([])
    const left = report.left.map((one) => ['token' in one ? one.token : one.member.id, one.effect, one.selector])
    expect(left.toSorted()).toEqual(
      [
        [token.id, 'deny', ZONE],
        [token.id, 'allow', 'account:acme/zone:*'],
        [token.id, 'allow', 'account:acme/zone:a*'],
        [token.id, 'deny', 'account:*/zone:a'],
        [token.id, 'allow', 'account:*/zone:a'],
        [token.id, 'allow', 'account:*/zone:*/record:TXT,a'],
        ['bob', 'allow', 'account:acme/zone:*'],
      ].toSorted(),
    )
    const after = await admin.tokens.get(token.id)
    expect(after).toMatchObject({ revision: 2 })
    expect(after?.policies.map(({ id, resources }) => [id, resources])).toEqual([
      ['p0', ['account:acme/zone:ab', 'account:other/zone:a']],
      ['p2', token.policies[2]?.resources],
      ['p3', token.policies[3]?.resources],
      ['p4', token.policies[4]?.resources],
    ])
    expect(await admin.members.get('acme', { user: 'bob' })).toMatchObject({
      roles: ['reader'],
      policies: [{ id: 'own', resources: ['account:acme/zone:*'] }],
    })
    expect(await admin.members.get('acme', { service: 'bot' })).toMatchObject({ policies: [] })
    const done = await w.log('user:bob', 'account:acme')
    const by = done.filter(({ actor }) => actor === 'user:ann').map(({ action, target }) => `${action} ${target}`)
    expect(by.toSorted()).toEqual([
      'member.forget_resource member:acme/service/bot',
      'member.forget_resource member:acme/user/bob',
      `token.forget_resource token:${token.id}`,
    ])
  })

  test('doesn’t speak of what names something larger', async () => {
    const w = await world()
    const larger = [on('account:acme', ZONE, `${ZONE}/record:*`), { ...on(ZONE), effect: 'deny' as const }]
    const token = await create(w, { user: 'bob' }, ...larger)
    const { tokens, left } = await w.admin.resources.forget(`${ZONE}/record:TXT,a`)
    expect(tokens).toEqual([])
    expect(left).toEqual([{ token: token.id, policy: 'p0', effect: 'allow', selector: `${ZONE}/record:*` }])
  })

  test('leaves a token without a policy standing, and leaves revoked ones alone', async () => {
    const w = await world()
    const bare = await create(w, { account: 'acme' }, on(ZONE))
    const revoked = await create(w, { user: 'stranger' }, on(ZONE, 'account:acme/zone:*'))
    await w.admin.tokens.revoke(revoked.id)
    const { tokens, left } = await w.admin.resources.forget(ZONE)
    expect(tokens).toEqual([bare.id])
    expect(left).toEqual([])
    expect(await w.admin.tokens.get(bare.id)).toMatchObject({ policies: [], status: 'active' })
    expect(await w.admin.tokens.get(revoked.id)).toMatchObject({ status: 'revoked', policies: revoked.policies })
    expect((await w.admin.accounts.credentials('acme')).items).toMatchObject([{ id: bare.id, closed: 'not_a_member' }])
  })

  test('is refused for what is no name of a thing in an account', async () => {
    const { resources } = (await world()).admin
    for (const name of [
      'account:acme',
      'user:bob',
      'account:acme/zone:*',
      'account:acme/zone:a*',
      'account:*/zone:a',
      '',
      'x',
    ])
      expect(await refused(resources.forget(name)), name).toBe('name bad_resource')
    for (const name of [
      'account:acme/zone:A',
      'account:acme/widget:a',
      'account:acme/record:A,a',
      'account:acme/zone:%61',
    ])
      expect(await refused(resources.forget(name)), name).toBe('name bad_resource')
    expect(await refused(resources.forget(7 as never))).toBe('name bad_type')
    expect(await refused(resources.forget('account:nope/zone:a'))).toBe('ERR_BAILIWICK_NOT_FOUND')
  })

  test('passes over whom it can’t understand, and names them', async () => {
    const w = await world()
    const good = await create(w, { user: 'bob' }, on(ZONE))
    const bad = await create(w, { user: 'bob' }, on(ZONE), on('account:*'))
    const record = await w.storage.token(bad.id)
    if (record === null) throw new Error('no such token')
    const [policy] = bad.policies
    const broken = { ...bad, policies: [...bad.policies, { ...policy, surprise: 1 }] } as Token
    await putInto(w.storage, { kind: 'put_token', token: broken, secrets: record.secrets })
    expect(await w.admin.resources.forget(ZONE)).toMatchObject({ tokens: [good.id], unread: [{ token: bad.id }] })
    expect(await w.admin.tokens.get(bad.id)).toEqual(broken)
  })
})

describe('what changes while it runs', () => {
  /** A world in which somebody else acts once, when this is asked. */
  async function meddled(question: 'members' | 'tokensNaming') {
    const busy: { act?: () => Promise<unknown> } = {}
    const w = await world({
      through: (storage) => ({
        ...storage,
        [question]: async (account: string, page: { limit: number }) => {
          const found = await storage[question](account, page)
          const { act } = busy
          delete busy.act
          await act?.()
          return found
        },
      }),
    })
    return { w, busy }
  }

  test.each<[string, (w: World) => Promise<unknown>]>([
    ['lost its grant', (w) => w.other.members.update('acme', { service: 'bot' }, { policies: [] })],
    ['was removed', (w) => w.other.members.remove('acme', { service: 'bot' })],
  ])('a member that %s meanwhile is not written, nor told of', async (_what, act) => {
    const { w, busy } = await meddled('members')
    busy.act = () => act(w)
    expect(await w.admin.resources.forget(ZONE)).toMatchObject({ members: [], left: [] })
    expect((await w.log('account:acme')).map(({ action }) => action)).not.toContain('member.forget_resource')
  })

  test('a token that was revoked meanwhile stays as it was', async () => {
    const { w, busy } = await meddled('tokensNaming')
    const token = await create(w, { user: 'bob' }, on(ZONE, 'account:acme/zone:*'))
    busy.act = () => w.other.tokens.revoke(token.id)
    expect(await w.admin.resources.forget(ZONE)).toMatchObject({ tokens: [], left: [] })
    expect(await w.admin.tokens.get(token.id)).toMatchObject({ status: 'revoked', policies: token.policies })
  })
})

describe('through many pages', () => {
  test('while others write, and after a storage that gave up half-way, nothing is missed', async () => {
    let failing = 0
    const busy: { write?: () => Promise<void> } = {}
    const w = await world({
      through: (storage) => ({
        ...storage,
        tokensNaming: async (account, page) => {
          await busy.write?.()
          return storage.tokensNaming(account, { ...page, limit: 2 })
        },
        commit: async (change) => {
          if (change.audit.action === 'token.forget_resource' && ++failing === 4) throw new Error('disk full')
          return storage.commit(change)
        },
      }),
    })
    const tokens: Token[] = []
    for (let i = 0; i < 9; i++)
      tokens.push(await create(w, { user: i % 2 ? 'bob' : 'ann' }, on(ZONE, 'account:acme/zone:b')))
    let round = 0
    busy.write = async () => {
      const { id } = tokens[round++ % tokens.length] ?? { id: '' }
      await w.other.tokens.update(id, { name: `renamed ${round}` })
      await create(w, { user: 'bob' }, on('account:acme/zone:c'))
    }
    expect(await refused(w.admin.resources.forget(ZONE))).toBe('ERR_BAILIWICK_STORAGE_UNAVAILABLE')
    const { tokens: rest } = await w.admin.resources.forget(ZONE)
    expect(rest).toHaveLength(9 - 3)
    delete busy.write
    for (const { id } of tokens)
      expect((await w.admin.tokens.get(id))?.policies).toMatchObject([{ resources: ['account:acme/zone:b'] }])
    expect(await w.admin.resources.forget(ZONE)).toMatchObject({ tokens: [], members: [] })
  })
})

describe('over random worlds', () => {
  /** Pair by pair, and not by the text. */
  const within = (selector: string, name: string) => {
    const [pairs, of] = [selector.split('/'), name.split('/')]
    return pairs.length >= of.length && of.every((pair, i) => pair === pairs[i])
  }
  const stripped = (policies: readonly Policy[], name: string): readonly Policy[] =>
    policies
      .map((policy) => ({
        ...policy,
        resources: policy.resources.filter((one) => policy.effect === 'deny' || !within(one, name)),
      }))
      .filter(({ resources }) => resources.length > 0)

  function isThing(catalog: Catalog, text: string): boolean {
    const name = parseSelector(catalog, text)
    if (isFault(name) || name.pairs.length < 2) return false
    return text.startsWith('account:') && name.pairs.every(({ match }) => match === 'one')
  }

  async function holders(w: StoredWorld) {
    const tokens = await Promise.all(w.tokens.map(async ({ id }) => (await w.storage.token(id))?.token))
    const members = await Promise.all(w.members.map((key) => w.storage.member(key)))
    return { tokens, members }
  }

  test('nothing at or beneath the name is granted any more but from above, nothing else is decided otherwise, and twice is once', async () => {
    const seen = { tokens: 0, members: 0, kept: 0, elsewhere: 0 }
    await always(scenes(worlds, 25), 120, async ([drawn, aims]) => {
      const w = await storedWorld(drawn)
      if (w.tokens.length === 0) return
      const drawnQuestions = aims.map((aim) => questionOf(drawn, aim))
      // Now what members were granted literally, now what tokens were, or else whatever is asked about.
      const members = (await holders(w)).members.flatMap((member) => member?.policies ?? [])
      const policies = [members, w.tokens.flatMap((token) => token.policies)]
      const granted = ((aims[0]?.flip ?? 0) % 3 === 0 ? policies : policies.toReversed()).flat()
      const selectors = granted.filter(({ effect }) => effect === 'allow').flatMap(({ resources }) => resources)
      const names = [...selectors, ...drawnQuestions.map(({ resource }) => resource)]
      const name = names.find(
        (text) => isThing(w.on.catalog, text) && w.accounts.includes(parseName(text)?.[0]?.id ?? ''),
      )
      if (name === undefined) return
      const type = name.split('/').at(-1)?.split(':')[0]
      const onIt = [...w.on.catalog.permissions.values()].filter(({ on }) => [...on].some((one) => one.name === type))
      const spread = drawnQuestions.slice(0, 3)
      const questions = [
        ...drawnQuestions,
        ...onIt.flatMap(({ name: permission }) => spread.map((one) => ({ ...one, permission, resource: name }))),
      ]
      const ask = () =>
        Promise.all(
          questions.map(async (question) => ({
            question,
            said: await Promise.all([...w.tokens.map(({ id }) => w.decided(id, question)), w.permitted('x', question)]),
          })),
        )
      const before = { facts: await holders(w), answers: await ask() }
      const report = await w.admin.resources.forget(name)
      const after = { facts: await holders(w), answers: await ask() }

      for (const [i, token] of after.facts.tokens.entries()) {
        const old = before.facts.tokens[i]
        if (token === undefined || old === undefined) throw new Error('no such token')
        expect(token.policies).toEqual(token.status === 'revoked' ? old.policies : stripped(old.policies, name))
        expect(report.tokens.includes(token.id)).toBe(token !== old)
        if (token !== old) seen.tokens++
        else expect(token.revision).toBe(old.revision)
      }
      for (const [i, member] of after.facts.members.entries()) {
        const old = before.facts.members[i]
        if (member == null || old == null) throw new Error('no such member')
        if (member.account !== parseName(name)?.[0]?.id) expect(member).toBe(old)
        else expect(member.policies).toEqual(stripped(old.policies, name))
        if (member !== old) seen.members++
      }
      for (const [i, { question, said }] of after.answers.entries()) {
        for (const [who, is] of said.entries()) {
          const was = before.answers[i]?.said[who]
          if (was === 'error') continue // what could not be understood may have been granted on the thing alone
          if (within(question.resource, name)) {
            if (is === 'allow') expect(was).toBe('allow')
            if (is === 'allow') seen.kept++
          } else {
            expect(is === 'allow').toBe(was === 'allow')
            if (is === 'allow') seen.elsewhere++
          }
        }
      }
      expect(await w.admin.resources.forget(name)).toEqual({ ...report, tokens: [], members: [] })
      expect(await holders(w)).toEqual(after.facts)
    })
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(5)
  })
})
