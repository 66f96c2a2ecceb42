/**
 * The contract of `commit`: all or nothing, once per revision, and visible to every later read.
 */
import assert from 'node:assert/strict'
import type { Scope } from '../../core/facts.ts'
import type { Storage, Write } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  at,
  blockToken,
  commit,
  editToken,
  entry,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  putToken,
  putUser,
  removeMember,
  secrets,
  token,
  user,
  write,
} from './fixtures.ts'

const ACME: Scope = 'account:acme'

export const commitClauses: Clauses = {
  'a scope never written stands at 0': async (storage) => {
    assert.deepEqual(await storage.revisions([ACME, 'user:nobody', ACME]), [0, 0, 0])
    assert.deepEqual(await storage.revisions([]), [])
  },

  'a commit bumps each expected scope by exactly one, and no other': async (storage) => {
    await write(storage, [putAccount(account('acme'))])
    const expect = at([ACME, 1], ['user:u_1', 0])
    assert.equal(await commit(storage, expect, [putMember(member('acme', 'u_1'))], entry(ACME)), true)
    assert.deepEqual(await storage.revisions(['user:u_1', 'account:other', ACME]), [1, 0, 2])
  },

  'a commit on a scope that has moved is false, and writes nothing, audits nothing, bumps nothing': async (storage) => {
    await write(storage, [putAccount(account('acme'))])
    const before = await everything(storage)
    for (const stale of [0, 2]) {
      const expect = at(['user:u_1', 0], [ACME, stale])
      const writes = [putAccount(account('acme', { name: 'late' })), putUser(user('u_1'))]
      assert.equal(await commit(storage, expect, writes, entry('user:u_1')), false)
    }
    assert.deepEqual(await everything(storage), before)
  },

  'of concurrent commits on one scope exactly one wins': async (storage) => {
    const names = Array.from({ length: 12 }, (_, i) => `writer ${i}`)
    const wins = await Promise.all(
      names.map((name) =>
        commit(storage, at([ACME, 0]), [putAccount(account('acme', { name }))], entry(ACME, { after: name })),
      ),
    )
    assert.equal(wins.filter((won) => won).length, 1)
    assert.equal((await storage.account('acme'))?.name, names[wins.indexOf(true)])
    assert.deepEqual(await storage.revisions([ACME]), [1])
    assert.equal((await storage.audit(ACME, {}, { limit: 100 })).items.length, 1)
  },

  'writes are applied in order, each meeting what the ones before it left': async (storage) => {
    await write(storage, [
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      removeMember('acme', 'u_1'),
      putMember(member('acme', 'u_2', { revision: 1 })),
      putMember(member('acme', 'u_2', { revision: 2 })),
      addToken(token('t_1', { account: 'acme' })),
      blockToken('acme', 't_1'),
      { kind: 'unblock_token', account: 'acme', token: 't_1' },
    ])
    assert.deepEqual((await storage.members('acme', { limit: 9 })).items, [member('acme', 'u_2', { revision: 2 })])
    assert.deepEqual((await storage.token('t_1'))?.blockedIn, [])
  },

  'a put replaces the whole record': async (storage) => {
    const full = token(
      't_1',
      { account: 'acme' },
      {
        condition: { ip: { in: ['192.0.2.0/24'] } },
        notBefore: 1,
        expiresOn: 2,
        apiAccess: true,
        policies: [policy('account:acme')],
        leak: { at: 3, source: 'github:commit', url: 'https://example.com/?a=\0' },
      },
    )
    const previous = { digest: 'old', endsOn: 5 }
    await write(storage, [
      putUser(user('u_1')),
      putAccount(account('acme', { tokenRules: { requireExpiry: true } })),
      putMember(member('acme', 'u_1', { policies: [policy('account:acme')], apiAccess: false, readmitted: true })),
      addToken(full, { digest: 'd', previous }),
    ])
    assert.deepEqual(await storage.token('t_1'), { token: full, secrets: { digest: 'd', previous }, blockedIn: [] })

    const bare = token('t_1', { account: 'acme' }, { name: 'bare' })
    await write(storage, [
      putUser(user('u_1', { status: 'suspended' })),
      putAccount(account('acme', { name: 'bare' })),
      putMember(member('acme', 'u_1', { roles: [] })),
      putToken(bare, secrets('d2')),
    ])
    assert.deepEqual(await storage.user('u_1'), user('u_1', { status: 'suspended' }))
    assert.deepEqual(await storage.account('acme'), account('acme', { name: 'bare' }))
    assert.deepEqual(
      await storage.member({ account: 'acme', kind: 'user', id: 'u_1' }),
      member('acme', 'u_1', { roles: [] }),
    )
    assert.deepEqual(await storage.token('t_1'), { token: bare, secrets: secrets('d2'), blockedIn: [] })
  },

  'a put of an account or a token leaves what refers to it': async (storage) => {
    const writes = [
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      addToken(token('t_1', { user: 'u_1' })),
      blockToken('acme', 't_1'),
    ]
    await write(storage, writes)
    await write(storage, [
      putAccount(account('acme', { revision: 2 })),
      putToken(token('t_1', { user: 'u_1' }, { revision: 2 })),
    ])
    assert.equal((await storage.members('acme', { limit: 9 })).items.length, 1)
    assert.deepEqual((await storage.token('t_1'))?.blockedIn, ['acme'])
  },

  'a digest is taken as long as a token has it, writes of the same change included': async (storage) => {
    const [one, other] = [token('t_1', { user: 'u_1' }), token('t_2', { user: 'u_1' })]
    await write(storage, [addToken(one, secrets('a')), putToken(one, secrets('b')), addToken(other, secrets('a'))])
    await assert.rejects(write(storage, [addToken(token('t_3', { user: 'u_1' }), secrets('b'))]))
    const third = addToken(token('t_3', { user: 'u_1' }), secrets('c'))
    await assert.rejects(write(storage, [putToken(other, secrets('c')), third]))
    await assert.rejects(write(storage, [third, addToken(token('t_4', { user: 'u_1' }), secrets('c'))]))
    await assert.rejects(write(storage, [putToken(other, secrets('c')), editToken(other), third]))
    await assert.rejects(write(storage, [editToken(one), addToken(token('t_3', { user: 'u_1' }), secrets('b'))]))
    await write(storage, [putToken(one, { digest: 'd', previous: { digest: 'b', endsOn: 0 } }), third])
    assert.deepEqual(await storage.tokensByDigest(['b']), ['t_1'])
    await write(storage, [putToken(one, secrets('e')), addToken(token('t_5', { user: 'u_1' }), secrets('d'))])
    assert.deepEqual(await storage.tokensByDigest(['d']), ['t_5'])
  },

  'removing, unblocking and blocking what is so already changes nothing': async (storage) => {
    await write(storage, [
      putAccount(account('acme')),
      addToken(token('t_1', { user: 'u_1' })),
      blockToken('acme', 't_1'),
    ])
    await write(storage, [
      blockToken('acme', 't_1'),
      removeMember('acme', 'nobody'),
      { kind: 'unblock_token', account: 'acme', token: 'no_token' },
    ])
    assert.deepEqual((await storage.token('t_1'))?.blockedIn, ['acme'])
  },

  ...Object.fromEntries(
    Object.entries(refusedWrites()).map(([name, refused]) => [
      `${name} fails the commit and leaves nothing of it`,
      async (storage: Storage) => {
        const digests = { digest: 'first', previous: { digest: 'zeroth', endsOn: 1 } }
        await write(storage, [putAccount(account('acme')), addToken(token('t_1', { user: 'u_1' }), digests)])
        const before = await everything(storage)
        const writes: readonly Write[] = [
          putUser(user('u_1', { status: 'suspended' })),
          putAccount(account('new')),
          putAccount(account('acme', { name: 'changed' })),
          putMember(member('acme', 'u_1')),
          blockToken('acme', 't_1'),
          refused,
        ]
        const expect = at([ACME, 1], ['user:u_1', 0])
        await assert.rejects(commit(storage, expect, writes, entry(ACME)))
        assert.deepEqual(await everything(storage), before)
        await write(storage, [putAccount(account('acme', { name: 'next' }))])
        assert.equal((await storage.account('acme'))?.name, 'next', 'the storage goes on')
      },
    ]),
  ),
}

function refusedWrites(): Readonly<Record<string, Write>> {
  return {
    'adding a token whose id exists': addToken(token('t_1', { user: 'u_2' }), secrets('second')),
    'adding a token with the digest of another': addToken(token('t_2', { user: 'u_2' }), secrets('first')),
    'adding a token with the previous digest of another': addToken(token('t_2', { user: 'u_2' }), secrets('zeroth')),
    'adding a token whose previous digest is that of another': addToken(token('t_2', { user: 'u_2' }), {
      digest: 'second',
      previous: { digest: 'first', endsOn: 1 },
    }),
    'a member of an account that does not exist': putMember(member('nowhere', 'u_1')),
    'a token owned by an account that does not exist': addToken(token('t_2', { account: 'nowhere' })),
    'a token owned by a service account of an account that does not exist': putToken(
      token('t_2', { account: 'nowhere', service: 's_1' }),
    ),
    'a token put without its secrets that does not exist': editToken(token('t_2', { user: 'u_1' })),
    'a block in an account that does not exist': blockToken('nowhere', 't_1'),
    'a block of a token that does not exist': blockToken('acme', 'no_token'),
  }
}

/** Everything that the clauses above can have written. */
async function everything(storage: Storage): Promise<unknown> {
  return {
    users: await storage.user('u_1'),
    accounts: [await storage.account('acme'), await storage.account('new')],
    members: (await storage.members('acme', { limit: 9 })).items,
    tokens: [await storage.token('t_1'), await storage.token('t_2')],
    audit: [
      (await storage.audit(ACME, {}, { limit: 9 })).items,
      (await storage.audit('user:u_1', {}, { limit: 9 })).items,
    ],
    heads: [await storage.auditHead(ACME), await storage.auditHead('user:u_1')],
    credentials: await storage.credentials('acme', { now: NOW }, { limit: 9 }),
    revisions: await storage.revisions([ACME, 'user:u_1']),
  }
}
