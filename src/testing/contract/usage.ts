/**
 * The contract of `recordUse`: uses move forward only, and neither uses nor digests change a revision or a log.
 */
import assert from 'node:assert/strict'
import type { Storage, TokenUse } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  allPages,
  editToken,
  LIMITS,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  putToken,
  removeMember,
  shuffled,
  token,
  write,
} from './fixtures.ts'

const JANE = { user: 'jane' }

export const usageClauses: Clauses = {
  'the last use is remembered for each token and account, the user’s root first': async (storage) => {
    await world(storage)
    const uses: readonly TokenUse[] = [
      use('beta', 3, '192.0.2.1'),
      use(null, 1),
      use('acme', 2, '2001:db8::1'),
      use('no account', 4),
    ]
    await storage.recordUse({ uses, digests: [] })
    assert.deepEqual(await storage.tokenUses('t_1'), [uses[1], uses[2], uses[0], uses[3]])
    assert.deepEqual(await storage.tokenUses('t_2'), [])
  },

  'a use that is not later than what is remembered changes nothing, in one batch or in two': async (storage) => {
    await world(storage)
    const batches = [
      [use('acme', 5, 'a'), use('acme', 5, 'b'), use('acme', 4, 'c')],
      [use('acme', 5, 'd')],
      [use('acme', -9)],
    ]
    for (const uses of batches) {
      await storage.recordUse({ uses, digests: [] })
      assert.deepEqual(await storage.tokenUses('t_1'), [use('acme', 5, 'a')])
      assert.deepEqual(await lastUse(storage), { at: 5, from: 'a' })
    }
    await storage.recordUse({ uses: [use('acme', 7), use('acme', 6, 'e')], digests: [] })
    assert.deepEqual(await lastUse(storage), { at: 7, from: null })
  },

  'a use before the issue of its token is a use, and makes it idle since its issue': async (storage) => {
    await world(storage)
    await storage.recordUse({ uses: [use('acme', NOW - 5)], digests: [] })
    const asked = async (filter: object) =>
      (await storage.credentials('acme', { now: NOW, ...filter }, { limit: 9 })).items.length
    assert.deepEqual([await asked({ unusedSince: NOW }), await asked({ unusedSince: NOW + 1 })], [0, 1])
    assert.equal(await asked({ neverUsed: true }), 0)
    await storage.recordUse({ uses: [use('acme', NOW + 1)], digests: [] })
    assert.deepEqual([await asked({ unusedSince: NOW + 1 }), await asked({ unusedSince: NOW + 2 })], [0, 1])
  },

  'a use elsewhere is no use here': async (storage) => {
    await world(storage)
    await storage.recordUse({ uses: [use('beta', NOW + 9), use(null, NOW + 9)], digests: [] })
    assert.equal(await lastUse(storage), null)
    assert.equal((await storage.credentials('acme', { now: NOW, neverUsed: true }, { limit: 9 })).items.length, 1)
  },

  'uses of tokens that do not exist are passed over, and the rest of the batch is kept': async (storage) => {
    await world(storage)
    const stranger = { ...use('acme', 2), token: 'no_token' }
    await storage.recordUse({
      uses: [stranger, use('acme', 1), stranger],
      digests: [{ token: 'no_token', from: 'x', to: 'y' }],
    })
    assert.deepEqual(await storage.tokenUses('t_1'), [use('acme', 1)])
    await write(storage, [addToken(token('no_token', JANE, { policies: [policy('account:acme')] }))])
    assert.deepEqual(await storage.tokenUses('no_token'), [])
  },

  'uses are found again after the member was removed and added, and after the token was put': async (storage) => {
    await world(storage)
    await storage.recordUse({ uses: [use('acme', 5, 'a')], digests: [] })
    await write(storage, [removeMember('acme', 'jane')])
    await storage.recordUse({ uses: [use('acme', 6, 'b')], digests: [] })
    assert.deepEqual(await storage.tokenUses('t_1'), [use('acme', 6, 'b')])
    await write(storage, [putMember(member('acme', 'jane'))])
    assert.deepEqual(await lastUse(storage), { at: 6, from: 'b' })
    assert.deepEqual((await storage.credentials('acme', { now: NOW, neverUsed: true }, { limit: 9 })).items, [])
    await write(storage, [putToken(token('t_1', JANE, { policies: [policy('account:*')], revision: 2 }))])
    assert.deepEqual(await lastUse(storage), { at: 6, from: 'b' })
    await storage.recordUse({ uses: [use('acme', 7)], digests: [] })
    assert.deepEqual(await lastUse(storage), { at: 7, from: null })
  },

  'recording moves no revision and no log, and writes nothing of the token': async (storage) => {
    await world(storage)
    const kept = async () => [
      await storage.revisions(['user:jane', 'account:acme', 'account:beta']),
      await storage.auditHead('account:acme'),
      (await storage.token('t_1'))?.token,
    ]
    const before = await kept()
    await storage.recordUse({ uses: [use('acme', 1)], digests: [{ token: 't_1', from: 'digest of t_1', to: 'new' }] })
    assert.deepEqual(await kept(), before)
  },

  'a digest is replaced where it still stands, as the current or the previous one': async (storage) => {
    const previous = { digest: 'b', endsOn: 9 }
    await write(storage, [addToken(token('t_1', JANE), { digest: 'a', previous }), addToken(token('t_2', JANE))])
    const change = (from: string, to: string, of = 't_1') => ({ token: of, from, to })
    const digests = async () => (await storage.token('t_1'))?.secrets

    await storage.recordUse({ uses: [], digests: [change('x', 'y'), change('a', 'z', 't_2'), change('A', 'z')] })
    assert.deepEqual(await digests(), { digest: 'a', previous })
    await storage.recordUse({ uses: [], digests: [change('a', 'a2'), change('a', 'a3'), change('b', 'b2')] })
    assert.deepEqual(await digests(), { digest: 'a2', previous: { digest: 'b2', endsOn: 9 } })
    assert.deepEqual(await Promise.all(['a', 'b', 'a2', 'b2'].map((d) => storage.tokensByDigest([d]))), [
      [],
      [],
      ['t_1'],
      ['t_1'],
    ])
    await write(storage, [putToken(token('t_1', JANE), { digest: 'rolled' })])
    await storage.recordUse({ uses: [], digests: [change('a2', 'late'), change('b2', 'late')] })
    assert.deepEqual(await digests(), { digest: 'rolled' })
  },

  'a digest replaced meanwhile survives a put without secrets': async (storage) => {
    const overlap = { digest: 'a', previous: { digest: 'b', endsOn: 9 } }
    const full = { notBefore: 1, expiresOn: 2, condition: { ip: { in: ['192.0.2.0/24'] } } }
    await write(storage, [addToken(token('t_1', JANE, full), overlap)])
    const digests = ['a', 'b'].map((from) => ({ token: 't_1', from, to: `new ${from}` }))
    await storage.recordUse({ uses: [use('acme', 1)], digests })
    const secrets = { digest: 'new a', previous: { digest: 'new b', endsOn: 9 } }
    const edited = token('t_1', JANE, { name: 'edited', status: 'disabled', revision: 2 })
    await write(storage, [editToken(token('t_1', JANE, { name: 'passing' })), editToken(edited)])
    assert.deepEqual(await storage.token('t_1'), { token: edited, secrets, blockedIn: [] })
    assert.deepEqual(await storage.tokensByDigest(['new a', 'new b', 'a', 'b']), ['t_1'])

    const another = token('t_2', JANE)
    await write(storage, [addToken(another, { digest: 'c' }), editToken({ ...another, name: 'at once' })])
    assert.deepEqual((await storage.token('t_2'))?.secrets, { digest: 'c' })
    assert.deepEqual(await storage.tokenUses('t_1'), [use('acme', 1)])
  },

  'tokens are found by their digest, current or previous, whatever their state, in order of their ids': async (
    storage,
  ) => {
    const previous = { digest: 'sha256:OLD', endsOn: 0 }
    await write(storage, [
      addToken(token('t_1', JANE, { status: 'revoked' }), { digest: 'sha256:a\0b', previous }),
      addToken(token('t_2', JANE), { digest: 'sha256:A\0B' }),
    ])
    assert.deepEqual(await storage.tokensByDigest(['x', 'sha256:a\0b', 'y']), ['t_1'])
    assert.deepEqual(await storage.tokensByDigest(['sha256:OLD']), ['t_1'])
    assert.deepEqual(await storage.tokensByDigest(['x', 'sha256:A\0B']), ['t_2'])
    assert.deepEqual(await storage.tokensByDigest(['sha256:A\0B', 'sha256:OLD', 'sha256:a\0b']), ['t_1', 't_2'])
    for (const digest of ['sha256:a', 'sha256:old', 'sha256:', '', '%', 'sha256:a\0b '])
      assert.deepEqual(await storage.tokensByDigest([digest]), [], JSON.stringify(digest))
    await write(storage, [
      putToken(token('\uff5e', JANE), { digest: 'sha256:OLD', previous }),
      putToken(token('😀', JANE), { digest: 'x', previous }),
    ])
    assert.deepEqual(await storage.tokensByDigest(['sha256:OLD', 'y', 'sha256:OLD']), ['t_1', '\uff5e', '😀'])
  },

  'tokens with a digest of a scheme are counted once each, while it is good': async (storage) => {
    const old = (digest: string, endsOn: number) => ({ previous: { digest, endsOn } })
    await write(storage, [
      addToken(token('t_1', JANE), { digest: 'hmac:1:a' }),
      addToken(token('t_2', JANE, { status: 'disabled' }), { digest: 'hmac:1:b', ...old('hmac:1:c', NOW + 1) }),
      addToken(token('t_3', JANE), { digest: 'hmac:2:a', ...old('hmac:1:d', NOW + 1) }),
      addToken(token('t_4', JANE), { digest: 'hmac:2:b', ...old('hmac:1:e', NOW) }),
      addToken(token('t_5', JANE, { status: 'revoked' }), { digest: 'hmac:1:f', ...old('hmac:1:g', NOW + 1) }),
      addToken(token('t_6', JANE), { digest: 'hmac:11:a' }),
      addToken(token('t_7', JANE), { digest: 'HMAC:1:a' }),
      addToken(token('t_8', JANE), { digest: 'hmac:1' }),
    ])
    const count = (scheme: string, now = NOW) => storage.countDigests(scheme, now)
    assert.deepEqual([await count('hmac:1'), await count('hmac:2'), await count('hmac:11')], [3, 2, 1])
    assert.deepEqual([await count('hmac'), await count('hma'), await count('sha256'), await count('%')], [6, 0, 0, 0])
    assert.deepEqual([await count('hmac:1', NOW - 1), await count('hmac:1', NOW + 1)], [4, 2])
  },

  'tokens that expire in a range are those of anybody that are not revoked, soonest first': async (storage) => {
    const all = shuffled(60).map((n) =>
      token(`t-${n}`, n % 2 ? { account: 'acme' } : { user: `u-${n}` }, {
        status: n % 10 === 9 ? 'revoked' : n % 3 ? 'active' : 'disabled',
        ...(n % 7 !== 0 && { expiresOn: NOW + (n % 6) }),
      }),
    )
    await write(storage, [putAccount(account('acme')), ...all.map((one) => addToken(one))])
    for (const [from, before] of [
      [NOW, NOW + 6],
      [NOW + 1, NOW + 3],
      [NOW + 2, NOW + 2],
      [NOW + 3, NOW + 1],
      [-NOW, NOW + 1],
    ] as const) {
      const expected = all
        .filter(({ status, expiresOn = -1 }) => status !== 'revoked' && expiresOn >= from && expiresOn < before)
        .filter(({ expiresOn }) => expiresOn !== undefined)
        .sort((a, b) => (a.expiresOn ?? 0) - (b.expiresOn ?? 0) || (a.id < b.id ? -1 : 1))
      for (const limit of LIMITS) {
        const listed = await allPages(limit, (page) => storage.tokensExpiring({ from, before }, page))
        assert.deepEqual(listed, expected, `from ${from} before ${before} limit ${limit}`)
      }
    }
  },
}

function use(account: string | null, at: number, from: string | null = null): TokenUse {
  return { token: 't_1', account, at, from }
}

async function world(storage: Storage): Promise<void> {
  await write(storage, [
    ...['acme', 'beta'].map((id) => putAccount(account(id))),
    ...['acme', 'beta'].map((id) => putMember(member(id, 'jane'))),
    addToken(token('t_1', JANE, { policies: [policy('account:*')] })),
  ])
}

async function lastUse(storage: Storage) {
  const { items } = await storage.credentials('acme', { now: NOW }, { limit: 9 })
  return items.find((record) => record.token.id === 't_1')?.lastUse
}
