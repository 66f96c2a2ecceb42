/**
 * The contract of which tokens of members are listed: not those of pending members, nor those issued before the membership began.
 */
import assert from 'node:assert/strict'
import type { Member } from '../../core/facts.ts'
import type { Storage } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  editToken,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  putToken,
  removeMember,
  token,
  write,
} from './fixtures.ts'

const JANE = { user: 'jane' }

const EVERYWHERE = { policies: [policy('account:*')] }

const NAMED = { policies: [policy('account:acme')] }

export const letInClauses: Clauses = {
  'an invitation shows no token, and to accept it shows them all; a suspension hides none': async (storage) => {
    await write(storage, [
      putAccount(account('acme')),
      addToken(token('before', JANE, EVERYWHERE)),
      ...jane({ status: 'pending' }),
      addToken(token('since', JANE, NAMED)),
    ])
    assert.deepEqual(await listed(storage), [])
    await write(storage, jane({ status: 'pending', readmitted: true }))
    assert.deepEqual(await listed(storage), [])
    await write(storage, [editToken(token('since', JANE, { ...NAMED, name: 'put anew' }))])
    assert.deepEqual(await listed(storage), [])
    for (const status of ['active', 'suspended'] as const) {
      await write(storage, jane({ status }))
      assert.deepEqual(await listed(storage), ['before', 'since'])
    }
    await write(storage, jane({ status: 'pending' }))
    assert.deepEqual(await listed(storage), [])
  },

  'of who was added again only tokens issued since are shown, until the earlier ones are let back in': async (
    storage,
  ) => {
    await write(storage, [
      putAccount(account('acme')),
      ...jane({}),
      ...[-1, 0, 1, 2].map((n) =>
        addToken(token(`t${n}`, JANE, { ...(n % 2 ? NAMED : EVERYWHERE), issuedOn: NOW + n })),
      ),
    ])
    assert.deepEqual(await listed(storage), ['t0', 't1', 't2'])
    await write(storage, [removeMember('acme', 'jane')])
    assert.deepEqual(await listed(storage), [])
    await write(storage, jane({ since: NOW + 1 }))
    assert.deepEqual(await listed(storage), ['t1', 't2'])
    await write(storage, jane({ since: NOW + 1, readmitted: true }))
    assert.deepEqual(await listed(storage), ['t-1', 't0', 't1', 't2'])
    await write(storage, [addToken(token('later', JANE, { ...NAMED, issuedOn: NOW }))])
    assert.deepEqual(await listed(storage), ['later', 't-1', 't0', 't1', 't2'])
    await write(storage, jane({ since: NOW + 1 }))
    assert.deepEqual(await listed(storage), ['t1', 't2'])
    await write(storage, [removeMember('acme', 'jane'), ...jane({ since: NOW + 9, readmitted: true })])
    assert.deepEqual(await listed(storage), ['later', 't-1', 't0', 't1', 't2'])
  },

  'a token written while its owner is a member is shown by the time of its issue': async (storage) => {
    await write(storage, [putAccount(account('acme')), ...jane({ since: NOW })])
    await write(storage, [
      addToken(token('early', JANE, { ...EVERYWHERE, issuedOn: NOW - 1 })),
      addToken(token('named', JANE, { ...NAMED, issuedOn: NOW - 1 })),
      addToken(token('timely', JANE, EVERYWHERE)),
    ])
    assert.deepEqual(await listed(storage), ['timely'])
    await write(storage, [
      putToken(token('early', JANE, EVERYWHERE)),
      editToken(token('named', JANE, NAMED)),
      editToken(token('timely', JANE, { ...NAMED, issuedOn: NOW - 1 })),
    ])
    assert.deepEqual(await listed(storage), ['early', 'named'])
  },

  'a use made while it was not shown is told when it is': async (storage) => {
    await write(storage, [
      putAccount(account('acme')),
      ...jane({ status: 'pending' }),
      addToken(token('t', JANE, NAMED)),
    ])
    await storage.recordUse({ uses: [{ token: 't', account: 'acme', at: NOW + 5, from: null }], digests: [] })
    await write(storage, jane({}))
    const { items } = await storage.credentials('acme', { now: NOW, unusedSince: NOW + 6 }, { limit: 9 })
    assert.deepEqual(
      items.map(({ lastUse }) => lastUse),
      [{ at: NOW + 5, from: null }],
    )
    assert.deepEqual((await storage.credentials('acme', { now: NOW, neverUsed: true }, { limit: 9 })).items, [])
  },

  'tokens of the account, and of service accounts in whatever state, are shown; so is what only names it': async (
    storage,
  ) => {
    const early = { issuedOn: NOW - 9 }
    await write(storage, [
      putAccount(account('acme')),
      putMember(member('acme', 's', { kind: 'service', status: 'pending', since: NOW + 9 })),
      addToken(token('own', { account: 'acme' }, early)),
      addToken(token('service', { account: 'acme', service: 's' }, early)),
      ...jane({ status: 'pending' }),
      addToken(token('personal', JANE, NAMED)),
    ])
    assert.deepEqual(await listed(storage), ['own', 'service'])
    const naming = await storage.tokensNaming('acme', { limit: 9 })
    assert.deepEqual(
      naming.items.map(({ id }) => id),
      ['personal'],
    )
  },
}

/** Writes Jane's membership, and another one elsewhere that must not matter. */
function jane(over: Partial<Member>) {
  return [
    putAccount(account('beta')),
    putMember(member('beta', 'jane', { since: 0 })),
    putMember(member('acme', 'jane', over)),
  ]
}

async function listed(storage: Storage): Promise<readonly string[]> {
  const filters = [{}, { kind: 'user' }, { owner: JANE }, { status: 'active' }] as const
  const lists = filters.map((filter) => storage.credentials('acme', { now: NOW, ...filter }, { limit: 99 }))
  const [all = [], ...personal] = (await Promise.all(lists)).map(({ items }) => items.map((record) => record.token))
  const janes = all.filter(({ owner }) => 'user' in owner)
  for (const list of personal.slice(0, 2)) assert.deepEqual(list, janes)
  assert.deepEqual(personal[2], all)
  return all.map(({ id }) => id)
}
