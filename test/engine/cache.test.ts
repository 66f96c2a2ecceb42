import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { decide } from '../../src/core/decide.ts'
import type { Scope } from '../../src/core/facts.ts'
import { rootEntries } from '../../src/core/roots.ts'
import { tokenSubject } from '../../src/core/snapshot.ts'
import type { Storage } from '../../src/storage/port.ts'
import { times } from '../spec/runs.ts'
import {
  account,
  allow,
  catalog,
  credentialOf,
  EPOCH,
  idOf,
  member,
  rig,
  SERVED_MS,
  secretsOf,
  seeded,
  token,
  WatchedReader,
  write,
  written,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'

describe('the decision cache', () => {
  it('reads a token once and answers from memory afterwards', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine } = rig(reader)
    for (let i = 0; i < 5; i++)
      expect((await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)).toBe(true)
    expect(reader.reads).toEqual(['credential'])
  })

  it('loads a token once for requests that come together', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine } = rig(reader)
    await Promise.all(Array.from({ length: 20 }, () => engine.authenticate(credentialOf(1), null)))
    expect(reader.reads).toEqual(['credential'])
  })

  it('shares the compiled standing among the tokens of one principal', async () => {
    const storage = await seeded()
    await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2), secrets: secretsOf(2) })
    const { snapshots } = rig(storage)
    const [one, two] = await Promise.all([
      snapshots.token(idOf(1), 'kept', () => Infinity),
      snapshots.token(idOf(2), 'kept', () => Infinity),
    ])
    const rights = [one, two].map(
      (opened) => rootEntries(opened?.entry.snapshot.roots ?? null).find(({ root }) => root === 'account:acme')?.rights,
    )
    expect(rights[0]).toBeTruthy()
    expect(rights[0]).toBe(rights[1])
  })

  it('compiles and keeps nothing for a wrong secret, and never remembers one', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine } = rig(reader)
    for (let i = 0; i < 3; i++)
      expect((await engine.authenticate(credentialOf(1, 9), null)).denial?.reason).toBe('credential_unknown')
    expect(reader.reads).toHaveLength(3)
    expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
  })

  it('does not take a stored fact that cannot be understood for a wrong secret', async () => {
    const storage = await seeded()
    const broken = token(1, { policies: [{ ...allow('account:acme'), effect: 'permit' as 'allow' }] })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: broken, secrets: secretsOf(1) })
    const { engine, reports } = rig(storage)
    expect((await engine.authenticate(credentialOf(1, 9), null)).denial?.reason).toBe('credential_unknown')
    await expect(engine.authenticate(credentialOf(1), null)).rejects.toMatchObject({
      code: 'ERR_BAILIWICK_STORED_FACT',
    })
    expect(reports).toHaveLength(1)
  })

  it('remembers an id that no row has, for as long as the facts of an answer may be old', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine, pass } = rig(reader)
    for (let i = 0; i < 3; i++) await engine.authenticate(credentialOf(7), null)
    expect(reader.reads).toHaveLength(1)
    pass(SERVED_MS + 1)
    await engine.authenticate(credentialOf(7), null)
    expect(reader.reads).toHaveLength(2)
  })

  it('forgets an unknown id when this process creates the token', async () => {
    const storage = await seeded()
    const { engine, snapshots } = rig(storage)
    expect((await engine.authenticate(credentialOf(2), null)).denial?.reason).toBe('credential_unknown')
    await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2), secrets: secretsOf(2) })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(2), secretsOf(2)) })
    expect((await engine.authenticate(credentialOf(2), null)).denial).toBeNull()
  })

  it('sees at once a secret that another process rolled', async () => {
    const storage = await seeded()
    const { engine } = rig(storage)
    await engine.authenticate(credentialOf(1), null)
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets: secretsOf(1, 1) })
    expect((await engine.authenticate(credentialOf(1, 1), null)).denial).toBeNull()
    expect((await engine.authenticate(credentialOf(1, 0), null)).denial?.reason).toBe('credential_unknown')
  })

  it('does not keep what a failed storage did not answer, and says so with its cause', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine, pass, reports } = rig(reader)
    reader.fail = true
    const unavailable = { code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE', cause: expect.any(Error) }
    await expect(engine.authenticate(credentialOf(1), null)).rejects.toMatchObject(unavailable)
    reader.fail = false
    expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    reader.fail = true
    expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    pass(SERVED_MS + 1)
    await expect(engine.authenticate(credentialOf(1), null)).rejects.toMatchObject(unavailable)
    expect(reports).toHaveLength(2)
  })

  it('confirms an old entry by its revisions alone', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine, pass } = rig(reader)
    await engine.authenticate(credentialOf(1), null)
    pass(SERVED_MS + 1)
    await engine.authenticate(credentialOf(1), null)
    await engine.authenticate(credentialOf(1), null)
    expect(reader.reads).toEqual(['credential', 'revisions'])
  })

  it('reads the revisions for each request when no staleness is allowed', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, pass } = rig(reader, { servedMs: 0 })
    await engine.authenticate(credentialOf(1), null)
    pass(1)
    expect((await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)).toBe(true)
    await write(storage, ['account:acme'], { kind: 'put_account', account: account('acme', { apiAccess: false }) })
    pass(1)
    expect((await engine.authenticate(credentialOf(1), null)).check('dns.read', Z1).reason).toBe('api_access_disabled')
    expect(reader.reads).toEqual(['credential', 'revisions', 'revisions', 'credential'])
  })

  it.each([
    ['is used stays, though it was loaded first', 1_000, 101],
    ['was used a moment after its load leaves like one that was not', 999, 102],
  ] as const)('where there is no room for all, what %s', async (_what, ms, stays) => {
    const storage = await seeded()
    const three = [101, 102, 103]
    const puts = three.map((n) => ({ kind: 'add_token', token: token(n), secrets: secretsOf(n) }) as const)
    await write(storage, ['user:u_1'], ...puts)
    const { engine, snapshots, pass } = rig(storage, { maxEntries: 2 })
    for (const n of [101, 102]) await engine.authenticate(credentialOf(n), null)
    pass(ms)
    await engine.authenticate(credentialOf(101), null)
    await engine.authenticate(credentialOf(103), null)
    expect(three.filter((n) => snapshots.readyToken(idOf(n)) !== null)).toEqual([stays, 103])
  })

  it('stays within its bounds under a flood of good and bad credentials', async () => {
    const storage = await seeded()
    const many = Array.from({ length: 60 }, (_, i) => i + 100)
    await write(
      storage,
      ['user:u_1'],
      ...many.map((n) => ({ kind: 'add_token', token: token(n), secrets: secretsOf(n) }) as const),
    )
    const { engine, snapshots } = rig(storage, { maxEntries: 10 })
    for (const n of many) {
      expect((await engine.authenticate(credentialOf(n), null)).denial).toBeNull()
      await engine.authenticate(credentialOf(n + 10_000), null)
      await engine.authenticate(credentialOf(n, 5), null)
    }
    expect(snapshots.size).toEqual({ entries: 10, bytes: expect.any(Number), scopes: 2, lookups: 0, known: 9 })
    const tight = rig(storage, { maxBytes: 12_000 })
    for (const n of many) await tight.engine.authenticate(credentialOf(n), null)
    expect(tight.snapshots.size.bytes).toBeLessThanOrEqual(12_000)
    expect(tight.snapshots.size.entries).toBeGreaterThan(0)
  })
})

describe('a write through this process', () => {
  it('is seen by the next request, whichever fact it changed', async () => {
    const storage = await seeded()
    const { engine, snapshots } = rig(storage)
    const reason = async () => (await engine.authenticate(credentialOf(1), null)).check('dns.read', Z1).reason
    const through = async (scopes: Scope[], ...writes: Parameters<typeof write>[2][]) => {
      await write(storage, scopes, ...writes)
      snapshots.invalidate({ scopes })
      return reason()
    }
    expect(await reason()).toBeNull()
    expect(
      await through(['account:acme'], { kind: 'put_account', account: account('acme', { apiAccess: false }) }),
    ).toBe('api_access_disabled')
    expect(
      await through(['account:acme', 'user:u_1'], { kind: 'put_member', member: member('u_1', { apiAccess: true }) }),
    ).toBeNull()
    expect(
      await through(['account:acme', 'user:u_1'], {
        kind: 'put_member',
        member: member('u_1', { roles: [], apiAccess: true }),
      }),
    ).toBe('not_granted_to_owner')
    expect(await through(['user:u_1'], { kind: 'put_user', user: { id: 'u_1', status: 'suspended' } })).toBe(
      'owner_suspended',
    )
    expect(await through(['user:u_1'], { kind: 'put_user', user: { id: 'u_1', status: 'active' } })).toBe(
      'not_granted_to_owner',
    )
    expect(await through(['account:acme'], { kind: 'block_token', account: 'acme', token: idOf(1) })).toBe(
      'token_blocked',
    )
    expect(await through(['account:acme', 'user:u_1'], { kind: 'remove_member', member: member('u_1') })).toBe(
      'not_a_member',
    )
  })

  it('is not hidden by a load that began before it', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, snapshots } = rig(reader)
    let release = () => {}
    reader.hold = new Promise((resolve) => (release = resolve))
    const before = engine.authenticate(credentialOf(1), null)
    await settled()
    reader.hold = null
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { status: 'revoked', revision: 2 }),
      secrets: secretsOf(1),
    })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { status: 'revoked', revision: 2 })) })
    const after = engine.authenticate(credentialOf(1), null)
    release()
    expect((await after).denial?.reason).toBe('token_revoked')
    // The overtaken load was answered with what it read before the write, but the ending is known here, and it was not kept.
    expect((await before).denial?.reason).toBe('token_revoked')
    expect((await engine.authenticate(credentialOf(1), null)).denial?.reason).toBe('token_revoked')
  })

  it('is not undone by a confirmation that began before it', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, snapshots, pass } = rig(reader)
    await engine.authenticate(credentialOf(1), null)
    pass(SERVED_MS + 1)
    let release = () => {}
    reader.hold = new Promise((resolve) => (release = resolve))
    const before = engine.authenticate(credentialOf(1), null)
    await settled()
    reader.hold = null
    await write(storage, ['account:acme'], { kind: 'put_account', account: account('acme', { status: 'suspended' }) })
    snapshots.invalidate({ scopes: ['account:acme'] })
    release()
    await before
    expect((await engine.authenticate(credentialOf(1), null)).check('dns.read', Z1).reason).toBe('account_suspended')
  })
})

describe('a load that is under way', () => {
  it('is not joined when no staleness is allowed and it began earlier', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, pass } = rig(reader, { servedMs: 0 })
    const { release, hold } = held()
    reader.hold = hold
    const early = engine.authenticate(credentialOf(1), null)
    await settled()
    reader.hold = null
    await write(storage, ['account:acme'], { kind: 'put_account', account: account('acme', { apiAccess: false }) })
    pass(1)
    const late = await engine.authenticate(credentialOf(1), null)
    expect(late.check('dns.read', Z1).reason).toBe('api_access_disabled')
    release()
    await early
    // The earlier load arrived later. What the later one read is what stays.
    await engine.authenticate(credentialOf(1), null)
    expect(reader.reads).toEqual(['credential', 'credential', 'revisions'])
  })

  it('does not make an id unknown that this process creates meanwhile', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, snapshots } = rig(reader)
    const { release, hold } = held()
    reader.hold = hold
    const early = engine.authenticate(credentialOf(2), null)
    await settled()
    reader.hold = null
    await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2), secrets: secretsOf(2) })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(2), secretsOf(2)) })
    release()
    expect((await early).denial?.reason).toBe('credential_unknown')
    expect((await engine.authenticate(credentialOf(2), null)).denial).toBeNull()
  })

  it('is not joined by a new secret that another process made after it began', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, pass } = rig(reader)
    await engine.authenticate(credentialOf(1), null)
    const { release, hold } = held()
    reader.hold = hold
    const wrong = engine.authenticate(credentialOf(1, 9), null)
    await settled()
    reader.hold = null
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets: secretsOf(1, 1) })
    pass(1)
    const rolled = engine.authenticate(credentialOf(1, 1), null)
    release()
    expect((await rolled).denial).toBeNull()
    expect((await wrong).denial?.reason).toBe('credential_unknown')
  })

  it('of a token that is known does not wait for invented ids', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, snapshots } = rig(reader)
    await engine.authenticate(credentialOf(1), null)
    const { release, hold } = held()
    reader.hold = hold
    const flood = Array.from({ length: 20 }, (_, i) => engine.authenticate(credentialOf(1_000 + i), null))
    await settled()
    reader.hold = null
    snapshots.invalidate({ scopes: ['account:acme'] })
    expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    release()
    await Promise.all(flood)
  })

  it('leaves places for others: invented ids wait for one another', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine } = rig(reader)
    const { release, hold } = held()
    reader.hold = hold
    const flood = Array.from({ length: 50 }, (_, i) => engine.authenticate(credentialOf(1_000 + i), null))
    await settled()
    expect(reader.reads).toHaveLength(8)
    expect((await Promise.race([engine.authenticate('bwk_u_x', null), settled()]))?.denial?.reason).toBe(
      'credential_malformed',
    )
    release()
    await Promise.all(flood)
    expect(reader.reads).toHaveLength(50)
  })

  it('of a wrong secret takes the places of invented ids, however well the id is known', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine } = rig(reader)
    await engine.authenticate(credentialOf(1), null)
    const { release, hold } = held()
    reader.hold = hold
    const guesses = Array.from({ length: 50 }, (_, i) => engine.authenticate(credentialOf(1, 9 + i), null))
    await settled()
    expect(reader.reads).toHaveLength(1 + 8)
    expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    release()
    expect((await Promise.all(guesses)).every((access) => access.denial?.reason === 'credential_unknown')).toBe(true)
  })

  it('is refused, with nothing queued, when too many ids are being invented', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine } = rig(reader)
    const { release, hold } = held()
    reader.hold = hold
    const flood = Array.from({ length: 8 + 1_024 + 1 }, (_, i) => engine.authenticate(credentialOf(1_000 + i), null))
    const last = flood.at(-1)
    await expect(last).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
    release()
    const settledFlood = await Promise.allSettled(flood)
    expect(settledFlood.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })
})

describe('the cache changes nothing but time', () => {
  it('a request is answered as some state between its start and its end would answer, under any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('write', 'ask', 'foreign', 'pass'), { minLength: 3, maxLength: 12 }),
        async (s, steps) => {
          const storage = await seeded()
          const reader = new WatchedReader(storage)
          const delayed = {
            credential: s.scheduleFunction((id: string) => reader.credential(id)),
            principal: s.scheduleFunction((user: string) => reader.principal(user)),
            revisions: s.scheduleFunction((scopes: readonly Scope[]) => reader.revisions(scopes)),
            tokensByDigest: reader.tokensByDigest.bind(reader),
          }
          const { engine, snapshots, pass } = rig(delayed)
          let version = 0
          let seen = 0 // the oldest version a request that starts now may answer from
          let foreignAge = 0
          const asked: Promise<void>[] = []
          const put = async () => {
            version++
            await write(storage, ['user:u_1'], {
              kind: 'put_token',
              token: token(1, { policies: [allow(`account:acme/zone:v${version}`)] }),
              secrets: secretsOf(1),
            })
          }
          await put()
          snapshots.invalidate({ scopes: ['user:u_1'] })
          seen = version
          for (const step of steps) {
            if (step === 'pass') {
              pass(SERVED_MS / 2)
              foreignAge += SERVED_MS / 2
              if (foreignAge > SERVED_MS) seen = version
            } else if (step === 'foreign') {
              await put()
              foreignAge = 0
            } else if (step === 'write') {
              await put()
              snapshots.invalidate({ scopes: ['user:u_1'] })
              seen = version
            } else {
              const oldest = seen
              asked.push(
                engine
                  .authenticate(credentialOf(1), null)
                  .then((access) => {
                    const answers = Array.from({ length: version + 1 }, (_, v) => v).filter((v) =>
                      access.can('dns.read', `account:acme/zone:v${v}`),
                    )
                    expect(answers).toHaveLength(1)
                    expect(answers[0]).toBeGreaterThanOrEqual(oldest)
                  })
                  .catch(ignoreStale),
              )
              if (s.count() > 0 && version % 2 === 0) await s.waitOne()
            }
          }
          await s.waitFor(Promise.all(asked))
        },
      ),
      { numRuns: times(500) },
    )
  })

  it('is what an engine that keeps nothing answers, after any sequence of writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
        const storage = await seeded()
        const { engine, snapshots } = rig(storage)
        for (const [scopes, ...writes] of changes) {
          await engine.authenticate(credentialOf(1), null)
          await write(storage, scopes, ...writes)
          snapshots.invalidate({ scopes })
          const access = await engine.authenticate(credentialOf(1), null)
          expect(access.check('dns.read', Z1)).toBe(await uncached(storage))
        }
      }),
      { numRuns: times(300) },
    )
  })
})

const change = fc.oneof(
  fc
    .boolean()
    .map((on) => [['account:acme'], { kind: 'put_account', account: account('acme', { apiAccess: on }) }] as const),
  fc
    .boolean()
    .map(
      (on) =>
        [
          ['account:acme'],
          { kind: 'put_account', account: account('acme', { status: on ? 'active' : 'suspended' }) },
        ] as const,
    ),
  fc
    .constantFrom('pending', 'active', 'suspended')
    .map(
      (status) => [['account:acme', 'user:u_1'], { kind: 'put_member', member: member('u_1', { status }) }] as const,
    ),
  fc
    .subarray(['owner'])
    .map((roles) => [['account:acme', 'user:u_1'], { kind: 'put_member', member: member('u_1', { roles }) }] as const),
  fc
    .constantFrom('active', 'suspended')
    .map((status) => [['user:u_1'], { kind: 'put_user', user: { id: 'u_1', status } }] as const),
  fc.constantFrom('z1', 'z2').map(
    (zone) =>
      [
        ['user:u_1'],
        {
          kind: 'put_token',
          token: token(1, { policies: [allow(`account:acme/zone:${zone}`)] }),
          secrets: secretsOf(1),
        },
      ] as const,
  ),
)

async function uncached(storage: Storage) {
  const facts = await storage.credential(idOf(1))
  if (facts === null) throw new Error('the token is there')
  return decide(tokenSubject(catalog, facts), permissionNamed(catalog, 'dns.read'), Z1, {
    now: EPOCH + 1_000,
    ip: null,
  })
}

/** Time passed while the request was under way: its access may be stale when it arrives, which is an answer too. */
function ignoreStale(error: unknown): void {
  if ((error as { code?: string }).code !== 'ERR_BAILIWICK_ACCESS_STALE') throw error
}

function held(): { release: () => void; hold: Promise<void> } {
  let release = () => {}
  const hold = new Promise<void>((resolve) => {
    release = resolve
  })
  return { release, hold }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
