/** What an access hears of its token while it is held, and what a refresh changes. */
import { describe, expect, test } from 'vitest'
import type { Policy, Secrets, Token } from '../../src/core/facts.ts'
import { ending } from './ending.ts'
import {
  allow,
  credentialOf,
  EPOCH,
  idOf,
  rig,
  secretsOf,
  seeded,
  token,
  WatchedReader,
  write,
  written,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'

describe('an access that is held', () => {
  const overlap = (endsOn: number): Secrets => secretsOf(1, 1, { digest: secretsOf(1).digest, endsOn })

  /** An access by the first secret of token 1, and a way to have it hear of what a write here left. */
  async function held(secrets: Secrets = secretsOf(1)) {
    const storage = await seeded()
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets })
    const { engine, snapshots, pass } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    let revision = 1
    const hear = (after: Secrets, status: Token['status'] = 'active') => {
      const changed = token(1, { revision: ++revision, status })
      snapshots.invalidate({ scopes: ['user:u_1'], token: written(changed, after) })
      return access.check('dns.read', Z1).reason
    }
    return { access, hear, pass, engine, snapshots, storage }
  }

  test('hears of a secret that is cut first, and of its ending where it still opens', async () => {
    const { hear } = await held()
    expect(hear(secretsOf(1), 'disabled')).toBe('token_disabled')
    expect(hear(secretsOf(1, 1), 'disabled')).toBe('credential_unknown')
    expect(hear(secretsOf(1), 'revoked')).toBe('token_revoked')
  })

  test('hears of an earlier end of its secret, and never of a later one', async () => {
    const { hear, pass } = await held(overlap(EPOCH + 3_000))
    expect(hear(overlap(EPOCH + 9_000))).toBeNull()
    expect(hear(secretsOf(1))).toBeNull()
    pass(1_999)
    expect(hear(overlap(EPOCH + 9_000))).toBeNull()
    pass(1)
    expect(hear(overlap(EPOCH + 9_000))).toBe('token_expired')
    expect(hear(secretsOf(1))).toBe('token_expired')
  })

  test('hears nothing that its facts say already, and nothing of others', async () => {
    const { access, snapshots } = await held()
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { status: 'revoked' }), secretsOf(1)) })
    snapshots.invalidate({ scopes: ['user:u_2'], token: written(token(2, { status: 'revoked', revision: 9 })) })
    expect(access.can('dns.read', Z1)).toBe(true)
  })

  test('hears of each write once, and not with each question', async () => {
    const { access, hear, snapshots } = await held()
    const { news } = snapshots
    const since = news.since.bind(news)
    let heard = 0
    news.since = (...known) => {
      heard++
      return since(...known)
    }
    for (let i = 0; i < 3; i++) expect(access.can('dns.read', Z1)).toBe(true)
    expect(hear(secretsOf(1))).toBeNull()
    expect([access.can('dns.write', Z1), heard]).toEqual([true, 2])
  })

  test('is as it was read after a refresh, whatever was heard before', async () => {
    const { access, hear, storage } = await held()
    expect(hear(secretsOf(1), 'disabled')).toBe('token_disabled')
    const enabled = token(1, { revision: 3 })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: enabled, secrets: secretsOf(1) })
    expect(access.check('dns.read', Z1).reason).toBe('token_disabled')
    await access.refresh()
    expect(access.check('dns.read', Z1).reason).toBeNull()
  })

  test('hears after a refresh of what was written here while that was reading', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine, snapshots } = rig(reader)
    const access = await engine.authenticate(credentialOf(1), null)
    const { promise, resolve } = ending<void>()
    reader.hold = promise
    snapshots.invalidate({ scopes: ['account:acme'] }) // so that it reads, and doesn't only confirm
    const refreshed = access.refresh()
    await new Promise((done) => setImmediate(done))
    const revoked = token(1, { revision: 2, status: 'revoked' })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(revoked, secretsOf(1)) })
    resolve()
    await refreshed
    expect(access.check('dns.read', Z1).reason).toBe('token_revoked')
  })

  test('that was refused hears nothing, until a refresh lets it in', async () => {
    const { engine, snapshots, storage } = await held()
    const refused = await engine.authenticate(credentialOf(2), null)
    await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2), secrets: secretsOf(2) })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(2, { revision: 1 }), secretsOf(2)) })
    expect(refused.denial?.reason).toBe('credential_unknown')
    await refused.refresh()
    expect([refused.denial, refused.principal]).toMatchObject([null, { id: idOf(2) }])
  })

  test('is a session’s: it hears of no token, whatever that is called', async () => {
    const { engine, snapshots } = await held()
    const session = await engine.session('u_1', null)
    snapshots.invalidate({ scopes: ['user:u_2'], token: written(token(1, { status: 'revoked', revision: 9 })) })
    expect(session.can('dns.read', Z1)).toBe(true)
  })

  test('keeps what the last refresh found where an earlier one fails later', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine } = rig(reader)
    const access = await engine.authenticate(credentialOf(1), null)
    reader.fail = true
    await expect(access.refresh()).rejects.toThrow()
    expect(access.can('dns.read', Z1)).toBe(true)
    reader.fail = false
    const policies: readonly Policy[] = [allow('account:acme/zone:z2')]
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1, { policies }), secrets: secretsOf(1) })
    await access.refresh()
    expect(access.can('dns.read', Z1)).toBe(false)
  })
})
