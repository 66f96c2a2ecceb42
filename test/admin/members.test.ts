import { describe, expect, test } from 'vitest'
import { OWNER_ROLE, PURGE, refused, START, world } from './helpers.ts'

const BOB = { user: 'bob' }
const BOT = { service: 'bot' }

describe('adding', () => {
  test('begins a membership now', async () => {
    const w = await world()
    w.pass(7)
    const added = await w.admin.members.add('acme', {
      user: 'eve',
      roles: ['reader'],
      policies: [{ ...PURGE, id: 'p' }],
    })
    expect(added).toEqual({
      account: 'acme',
      kind: 'user',
      id: 'eve',
      status: 'active',
      since: START + 7,
      readmitted: false,
      roles: ['reader'],
      policies: [{ ...PURGE, id: 'p' }],
      apiAccess: null,
      revision: added.revision,
    })
    expect(await w.admin.members.get('acme', { user: 'eve' })).toEqual(added)
    expect(await w.admin.members.memberships('eve')).toEqual([added])
  })

  test('is refused twice, but a person and a service account of one id are two', async () => {
    const { members } = (await world()).admin
    expect(await refused(members.add('acme', BOB))).toBe('exists')
    expect(await members.add('acme', { service: 'bob' })).toMatchObject({ kind: 'service', id: 'bob' })
    expect(await refused(members.add('nope', BOB))).toBe('ERR_BAILIWICK_NOT_FOUND')
  })

  test('again begins after every token of the member, and its tokens begin after it, whatever the clock says', async () => {
    const w = await world()
    const { members, tokens } = w.admin
    const grant = { name: 't', policies: [PURGE] }
    for (const [ref, owner] of [
      [BOB, { user: 'bob' }],
      [BOT, { account: 'acme', service: 'bot' }],
    ] as const) {
      const { token: old } = await tokens.create({ owner, ...grant })
      await members.remove('acme', ref)
      w.pass(-5_000) // the clock is set back
      const again = await members.add('acme', ref)
      expect(again.since).toBeGreaterThan(old.issuedOn)
      const { token: fresh } = await tokens.create({ owner, ...grant })
      expect(fresh.issuedOn).toBeGreaterThanOrEqual(again.since)
      expect(fresh.secretIssuedOn).toBe(fresh.issuedOn)
      await members.remove('acme', ref)
      expect((await members.add('acme', ref)).since).toBeGreaterThan(fresh.issuedOn) // in the same millisecond
    }
  })

  test('again begins anew, unless earlier tokens are let back in', async () => {
    const w = await world()
    const { members } = w.admin
    for (const ref of [BOB, BOT]) {
      const first = await members.get('acme', ref)
      w.pass(10)
      expect(await members.remove('acme', ref)).toEqual(first)
      expect(await members.get('acme', ref)).toBeNull()
      const second = await members.add('acme', ref)
      expect(second).toMatchObject({ since: w.now(), readmitted: false, roles: [], policies: [] })
      await members.remove('acme', ref)
      const third = await members.add('acme', { ...ref, readmit: true })
      expect(third.readmitted).toBe(true)
      expect(new Set([first?.revision, second.revision, third.revision]).size).toBe(3)
    }
  })
})

describe('changes', () => {
  test('keep what isn’t given, and when the membership began', async () => {
    const w = await world()
    const { members } = w.admin
    const before = await members.get('acme', BOB)
    w.pass(10)
    const after = await members.update('acme', BOB, { policies: [{ ...PURGE, id: 'p' }] })
    expect(after).toEqual({ ...before, policies: [{ ...PURGE, id: 'p' }], revision: after.revision })
    expect(after.revision).toBeGreaterThan(before?.revision ?? Infinity)
    w.events.length = 0
    expect(await members.update('acme', BOB, { roles: ['reader', 'reader'] })).toEqual(after)
    expect(w.events).toEqual([])
  })

  test('at another revision are refused', async () => {
    const { members } = (await world()).admin
    const { revision } = await members.update('acme', BOB, { roles: [] })
    expect(await refused(members.update('acme', BOB, { roles: ['reader'], ifRevision: revision - 1 }))).toBe('revision')
    expect(await members.update('acme', BOB, { roles: ['reader'], ifRevision: revision })).toMatchObject({
      roles: ['reader'],
    })
  })

  test('of nobody', async () => {
    const { members } = (await world()).admin
    for (const call of [
      () => members.update('acme', { user: 'bot' }, {}),
      () => members.suspend('nope', BOB),
      () => members.remove('acme', { service: 'bob' }),
    ])
      expect(await refused(call())).toBe('ERR_BAILIWICK_NOT_FOUND')
    expect(await members.get('acme', { user: 'x' })).toBeNull()
  })

  test('the switch of a member has three states', async () => {
    const { members } = (await world()).admin
    for (const apiAccess of [true, false, null])
      expect(await members.setApiAccess('acme', BOT, apiAccess)).toMatchObject({ apiAccess })
  })
})

describe('what a member may do', () => {
  test('is told with where it comes from, and what its tokens meet', async () => {
    const w = await world()
    const { members, accounts } = w.admin
    await members.update('acme', BOB, { policies: [{ ...PURGE, id: 'p' }] })
    const member = await members.get('acme', BOB)
    const access = await members.access('acme', BOB)
    expect(access).toMatchObject({ member, closed: null, apiAccess: { own: null, effective: true } })
    expect(access.rights.map(({ from, permissions }) => [from.kind, from.id, permissions])).toEqual([
      ['role', 'reader', ['dns.read', 'kv.read']],
      ['policy', 'p', ['cache.purge']],
    ])
    expect(access.words).toContain('dns.read')

    await accounts.setApiAccess('acme', false)
    expect((await members.access('acme', BOB)).apiAccess).toEqual({ own: null, effective: false })
    await members.setApiAccess('acme', BOB, true)
    expect((await members.access('acme', BOB)).apiAccess).toEqual({ own: true, effective: true })
    await members.suspend('acme', BOB)
    expect(await members.access('acme', BOB)).toMatchObject({ closed: 'member_suspended', member: { id: 'bob' } })
  })

  test('of nobody can’t be told', async () => {
    const { members } = (await world()).admin
    for (const call of [members.access('acme', { user: 'bot' }), members.access('nope', BOB)])
      expect(await refused(call)).toBe('ERR_BAILIWICK_NOT_FOUND')
    expect(await refused(members.access('acme', {} as never))).toBe('member bad_member')
  })
})

describe('re-admitting', () => {
  test('lets the earlier tokens of a member back in, and out again', async () => {
    const w = await world()
    const { members, tokens, accounts } = w.admin
    const closed = async () => (await accounts.credentials('acme')).items.map((one) => one.closed)
    await tokens.create({ owner: { user: 'bob' }, name: 'old', policies: [PURGE] })
    await members.remove('acme', BOB)
    const again = await members.add('acme', BOB)
    expect(await closed()).toEqual([])
    w.events.length = 0
    expect(await members.setReadmitted('acme', BOB, true)).toEqual({
      ...again,
      readmitted: true,
      revision: again.revision + 1,
    })
    expect(await closed()).toEqual([null])
    expect(w.events).toEqual([{ scopes: ['account:acme', 'user:bob'] }])
    await members.setReadmitted('acme', BOB, true)
    expect(w.events).toHaveLength(1)
    await members.setReadmitted('acme', BOB, false, { by: { user: 'ann' } })
    expect(await closed()).toEqual([])
    expect((await w.log('account:acme'))[0]).toMatchObject({
      action: 'member.set_readmitted',
      actor: 'user:ann',
      before: { readmitted: true },
      after: { readmitted: false },
    })
    expect(await refused(members.setReadmitted('acme', BOB, 'yes' as never))).toBe('readmitted bad_type')
    expect(await refused(members.setReadmitted('acme', { user: 'eve' }, true))).toBe('ERR_BAILIWICK_NOT_FOUND')
  })

  test('changes nothing of who owns the account', async () => {
    const { members } = (await world()).admin
    expect(await members.setReadmitted('acme', { user: 'ann' }, true)).toMatchObject({ roles: [OWNER_ROLE] })
    expect(await refused(members.remove('acme', { user: 'ann' }))).toBe('last_owner')
  })
})

describe('a member', () => {
  test('is named by the whole key that other calls give, of the same account', async () => {
    const w = await world()
    const { members, accounts, resources } = w.admin
    await members.setApiAccess('acme', BOB, true)
    const { staysOn } = await accounts.setApiAccess('acme', false)
    const { members: lost } = await resources.forget('account:acme/zone:a')
    expect(staysOn.members).toEqual([{ account: 'acme', kind: 'user', id: 'bob' }])
    expect(lost).toEqual([{ account: 'acme', kind: 'service', id: 'bot' }])
    for (const key of [...staysOn.members, ...lost]) {
      expect(await members.get('acme', key)).toMatchObject(key)
      expect(await members.setApiAccess('acme', key, null)).toMatchObject({ ...key, apiAccess: null })
    }
    const key = { account: 'acme', kind: 'user', id: 'bob' } as const
    expect(await refused(members.suspend('zeta', key))).toBe('member.account bad_member')
    expect(await refused(members.get('acme', { ...key, account: 'zeta' }))).toBe('member.account bad_member')
    expect(await refused(members.get('acme', { ...key, kind: 'robot' } as never))).toBe('member.kind bad_value')
    expect(await refused(members.get('acme', { kind: 'user', user: 'bob' } as never))).toBe(
      'member.account required, member.id required, member.user unknown_field',
    )
    expect(await refused(members.get('acme', { account: 'acme', id: 'bob' } as never))).toContain('unknown_field')
    expect(await refused(members.add('acme', { ...key, id: 'eve' } as never))).toContain('unknown_field')
    expect(await members.get('acme', BOB)).toMatchObject({ status: 'active' })
  })
})

describe('status', () => {
  test('an invitation is accepted, and counts from when it was sent', async () => {
    const w = await world()
    const { members } = w.admin
    await members.add('acme', { user: 'eve', status: 'pending' })
    w.pass(10)
    expect(await refused(members.suspend('acme', { user: 'eve' }))).toBe('state')
    expect(await refused(members.activate('acme', { user: 'eve' }))).toBe('state')
    expect(await members.accept('acme', { user: 'eve' })).toMatchObject({ status: 'active', since: START })
    expect(await members.accept('acme', { user: 'eve' })).toMatchObject({ status: 'active' })
    expect(await members.suspend('acme', { user: 'eve' })).toMatchObject({ status: 'suspended', since: START })
    expect(await refused(members.accept('acme', { user: 'eve' }))).toBe('state')
    expect(await members.activate('acme', { user: 'eve' })).toMatchObject({ status: 'active', since: START })
  })
})

describe('the last owner', () => {
  const ANN = { user: 'ann' }

  test('can’t be removed, suspended or lose the role', async () => {
    const w = await world()
    const { members, users } = w.admin
    for (const call of [
      () => members.remove('acme', ANN),
      () => members.suspend('acme', ANN),
      () => members.update('acme', ANN, { roles: ['reader'] }),
      () => users.suspend('ann'),
    ])
      expect(await refused(call())).toBe('last_owner')
    expect(w.events).toEqual([])
    expect(await members.update('acme', ANN, { roles: [OWNER_ROLE, 'reader'] })).toMatchObject({ status: 'active' })
  })

  test('can when another one takes over: active, a person, and not suspended itself', async () => {
    const w = await world()
    const { members, users } = w.admin
    await members.update('acme', BOT, { roles: [OWNER_ROLE] })
    await members.add('acme', { user: 'eve', roles: [OWNER_ROLE], status: 'pending' })
    await users.suspend('bob')
    await members.update('acme', BOB, { roles: [OWNER_ROLE] })
    expect(await refused(members.remove('acme', ANN))).toBe('last_owner')
    expect(await refused(users.suspend('ann'))).toBe('last_owner')
    await users.activate('bob')
    await members.remove('acme', ANN)
    expect(await refused(members.remove('acme', BOB))).toBe('last_owner')
    await members.accept('acme', { user: 'eve' })
    await users.suspend('bob')
    expect(await refused(users.suspend('eve'))).toBe('last_owner')
  })

  test('is a person: a service account of the same id comes and goes', async () => {
    const { members } = (await world()).admin
    await members.add('acme', { service: 'ann', roles: [OWNER_ROLE] })
    expect(await members.suspend('acme', { service: 'ann' })).toMatchObject({ status: 'suspended' })
    expect(await refused(members.remove('acme', ANN))).toBe('last_owner')
    expect(await members.remove('acme', { service: 'ann' })).toMatchObject({ kind: 'service' })
  })

  test('of a suspended account too', async () => {
    const { accounts, members } = (await world()).admin
    await accounts.suspend('acme')
    expect(await refused(members.remove('acme', ANN))).toBe('last_owner')
  })

  test('two owners who suspend each other at once leave one', async () => {
    const w = await world()
    await w.admin.members.update('acme', BOB, { roles: [OWNER_ROLE] })
    const outcomes = await Promise.allSettled([w.admin.users.suspend('ann'), w.other.users.suspend('bob')])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})
