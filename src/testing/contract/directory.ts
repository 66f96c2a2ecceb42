/**
 * The contract of the directory: lists that are complete, in order and stable while others write; counts and finders that miss nobody.
 */
import assert from 'node:assert/strict'
import type { Owner, Token } from '../../core/facts.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  allPages,
  LIMITS,
  member,
  NOW,
  putAccount,
  putMember,
  putToken,
  removeMember,
  shuffled,
  token,
  write,
} from './fixtures.ts'

export const directoryClauses: Clauses = {
  'what has no row is null, empty or none': async (storage) => {
    assert.equal(await storage.user('x'), null)
    assert.equal(await storage.account('x'), null)
    assert.equal(await storage.member({ account: 'x', kind: 'user', id: 'x' }), null)
    assert.deepEqual(await storage.members('x', { limit: 1 }), { items: [], next: null })
    assert.deepEqual(await storage.tokens({ user: 'x' }, { limit: 1 }), { items: [], next: null })
    assert.deepEqual(await storage.memberships('x'), [])
    assert.deepEqual(await storage.holders('x', 'r'), [])
    assert.equal(await storage.countTokens({ user: 'x' }), 0)
    assert.deepEqual([await storage.switchedOnTokens('x'), await storage.switchedOnMembers('x')], [[], []])
    assert.deepEqual(await storage.credentials('x', { now: NOW }, { limit: 1 }), { items: [], next: null })
    assert.deepEqual(await storage.tokensNaming('x', { limit: 1 }), { items: [], next: null })
    assert.deepEqual(await storage.tokensExpiring({ from: 0, before: NOW }, { limit: 1 }), { items: [], next: null })
    assert.deepEqual([await storage.tokenUses('x'), await storage.tokensByDigest(['x'])], [[], []])
    assert.deepEqual([await storage.tokensByDigest([]), await storage.countDigests('x', NOW)], [[], 0])
    assert.deepEqual([await storage.accounts(['x', 'y']), await storage.accounts([])], [[], []])
    assert.equal(await storage.auditHead('account:x'), null)
  },

  'accounts asked for by their ids come in the order asked, without those that are not there': async (storage) => {
    const ids = shuffled(20).map((n) => `a-${n}`)
    await write(
      storage,
      ids.map((id) => putAccount(account(id))),
    )
    assert.deepEqual(
      await storage.accounts(['x', ...ids, 'A-1', 'a-1 ']),
      ids.map((id) => account(id)),
    )
  },

  'members are listed by id and then kind, whole at every page size': async (storage) => {
    const people = shuffled(50).map((n) => member('acme', `m-${n}`))
    const services = ['m-7', 'm-70'].map((id) => member('acme', id, { kind: 'service' }))
    const elsewhere = [putAccount(account('beta')), putMember(member('beta', 'm-1'))]
    await write(storage, [putAccount(account('acme')), ...elsewhere, ...[...people, ...services].map(putMember)])
    const names = people.map(({ id }) => `${id} user`).concat(services.map(({ id }) => `${id} service`))
    for (const limit of LIMITS) {
      const listed = await allPages(limit, (page) => storage.members('acme', page))
      assert.deepEqual(
        listed.map(({ id, kind }) => `${id} ${kind}`),
        [...names].sort(),
        `limit ${limit}`,
      )
    }
  },

  'tokens are listed by id and exactly of their owner, revoked ones among them': async (storage) => {
    const owners: readonly Owner[] = [
      { user: 'x' },
      { account: 'acme' },
      { account: 'acme', service: 'x' },
      { account: 'x' },
      { account: 'acme', service: 'y' },
    ]
    const owned = owners.map((owner, o) =>
      shuffled(20 + o).map((n) => token(`t-${n}-${o}`, owner, { status: n === 3 ? 'revoked' : 'active' })),
    )
    await write(storage, [
      putAccount(account('acme')),
      putAccount(account('x')),
      ...owned.flat().map((t) => addToken(t)),
    ])
    for (const [o, owner] of owners.entries()) {
      for (const limit of LIMITS) {
        const listed = await allPages(limit, (page) => storage.tokens(owner, page))
        assert.deepEqual(listed, sorted(owned[o] ?? []), `${JSON.stringify(owner)} limit ${limit}`)
      }
    }
  },

  'a list that is inserted into between two pages skips nothing and repeats nothing': async (storage) => {
    const owner = { user: 'u_1' }
    const early = shuffled(30).map((n) => `t-${n}`)
    await write(
      storage,
      early.map((id) => addToken(token(id, owner))),
    )
    let round = 0
    const listed = await allPages(
      4,
      (page) => storage.tokens(owner, page),
      async () => {
        round += 1
        // One before everything, one in the middle, one behind everything.
        await write(
          storage,
          [`a-${round}`, `t-1${round}x`, `z-${round}`].map((id) => addToken(token(id, owner))),
        )
      },
    )
    const ids = listed.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual(
      early.filter((id) => !ids.includes(id)),
      [],
    )
    assert.deepEqual(ids, [...ids].sort())
  },

  'a cursor goes on where its item was, also when that item is gone': async (storage) => {
    await write(storage, [
      putAccount(account('acme')),
      ...['a', 'b', 'c', 'd'].map((id) => putMember(member('acme', id))),
    ])
    const first = await storage.members('acme', { limit: 2 })
    assert.ok(first.next !== null)
    await write(storage, [removeMember('acme', 'b')])
    const second = await storage.members('acme', { limit: 2, after: first.next })
    assert.deepEqual(
      second.items.map(({ id }) => id),
      ['c', 'd'],
    )
    assert.equal(second.next, null)
  },

  'a cursor that this storage never gave out is bad input': async (storage) => {
    await write(storage, [putAccount(account('acme')), putMember(member('acme', 'a'))])
    for (const after of ['', 'x', '%', 'bnVsbA', 'WzFd', 'W10']) {
      const asked = [
        storage.members('acme', { limit: 1, after }),
        storage.tokens({ user: 'u' }, { limit: 1, after }),
        storage.audit('account:acme', {}, { limit: 1, after }),
        storage.tokensNaming('acme', { limit: 1, after }),
        storage.tokensExpiring({ from: 0, before: 1 }, { limit: 1, after }),
        storage.credentials('acme', { now: NOW }, { limit: 1, after }),
      ]
      for (const list of asked) await assert.rejects(list, { code: 'ERR_BAILIWICK_INPUT' }, JSON.stringify(after))
    }
  },

  'memberships are all those of the person, in order of the account': async (storage) => {
    const ids = shuffled(40).map((n) => `acme-${n}`)
    await write(
      storage,
      ids.flatMap((id) => [putAccount(account(id)), putMember(member(id, 'x', { status: 'pending' }))]),
    )
    await write(
      storage,
      ids.map((id) => putMember(member(id, 'x', { kind: 'service' }))),
    )
    assert.deepEqual(
      (await storage.memberships('x')).map((m) => [m.account, m.kind]),
      [...ids].sort().map((id) => [id, 'user']),
    )
  },

  'holders are the people of the account with exactly this role, whatever their status': async (storage) => {
    const roles = (...names: readonly string[]) => ({ roles: names })
    await write(storage, [
      putAccount(account('acme')),
      putAccount(account('beta')),
      putMember(member('acme', 'c', { ...roles('viewer', 'owner'), status: 'suspended' })),
      putMember(member('acme', 'a', roles('owner'))),
      putMember(member('acme', 'b', { ...roles('owner'), status: 'pending' })),
      putMember(member('acme', 'd', roles('owner-2', 'co-owner', 'Owner', 'own', '"owner"', 'owner ', '', 'x"owner'))),
      putMember(member('acme', 'e', { ...roles('owner'), kind: 'service' })),
      putMember(member('beta', 'f', roles('owner'))),
    ])
    const holding = async (role: string) => (await storage.holders('acme', role)).map(({ id }) => id)
    assert.deepEqual(await holding('owner'), ['a', 'b', 'c'])
    assert.deepEqual(await holding('viewer'), ['c'])
    for (const role of ['own', '"owner"', 'owner ', 'Owner', '']) assert.deepEqual(await holding(role), ['d'], role)
    for (const role of ['%', 'owne_', '[', ',', 'owner","', 'OWNER']) assert.deepEqual(await holding(role), [], role)
  },

  'only tokens that are not revoked are counted, and an account with its service accounts together': async (
    storage,
  ) => {
    const states = (prefix: string, owner: Owner) => [
      addToken(token(`${prefix}1`, owner)),
      addToken(token(`${prefix}2`, owner, { status: 'disabled' })),
      addToken(token(`${prefix}3`, owner, { status: 'revoked' })),
    ]
    await write(storage, [
      putAccount(account('acme')),
      putAccount(account('beta')),
      ...states('u', { user: 'acme' }),
      ...states('a', { account: 'acme' }),
      ...states('s', { account: 'acme', service: 's' }),
      ...states('r', { account: 'acme', service: 'r' }),
      ...states('b', { account: 'beta' }),
    ])
    assert.equal(await storage.countTokens({ user: 'acme' }), 2)
    assert.equal(await storage.countTokens({ account: 'acme' }), 6)
    assert.equal(await storage.countTokens({ account: 'acme', service: 's' }), 2)
    await write(storage, [putToken(token('s1', { account: 'acme', service: 's' }, { status: 'revoked' }))])
    assert.equal(await storage.countTokens({ account: 'acme', service: 's' }), 1)
    assert.equal(await storage.countTokens({ account: 'acme' }), 5)
  },

  'what is switched on by name is found: members of both kinds, and the account’s own tokens': async (storage) => {
    const on = { apiAccess: true }
    await write(storage, [
      putAccount(account('acme')),
      putAccount(account('beta')),
      putMember(member('acme', 'b', on)),
      putMember(member('acme', 'a', { ...on, kind: 'service' })),
      putMember(member('acme', 'c', { apiAccess: false })),
      putMember(member('acme', 'd')),
      putMember(member('beta', 'e', on)),
      addToken(token('t2', { account: 'acme' }, { ...on, status: 'revoked' })),
      addToken(token('t1', { account: 'acme' }, on)),
      addToken(token('t3', { account: 'acme' }, { apiAccess: false })),
      addToken(token('t4', { account: 'acme' })),
      addToken(token('t5', { account: 'beta' }, on)),
    ])
    const a = { account: 'acme', kind: 'service', id: 'a' }
    const t2 = { id: 't2', name: 'Token t2', status: 'revoked' }
    assert.deepEqual(await storage.switchedOnMembers('acme'), [a, { account: 'acme', kind: 'user', id: 'b' }])
    assert.deepEqual(await storage.switchedOnTokens('acme'), [{ id: 't1', name: 'Token t1', status: 'active' }, t2])
    await write(storage, [putMember(member('acme', 'b')), putToken(token('t1', { account: 'acme' }))])
    assert.deepEqual(await storage.switchedOnMembers('acme'), [a])
    assert.deepEqual(await storage.switchedOnTokens('acme'), [t2])
  },
}

function sorted(tokens: readonly Token[]): readonly Token[] {
  return [...tokens].sort((a, b) => (a.id < b.id ? -1 : 1))
}
