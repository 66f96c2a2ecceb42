import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ExpiringToken } from '../../src/admin/deps.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { PURGE, refused, START, world } from './helpers.ts'

const NEW = { owner: { user: 'ann' }, name: 'n', policies: [PURGE] } as const

/** A world with tokens that expire so long after its beginning, and the names of those told of. */
async function expiring(storage = memoryStorage(), ...lifetimes: readonly number[]) {
  const told: string[] = []
  const onExpiring = ({ token, leadMs, expiresOn }: ExpiringToken) => {
    expect(token.expiresOn).toBe(expiresOn)
    told.push(`${token.name} ${leadMs}`)
  }
  const w = await world({ storage, onExpiring, limits: { tokensPerUser: 2_000 } })
  for (const ms of lifetimes) await w.admin.tokens.create({ ...NEW, name: `${ms}`, expiresOn: START + ms })
  return { w, told }
}

describe('a reminder', () => {
  test('is due so long before the expiry, in a half-open window', async () => {
    const { w, told } = await expiring(memoryStorage(), 100, 101, 109, 110, 111)
    w.pass(10)
    const { until } = await w.admin.tokens.remind({ since: START, leadTimesMs: [100] })
    expect([until, told]).toEqual([START + 10, ['100 100', '101 100', '109 100']])
    w.pass(1)
    expect(await w.admin.tokens.remind({ since: until, leadTimesMs: [100] })).toMatchObject({ told: 1 })
    expect(told.at(-1)).toBe('110 100')
  })

  test('is of disabled tokens, of whatever owner; not of revoked, expired or endless ones', async () => {
    const { w, told } = await expiring(memoryStorage(), 20, 50)
    const { tokens } = w.admin
    await tokens.create({ ...NEW, name: 'endless' })
    await tokens.create({ ...NEW, name: 'account', owner: { account: 'acme' }, expiresOn: START + 51 })
    await tokens.create({ ...NEW, name: 'service', owner: { account: 'acme', service: 'bot' }, expiresOn: START + 52 })
    const revoked = await tokens.create({ ...NEW, name: 'revoked', expiresOn: START + 53 })
    await tokens.revoke(revoked.token.id)
    const [disabled] = (await tokens.list({ user: 'ann' })).items.filter(({ name }) => name === '50')
    await tokens.disable(disabled?.id ?? '')
    w.pass(20)
    await tokens.remind({ since: START, leadTimesMs: [40] })
    expect(told).toEqual(['50 40', 'account 40', 'service 40'])
  })

  test('is of a token made for less than the lead, and of one whose expiry comes nearer', async () => {
    const { w, told } = await expiring(memoryStorage(), 500)
    const [token] = (await w.admin.tokens.list({ user: 'ann' })).items
    w.pass(10)
    const { until } = await w.admin.tokens.remind({ since: START, leadTimesMs: [100] })
    await w.admin.tokens.create({ ...NEW, name: 'short', expiresOn: w.now() + 50 })
    await w.admin.tokens.update(token?.id ?? '', { expiresOn: w.now() + 60 })
    expect(told).toEqual([])
    w.pass(1)
    const next = await w.admin.tokens.remind({ since: until, leadTimesMs: [100] })
    expect(told).toEqual(['short 100', '500 100'])
    w.pass(1)
    expect(await w.admin.tokens.remind({ since: next.until, leadTimesMs: [100] })).toMatchObject({ told: 0 })
  })

  test('is told of with the shortest of the lead times that came', async () => {
    const { w, told } = await expiring(memoryStorage(), 100)
    w.pass(50)
    await w.admin.tokens.remind({ since: START, leadTimesMs: [90, 60, 60, 10] })
    expect(told).toEqual(['100 60'])
  })

  test('that throws stops no other, and is reported', async () => {
    const asked: string[] = []
    const onExpiring = async ({ token }: ExpiringToken) => {
      asked.push(token.name)
      if (token.name === 'a') throw new Error('no mail today')
    }
    const w = await world({ onExpiring })
    for (const [i, name] of ['a', 'b'].entries())
      await w.admin.tokens.create({ ...NEW, name, expiresOn: START + 100 + i })
    w.pass(50)
    const { told, failed } = await w.admin.tokens.remind({ since: START, leadTimesMs: [60] })
    expect([asked, told]).toEqual([['a', 'b'], 1])
    expect(failed).toEqual([
      {
        event: { token: expect.objectContaining({ name: 'a' }), expiresOn: START + 100, leadMs: 60 },
        error: new Error('no mail today'),
      },
    ])
  })

  test('waits for the one before it', async () => {
    const order: string[] = []
    const onExpiring = async ({ token }: ExpiringToken) => {
      order.push(`begin ${token.name}`)
      await Promise.resolve()
      order.push(`end ${token.name}`)
    }
    const w = await world({ onExpiring })
    for (const name of ['a', 'b']) await w.admin.tokens.create({ ...NEW, name, expiresOn: START + 100 })
    w.pass(50)
    await w.admin.tokens.remind({ since: START, leadTimesMs: [60] })
    expect(order.map((text) => text.split(' ')[0])).toEqual(['begin', 'end', 'begin', 'end'])
  })
})

describe.each([
  ['memory', memoryStorage, 200],
  ['sqlite', () => sqliteStorage(':memory:'), 20],
] as const)('over %s', (_name, storage, numRuns) => {
  test('runs with adjoining windows tell every reminder once, and together what each token was due', async () => {
    const act = fc.oneof(
      { weight: 3, arbitrary: fc.record({ run: fc.integer({ min: -5, max: 25 }) }) },
      fc.record({ create: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ pick: fc.nat(), expires: fc.integer({ min: 1, max: 60 }) }),
    )
    const leads = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 })
    const seen = { told: 0, moved: 0, late: 0, setBack: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 20 }), leads, async (acts, leadTimesMs) => {
        const { w, told } = await expiring(storage())
        const tokens: { id: string; expiresOn: number; changed: number }[] = []
        const [expected, dues]: [string[], string[]] = [[], []]
        let since = START
        for (const [i, one] of acts.entries()) {
          if ('create' in one) {
            const expiresOn = w.now() + one.create
            const { token } = await w.admin.tokens.create({ ...NEW, name: `${i}`, expiresOn })
            tokens[i] = { id: token.id, expiresOn, changed: w.now() }
          } else if ('pick' in one) {
            const [at, token] = Object.entries(tokens)[one.pick % (Object.keys(tokens).length || 1)] ?? []
            const expiresOn = w.now() + one.expires
            if (token === undefined || expiresOn === token.expiresOn) continue
            await w.admin.tokens.update(token.id, { expiresOn })
            tokens[Number(at)] = { ...token, expiresOn, changed: w.now() }
            seen.moved++
          } else {
            w.pass(one.run) // the clock may be set back
            const now = w.now()
            if (now < since) {
              expect(await refused(w.admin.tokens.remind({ since, leadTimesMs }))).toBe('since bad_time')
              w.pass(since - now)
              seen.setBack++
              continue
            }
            for (const [at, { expiresOn, changed }] of Object.entries(tokens)) {
              const due = (lead: number) => Math.max(expiresOn - lead, changed)
              const fell = leadTimesMs.filter((lead) => since <= due(lead) && due(lead) < now && expiresOn > now)
              if (fell.length === 0) continue
              expected.push(`${at} ${Math.min(...fell)}`)
              dues.push(...fell.map((lead) => `${at} ${lead} ${expiresOn} ${changed}`))
              if (fell.some((lead) => expiresOn - lead < changed)) seen.late++
            }
            since = (await w.admin.tokens.remind({ since, leadTimesMs })).until
            expect(since).toBe(now)
          }
        }
        expect(told.toSorted()).toEqual(expected.toSorted())
        expect(new Set(dues).size).toBe(dues.length)
        seen.told += told.length
        await w.storage.close()
      }),
      { numRuns },
    )
    if (numRuns >= 200) for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(10)
  })

  test('however time is cut into windows, a token that isn’t changed is told of once for each lead', async () => {
    const lifetimes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 })
    const leads = fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(lifetimes, leads, fc.array(fc.integer({ min: 0, max: 9 })), async (lifetimes, leads, passes) => {
        const { w, told } = await expiring(storage(), ...new Set(lifetimes))
        const alive = new Map<string, number>()
        const since = new Map(leads.map((lead) => [lead, START]))
        for (const ms of [...passes, 1]) {
          w.pass(ms)
          for (const lead of leads) {
            const { until } = await w.admin.tokens.remind({ since: since.get(lead) ?? START, leadTimesMs: [lead] })
            since.set(lead, until)
            for (const life of lifetimes) {
              const due = Math.max(START + life - lead, START)
              if (due < w.now() && w.now() < START + life) alive.set(`${life} ${lead}`, due)
            }
          }
        }
        expect(told.toSorted()).toEqual([...alive.keys()].toSorted())
        await w.storage.close()
      }),
      { numRuns },
    )
  })

  test('more than a page of tokens', async () => {
    const lifetimes = Array.from({ length: 1_100 }, (_, i) => 2_000 + i)
    const { w, told } = await expiring(storage(), ...lifetimes)
    w.pass(1_999)
    expect(await w.admin.tokens.remind({ since: START, leadTimesMs: [2_000] })).toEqual({
      until: START + 1_999,
      told: 1_100,
      failed: [],
    })
    expect(new Set(told).size).toBe(1_100)
  })
})

test('what is asked for is read like every other input, and nobody to tell is the programmer’s error', async () => {
  const { tokens } = (await expiring()).w.admin
  const remind = (input: unknown) => refused(tokens.remind(input as never))
  expect(await remind({})).toBe('since required, leadTimesMs required')
  expect(await remind({ since: START + 1, leadTimesMs: [1] })).toBe('since bad_time')
  expect(await remind({ since: START, leadTimesMs: [] })).toBe('leadTimesMs empty_list')
  expect(await remind({ since: 'x', leadTimesMs: [0, 1.5, '1', Number.POSITIVE_INFINITY, 1] })).toBe(
    'since bad_time, leadTimesMs.0 bad_lead, leadTimesMs.1 bad_lead, leadTimesMs.2 bad_lead, leadTimesMs.3 bad_lead',
  )
  expect(await remind({ since: START, leadTimesMs: Array.from({ length: 21 }, (_, i) => i + 1) })).toBe(
    'leadTimesMs limit_exceeded',
  )
  const silent = await world()
  expect(await refused(silent.admin.tokens.remind({ since: START, leadTimesMs: [1] }))).toBe('ERR_BAILIWICK_MISUSE')
})
