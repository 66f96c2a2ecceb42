/**
 * The contract of which accounts a user's token is loaded with: those its selectors name, and no others.
 */
import assert from 'node:assert/strict'
import type { CredentialFacts, Policy } from '../../core/facts.ts'
import type { Storage } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import { account, addToken, denial, entry, member, policy, putAccount, putMember, token, write } from './fixtures.ts'

export const reachClauses: Clauses = {
  'a token is loaded with the accounts its selectors name, allow or deny, in id order': async (storage) => {
    const policies = [policy('account:c', 'account:c/zone:x'), denial('account:a/zone:z/record:*')]
    const facts = await loaded(storage, ['a', 'b', 'c'], policies)
    assert.deepEqual(standing(facts), ['a', 'c'])
    assert.deepEqual(
      facts.revisions,
      new Map([
        ['user:u_1', 0],
        ['account:c', 1],
        ['account:a', 1],
      ]),
    )
  },

  'a wildcard account loads every membership, whatever stands behind it': async (storage) => {
    for (const selector of ['account:*', 'account:*/zone:z1']) {
      const facts = await loaded(storage, ['a', 'b', 'c'], [policy(selector)])
      assert.deepEqual(standing(facts), ['a', 'b', 'c'])
      assert.equal(facts.revisions.size, 4)
    }
  },

  'an account without a row, or without a membership, has a revision and no standing': async (storage) => {
    await write(
      storage,
      [putAccount(account('stranger')), putMember(member('stranger', 'u_2'))],
      entry('account:stranger'),
    )
    const facts = await loaded(storage, ['a'], [policy('account:nowhere', 'account:stranger', 'account:a')])
    assert.deepEqual(standing(facts), ['a'])
    assert.deepEqual(
      facts.revisions,
      new Map([
        ['user:u_1', 0],
        ['account:nowhere', 0],
        ['account:stranger', 1],
        ['account:a', 1],
      ]),
    )
  },

  'memberships and accounts are loaded whatever their status': async (storage) => {
    await write(storage, [
      putAccount(account('shut', { status: 'suspended' })),
      putMember(member('shut', 'u_1', { status: 'pending' })),
      addToken(token('t_shut', { user: 'u_1' }, { policies: [policy('account:shut')] })),
      addToken(token('t_wild', { user: 'u_1' }, { policies: [policy('account:*')] })),
    ])
    const expected = [
      { account: account('shut', { status: 'suspended' }), member: member('shut', 'u_1', { status: 'pending' }) },
    ]
    assert.deepEqual((await storage.credential('t_shut'))?.standings, expected)
    assert.deepEqual((await storage.credential('t_wild'))?.standings, expected)
  },

  'ids in selectors are decoded, and an account called * is not the wildcard': async (storage) => {
    const facts = await loaded(
      storage,
      ['*', 'a/b c', 'ü', 'other'],
      [policy('account:%2A', 'account:a%2Fb%20c/zone:z', 'account:%C3%BC')],
    )
    assert.deepEqual(standing(facts), ['*', 'a/b c', 'ü'])
  },

  'selectors of users name no account, and no selectors load nothing': async (storage) => {
    assert.deepEqual(standing(await loaded(storage, ['u_1', 'a'], [policy('user:u_1')])), [])
    assert.deepEqual(standing(await loaded(storage, ['a'], [])), [])
  },

  'selectors that make no sense load nothing and harm nothing': async (storage) => {
    const nonsense = policy('', 'account', 'account:', 'account:%', 'account:%ZZ/x:y', 'accounts:a', '*', 'account:a')
    assert.deepEqual(standing(await loaded(storage, ['a', 'b'], [nonsense])), ['a'])
  },
}

/** The facts of a token of `u_1`, a member of these accounts, with these policies. */
async function loaded(
  storage: Storage,
  accounts: readonly string[],
  policies: readonly Policy[],
): Promise<CredentialFacts> {
  for (const id of accounts) {
    const missing = (await storage.account(id)) === null
    if (missing) await write(storage, [putAccount(account(id)), putMember(member(id, 'u_1'))], entry(`account:${id}`))
  }
  const id = `t_${await storage.countTokens({ user: 'u_1' })}`
  await write(storage, [addToken(token(id, { user: 'u_1' }, { policies }))], entry('account:elsewhere'))
  const facts = await storage.credential(id)
  assert.ok(facts !== null)
  return facts
}

function standing(facts: CredentialFacts): readonly string[] {
  return facts.standings.map(({ account }) => account.id)
}
