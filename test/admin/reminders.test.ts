import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ExpiringToken } from '../../src/admin/reminders.ts'
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
    const lifetimes = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 })
    const leads = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 })
    const passes = fc.array(fc.integer({ min: -5, max: 25 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lifetimes, leads, passes, async (lifetimes, leadTimesMs, passes) => {
        const { w, told } = await expiring(storage(), ...lifetimes)
        let since = START
        const expected: string[] = []
        for (const ms of passes) {
          w.pass(ms) // the clock may be set back
          const now = w.now()
          for (const life of lifetimes) {
            const due = leadTimesMs.filter((lead) => since <= START + life - lead && START + life - lead < now)
            if (due.length > 0 && START + life > now) expected.push(`${life} ${Math.min(...due)}`)
          }
          const run = await w.admin.tokens.remind({ since, leadTimesMs })
          expect(run.until).toBeGreaterThanOrEqual(since)
          since = run.until
        }
        expect(told.toSorted()).toEqual(expected.toSorted())
        expect(new Set(told).size).toBe(told.length)
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
