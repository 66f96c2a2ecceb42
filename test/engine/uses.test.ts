import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import { Uses } from '../../src/engine/uses.ts'
import type { StorageUsage } from '../../src/storage/port.ts'
import { times } from '../spec/runs.ts'
import {
  credentialOf,
  EPOCH,
  FLUSH_MS,
  HELD_MS,
  idOf,
  rig,
  secretsOf,
  seeded,
  token,
  VirtualTime,
  write,
} from './fixture.ts'
import { gathering, nothingNoted, Sink, settled } from './gathering.ts'

const Z1 = 'account:acme/zone:z1'
const START = EPOCH + 1_000

describe('the last use of a token', () => {
  it('is written with account and address, once an interval, whatever the number of requests', async () => {
    const sink = new Sink()
    const { engine, time } = rig(await seeded(), { sink })
    for (let i = 0; i < 50; i++) (await engine.authenticate(credentialOf(1), '::ffff:203.0.113.9')).can('dns.read', Z1)
    expect([sink.batches.length, time.timers]).toEqual([0, 1])
    time.pass(FLUSH_MS)
    await settled()
    const use = { token: idOf(1), account: 'acme', at: START, from: '203.0.113.9' }
    expect(sink.batches).toEqual([{ uses: [use], digests: [] }])
    expect(time.timers).toBe(0)
    for (let i = 0; i < 50; i++) (await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)
    time.pass(FLUSH_MS)
    await settled()
    expect(sink.batches[1]?.uses).toEqual([{ ...use, at: START + FLUSH_MS, from: null }])
    expect(sink.batches).toHaveLength(2)
  })

  it('is noted for an allow, by every way of asking, and for nothing else', async () => {
    const storage = await seeded()
    const wanted = async (ask: (r: ReturnType<typeof rig>) => Promise<unknown>) => {
      const r = rig(storage)
      await ask(r)
      return r.uses.waiting
    }
    const present = (r: ReturnType<typeof rig>) => r.engine.authenticate(credentialOf(1), null)
    expect(await wanted(async (r) => (await present(r)).can('dns.read', Z1))).toBe(1)
    expect(await wanted(async (r) => (await present(r)).check('dns.read', Z1))).toBe(1)
    expect(await wanted(async (r) => (await present(r)).require('dns.read', Z1))).toBe(1)
    expect(await wanted(async (r) => (await present(r)).checkAll([['dns.read', Z1]]))).toBe(1)
    expect(await wanted(present)).toBe(0)
    expect(await wanted(async (r) => (await present(r)).explain('dns.read', Z1))).toBe(0)
    expect(await wanted(async (r) => (await present(r)).can('dns.read', 'account:other/zone:z1'))).toBe(0)
    const oneDenied = [
      ['dns.read', Z1],
      ['dns.read', 'account:other/zone:z1'],
    ] as const
    expect(await wanted(async (r) => (await present(r)).checkAll(oneDenied))).toBe(0)
    expect(await wanted(async (r) => (await r.engine.session('u_1', null)).can('dns.read', Z1))).toBe(0)
    expect(await wanted(async (r) => (await r.engine.viewAs({ token: idOf(1) }, null)).can('dns.read', Z1))).toBe(0)
    expect(await wanted((r) => r.engine.verify(credentialOf(1), null))).toBe(0)
  })

  it("has no account at its user's own root", async () => {
    const storage = await seeded()
    const policy = {
      id: 'p',
      effect: 'allow',
      permissions: ['bailiwick.read_tokens'],
      resources: ['user:u_1'],
    } as const
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { policies: [policy] }),
      secrets: secretsOf(1),
    })
    const sink = new Sink()
    const { engine, uses } = rig(storage, { sink })
    expect((await engine.authenticate(credentialOf(1), null)).can('bailiwick.read_tokens', 'user:u_1')).toBe(true)
    await uses.flush()
    expect(sink.batches[0]?.uses).toMatchObject([{ account: null }])
  })

  it('names the account as it is, however its name is spelled', () => {
    const { uses, note, sink } = gathering()
    note('t', 1, 'caf%C3%A9%20%2F')
    return uses.flush().then(() => expect(sink.batches[0]?.uses).toMatchObject([{ account: 'café /' }]))
  })

  it('is noted again for another account, another address, and a later interval', () => {
    const { uses } = gathering()
    const noted = nothingNoted()
    const isNoted = (resource: string, from: string | null, now: number) => uses.isNoted(noted, resource, from, { now })
    expect(isNoted(Z1, '192.0.2.1', 5)).toBe(false)
    uses.note('t', noted, 'account:acme', '192.0.2.1', parseAddress('192.0.2.1'), 5)
    expect(isNoted(Z1, '192.0.2.1', 5 + FLUSH_MS - 1)).toBe(true)
    expect(isNoted('account:acme', '192.0.2.1', 5)).toBe(true)
    expect(isNoted('account:acme2/zone:z1', '192.0.2.1', 5)).toBe(false)
    expect(isNoted(Z1, '192.0.2.2', 5)).toBe(false)
    expect(isNoted(Z1, null, 5)).toBe(false)
    expect(isNoted(Z1, '192.0.2.1', 5 + FLUSH_MS)).toBe(false)
  })

  it('in two accounts or from two addresses by turns is the last of each', async () => {
    const { uses, sink } = gathering()
    const noted = nothingNoted()
    const note = (account: string, from: string, at: number) =>
      uses.note('t', noted, `account:${account}`, from, parseAddress(from), at)
    for (let at = 1; at <= 4; at++)
      for (const account of ['a', 'b']) {
        note(account, '192.0.2.1', at)
        expect(noted).toEqual({ notedRoot: `account:${account}`, notedIp: '192.0.2.1', notedAt: at })
      }
    note('a', '192.0.2.1', 4) // nothing new, and the next one of its kind ends at a comparison
    expect(noted.notedRoot).toBe('account:a')
    for (const from of ['::ffff:192.0.2.2', '192.0.2.3']) note('a', from, 5)
    expect(noted.notedIp).toBe('::ffff:192.0.2.2') // the other came at the same instant, and is not later
    note('a', '192.0.2.3', 6)
    await uses.flush()
    expect(sink.batches[0]?.uses).toEqual([
      { token: 't', account: 'b', at: 4, from: '192.0.2.1' },
      { token: 't', account: 'a', at: 6, from: '192.0.2.3' },
    ])
  })

  it('goes forward only, whatever the clock does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5_000), fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'), fc.boolean())),
        async (steps) => {
          const { uses, sink, note, time } = gathering()
          for (const [at, id, account, passes] of steps) {
            note(id, at, account)
            if (passes) time.pass(FLUSH_MS)
            if (passes) await settled()
          }
          await uses.flush()
          const latest = (id: string, account: string) =>
            Math.max(...steps.filter(([, i, a]) => i === id && a === account).map(([at]) => at))
          for (const [, id, account] of steps) expect(sink.last.get(`${id} ${account}`)?.at).toBe(latest(id, account))
        },
      ),
      { numRuns: times(50) },
    )
  })

  it('is written within one interval while storage answers, and no timer runs when nothing waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(400), fc.nat(20)), { maxLength: 40 }), async (steps) => {
        const { sink, note, time, uses } = gathering()
        const wanted: { readonly id: string; readonly at: number }[] = []
        for (const [wait, n] of steps) {
          time.pass(wait)
          await settled()
          for (const { id, at } of wanted.filter(({ at }) => at <= time.now - FLUSH_MS))
            expect(sink.last.get(`${id} acme`)?.at).toBeGreaterThanOrEqual(at)
          note(`t${n}`, time.now)
          wanted.push({ id: `t${n}`, at: time.now })
          expect(time.timers).toBe(1)
        }
        time.pass(FLUSH_MS)
        await settled()
        expect([uses.waiting, time.timers]).toEqual([0, 0])
      }),
      { numRuns: times(50) },
    )
  })

  it('is lost by a crash only while it waits', async () => {
    const sink = new Sink()
    const storage = await seeded()
    const before = rig(storage, { sink })
    ;(await before.engine.authenticate(credentialOf(1), '192.0.2.1')).can('dns.read', Z1)
    await before.uses.flush()
    before.pass(FLUSH_MS)
    ;(await before.engine.authenticate(credentialOf(1), '192.0.2.1')).can('dns.read', Z1)
    const after = rig(storage, { sink }) // the one before is gone, with what waited in it
    after.pass(HELD_MS)
    expect([...sink.last.values()]).toMatchObject([{ at: START }])
    ;(await after.engine.authenticate(credentialOf(1), '192.0.2.1')).can('dns.read', Z1)
    await after.uses.flush()
    expect([...sink.last.values()]).toMatchObject([{ at: START + HELD_MS }])
  })
})

describe('a batch', () => {
  it('holds at most 500 uses', async () => {
    const { sink, note, uses } = gathering(10_000)
    for (let n = 0; n < 1_201; n++) note(`t${n}`, n)
    await uses.flush()
    expect(sink.batches.map((batch) => batch.uses.length)).toEqual([500, 500, 201])
  })

  it('is written by one at a time', async () => {
    const { sink, note, uses, time } = gathering()
    let release = () => {}
    sink.hold = new Promise((resolve) => {
      release = resolve
    })
    note('a', 1)
    const [one, two] = [uses.flush(), uses.flush()]
    note('b', 1)
    time.pass(FLUSH_MS)
    await settled()
    expect(sink.batches).toHaveLength(1)
    sink.hold = null
    release()
    await Promise.all([one, two])
    expect(sink.batches.map((batch) => batch.uses.map(({ token }) => token))).toEqual([['a'], ['b']])
  })

  it('is written by one at a time, also where another write began while it was waited for', async () => {
    let [running, most] = [0, 0]
    const written: string[] = []
    const sink: StorageUsage = {
      async recordUse({ uses: batch }) {
        most = Math.max(most, ++running)
        written.push(...batch.map(({ token }) => token))
        if (written.length === 2) note('c') // comes while the second is being written
        await settled()
        running--
      },
    }
    const report = () => {}
    const uses = new Uses({ sink, flushMs: FLUSH_MS, maxPending: 100, schedule: new VirtualTime().schedule, report })
    const note = (token: string) => uses.note(token, nothingNoted(), 'account:acme', null, null, 1)
    note('a')
    const first = uses.flush()
    note('b')
    await Promise.all([first, uses.flush(), uses.flush()])
    expect([written, most, uses.waiting]).toEqual([['a', 'b', 'c'], 1, 0])
  })

  it('that fails is reported, kept with what is newer, and tried again at the next interval and not before', async () => {
    const { sink, note, uses, time, reports } = gathering()
    sink.isDown = true
    note('a', 1)
    note('b', 1)
    time.pass(FLUSH_MS)
    await settled()
    expect(reports).toMatchObject([{ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE', cause: expect.any(Error) }])
    expect([uses.waiting, time.timers]).toEqual([2, 1])
    note('a', 2)
    time.pass(FLUSH_MS - 1)
    expect(sink.batches).toHaveLength(1)
    sink.isDown = false
    time.pass(1)
    await settled()
    expect([...sink.last.values()].map(({ token, at }) => [token, at])).toEqual(
      expect.arrayContaining([
        ['a', 2],
        ['b', 1],
      ]),
    )
    expect([uses.waiting, time.timers, reports.length]).toEqual([0, 0, 1])
  })

  it('that fails gives way to what is newer of what came meanwhile, and to nothing older', async () => {
    const { sink, note, uses } = gathering()
    let release = () => {}
    sink.hold = new Promise((resolve) => {
      release = resolve
    })
    sink.isDown = true
    note('a', 5)
    note('b', 5)
    const failed = uses.flush().catch((error) => error)
    note('a', 6)
    note('b', 4)
    note('c', 1)
    release()
    expect(await failed).toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
    sink.isDown = false
    await uses.flush()
    expect(sink.batches.at(-1)?.uses.map(({ token, at }) => [token, at])).toEqual([
      ['b', 5],
      ['a', 6],
      ['c', 1],
    ])
  })

  it('that a host asked for rejects with the storage’s error, so that it can tell', async () => {
    const { sink, note, uses } = gathering()
    await uses.flush()
    expect(sink.batches).toHaveLength(0)
    sink.isDown = true
    note('a', 1)
    await expect(uses.flush()).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
    sink.isDown = false
    await uses.flush()
    expect(sink.last.size).toBe(1)
  })

  it('never fails a request', async () => {
    const sink = new Sink()
    sink.isDown = true
    const { engine, time, reports } = rig(await seeded(), { sink, maxPending: 1 })
    const throwing = { recordUse: () => thrown() }
    const other = rig(await seeded(), { sink: throwing, maxPending: 1 })
    for (const { engine: one, pass } of [{ engine, pass: (ms: number) => time.pass(ms) }, other]) {
      for (const ip of ['192.0.2.1', '192.0.2.2', null])
        expect((await one.authenticate(credentialOf(1), ip)).can('dns.read', Z1)).toBe(true)
      pass(FLUSH_MS)
      await settled()
    }
    expect(reports).toHaveLength(1)
    expect(other.reports).toHaveLength(1)
  })
})

describe('what waits', () => {
  it('is bounded under a flood of distinct tokens, storage up or down, and what is given up is counted', async () => {
    const { sink, note, uses, reports, time } = gathering(100)
    sink.isDown = true
    for (let n = 0; n < 5_000; n++) {
      note(`t${n}`, n)
      expect(uses.waiting).toBeLessThanOrEqual(100)
    }
    await settled()
    for (let n = 5_000; n < 9_000; n++) note(`t${n}`, n)
    expect(uses.waiting).toBe(100)
    expect(sink.batches.length).toBeLessThan(3)
    sink.isDown = false
    time.pass(FLUSH_MS)
    await settled()
    expect([...sink.last.keys()]).toEqual(Array.from({ length: 100 }, (_, i) => `t${8_900 + i} acme`))
    expect(reports.map(String).join('\n')).toMatch(/\d+ last uses were given up/)
    const givenUp = reports.map((error) => Number(/(\d+) last uses/.exec(String(error))?.[1] ?? 0))
    expect(givenUp.reduce((sum, n) => sum + n, 0)).toBe(8_900)
  })

  it('is written at once when it is full and storage answers, so that nothing is given up', async () => {
    const { sink, note, reports } = gathering(100)
    for (let n = 0; n < 1_000; n++) {
      note(`t${n}`, n)
      if (n % 100 === 0) await settled()
    }
    expect(sink.last.size).toBeGreaterThanOrEqual(900)
    expect(reports).toEqual([])
  })
})

function thrown(): never {
  throw new Error('not even a promise')
}
