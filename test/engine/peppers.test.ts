/** What peppers change for those who authenticate: what opens a row, what it costs, and how rows move to a new pepper. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Secrets } from '../../src/core/facts.ts'
import { digest } from '../../src/credential/digest.ts'
import { createPeppers, type PepperOptions, type Peppers } from '../../src/credential/peppers.ts'
import type { Storage } from '../../src/storage/port.ts'
import { times } from '../spec/runs.ts'
import {
  credentialOf,
  EPOCH,
  FLUSH_MS,
  HELD_MS,
  idOf,
  rig,
  SERVED_MS,
  secretOf,
  secretsOf,
  seeded,
  token,
  WatchedReader,
  write,
  written,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'
const P1 = 'the first pepper, of 32 characters or more'
const P2 = 'the second pepper, of 32 characters or more'
const STORED_FACT = { code: 'ERR_BAILIWICK_STORED_FACT' }
const STALE = { code: 'ERR_BAILIWICK_ACCESS_STALE' }

const plainOf = (n: number, generation = 0) => digest('u', idOf(n), secretOf(generation))
const peppersOf = (options?: PepperOptions, clock = () => EPOCH) => createPeppers(options, clock)
const one = peppersOf({ current: 'p1', keys: { p1: P1 } })
const two = peppersOf({ current: 'p2', keys: { p1: P1, p2: P2 } })
const onlyTwo = peppersOf({ current: 'p2', keys: { p2: P2 } })

/** Counts what costs an HMAC. */
function counted(peppers: Peppers) {
  const calls: string[] = []
  const opens = (stored: string, plain: string) => {
    calls.push('opens')
    return peppers.opens(stored, plain)
  }
  const seal = (plain: string) => {
    calls.push('seal')
    return peppers.seal(plain)
  }
  return { calls, peppers: { ...peppers, opens, seal } }
}

async function storedAs(secrets: Secrets): Promise<Storage> {
  const storage = await seeded()
  await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets })
  return storage
}

describe('a peppered row', () => {
  it('is opened by its secret alone', async () => {
    const { engine } = rig(await storedAs({ digest: one.seal(plainOf(1)) }), { peppers: one })
    expect((await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)).toBe(true)
    expect((await engine.authenticate(credentialOf(1, 1), null)).denial?.reason).toBe('credential_unknown')
  })

  it('needs no HMAC once it was opened, by the current secret and by the one before, in turn', async () => {
    const secrets = {
      digest: one.seal(plainOf(1, 1)),
      previous: { digest: one.seal(plainOf(1)), endsOn: EPOCH + 10 * SERVED_MS },
    }
    const { calls, peppers } = counted(one)
    const { engine, pass } = rig(await storedAs(secrets), { peppers })
    for (const generation of [0, 1]) await engine.authenticate(credentialOf(1, generation), null)
    calls.length = 0
    for (let i = 0; i < 10; i++) {
      expect((await engine.authenticate(credentialOf(1, i % 2), null)).can('dns.read', Z1)).toBe(true)
      if (i === 5) pass(SERVED_MS + 1) // confirmed by its revisions, it is warm still
    }
    expect(calls).toEqual([])
  })

  it('opens to nobody for being in a cache: a wrong secret is compared with it each time', async () => {
    const { engine } = rig(await storedAs({ digest: one.seal(plainOf(1)) }), { peppers: one })
    for (let i = 0; i < 3; i++) {
      expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
      expect((await engine.authenticate(credentialOf(1, 1), null)).denial?.reason).toBe('credential_unknown')
    }
  })

  it('whose pepper is unknown is an error of storage, and not a wrong secret', async () => {
    const { engine, reports } = rig(await storedAs({ digest: one.seal(plainOf(1)) }), { peppers: onlyTwo })
    await expect(engine.authenticate(credentialOf(1), null)).rejects.toMatchObject(STORED_FACT)
    expect(reports).toHaveLength(1)
  })

  it('opens nothing with a previous secret that can’t be told, and still opens with the current one', async () => {
    for (const old of [one.seal(plainOf(1)), plainOf(1), 'md5:x']) {
      const secrets = { digest: two.seal(plainOf(1, 1)), previous: { digest: old, endsOn: EPOCH + 9_000 } }
      const { engine } = rig(await storedAs(secrets), { peppers: onlyTwo })
      expect((await engine.authenticate(credentialOf(1, 0), null)).denial?.reason).toBe('credential_unknown')
      expect((await engine.authenticate(credentialOf(1, 1), null)).denial).toBeNull()
    }
  })

  it('written by a stranger who has no pepper opens nothing', async () => {
    const strangers = createPeppers(
      { current: 'p1', keys: { p1: 'a pepper the stranger made up, 32 long' } },
      () => EPOCH,
    )
    const forged = [plainOf(1, 7), `hmac-sha256:p1:${plainOf(1, 7).slice(7)}`, strangers.seal(plainOf(1, 7))]
    for (const digest of forged) {
      const { engine } = rig(await storedAs({ digest }), { peppers: one })
      const outcome = await engine.authenticate(credentialOf(1, 7), null).catch((error) => error)
      expect(outcome.denial?.reason ?? outcome.code).toMatch(/credential_unknown|ERR_BAILIWICK_STORED_FACT/)
    }
  })

  it('opens nothing with a digest that was moved there from another row', async () => {
    const { engine } = rig(await storedAs({ digest: one.seal(plainOf(2)) }), { peppers: one })
    for (const n of [1, 2])
      expect((await engine.authenticate(credentialOf(n), null)).denial?.reason).toBe('credential_unknown')
  })
})

describe('a row without a pepper', () => {
  it('is accepted until the instant that the host named, warm or not, and refused from then on', async () => {
    let r: ReturnType<typeof rig> | null = null
    const clock = () => EPOCH + (r?.time.now ?? 0)
    const peppers = peppersOf({ current: 'p1', keys: { p1: P1 }, acceptUnpepperedUntil: EPOCH + 1_000 }, clock)
    r = rig(await storedAs({ digest: plainOf(1) }), { peppers })
    for (let i = 0; i < 3; i++) expect((await r.engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    r.pass(999)
    expect((await r.engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    r.pass(1)
    await expect(r.engine.authenticate(credentialOf(1), null)).rejects.toMatchObject(STORED_FACT)
    expect((await r.engine.authenticate(credentialOf(1, 1), null)).denial?.reason).toBe('credential_unknown')
  })

  it('is refused at once where the host named none', async () => {
    const { engine } = rig(await storedAs({ digest: plainOf(1) }), { peppers: one })
    await expect(engine.authenticate(credentialOf(1), null)).rejects.toMatchObject(STORED_FACT)
  })
})

describe.each([
  ['bounded', SERVED_MS],
  ['strict', 0],
])('the end of the time without a pepper, in a process that is warm (%s)', (_, servedMs) => {
  const overlap = { digest: one.seal(plainOf(1, 1)), previous: { digest: plainOf(1), endsOn: EPOCH + 1e6 } }

  /** Warm after a use; `until` is when rows without a pepper end, from now on. */
  async function warm(secrets: Secrets, until: number, isRenewed: boolean) {
    let r: ReturnType<typeof rig> | null = null
    const clock = () => EPOCH + (r?.time.now ?? 0)
    const peppers = peppersOf({ current: 'p1', keys: { p1: P1 }, acceptUnpepperedUntil: EPOCH + until }, clock)
    const storage = await storedAs(secrets)
    const reader = new WatchedReader(storage)
    r = rig(reader, { peppers, servedMs, ...(isRenewed && { sink: storage }) })
    const { engine, uses, pass, snapshots } = r
    const held = await engine.authenticate(credentialOf(1), null)
    expect(held.can('dns.read', Z1)).toBe(true)
    await uses.flush()
    reader.reads.length = 0
    const reads = () => reader.reads.filter((what) => what === 'credential').length
    return { engine, pass, held, snapshots, reads }
  }

  it.each([
    ['current', { digest: plainOf(1) }],
    ['previous', overlap],
  ])('changes nothing for a %s secret that was written anew, but for one read', async (_, secrets) => {
    for (const until of [1, SERVED_MS - 1, SERVED_MS + 1, 2 * HELD_MS]) {
      const { engine, pass, reads } = await warm(secrets, until, true)
      pass(until)
      for (let i = 0; i < 4; i++) {
        expect((await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)).toBe(true)
        expect(reads()).toBe(1)
        pass(i * SERVED_MS)
      }
    }
  })

  it('never refuses what was written anew, whenever it ends and however time passes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20_000 }), fc.array(fc.nat(5_000)), async (until, steps) => {
        const { engine, pass, reads } = await warm({ digest: plainOf(1) }, until, true)
        for (const ms of steps) {
          pass(ms)
          const asked = [credentialOf(1), credentialOf(1)].map((value) => engine.authenticate(value, null))
          for (const access of await Promise.all(asked)) expect(access.can('dns.read', Z1)).toBe(true)
        }
        expect(reads()).toBeLessThanOrEqual(2) // one for each that asked at that instant
      }),
      { numRuns: times(30) },
    )
  })

  it('refuses a row that was not written anew', async () => {
    for (const until of [1, SERVED_MS + 1]) {
      const { engine, pass } = await warm({ digest: plainOf(1) }, until, false)
      pass(until)
      for (let i = 0; i < 3; i++)
        await expect(engine.authenticate(credentialOf(1), null)).rejects.toMatchObject(STORED_FACT)
      const previous = await warm(overlap, until, false)
      previous.pass(until)
      const { denial } = await previous.engine.authenticate(credentialOf(1), null)
      expect(denial?.reason).toBe('credential_unknown')
    }
  })

  it('makes an access that heard of the old form ask to be refreshed, and no more', async () => {
    const { held, pass, snapshots } = await warm({ digest: plainOf(1) }, 1, true)
    pass(1)
    const renamed = token(1, { revision: 1.5, name: 'renamed' })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(renamed, { digest: plainOf(1) }) })
    expect(() => held.can('dns.read', Z1)).toThrow(expect.objectContaining(STALE))
    await expect(held.refresh()).resolves.toBeUndefined()
  })
})

describe('a rotation', () => {
  const accepting = peppersOf({ current: 'p2', keys: { p1: P1, p2: P2 }, acceptUnpepperedUntil: EPOCH + 1 })

  it.each([
    ['an older pepper', one.seal(plainOf(1))],
    ['none', plainOf(1)],
  ])('writes the new form of what was opened under %s, once, with the next batch', async (_, old) => {
    const storage = await storedAs({ digest: old })
    const { calls, peppers } = counted(accepting)
    const { engine, uses, pass } = rig(storage, { peppers, sink: storage })
    for (let i = 0; i < 5; i++) await engine.authenticate(credentialOf(1), null)
    expect([uses.waiting, calls.filter((call) => call === 'seal').length]).toEqual([1, 1])
    pass(FLUSH_MS)
    await settled()
    expect((await storage.token(idOf(1)))?.secrets).toEqual({ digest: onlyTwo.seal(plainOf(1)) })
    for (let i = 0; i < 5; i++) await engine.authenticate(credentialOf(1), null)
    expect(uses.waiting).toBe(0)
    const next = rig(storage, { peppers: onlyTwo })
    expect((await next.engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    expect(next.uses.waiting).toBe(0)
  })

  it('moves the previous secret as well, and keeps the end of its overlap', async () => {
    const endsOn = EPOCH + 9_000
    const secrets = { digest: one.seal(plainOf(1, 1)), previous: { digest: one.seal(plainOf(1)), endsOn } }
    const storage = await storedAs(secrets)
    const { engine, uses } = rig(storage, { peppers: two, sink: storage })
    await engine.authenticate(credentialOf(1, 0), null)
    await uses.flush()
    const moved = { digest: one.seal(plainOf(1, 1)), previous: { digest: two.seal(plainOf(1)), endsOn } }
    expect((await storage.token(idOf(1)))?.secrets).toEqual(moved)
    await engine.authenticate(credentialOf(1, 1), null)
    await uses.flush()
    expect((await storage.token(idOf(1)))?.secrets).toEqual({ ...moved, digest: two.seal(plainOf(1, 1)) })
  })

  it('writes nothing for a wrong secret', async () => {
    const { engine, uses } = rig(await storedAs({ digest: one.seal(plainOf(1)) }), { peppers: two })
    await engine.authenticate(credentialOf(1, 5), null)
    expect(uses.waiting).toBe(0)
  })
})

describe('an access that is held', () => {
  it('hears of new secrets under a pepper', async () => {
    const { engine, snapshots } = rig(await storedAs({ digest: one.seal(plainOf(1)) }), { peppers: one })
    const access = await engine.authenticate(credentialOf(1), null)
    const hear = (revision: number, secrets: Secrets) => {
      snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { revision }), secrets) })
      return access.check('dns.read', Z1).reason
    }
    expect(
      hear(2, { digest: one.seal(plainOf(1, 1)), previous: { digest: one.seal(plainOf(1)), endsOn: EPOCH + 9_000 } }),
    ).toBeNull()
    expect(
      hear(3, { digest: one.seal(plainOf(1, 1)), previous: { digest: one.seal(plainOf(1)), endsOn: EPOCH } }),
    ).toBe('token_expired')
    expect(hear(4, { digest: one.seal(plainOf(1, 1)) })).toBe('credential_unknown')
  })

  it('asks to be refreshed where the new ones can’t be told, never goes by the old ones, and learns then what they are', async () => {
    const storage = await storedAs({ digest: two.seal(plainOf(1)) })
    const { engine, snapshots, reports } = rig(storage, { peppers: onlyTwo })
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.can('dns.read', Z1)).toBe(true)
    const foreign = { digest: one.seal(plainOf(1, 1)) }
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1, { revision: 2 }), secrets: foreign })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { revision: 2 }), foreign) })
    for (let i = 0; i < 3; i++) expect(() => access.can('dns.read', Z1)).toThrow(expect.objectContaining(STALE))
    expect(reports).toEqual([])
    await expect(access.refresh()).rejects.toMatchObject(STORED_FACT)
    expect(() => access.can('dns.read', Z1)).toThrow(expect.objectContaining(STALE))
    expect(reports).toHaveLength(1)
  })

  it('is refused for a revocation, whatever its new secrets are', async () => {
    const { engine, snapshots } = rig(await storedAs({ digest: two.seal(plainOf(1)) }), { peppers: onlyTwo })
    const access = await engine.authenticate(credentialOf(1), null)
    const revoked = token(1, { revision: 2, status: 'revoked' })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(revoked, { digest: one.seal(plainOf(1, 1)) }) })
    expect(access.check('dns.read', Z1).reason).toBe('token_revoked')
  })
})

it('without peppers, rows are compared as they were', async () => {
  const { engine } = rig(await storedAs(secretsOf(1)))
  for (let i = 0; i < 2; i++) expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
})

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
