/**
 * The contract of `credential` and `principal`: one consistent read of all that decisions about one principal need.
 */
import assert from 'node:assert/strict'
import { MAX_STANDINGS } from '../../core/facts.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  at,
  blockToken,
  byBytes,
  commit,
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
  shuffled,
  token,
  user,
  write,
} from './fixtures.ts'

export const credentialClauses: Clauses = {
  'an unknown token is null': async (storage) => {
    assert.equal(await storage.credential('no_token'), null)
    assert.equal(await storage.token('no_token'), null)
  },

  'a credential holds the token, its secrets, its blocks, its owner, the standings and the revisions': async (
    storage,
  ) => {
    const mine = token(
      't_1',
      { user: 'u_1' },
      {
        policies: [policy('account:acme/zone:*')],
        condition: { ip: { in: ['2001:db8::/32'], notIn: ['2001:db8:1::/48'] } },
        notBefore: NOW,
        expiresOn: NOW + 1,
        issuedBy: 'user:u_1',
      },
    )
    const digests = { digest: 'd', previous: { digest: 'p', endsOn: NOW } }
    const acme = account('acme', { apiAccess: false, tokenRules: { maxLifetimeMs: 9, requireExpiry: true } })
    const here = member('acme', 'u_1', { apiAccess: true, readmitted: true, policies: [policy('account:acme')] })
    await write(storage, [putUser(user('u_1', { status: 'suspended' })), putAccount(acme), putAccount(account('beta'))])
    await write(storage, [
      putMember(here),
      addToken(mine, digests),
      blockToken('beta', 't_1'),
      blockToken('acme', 't_1'),
    ])
    assert.deepEqual(await storage.credential('t_1'), {
      token: mine,
      secrets: digests,
      blockedIn: ['acme', 'beta'],
      user: user('u_1', { status: 'suspended' }),
      standings: [{ account: acme, member: here }],
      revisions: new Map([
        ['user:u_1', 0],
        ['account:acme', 2],
      ]),
    })
  },

  'a user without a row is null, and its memberships count all the same': async (storage) => {
    await write(storage, [putAccount(account('acme')), putMember(member('acme', 'u_1'))])
    await write(storage, [addToken(token('t_1', { user: 'u_1' }, { policies: [policy('account:acme')] }))])
    const facts = await storage.credential('t_1')
    assert.equal(facts?.user, null)
    assert.equal(facts?.standings.length, 1)
    assert.equal((await storage.principal('u_1')).user, null)
  },

  'a service account stands in its own account alone, whatever its selectors name': async (storage) => {
    const mine = token(
      't_1',
      { account: 'acme', service: 'x' },
      { policies: [policy('account:*', 'account:beta/zone:z')] },
    )
    const service = member('acme', 'x', { kind: 'service' })
    await write(storage, [
      putAccount(account('acme')),
      putAccount(account('beta')),
      putUser(user('x', { status: 'suspended' })),
    ])
    await write(storage, [
      addToken(mine),
      putMember(member('beta', 'x', { kind: 'service' })),
      putMember(member('acme', 'x')),
    ])
    assert.deepEqual((await storage.credential('t_1'))?.standings, [], 'the person of the same id is somebody else')

    await write(storage, [putMember(service)])
    const facts = await storage.credential('t_1')
    assert.equal(facts?.user, null)
    assert.deepEqual(facts?.standings, [{ account: account('acme'), member: service }])
    assert.equal(facts?.revisions.get('account:acme'), 3)
  },

  'an account-owned token stands in its own account alone, as no member': async (storage) => {
    const mine = token('t_1', { account: 'acme' }, { policies: [policy('account:beta')], apiAccess: true })
    await write(storage, [
      putAccount(account('acme', { status: 'suspended' })),
      putAccount(account('beta')),
      addToken(mine),
    ])
    const facts = await storage.credential('t_1')
    assert.deepEqual(facts?.standings, [{ account: account('acme', { status: 'suspended' }), member: null }])
    assert.deepEqual([facts?.user, facts?.token.apiAccess, facts?.revisions.get('account:acme')], [null, true, 1])
  },

  'one id as a person and as a service account are two principals': async (storage) => {
    const person = member('acme', 'x', { roles: ['a'] })
    const service = member('acme', 'x', { kind: 'service', roles: ['b'] })
    const everywhere = { policies: [policy('account:*')] }
    await write(storage, [putAccount(account('acme')), putMember(person), putMember(service)])
    await write(storage, [
      addToken(token('t_u', { user: 'x' }, everywhere)),
      addToken(token('t_s', { account: 'acme', service: 'x' }, everywhere)),
    ])
    assert.deepEqual((await storage.credential('t_u'))?.standings, [{ account: account('acme'), member: person }])
    assert.deepEqual((await storage.credential('t_s'))?.standings, [{ account: account('acme'), member: service }])
    assert.deepEqual((await storage.principal('x')).standings, [{ account: account('acme'), member: person }])

    await write(storage, [removeMember('acme', 'x')])
    assert.deepEqual((await storage.credential('t_u'))?.standings, [])
    assert.deepEqual((await storage.credential('t_s'))?.standings.length, 1)
  },

  'a principal is loaded with all its standings in order of the account, and their revisions': async (storage) => {
    await write(storage, [putUser(user('u_1'))], entry('user:u_1'))
    for (const id of ['b', 'B', 'a']) {
      await write(
        storage,
        [putAccount(account(id)), putMember(member(id, 'u_1')), putMember(member(id, 'u_2'))],
        entry(`account:${id}`),
      )
    }
    const facts = await storage.principal('u_1')
    assert.deepEqual(facts.user, user('u_1'))
    assert.deepEqual(
      facts.standings,
      ['B', 'a', 'b'].map((id) => ({ account: account(id), member: member(id, 'u_1') })),
    )
    assert.deepEqual(
      new Map([...facts.revisions].sort(([a], [b]) => byBytes(a, b))),
      new Map([
        ['account:B', 1],
        ['account:a', 1],
        ['account:b', 1],
        ['user:u_1', 1],
      ]),
    )
  },

  [`of 1,200 memberships the first ${MAX_STANDINGS} in id order are loaded, and the named ones`]: async (storage) => {
    const ids = shuffled(1200).map((n) => `acme-${n}`)
    const last = [...ids].sort(byBytes).at(-1) ?? ''
    await write(
      storage,
      ids.flatMap((id) => [putAccount(account(id)), putMember(member(id, 'u_1'))]),
    )
    await write(storage, [
      addToken(token('t_all', { user: 'u_1' }, { policies: [policy('account:*')] })),
      addToken(token('t_named', { user: 'u_1' }, { policies: [policy('account:*', `account:${last}`)] })),
    ])
    const first = [...ids].sort(byBytes).slice(0, MAX_STANDINGS)
    const loaded = async (id: string) =>
      (await storage.credential(id))?.standings.map((standing) => standing.member?.account)
    assert.deepEqual(await loaded('t_all'), first)
    assert.deepEqual(await loaded('t_named'), [...first, last])
    assert.deepEqual(
      (await storage.principal('u_1')).standings.map((standing) => standing.account.id),
      first,
    )
    assert.equal((await storage.memberships('u_1')).length, 1200)
    assert.equal((await storage.credential('t_all'))?.revisions.size, MAX_STANDINGS + 1)
  },

  'a read never mixes two states': async (storage) => {
    const state = (n: number) => [
      putUser(user('u_1', { status: n % 2 ? 'active' : 'suspended' })),
      putAccount(account('acme', { name: String(n), revision: n })),
      putMember(member('acme', 'u_1', { revision: n })),
      putToken(token('t_1', { user: 'u_1' }, { revision: n, policies: [policy('account:acme')] }), secrets(String(n))),
    ]
    const both = (n: number) => at(['user:u_1', n], ['account:acme', n])
    assert.equal(await commit(storage, both(0), state(1), entry('account:acme')), true)

    let writing = true
    const reader = async () => {
      while (writing) {
        const facts = await storage.credential('t_1')
        const n = facts?.token.revision ?? 0
        const [standing] = facts?.standings ?? []
        assert.deepEqual(
          [standing?.account.revision, standing?.member?.revision, facts?.secrets.digest],
          [n, n, String(n)],
        )
        assert.equal(facts?.user?.status, n % 2 ? 'active' : 'suspended')
        assert.deepEqual([facts?.revisions.get('user:u_1'), facts?.revisions.get('account:acme')], [n, n])
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const writer = async () => {
      try {
        for (let n = 1; n <= 40; n++) {
          assert.equal(await commit(storage, both(n), state(n + 1), entry('account:acme')), true)
          await new Promise((resolve) => setImmediate(resolve))
        }
      } finally {
        writing = false
      }
    }
    await Promise.all([writer(), reader(), reader(), reader()])
  },
}
