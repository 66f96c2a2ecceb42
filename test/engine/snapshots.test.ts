/** What the cache keeps, for how long, and what it never says again. */
import { describe, expect, test } from 'vitest'
import { claimOf } from '../../src/credential/claim.ts'
import { digestBytes } from '../../src/credential/digest.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'
import type { Storage } from '../../src/storage/port.ts'
import { ending } from './ending.ts'
import {
  account,
  changed,
  credentialOf,
  idOf,
  member,
  type RigOptions,
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

/** Token 1 of u_1, and others each of a person of their own, all members of `acme`. */
async function ofMany(others: readonly number[]): Promise<Storage> {
  const storage = await seeded()
  for (const n of others)
    await write(
      storage,
      ['account:acme', `user:u_${n}`],
      { kind: 'put_member', member: member(`u_${n}`) },
      { kind: 'add_token', token: token(n, { owner: { user: `u_${n}` } }), secrets: secretsOf(n) },
    )
  return storage
}

/** An engine over a storage that is watched, and whether token `n` is let in by it. */
function over(storage: Storage, options: RigOptions = {}) {
  const reader = new WatchedReader(storage)
  const r = rig(reader, options)
  const ask = async (n: number, generation = 0) =>
    (await r.engine.authenticate(credentialOf(n, generation), null)).check('dns.read', Z1).reason
  const reads = (what: string) => reader.reads.filter((one) => one === what).length
  return { ...r, reader, ask, reads }
}

const suspended = { kind: 'put_account', account: account('acme', { apiAccess: false }) } as const
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('what is kept', () => {
  test('is known by the scopes it depends on, as long as it is kept and no longer', async () => {
    const { ask, snapshots } = over(await ofMany([2, 3]), { maxEntries: 2 })
    const sizes = async (n: number) => {
      expect(await ask(n)).toBeNull()
      return [snapshots.size.entries, snapshots.size.scopes]
    }
    expect([await sizes(1), await sizes(2), await sizes(3)]).toEqual([
      [1, 2],
      [2, 3],
      [2, 3],
    ])
    snapshots.invalidate({ scopes: ['user:u_1'] })
    expect(snapshots.size).toMatchObject({ entries: 2, scopes: 3 })
    snapshots.invalidate({ scopes: ['user:u_2'] })
    expect(snapshots.size).toMatchObject({ entries: 1, scopes: 2 })
    snapshots.invalidate({ scopes: ['account:acme'] })
    expect(snapshots.size).toMatchObject({ entries: 0, bytes: 0, scopes: 0 })
  })

  test('hears of a write here though another of its account left before it', async () => {
    const storage = await ofMany([2, 3])
    const { ask, snapshots } = over(storage, { maxEntries: 2 })
    for (const n of [1, 2, 3]) expect(await ask(n)).toBeNull()
    await write(storage, ['account:acme'], suspended)
    snapshots.invalidate({ scopes: ['account:acme'] })
    for (const n of [2, 3]) expect(await ask(n)).toBe('api_access_disabled')
  })

  test('has three quarters of the room, and what is too large for that is answered and not kept', async () => {
    const many = Array.from({ length: 20 }, (_, i) => i + 2)
    const { ask, snapshots } = over(await ofMany(many), { maxBytes: 20_001 })
    for (const n of many) {
      expect(await ask(n)).toBeNull()
      expect(snapshots.size.bytes).toBeLessThanOrEqual(15_000)
    }
    expect(snapshots.size.bytes).toBeGreaterThan(10_000)
    const tight = over(await seeded(), { maxBytes: 1_000 })
    for (let i = 0; i < 2; i++) expect(await tight.ask(1)).toBeNull()
    expect(tight.snapshots.size).toMatchObject({ entries: 0, bytes: 0, scopes: 0 })
    expect(tight.reads('credential')).toBe(2)
  })

  test('stands among those that are known no longer than it is kept, and again when it is not', async () => {
    const { ask, snapshots } = over(await ofMany([2]), { maxEntries: 2 })
    for (const n of [1, 2]) expect(await ask(n)).toBeNull()
    expect(snapshots.size).toMatchObject({ entries: 2, known: 0 })
    snapshots.invalidate({ scopes: ['user:u_1'] })
    expect(snapshots.size).toMatchObject({ entries: 1, known: 1 })
    expect(await ask(1)).toBeNull()
    expect(snapshots.size).toMatchObject({ entries: 2, known: 0 })
  })

  test('is as old as the whole millisecond in which its read began, and no younger where each request looks', async () => {
    for (const [servedMs, looks] of [
      [SERVED_MS, 0],
      [0, 2],
    ] as const) {
      let now = 7.25
      const monotonic = () => (now += 0.001)
      const { ask, snapshots, reads } = over(await seeded(), { monotonic, servedMs })
      for (let i = 0; i < 3; i++) expect(await ask(1)).toBeNull()
      expect([reads('credential'), reads('revisions')]).toEqual([1, looks])
      now = 7 + SERVED_MS - 0.01
      if (looks === 0) expect(snapshots.readyToken(idOf(1))).toMatchObject({ at: 7 })
      now = 7 + SERVED_MS
      expect(snapshots.readyToken(idOf(1))).toBeNull()
    }
  })

  test('is kept under the id that was asked for, whatever id storage takes for the same', async () => {
    const storage = await seeded()
    const { engine, snapshots } = over({ ...storage, credential: () => storage.credential(idOf(1)) })
    expect((await engine.viewAs({ token: 'other' }, null)).denial).toBeNull()
    expect(['other', idOf(1)].map((id) => snapshots.readyToken(id)?.snapshot.token?.id)).toEqual([idOf(1), undefined])
  })

  test('is moved up a second after it was last, whatever the time is', async () => {
    for (const [ms, stays] of [
      [1_000, 1],
      [999, 2],
    ] as const) {
      const { ask, pass, snapshots } = over(await ofMany([2, 3]), { maxEntries: 2 })
      pass(1e9)
      for (const n of [1, 2]) await ask(n)
      pass(ms)
      for (const n of [1, 3]) await ask(n)
      expect([1, 2, 3].filter((n) => snapshots.readyToken(idOf(n)) !== null)).toEqual([stays, 3])
    }
  })
})

describe('what has grown old', () => {
  test('is not young again by being asked about where it stands no more, whoever asked', async () => {
    const storage = await seeded()
    const { ask, pass } = over(storage)
    expect(await ask(1)).toBeNull()
    pass(SERVED_MS + 1)
    await write(storage, ['account:acme'], suspended)
    expect(await ask(1, 9)).toBe('credential_unknown')
    expect(await ask(1)).toBe('api_access_disabled')
  })

  test('is not young again where storage gave no answer after all', async () => {
    const storage = await seeded()
    const { ask, pass, reader } = over(storage)
    expect(await ask(1)).toBeNull()
    pass(SERVED_MS + 1)
    await write(storage, ['account:acme'], suspended)
    const credential = reader.credential.bind(reader)
    reader.credential = () => Promise.reject(new Error('connection lost'))
    for (let i = 0; i < 2; i++)
      await expect(ask(1)).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
    reader.credential = credential
    expect(await ask(1)).toBe('api_access_disabled')
  })

  test('and leaves while it is asked about is read anew', async () => {
    const { ask, pass, reader, reads } = over(await ofMany([2]), { maxEntries: 1 })
    expect(await ask(1)).toBeNull()
    pass(SERVED_MS + 1)
    const { promise, resolve } = ending<void>()
    reader.hold = promise
    const asked = ask(1)
    await turn()
    reader.hold = null
    expect(await ask(2)).toBeNull()
    resolve()
    expect([await asked, reads('revisions'), reads('credential')]).toEqual([null, 1, 3])
  })
})

describe('a look that lands after a later one', () => {
  /** A read of token 2 that is held up before its row is written, and has found none when `early` ends. */
  async function ofTokenTwo() {
    const storage = await seeded()
    const made = over(storage)
    const early = ending<void>()
    made.reader.hold = early.promise
    const asked = made.ask(2)
    await turn()
    made.reader.hold = null
    await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2), secrets: secretsOf(2) })
    return { ...made, early, asked }
  }

  test('makes nothing older that was confirmed since', async () => {
    const { ask, pass, reader, reads } = over(await seeded())
    expect(await ask(1)).toBeNull()
    const early = ending<void>()
    pass(SERVED_MS + 1)
    reader.hold = early.promise
    const asked = ask(1)
    await turn()
    reader.hold = null
    pass(SERVED_MS + 1)
    expect(await ask(1)).toBeNull()
    early.resolve()
    expect([await asked, await ask(1), reads('revisions'), reads('credential')]).toEqual([null, null, 2, 1])
  })

  test('and found no row lets go of nothing that was read since', async () => {
    const { ask, pass, reads, early, asked } = await ofTokenTwo()
    pass(SERVED_MS + 1)
    expect(await ask(2)).toBeNull()
    early.resolve()
    expect([await asked, await ask(2), reads('credential')]).toEqual(['credential_unknown', null, 2])
  })

  test('and found no row says nothing of one that was read since, also when that is kept no more', async () => {
    const { ask, snapshots, early, asked } = await ofTokenTwo()
    expect(await snapshots.token(idOf(2), 'anew', () => Number.POSITIVE_INFINITY)).not.toBeNull()
    early.resolve()
    expect(await asked).toBe('credential_unknown')
    snapshots.invalidate({ scopes: ['user:u_1'] })
    expect([snapshots.readyToken(idOf(2)), await ask(2)]).toEqual([null, null])
  })
})

describe('what is found by the digest that opens it', () => {
  /** An engine that has found token 1 so, and whether it does. */
  async function found(options: RigOptions = {}) {
    const storage = await ofMany([2, 3])
    const r = over(storage, options)
    for (let i = 0; i < 4; i++) expect(await r.ask(1)).toBeNull()
    const claim = claimOf(credentialOf(1), new Set(['bwk']), createImportedKeys())
    const bytes = claim?.kind === 'native' ? claim.bytes : expect.unreachable()
    return { ...r, storage, isFound: () => r.snapshots.readyOpened(bytes, idOf(1)) !== null }
  }

  test('is what is kept, and answers without a read', async () => {
    const { isFound, snapshots, ask, reads } = await found()
    expect([isFound(), await ask(1), reads('credential')]).toEqual([true, null, 1])
    const other = digestBytes('u', idOf(1), secretOf(9))
    expect(snapshots.readyOpened(other, idOf(1))).toBeNull()
  })

  test('is found no more after a write of any of its scopes', async () => {
    for (const scope of ['account:acme', 'user:u_1'] as const) {
      const { isFound, snapshots, ask, reads } = await found()
      snapshots.invalidate({ scopes: [scope] })
      expect([isFound(), await ask(1), reads('credential')]).toEqual([false, null, 2])
    }
  })

  test('is found no more when it was evicted, or replaced by what was read later', async () => {
    const { isFound, ask, storage } = await found({ maxEntries: 2 })
    for (const n of [2, 3]) expect(await ask(n)).toBeNull()
    expect(isFound()).toBe(false)
    for (let i = 0; i < 3; i++) expect(await ask(1)).toBeNull()
    expect(isFound()).toBe(true)
    await write(storage, ['account:acme'], suspended)
    expect(await ask(1, 9)).toBe('credential_unknown')
    expect([isFound(), await ask(1)]).toEqual([true, null]) // a wrong secret changes nothing
  })

  test('is found no more when it is old, or in a process that looks at revisions each time', async () => {
    const { isFound, pass } = await found()
    pass(SERVED_MS)
    expect(isFound()).toBe(true)
    pass(1)
    expect(isFound()).toBe(false)
    expect((await found({ servedMs: 0 })).isFound()).toBe(false)
  })

  test('is moved up like what is found by its id', async () => {
    const { ask, pass, isFound } = await found({ maxEntries: 2 })
    expect(await ask(2)).toBeNull()
    pass(1_000)
    expect([await ask(1), await ask(3), isFound()]).toEqual([null, null, true])
  })
})

describe('a token that is known', () => {
  /** Fills the places of invented ids; what is returned lets them go. */
  async function flood({ engine, reader }: ReturnType<typeof over>) {
    const { promise, resolve } = ending<void>()
    reader.hold = promise
    const invented = Array.from({ length: 20 }, (_, i) => engine.authenticate(credentialOf(1_000 + i), null))
    await turn()
    reader.hold = null
    return async () => {
      resolve()
      await Promise.all(invented)
    }
  }

  test('stays known though somebody shows a wrong secret for it', async () => {
    const r = over(await seeded())
    expect([await r.ask(1), await r.ask(1, 9)]).toEqual([null, 'credential_unknown'])
    r.snapshots.invalidate({ scopes: ['account:acme'] })
    const release = await flood(r)
    expect(await r.ask(1)).toBeNull()
    await release()
  })

  test('waits for no invented id where what is kept of it stands no more', async () => {
    const storage = await seeded()
    const r = over(storage)
    expect(await r.ask(1)).toBeNull()
    r.pass(SERVED_MS + 1)
    await write(storage, ['account:acme'], suspended)
    const release = await flood(r)
    expect(await r.ask(1)).toBe('api_access_disabled')
    await release()
  })

  test('is no session: one that leaves takes no place among them', async () => {
    const { engine, snapshots } = over(await seeded())
    await engine.session('u_1', null)
    snapshots.invalidate({ scopes: ['user:u_1'] })
    expect(snapshots.size).toMatchObject({ entries: 0, known: 0 })
  })

  test('is known no more once there is no such row', async () => {
    const storage = await seeded()
    let isThere = true
    const r = over({ ...storage, credential: changed(storage, (facts) => (isThere ? facts : null)).credential })
    expect(await r.ask(1)).toBeNull()
    isThere = false
    r.snapshots.invalidate({ scopes: ['account:acme'] })
    expect(await r.ask(1)).toBe('credential_unknown')
    r.pass(SERVED_MS + 1)
    const release = await flood(r)
    const before = r.reads('credential')
    const asked = r.ask(1)
    await turn()
    expect(r.reads('credential')).toBe(before)
    await release()
    expect(await asked).toBe('credential_unknown')
  })
})

test('a token that is gone elsewhere is known no more, though something was kept of it', async () => {
  const storage = await seeded()
  let isThere = true
  const r = over({ ...storage, credential: changed(storage, (facts) => (isThere ? facts : null)).credential })
  expect(await r.ask(1)).toBeNull()
  isThere = false
  expect(await r.ask(1, 9)).toBe('credential_unknown')
  expect(r.snapshots.size).toMatchObject({ entries: 0, scopes: 0 })
  const { promise, resolve } = ending<void>()
  r.reader.hold = promise
  r.pass(SERVED_MS + 1)
  const invented = Array.from({ length: 20 }, (_, i) => r.engine.authenticate(credentialOf(1_000 + i), null))
  await turn()
  const before = r.reads('credential')
  const asked = r.ask(1)
  await turn()
  expect(r.reads('credential')).toBe(before)
  resolve()
  await Promise.all(invented)
  expect(await asked).toBe('credential_unknown')
})

test('a load is news where the token has ended, or is known to have been written here, and no other is', async () => {
  const storage = await ofMany([2])
  const { ask, snapshots } = over(storage)
  expect(await ask(1)).toBeNull()
  expect([snapshots.news.has(idOf(1)), snapshots.news.version]).toEqual([false, 0])
  snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { revision: 2 }), secretsOf(1)) })
  await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1, { revision: 3 }), secrets: secretsOf(1) })
  expect([await ask(1), snapshots.news.version]).toEqual([null, 2])
  const revoked = token(2, { owner: { user: 'u_2' }, status: 'revoked', revision: 2 })
  await write(storage, ['user:u_2'], { kind: 'put_token', token: revoked, secrets: secretsOf(2) })
  expect([await ask(2), snapshots.news.has(idOf(2))]).toEqual(['token_revoked', true])
})
