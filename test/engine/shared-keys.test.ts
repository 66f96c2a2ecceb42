/** Which of several tokens a key means that carries no id. */
import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Secrets, Token } from '../../src/core/facts.ts'
import type { StorageReader } from '../../src/storage/port.ts'
import {
  allow,
  changed,
  credentialOf,
  EPOCH,
  idOf,
  type RigOptions,
  rig,
  SERVED_MS,
  secretsOf,
  seeded,
  token,
  WatchedReader,
  write,
} from './fixture.ts'

const NOW = EPOCH + 1_000
const STORED_FACT = { code: 'ERR_BAILIWICK_STORED_FACT' }
const UNAVAILABLE = { code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' }

describe('a key that several tokens have', () => {
  const KEY = 'sk_live_0123456789abcdef'
  const HOST_KEY = 'the key of the other system, which is long'
  const importedKeys = { sha256: true, hmacSha256: { legacy: HOST_KEY } }
  const sha256 = `raw-sha256:${createHash('sha256').update(KEY).digest('base64url')}`
  const hmac = `raw-hmac-sha256:legacy:${createHmac('sha256', HOST_KEY).update(KEY).digest('base64url')}`
  const broken = { policies: [{ ...allow('account:acme'), effect: 'permit' as 'allow' }] }

  async function shared(two: Partial<Token>, three: Partial<Token> = {}, secrets: Secrets = { digest: sha256 }) {
    const storage = await seeded()
    await write(
      storage,
      ['user:u_1'],
      { kind: 'add_token', token: token(2, two), secrets },
      { kind: 'add_token', token: token(3, three), secrets: { digest: hmac } },
    )
    return storage
  }

  function asking(reader: StorageReader, options: RigOptions = {}) {
    const r = rig(reader, { importedKeys, ...options })
    const who = async () => {
      const { principal, denial } = await r.engine.authenticate(KEY, null)
      return [principal?.kind === 'token' ? principal.id : null, denial?.reason ?? null]
    }
    return { ...r, who }
  }

  test.each([
    ['a millisecond before the first expires', NOW + 1, 2],
    ['from the instant at which it does', NOW, 3],
  ])('opens %s the one that is of use, cold and warm', async (_, end, n) => {
    const byToken = asking(await shared({ expiresOn: end }))
    const overlap = { ...secretsOf(2), previous: { digest: sha256, endsOn: end } }
    const bySecret = asking(await shared({}, {}, overlap))
    for (const { who, reports } of [byToken, bySecret]) {
      for (let i = 0; i < 3; i++) expect(await who()).toEqual([idOf(n), null])
      expect(reports).toEqual([])
    }
  })

  test('opens the first where that is not yet valid: it is of use some day', async () => {
    const { who } = asking(await shared({ notBefore: NOW + 1 }))
    for (let i = 0; i < 2; i++) expect(await who()).toEqual([idOf(2), 'token_not_yet_valid'])
  })

  test('is refused as the first that it opens where none of them is of use', async () => {
    const { who } = asking(await shared({ expiresOn: NOW }, { status: 'revoked' }))
    for (let i = 0; i < 3; i++) expect(await who()).toEqual([idOf(2), 'token_expired'])
  })

  test('is an error where the first can’t be read and the other is not the key’s any more, and reported once', async () => {
    const storage = await shared(broken)
    const reader = changed(storage, (facts) =>
      facts.token.id === idOf(3) ? { ...facts, secrets: secretsOf(3) } : facts,
    )
    const { engine, reports } = asking(reader)
    await expect(engine.authenticate(KEY, null)).rejects.toMatchObject(STORED_FACT)
    expect(reports).toMatchObject([STORED_FACT])
  })

  test('opens another that has ended where the first can’t be read, which is reported once for each request', async () => {
    const { who, reports } = asking(await shared(broken, { status: 'disabled' }))
    for (let i = 1; i <= 2; i++) {
      expect(await who()).toEqual([idOf(3), 'token_disabled'])
      expect(reports).toHaveLength(i)
    }
  })

  test('opens the next, by what is remembered, where the first has ended and all that is kept has grown old', async () => {
    const reader = new WatchedReader(await shared({ expiresOn: NOW }))
    const { who, pass } = asking(reader)
    for (let i = 0; i < 3; i++) {
      expect(await who()).toEqual([idOf(3), null])
      pass(SERVED_MS + 1)
    }
    expect(reader.reads.filter((what) => what === 'tokensByDigest')).toHaveLength(1)
  })

  test('opens the next where the first was given another secret elsewhere, and is kept with that', async () => {
    const storage = await shared({})
    const { who, engine } = asking(storage)
    expect(await who()).toEqual([idOf(2), null])
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(2, { revision: 2 }), secrets: secretsOf(2) })
    expect((await engine.authenticate(credentialOf(2), null)).denial).toBeNull()
    for (let i = 0; i < 2; i++) expect(await who()).toEqual([idOf(3), null])
  })

  test('is malformed where it is no text, though it could be taken for one', async () => {
    const { engine, reports } = asking(await shared({}))
    for (const value of [[KEY], { toString: () => KEY }, 5, true])
      expect((await engine.authenticate(value as string, null)).denial?.reason).toBe('credential_malformed')
    expect(reports).toEqual([])
  })

  test('is told the first fault where several can’t be read', async () => {
    const { engine, reports } = asking(await shared(broken, broken))
    for (let i = 0; i < 2; i++) await expect(engine.authenticate(KEY, null)).rejects.toThrow(idOf(2))
    expect(reports).toHaveLength(2)
  })

  test('opens nothing while storage gives no answer for the first: it may be the one that is meant', async () => {
    const storage = await shared({})
    const reader = changed(storage, (facts) => {
      if (facts.token.id === idOf(2)) throw new Error('connection lost')
      return facts
    })
    const { engine, reports } = asking(reader)
    for (let i = 0; i < 2; i++) await expect(engine.authenticate(KEY, null)).rejects.toMatchObject(UNAVAILABLE)
    expect(reports).toHaveLength(2)
  })
})
