import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { broadGrants } from '../../src/core/breadth.ts'
import type { Owner, Token } from '../../src/core/facts.ts'
import type { Write } from '../../src/storage/port.ts'
import { minutes } from '../spec/runs.ts'
import { worlds } from '../spec/worlds.ts'
import { emptyWorld, PURGE, refused, START, world } from './helpers.ts'
import { always, everything, putInto, storedWorld } from './stored.ts'

vi.setConfig({ testTimeout: minutes(2) })

const DAY = 86_400_000
const BROAD = { ...PURGE, resources: ['account:acme'] }

const drafts = fc.array(
  fc.record({
    owner: fc.constantFrom<Owner>({ user: 'bob' }, { account: 'acme', service: 'bot' }, { account: 'acme' }),
    policy: fc.constantFrom(PURGE, BROAD),
    issued: fc.nat(5),
    lasts: fc.option(fc.integer({ min: 1, max: 20 })),
    used: fc.option(fc.nat(9)),
    end: fc.constantFrom('revoke', 'disable', null, null, null, null),
  }),
  { maxLength: 12 },
)

test('each report is the filter of its name over all credentials, page by page', async () => {
  const seen = { expiring: 0, unused: 0, neverUsed: 0, overBroad: 0 }
  const asked = fc.record({ limit: fc.integer({ min: 1, max: 4 }), span: fc.nat(15) })
  await always(fc.tuple(drafts, asked), 80, async ([tokens, { limit, span }]) => {
    const w = await world()
    const { tokens: admin, reports, accounts } = w.admin
    for (const { owner, policy, issued, lasts, used, end } of tokens) {
      w.pass(issued * DAY)
      const expiresOn = lasts === null ? {} : { expiresOn: w.now() + lasts * DAY }
      const { token } = await admin.create({ owner, name: 'n', policies: [policy], ...expiresOn })
      const use = { token: token.id, account: 'acme', at: w.now() + (used ?? 0) * DAY, from: null }
      if (used !== null) await w.storage.recordUse({ uses: [use], digests: [] })
      if (end !== null) await admin[end](token.id)
    }
    const spanMs = span * DAY
    const active = (await everything((page) => accounts.credentials('acme', {}, page))).filter(
      ({ status }) => status === 'active',
    )
    const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).toSorted()
    const naive = {
      expiring: active.filter(({ expiresOn }) => expiresOn !== null && expiresOn < w.now() + spanMs),
      unused: active.filter(
        ({ issuedOn, lastUse }) => issuedOn < w.now() - spanMs && !(lastUse !== null && lastUse.at >= w.now() - spanMs),
      ),
      neverUsed: active.filter(({ lastUse }) => lastUse === null),
      overBroad: active.filter(({ policies }) => policies.some(({ resources }) => resources.includes('account:acme'))),
    }
    const expiring = await everything((page) => reports.expiring('acme', { withinMs: spanMs }, page), limit)
    const unused = await everything((page) => reports.unused('acme', { forMs: spanMs }, page), limit)
    const neverUsed = await everything((page) => reports.neverUsed('acme', page), limit)
    const overBroad = await everything((page) => reports.overBroad('acme', page), limit)
    expect(ids(expiring)).toEqual(ids(naive.expiring))
    expect(ids(unused)).toEqual(ids(naive.unused))
    expect(ids(neverUsed)).toEqual(ids(naive.neverUsed))
    expect(ids(overBroad.map(({ credential }) => credential))).toEqual(ids(naive.overBroad))
    const ends = expiring.map(({ expiresOn }) => expiresOn ?? 0)
    expect(ends).toEqual(ends.toSorted((a, b) => a - b))
    for (const name of ['expiring', 'unused', 'neverUsed', 'overBroad'] as const) seen[name] += naive[name].length
  })
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5)
})

test('over random worlds, a broad grant is told of what concerns the account alone', async () => {
  let found = 0
  await always(worlds, 80, async (drawn) => {
    const w = await storedWorld(drawn)
    for (const account of w.accounts) {
      const all = await everything((page) => w.admin.accounts.credentials(account, { status: 'active' }, page))
      const broad = new Map(
        (await everything((page) => w.admin.reports.overBroad(account, page), 2)).map(
          ({ credential, grants }) => [credential.id, grants] as const,
        ),
      )
      for (const { id, closed, policies } of all) {
        const token = w.tokens.find((one) => one.id === id)
        if (token === undefined) throw new Error('no such token')
        const grants = closed === 'fault' ? [] : broadGrants(w.on.catalog, { ...token, policies })
        expect(broad.get(id) ?? []).toEqual(grants)
        found += grants.length
      }
    }
  })
  expect(found).toBeGreaterThan(20)
})

test('a call for over-broad tokens does bounded work, and the pages end', async () => {
  let read = 0
  let reads = 0
  const w = emptyWorld({
    through: (storage) => ({
      ...storage,
      credentials: async (...asked) => {
        const page = await storage.credentials(...asked)
        read += page.items.length
        reads++
        return page
      },
    }),
  })
  await w.admin.accounts.create({ id: 'acme', name: 'A', owner: 'ann' })
  const { token } = await w.admin.tokens.create({ owner: { account: 'acme' }, name: 'n', policies: [PURGE] })
  const made = Array.from({ length: 1_100 }, (_, i): Token => {
    const resources = (i % 300 === 7 ? BROAD : PURGE).resources
    return { ...token, id: `t${i}`, policies: token.policies.map((policy) => ({ ...policy, resources })) }
  })
  await putInto(
    w.storage,
    ...made.map((one): Write => ({ kind: 'add_token', token: one, secrets: { digest: one.id } })),
  )
  for (const limit of [1, 100, 1_000]) {
    let after: string | null = null
    let found = 0
    do {
      read = 0
      reads = 0
      const page: Awaited<ReturnType<typeof w.admin.reports.overBroad>> = await w.admin.reports.overBroad('acme', {
        limit,
        after,
      })
      expect(read).toBeLessThanOrEqual(1_000)
      expect(reads).toBeLessThanOrEqual(20)
      if (limit === 1 && page.next !== null && page.items.length === 0) expect(reads).toBe(20)
      found += page.items.length
      after = page.next
    } while (after !== null)
    expect(found).toBe(4)
  }
})

test('what can’t be asked is refused', async () => {
  const { reports } = (await world()).admin
  expect(await refused(reports.expiring('acme', { withinMs: -1 }))).toBe('options.withinMs bad_value')
  expect(await refused(reports.unused('acme', {} as never))).toBe('options.forMs bad_value')
  expect(await refused(reports.unused('acme', { forMs: START * 1e3 }))).toBe('options.forMs bad_value')
  expect(await refused(reports.neverUsed('acme', { limit: 0 }))).toBe('page.limit bad_value')
  for (const call of [reports.neverUsed('nope'), reports.overBroad('nope'), reports.expiring('nope', { withinMs: 1 })])
    expect(await refused(call)).toBe('ERR_BAILIWICK_NOT_FOUND')
})
