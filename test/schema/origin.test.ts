/** On whose behalf something is written: from what an access tells of its principal, to what the audit log keeps. */
import { createBailiwick, defineCatalog, originOf } from 'bailiwick'
import { memoryStorage } from 'bailiwick/storage/memory'
import { expect, test } from 'vitest'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'zone.read': { on: 'zone' } },
  groups: { read: { name: 'Read', permissions: ['zone.read'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['read'] } },
})

test('a person acts through a token, a service account too, an account’s own token for itself, a session by itself', async () => {
  const bw = createBailiwick({ catalog, storage: memoryStorage() })
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'olga' })
  await bw.members.add('acme', { service: 'ci', roles: ['owner'] })
  const policies = [{ effect: 'allow', permissionGroups: ['read'], resources: ['account:acme'] }] as const
  const owners = [{ user: 'olga' }, { account: 'acme', service: 'ci' }, { account: 'acme' }]
  const ids: string[] = []
  for (const owner of owners) {
    const { token, value } = await bw.tokens.create({ owner, name: 'n', policies })
    ids.push(token.id)
    const { principal } = await bw.authenticate(value)
    await bw.accounts.rename('acme', token.id, originOf(principal, '192.0.2.7'))
  }
  await bw.accounts.rename('acme', 'Acme', originOf((await bw.session({ user: 'olga' })).principal, null))
  const { items } = await bw.audit.list({ account: 'acme' }, { action: 'account.rename' })
  expect(items.map(({ actor, through, from }) => [actor, through, from]).reverse()).toEqual([
    ['user:olga', ids[0], '192.0.2.7'],
    ['service:acme/ci', ids[1], '192.0.2.7'],
    [`token:${ids[2]}`, ids[2], '192.0.2.7'],
    ['user:olga', undefined, undefined],
  ])
})

test('nobody is no origin', async () => {
  const bw = createBailiwick({ catalog, storage: memoryStorage() })
  const { principal } = await bw.authenticate('nonsense')
  expect(() => originOf(principal)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }))
})
