import { describe, expect, test } from 'vitest'
import { emptyWorld, OWNER_ROLE, PURGE, refused, START, world } from './helpers.ts'

describe('a new account', () => {
  test('has an owner from the start', async () => {
    const w = emptyWorld()
    const account = await w.admin.accounts.create({ id: 'a', name: 'A', owner: 'u', tokenRules: { requireIp: true } })
    expect(account).toEqual({
      id: 'a',
      name: 'A',
      status: 'active',
      apiAccess: true,
      tokenRules: { requireIp: true },
      revision: 1,
    })
    expect(await w.admin.accounts.get('a')).toEqual(account)
    const members = await w.admin.members.list('a')
    expect(members.items).toMatchObject([
      { kind: 'user', id: 'u', status: 'active', roles: [OWNER_ROLE], since: START },
    ])
    expect(await w.log('account:a')).toMatchObject([{ action: 'account.create', before: null, after: { account } }])
  })

  test('is refused where there is one, and to a suspended owner', async () => {
    const w = await world()
    expect(await refused(w.admin.accounts.create({ id: 'acme', name: 'B', owner: 'ann' }))).toBe('exists')
    await w.admin.users.suspend('bob')
    expect(await refused(w.admin.accounts.create({ id: 'b', name: 'B', owner: 'bob' }))).toBe('last_owner')
    expect(await w.admin.accounts.get('b')).toBeNull()
    expect(await w.admin.members.memberships('bob')).toHaveLength(1)
  })

  test('two at once: one is refused', async () => {
    const w = emptyWorld()
    const input = { id: 'a', name: 'A', owner: 'u' }
    const outcomes = await Promise.allSettled([w.admin.accounts.create(input), w.other.accounts.create(input)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(w.events).toHaveLength(1)
  })
})

test('name, suspension and rules', async () => {
  const { accounts } = (await world()).admin
  expect(await accounts.rename('acme', 'Acme Ltd')).toMatchObject({ name: 'Acme Ltd', revision: 2 })
  expect(await accounts.suspend('acme')).toMatchObject({ status: 'suspended', revision: 3 })
  expect(await accounts.suspend('acme')).toMatchObject({ status: 'suspended', revision: 3 })
  expect(await accounts.activate('acme')).toMatchObject({ status: 'active', revision: 4 })
  expect(await accounts.setTokenRules('acme', { maxLifetimeMs: 5 })).toMatchObject({ tokenRules: { maxLifetimeMs: 5 } })
  expect(await accounts.setTokenRules('acme', {})).toMatchObject({ tokenRules: {} })
  expect(await refused(accounts.rename('acme', ''))).toBe('name bad_name')
  for (const call of [
    () => accounts.rename('nope', 'x'),
    () => accounts.suspend('nope'),
    () => accounts.setApiAccess('nope', true),
    () => accounts.setTokenRules('nope', {}),
    () => accounts.blockToken('nope', 'x'),
    () => accounts.blockToken('acme', 'x'),
  ])
    expect(await refused(call())).toBe('ERR_BAILIWICK_NOT_FOUND')
})

describe('the switch', () => {
  test('names what stays on', async () => {
    const w = await world()
    const { accounts, members, tokens } = w.admin
    await members.setApiAccess('acme', { user: 'bob' }, true)
    await members.setApiAccess('acme', { user: 'ann' }, false)
    const own = { owner: { account: 'acme' }, name: 'break glass', policies: [PURGE], apiAccess: true }
    const { token } = await tokens.create(own)
    const gone = await tokens.create(own)
    await tokens.revoke(gone.token.id)
    const off = await accounts.setApiAccess('acme', false)
    expect(off.account.apiAccess).toBe(false)
    expect(off.staysOn).toEqual({
      members: [{ account: 'acme', kind: 'user', id: 'bob' }],
      tokens: [{ id: token.id, name: 'break glass' }],
    })
    w.events.length = 0
    expect(await accounts.setApiAccess('acme', false)).toEqual(off)
    expect(w.events).toEqual([])
    expect((await w.log('account:acme'))[0]).toMatchObject({
      action: 'account.set_api_access',
      before: { apiAccess: true },
      after: { apiAccess: false },
    })
  })
})

describe('a token blocked in one account', () => {
  test('is blocked there and nowhere else, until it is let in again', async () => {
    const w = await world()
    const { token } = await w.admin.tokens.create({ owner: { user: 'bob' }, name: 'n', policies: [PURGE] })
    w.events.length = 0
    await w.admin.accounts.blockToken('acme', token.id)
    await w.admin.accounts.blockToken('acme', token.id)
    expect((await w.storage.token(token.id))?.blockedIn).toEqual(['acme'])
    await w.admin.accounts.unblockToken('acme', token.id)
    expect((await w.storage.token(token.id))?.blockedIn).toEqual([])
    expect(w.events).toEqual([{ scopes: ['account:acme', 'user:bob'] }, { scopes: ['account:acme', 'user:bob'] }])
    expect((await w.log('account:acme')).slice(0, 2)).toMatchObject([
      {
        action: 'account.unblock_token',
        target: `token:${token.id}`,
        before: { blocked: true },
        after: { blocked: false },
      },
      {
        action: 'account.block_token',
        target: `token:${token.id}`,
        before: { blocked: false },
        after: { blocked: true },
      },
    ])
    expect(await w.admin.tokens.get(token.id)).toEqual(token)
  })
})
