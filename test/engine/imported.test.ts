/** Keys that carry no id: how their token is found, and what it costs when there is none. */
import { createHash, createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Secrets } from '../../src/core/facts.ts'
import { createPeppers } from '../../src/credential/peppers.ts'
import type { Storage } from '../../src/storage/port.ts'
import {
  credentialOf,
  EPOCH,
  idOf,
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
const KEY = 'sk_live_0123456789abcdef'
const HOST_KEY = 'the key of the other system, which is long'
const importedKeys = { sha256: true, hmacSha256: { legacy: HOST_KEY } }
const sha256 = (key: string) => `raw-sha256:${createHash('sha256').update(key).digest('base64url')}`
const hmac = (key: string) => `raw-hmac-sha256:legacy:${createHmac('sha256', HOST_KEY).update(key).digest('base64url')}`

async function withKey(digest = sha256(KEY)): Promise<Storage> {
  const storage = await seeded()
  await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2), secrets: { digest } })
  return storage
}

describe('an imported key', () => {
  it.each([
    ['SHA-256', sha256(KEY)],
    ['HMAC', hmac(KEY)],
  ])('stored by its %s is its token’s', async (_, digest) => {
    const reader = new WatchedReader(await withKey(digest))
    const { engine } = rig(reader, { importedKeys })
    for (let i = 0; i < 4; i++) {
      const access = await engine.authenticate(KEY, null)
      expect([access.can('dns.read', Z1), access.principal]).toMatchObject([true, { kind: 'token', id: idOf(2) }])
    }
    expect(reader.reads).toEqual(['tokensByDigest', 'credential'])
    expect(await engine.verify(KEY, null)).toMatchObject({ id: idOf(2), denial: null })
    expect(await engine.verify(`${KEY}x`, null)).toBeNull()
  })

  it('is stored under a pepper like any other, and moves to a new one', async () => {
    const keys = { p1: 'the first pepper, of 32 characters or more', p2: 'the second pepper, of 32 characters or more' }
    const [one, two] = ['p1', 'p2'].map((current) => createPeppers({ current, keys }, () => EPOCH))
    const storage = await withKey(one?.seal(hmac(KEY)))
    const { engine, uses } = rig(storage, { importedKeys, peppers: two as never, sink: storage })
    for (let i = 0; i < 2; i++) expect((await engine.authenticate(KEY, null)).denial).toBeNull()
    await uses.flush()
    expect((await storage.token(idOf(2)))?.secrets.digest).toBe(two?.seal(hmac(KEY)))
    expect((await engine.authenticate(KEY, null)).denial).toBeNull()
  })

  it('is malformed, and looked up nowhere, where none is accepted', async () => {
    const reader = new WatchedReader(await withKey())
    const { engine } = rig(reader)
    expect((await engine.authenticate(KEY, null)).denial?.reason).toBe('credential_malformed')
    expect(reader.reads).toEqual([])
  })

  it('is never looked for in a credential of ours that is mistyped', async () => {
    const mistyped = `${credentialOf(1).slice(0, -1)}${credentialOf(1).endsWith('0') ? '1' : '0'}`
    const reader = new WatchedReader(await withKey(sha256(mistyped)))
    const { engine } = rig(reader, { importedKeys })
    expect((await engine.authenticate(mistyped, null)).denial?.reason).toBe('credential_malformed')
    expect(reader.reads).toEqual([])
  })

  it('does not open a row that has the digest of a native secret, nor the other way round', async () => {
    const [native] = Object.values(secretsOf(1)) as string[]
    const body = native?.slice('sha256:'.length) ?? ''
    const { engine } = rig(await withKey(`raw-sha256:${body}`), { importedKeys })
    expect((await engine.authenticate(body, null)).denial?.reason).toBe('credential_unknown')
    expect((await engine.authenticate(credentialOf(2), null)).denial?.reason).toBe('credential_unknown')
  })

  it('is in nothing an access shows of itself', async () => {
    const { engine } = rig(await withKey(), { importedKeys })
    const access = await engine.authenticate(KEY, null)
    expect(inspect(access, { depth: 20, showHidden: true }) + JSON.stringify(access)).not.toContain(KEY)
  })
})

describe('a key that no row has', () => {
  it('is unknown, and is looked up once while that may be old', async () => {
    const reader = new WatchedReader(await withKey())
    const { engine, pass } = rig(reader, { importedKeys })
    for (let i = 0; i < 3; i++)
      expect((await engine.authenticate('nobody', null)).denial?.reason).toBe('credential_unknown')
    expect(reader.reads).toEqual(['tokensByDigest'])
    pass(SERVED_MS + 1)
    await engine.authenticate('nobody', null)
    expect(reader.reads).toEqual(['tokensByDigest', 'tokensByDigest'])
  })

  it('is seen by the next request after this process imported it, also by one whose look was under way', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, snapshots } = rig(reader, { importedKeys })
    expect((await engine.authenticate(KEY, null)).denial?.reason).toBe('credential_unknown')
    const secrets = { digest: sha256(KEY) }
    const imported = { scopes: ['user:u_1'], token: written(token(2), secrets) } as const
    let release = () => {}
    reader.hold = new Promise((resolve) => {
      release = resolve
    })
    const early = engine.authenticate('another', null)
    await settled()
    reader.hold = null
    await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2), secrets })
    await write(storage, ['user:u_1'], { kind: 'add_token', token: token(3), secrets: { digest: sha256('another') } })
    snapshots.invalidate(imported)
    snapshots.invalidate({ ...imported, token: written(token(3), { digest: sha256('another') }) })
    expect((await engine.authenticate(KEY, null)).denial).toBeNull()
    release()
    expect((await early).denial?.reason).toBe('credential_unknown')
    expect((await engine.authenticate('another', null)).denial).toBeNull()
  })

  it('waits with invented ids, and a flood of them leaves places for tokens that are known', async () => {
    const reader = new WatchedReader(await withKey())
    const { engine, snapshots } = rig(reader, { importedKeys, maxEntries: 10 })
    await engine.authenticate(credentialOf(1), null)
    reader.reads.length = 0
    let release = () => {}
    reader.hold = new Promise((resolve) => {
      release = resolve
    })
    const flood = Array.from({ length: 8 + 1_024 + 1 }, (_, i) => engine.authenticate(`invented ${i}`, null))
    const outcomes = Promise.allSettled(flood)
    await settled()
    expect(reader.reads).toHaveLength(8)
    reader.hold = null
    snapshots.invalidate({ scopes: ['account:acme'] })
    expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    release()
    const refused = (await outcomes).filter(({ status }) => status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' } }])
    for (let i = 0; i < 3_000; i++) await engine.authenticate(`more ${i}`, null)
    expect(snapshots.size.lookups).toBeLessThanOrEqual(1_000)
  })
})

describe('a key that several tokens have, by two schemes', () => {
  const HOUR = 3_600_000
  const ended = { ...secretsOf(2), previous: { digest: sha256(KEY), endsOn: EPOCH + 500 } }
  const ends = { ...secretsOf(2), previous: { digest: sha256(KEY), endsOn: EPOCH + 1_500 } }
  const lasts = { ...secretsOf(2), previous: { digest: sha256(KEY), endsOn: EPOCH + HOUR } }

  async function shared(two: Secrets, three: Secrets = { digest: hmac(KEY) }) {
    const storage = await withKey()
    await write(
      storage,
      ['user:u_1'],
      { kind: 'put_token', token: token(2), secrets: two },
      { kind: 'add_token', token: token(3), secrets: three },
    )
    const reader = new WatchedReader(storage)
    const r = rig(reader, { importedKeys })
    const who = async () => {
      const access = await r.engine.authenticate(KEY, null)
      const id = access.principal?.kind === 'token' ? access.principal.id : null
      return [id, access.denial?.reason ?? null]
    }
    return { ...r, storage, reader, who }
  }

  it.each<[string, Secrets, Secrets | undefined, unknown[]]>([
    ['opens the first of them', { digest: sha256(KEY) }, undefined, [idOf(2), null]],
    ['opens the first of them while its overlap lasts', lasts, undefined, [idOf(2), null]],
    ['opens the next where the overlap of the first has ended', ended, undefined, [idOf(3), null]],
    [
      'has expired with the first where it has ended in all',
      ended,
      { ...secretsOf(3), previous: { digest: hmac(KEY), endsOn: EPOCH + 400 } },
      [idOf(2), 'token_expired'],
    ],
  ])('%s, cold and warm', async (_, two, three, wanted) => {
    const { who } = await shared(two, three)
    for (let i = 0; i < 3; i++) expect(await who()).toEqual(wanted)
  })

  it.each(['revoked', 'disabled'] as const)('passes over a token that is %s, cold and warm', async (status) => {
    const { who, storage } = await shared({ digest: sha256(KEY) })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: { ...token(2), status, revision: 2 } })
    for (let i = 0; i < 3; i++) expect(await who()).toEqual([idOf(3), null])
  })

  it('is told why where all of them have ended', async () => {
    const { who, storage } = await shared({ digest: sha256(KEY) })
    const revoked = (n: number) => ({ ...token(n), status: 'revoked', revision: 2 }) as const
    for (const n of [2, 3]) await write(storage, ['user:u_1'], { kind: 'put_token', token: revoked(n) })
    for (let i = 0; i < 2; i++) expect(await who()).toEqual([idOf(2), 'token_revoked'])
  })

  it('opens the next where the first can’t be read, which is reported', async () => {
    const { who, storage, reports } = await shared({ digest: sha256(KEY) })
    const policies = [{ id: 'p', effect: 'allow', permissionGroups: ['dns'], resources: ['nonsense'] }] as const
    await write(storage, ['user:u_1'], { kind: 'put_token', token: { ...token(2), policies, revision: 2 } })
    for (let i = 0; i < 2; i++) expect(await who()).toEqual([idOf(3), null])
    expect(reports[0]).toMatchObject({ code: 'ERR_BAILIWICK_STORED_FACT' })
  })

  it('goes over to the next in a process that is warm, without a further look', async () => {
    const { who, pass, reader } = await shared(ends)
    expect(await who()).toEqual([idOf(2), null])
    pass(500)
    for (let i = 0; i < 3; i++) expect(await who()).toEqual([idOf(3), null])
    expect(reader.reads).toEqual(['tokensByDigest', 'credential', 'credential'])
  })

  it('opens what is left when the first of them has it no more, and nothing when none has', async () => {
    const { who, storage, snapshots, reader } = await shared({ digest: sha256(KEY) })
    expect(await who()).toEqual([idOf(2), null])
    const rolled = { scopes: ['user:u_1'], token: written(token(2, { revision: 2 }), secretsOf(2)) } as const
    const put = (n: number) => ({ kind: 'put_token', token: token(n, { revision: 2 }), secrets: secretsOf(n) }) as const
    await write(storage, ['user:u_1'], put(2))
    snapshots.invalidate(rolled)
    reader.reads.length = 0
    for (let i = 0; i < 3; i++) expect(await who()).toEqual([idOf(3), null])
    expect(reader.reads).toEqual(['credential', 'tokensByDigest', 'credential'])
    await write(storage, ['user:u_1'], put(3))
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(3, { revision: 2 }), secretsOf(3)) })
    expect(await who()).toEqual([null, 'credential_unknown'])
  })

  it('that has ended everywhere is looked up once while that may be old, and anew after a token was written here', async () => {
    const { who, storage, snapshots, reader, pass } = await shared(ended, secretsOf(3, 1))
    for (let i = 0; i < 3; i++) expect(await who()).toEqual([idOf(2), 'token_expired'])
    const looks = () => reader.reads.filter((what) => what === 'tokensByDigest').length
    expect(looks()).toBe(1)
    pass(SERVED_MS + 1)
    await who()
    expect(looks()).toBe(2)
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(3), secrets: { digest: hmac(KEY) } })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(3), { digest: hmac(KEY) }) })
    expect(await who()).toEqual([idOf(3), null])
  })
})

describe('a roll to a secret of ours', () => {
  it('lets both in until the overlap ends, and the imported one no longer', async () => {
    const storage = await withKey()
    const { engine, snapshots, pass } = rig(storage, { importedKeys })
    const held = await engine.authenticate(KEY, null)
    const rolled = secretsOf(2, 1, { digest: sha256(KEY), endsOn: EPOCH + 2_500 })
    const after = token(2, { revision: 2 })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: after, secrets: rolled })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(after, rolled) })
    const reasons = async () => [
      held.check('dns.read', Z1).reason,
      (await engine.authenticate(KEY, null)).denial?.reason ?? null,
      (await engine.authenticate(credentialOf(2, 1), null)).denial?.reason ?? null,
    ]
    expect(await reasons()).toEqual([null, null, null])
    pass(1_500)
    expect(await reasons()).toEqual(['token_expired', 'token_expired', null])
    const done = token(2, { revision: 3 })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: done, secrets: secretsOf(2, 2) })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(done, secretsOf(2, 2)) })
    expect((await reasons()).slice(0, 2)).toEqual(['credential_unknown', 'credential_unknown'])
  })

  it('leaves the key to another token that is given it: where it was remembered the secrets decide, and it is looked up again', async () => {
    const storage = await withKey()
    const reader = new WatchedReader(storage)
    const { engine, snapshots } = rig(reader, { importedKeys })
    await engine.authenticate(KEY, null)
    await write(
      storage,
      ['user:u_1'],
      { kind: 'put_token', token: token(2, { revision: 2 }), secrets: secretsOf(2) },
      { kind: 'add_token', token: token(3), secrets: { digest: sha256(KEY) } },
    )
    snapshots.invalidate({ scopes: ['user:u_1'] })
    expect((await engine.authenticate(KEY, null)).principal).toMatchObject({ id: idOf(3) })
    expect(reader.reads.slice(2)).toEqual(['credential', 'tokensByDigest', 'credential'])
  })
})

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
