/** What peppers change for those who authenticate: what opens a row, what it costs, and how rows move to a new pepper. */
import { describe, expect, it } from 'vitest'
import type { Secrets } from '../../src/core/facts.ts'
import { digest } from '../../src/credential/digest.ts'
import { createPeppers, type PepperOptions, type Peppers } from '../../src/credential/peppers.ts'
import type { Storage } from '../../src/storage/port.ts'
import {
  credentialOf,
  EPOCH,
  FLUSH_MS,
  idOf,
  rig,
  SERVED_MS,
  secretOf,
  secretsOf,
  seeded,
  token,
  write,
  written,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'
const P1 = 'the first pepper, of 32 characters or more'
const P2 = 'the second pepper, of 32 characters or more'
const STORED_FACT = { code: 'ERR_BAILIWICK_STORED_FACT' }

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

  it('throws at every question where the new ones can’t be told, and never goes by the old ones', async () => {
    const { engine, snapshots, reports } = rig(await storedAs({ digest: two.seal(plainOf(1)) }), { peppers: onlyTwo })
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.can('dns.read', Z1)).toBe(true)
    const foreign = { digest: one.seal(plainOf(1, 1)) }
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { revision: 2 }), foreign) })
    for (let i = 0; i < 3; i++) expect(() => access.can('dns.read', Z1)).toThrow(expect.objectContaining(STORED_FACT))
    expect(reports).toHaveLength(3)
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
