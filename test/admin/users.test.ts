import { expect, test } from 'vitest'
import { emptyWorld, OWNER_ROLE, refused, world } from './helpers.ts'

test('a user never written is active, and activating it writes nothing', async () => {
  const w = emptyWorld()
  expect(await w.admin.users.get('x')).toEqual({ id: 'x', status: 'active' })
  expect(await w.admin.users.activate('x')).toEqual({ id: 'x', status: 'active' })
  expect(w.events).toEqual([])
})

test('a user is suspended and activated, with its memberships as they were', async () => {
  const w = await world()
  const memberships = await w.admin.members.memberships('bob')
  expect(await w.admin.users.suspend('bob')).toEqual({ id: 'bob', status: 'suspended' })
  expect(await w.admin.users.suspend('bob')).toEqual({ id: 'bob', status: 'suspended' })
  expect(await w.admin.users.get('bob')).toEqual({ id: 'bob', status: 'suspended' })
  expect(await w.admin.users.activate('bob')).toEqual({ id: 'bob', status: 'active' })
  expect(await w.admin.members.memberships('bob')).toEqual(memberships)
  expect((await w.log('user:bob')).map(({ action }) => action)).toEqual(['user.activate', 'user.suspend'])
})

test('every account that an owner leaves behind must have another', async () => {
  const w = await world()
  await w.admin.members.update('acme', { user: 'bob' }, { roles: [OWNER_ROLE] })
  await w.admin.accounts.create({ id: 'b', name: 'B', owner: 'bob' })
  expect(await refused(w.admin.users.suspend('bob'))).toBe('last_owner')
  await w.admin.members.add('b', { user: 'eve', roles: [OWNER_ROLE] })
  w.events.length = 0
  await w.admin.users.suspend('bob')
  expect(w.events).toEqual([{ scopes: ['user:bob', 'account:acme', 'account:b'] }])
})

test('an account that the user comes to own while it is being suspended is among the scopes too', async () => {
  let between: (() => Promise<unknown>) | null = null
  const w = await world({
    through: (storage) => ({
      ...storage,
      memberships: async (user) => {
        const found = await storage.memberships(user)
        const meanwhile = between
        between = null
        await meanwhile?.()
        return found
      },
    }),
  })
  between = async () => {
    await w.other.accounts.create({ id: 'b', name: 'B', owner: 'eve' })
    await w.other.members.add('b', { user: 'bob', roles: [OWNER_ROLE] })
  }
  await w.admin.users.suspend('bob')
  expect(w.events.at(-1)).toEqual({ scopes: ['user:bob', 'account:b'] })
})

test('ids that are none', async () => {
  const { users } = emptyWorld().admin
  expect(await refused(users.get(''))).toBe('id bad_id')
  expect(await refused(users.suspend('\ud800'))).toBe('id bad_id')
})
