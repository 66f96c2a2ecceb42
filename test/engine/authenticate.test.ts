/** Who is it: what a token is told of itself, and sessions, views and what names nobody. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { CredentialFacts, Secrets, Token } from '../../src/core/facts.ts'
import type { Storage } from '../../src/storage/port.ts'
import {
  allow,
  changed,
  credentialOf,
  EPOCH,
  HELD_MS,
  idOf,
  rig,
  SERVED_MS,
  secretsOf,
  seeded,
  token,
  WatchedReader,
  write,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'
/** What the clock of a rig says at first. */
const NOW = EPOCH + 1_000
const STORED_FACT = { code: 'ERR_BAILIWICK_STORED_FACT' }
const UNAVAILABLE = { code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' }
const STALE = expect.objectContaining({ code: 'ERR_BAILIWICK_ACCESS_STALE' })

async function withToken(change: Partial<Token>, secrets: Secrets = secretsOf(1)): Promise<Storage> {
  const storage = await seeded()
  await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1, change), secrets })
  return storage
}

describe('what a token is told of itself', () => {
  test('is what is true when it asks, whatever is kept of it', async () => {
    const reader = new WatchedReader(await withToken({ condition: { ip: { in: ['203.0.113.0/24'] } } }))
    const { engine } = rig(reader)
    await engine.authenticate(credentialOf(1), null)
    reader.reads.length = 0
    const denials = []
    for (const ip of ['203.0.113.9', '198.51.100.1', 'nowhere', null])
      denials.push((await engine.verify(credentialOf(1), ip))?.denial)
    expect(denials).toEqual([null, 'address_not_allowed', 'address_unknown', 'address_unknown'])
    expect(reader.reads.filter((what) => what === 'credential').length).toBeGreaterThanOrEqual(4)
  })

  test('is nothing where no token has the credential', async () => {
    const { engine } = rig(await seeded())
    for (const value of [null, undefined, '', 'bwk_u_x', credentialOf(2), credentialOf(1, 1)])
      expect(await engine.verify(value, null)).toBeNull()
  })

  test('has the end of the secret that was shown', async () => {
    const previous = { digest: secretsOf(1).digest, endsOn: NOW + 1 }
    const { engine, pass } = rig(await withToken({}, secretsOf(1, 1, previous)))
    const denials = async () =>
      Promise.all([0, 1].map(async (generation) => (await engine.verify(credentialOf(1, generation), null))?.denial))
    expect(await denials()).toEqual([null, null])
    pass(1)
    expect(await denials()).toEqual(['token_expired', null])
  })

  test('is nothing where the token is gone, or has another secret, by the time that its facts are read', async () => {
    const storage = await seeded()
    for (const then of [() => null, (facts: CredentialFacts) => ({ ...facts, secrets: secretsOf(1, 1) })]) {
      const reader = changed(storage, (facts, read) => (read === 0 ? facts : then(facts)))
      expect(await rig(reader).engine.verify(credentialOf(1), null)).toBeNull()
    }
  })

  test('is an error where its facts can’t be understood, and one of storage’s is reported', async () => {
    const policies = [{ ...allow('account:acme'), effect: 'permit' as 'allow' }]
    const broken = rig(await withToken({ policies }))
    await expect(broken.engine.verify(credentialOf(1), null)).rejects.toMatchObject(STORED_FACT)
    expect(broken.reports).toHaveLength(1)
    const reader = new WatchedReader(await seeded())
    reader.fail = true
    const down = rig(reader)
    await expect(down.engine.verify(credentialOf(1), null)).rejects.toMatchObject(UNAVAILABLE)
    expect(down.reports).toHaveLength(1)
  })
})

describe('what needs no look at storage', () => {
  /** How many turns pass until it is answered. */
  async function turnsOf(ask: () => Promise<unknown>): Promise<number> {
    let isAnswered = false
    const answered = () => {
      isAnswered = true
    }
    const asked = ask()
    void asked.then(answered, answered)
    let turns = 0
    for (; !isAnswered; turns++) await null
    await asked
    return turns
  }

  test('is answered at once: a token that is kept, and what names none', async () => {
    const { engine } = rig(await seeded())
    await engine.authenticate(credentialOf(1), null)
    const atOnce = await turnsOf(async () => null)
    for (const value of [credentialOf(1), null, 'bwk_u_x'])
      expect(await turnsOf(() => engine.authenticate(value, null))).toBe(atOnce)
    expect(await turnsOf(() => engine.authenticate(credentialOf(2), null))).toBeGreaterThan(atOnce)
  })

  test('is found by the digest of its secret, once that is known to open it alone, and not by its id', async () => {
    const { engine, snapshots } = rig(await seeded())
    const looks: string[] = []
    const readyToken = snapshots.readyToken.bind(snapshots)
    snapshots.readyToken = (id) => {
      looks.push(id)
      return readyToken(id)
    }
    for (let i = 0; i < 4; i++) expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
    expect(looks).toEqual([idOf(1), idOf(1)]) // before it is kept, and before it stands among the digests
  })

  test('is answered at once: a session that is kept, and the host’s view', async () => {
    const { engine } = rig(await seeded())
    const atOnce = await turnsOf(async () => (async () => null)())
    const ask = [
      () => engine.session('u_1', null),
      () => engine.viewAs({ user: 'u_1' }, null),
      () => engine.viewAs({ token: idOf(1) }, null),
    ]
    for (const one of ask) {
      await one()
      expect(await turnsOf(one)).toBe(atOnce)
    }
  })

  test('is answered at once: a key without an id, whose token is kept', async () => {
    const storage = await seeded()
    const digests = ['a', 'b'].map((key) => `raw-sha256:${createHash('sha256').update(key).digest('base64url')}`)
    for (const [i, digest = ''] of digests.entries())
      await write(storage, ['user:u_1'], { kind: 'add_token', token: token(2 + i), secrets: { digest } })
    const { engine } = rig(storage, { importedKeys: { sha256: true } })
    const atOnce = await turnsOf(async () => null)
    for (const key of ['a', 'b']) {
      expect(await turnsOf(() => engine.authenticate(key, null))).toBeGreaterThan(atOnce)
      expect(await turnsOf(() => engine.authenticate(key, null))).toBe(atOnce)
    }
  })
})

test('a wrong secret opens no token, however often the right one has opened what is kept of it', async () => {
  const previous = { digest: secretsOf(1, 1).digest, endsOn: NOW + 1 }
  for (const secrets of [secretsOf(1), secretsOf(1, 0, previous)]) {
    const { engine } = rig(await withToken({}, secrets))
    for (let i = 0; i < 4; i++) {
      expect((await engine.authenticate(credentialOf(1), null)).denial).toBeNull()
      const wrong = await engine.authenticate(credentialOf(1, 9), null)
      expect([wrong.check('dns.read', Z1).reason, wrong.principal]).toEqual(['credential_unknown', null])
    }
  }
})

describe('what names no token', () => {
  test.each([
    [null, 'credential_missing'],
    ['bwk_u_x', 'credential_malformed'],
  ])(
    'stays refused for the same reason, and nothing is read for it, however often it asks: %s',
    async (value, reason) => {
      const reader = new WatchedReader(await seeded())
      const { engine } = rig(reader)
      const access = await engine.authenticate(value, null)
      for (let i = 0; i < 2; i++) {
        expect([access.denial?.reason, access.check('dns.read', Z1).reason]).toEqual([reason, reason])
        await access.refresh()
      }
      expect(await engine.verify(value, null)).toBeNull()
      expect(reader.reads).toEqual([])
    },
  )
})

describe('a session', () => {
  test('is read once while it is young, and may be held as long as a token’s access', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine, pass } = rig(reader)
    const access = await engine.session('u_1', null)
    pass(SERVED_MS)
    await engine.session('u_1', null)
    expect(reader.reads).toEqual(['principal'])
    pass(HELD_MS - SERVED_MS - 1)
    expect(access.can('dns.read', Z1)).toBe(true)
    pass(1)
    expect(() => access.can('dns.read', Z1)).toThrow(STALE)
    await access.refresh()
    expect(access.can('dns.read', Z1)).toBe(true)
  })

  test('that has grown old is confirmed by its revisions alone', async () => {
    const reader = new WatchedReader(await seeded())
    const { engine, pass } = rig(reader)
    for (let i = 0; i < 2; i++) {
      await engine.session('u_1', null)
      pass(SERVED_MS + 1)
    }
    expect(reader.reads).toEqual(['principal', 'revisions'])
  })

  test('is no token’s: neither is told by the other’s id', async () => {
    const storage = await seeded()
    const { engine } = rig(storage)
    await engine.session('u_1', null)
    expect((await engine.viewAs({ token: 'session u_1' }, null)).denial?.reason).toBe('credential_unknown')
    const odd = token(1, { id: 'session u_2' })
    await write(storage, ['user:u_1'], { kind: 'add_token', token: odd, secrets: secretsOf(9) })
    expect((await engine.viewAs({ token: odd.id }, null)).denial).toBeNull()
    const session = await engine.session('u_2', null)
    expect([session.principal, session.can('dns.read', Z1)]).toEqual([{ kind: 'session', user: 'u_2' }, false])
    expect((await engine.viewAs({ token: odd.id }, null)).can('dns.read', Z1)).toBe(true)
  })

  test('of a storage that gives no answer is an error, and reported', async () => {
    const reader = new WatchedReader(await seeded())
    reader.fail = true
    const { engine, reports } = rig(reader)
    await expect(engine.session('u_1', null)).rejects.toMatchObject(UNAVAILABLE)
    expect(reports).toHaveLength(1)
  })
})

describe('a use', () => {
  test('is a token’s own: none is noted of a session, nor where the host looks through somebody’s eyes', async () => {
    const { engine, uses } = rig(await seeded())
    for (const access of [
      await engine.session('u_1', null),
      await engine.viewAs({ user: 'u_1' }, null),
      await engine.viewAs({ token: idOf(1) }, null),
    ]) {
      expect(access.can('dns.read', Z1)).toBe(true)
      expect(uses.waiting).toBe(0)
    }
    expect((await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)).toBe(true)
    expect(uses.waiting).toBe(1)
  })
})

describe('what the host is told', () => {
  test('leaves out what is asked through somebody’s eyes', async () => {
    const { engine, events } = rig(await seeded(), { decisions: true })
    for (const of of [{ token: idOf(1) }, { token: idOf(2) }, { user: 'u_1' }, { user: 'nobody' }]) {
      const access = await engine.viewAs(of, null)
      access.can('dns.export', Z1)
      access.can('dns.read', 'account:none/zone:z1')
    }
    await settled()
    expect(events).toEqual([])
  })

  test('names the request where the host did, and is of sessions as well', async () => {
    const { engine, events } = rig(await seeded(), { decisions: true })
    await engine.authenticate(null, null)
    await engine.authenticate(null, '203.0.113.9', 'r-1')
    ;(await engine.session('u_1', null, 'r-2')).can('dns.export', Z1)
    await settled()
    expect(events.map(({ requestId, address, permission }) => [requestId, address, permission])).toEqual([
      [null, null, null],
      ['r-1', '203.0.113.9', null],
      ['r-2', null, 'dns.export'],
    ])
  })
})

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('a clock that throws is told by the promise, never thrown, whether anything is kept or not', async () => {
  let isBroken = false
  const monotonic = () => {
    if (!isBroken) return 0
    isBroken = false // it is asked no second time
    throw new TypeError('broken')
  }
  const { engine } = rig(await seeded(), { monotonic })
  for (const isKept of [false, true]) {
    if (isKept) await engine.authenticate(credentialOf(1), null)
    isBroken = true
    await expect(engine.authenticate(credentialOf(1), null)).rejects.toThrow(TypeError)
  }
})
