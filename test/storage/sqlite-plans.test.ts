/** Every statement of the SQLite driver finds its rows through an index: SQLite's own plan says so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Owner } from '../../src/core/facts.ts'
import type { Storage } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  addToken,
  blockToken,
  entry,
  member,
  policy,
  putAccount,
  putMember,
  putToken,
  putUser,
  token,
  user,
  write,
} from '../../src/testing/contract/fixtures.ts'
import { LibsqlDatabase, overheard } from './databases.ts'

const page = { limit: 2 }
const owners: readonly Owner[] = [{ user: 'u_1' }, { account: 'acme' }, { account: 'acme', service: 's' }]

const OPERATIONS: Readonly<Record<keyof Omit<Storage, 'close'>, (storage: Storage) => Promise<unknown>>> = {
  credential: (s) => Promise.all(['t_1', 't_all', 't_service', 't_account'].map((id) => s.credential(id))),
  principal: (s) => s.principal('u_1'),
  revisions: (s) => s.revisions(['account:acme', 'user:u_1']),
  user: (s) => s.user('u_1'),
  account: (s) => s.account('acme'),
  member: (s) => s.member({ account: 'acme', kind: 'user', id: 'u_1' }),
  members: (s) =>
    s.members('acme', page).then(({ next }) => s.members('acme', { ...page, ...(next && { after: next }) })),
  memberships: (s) => s.memberships('u_1'),
  holders: (s) => s.holders('acme', 'administrator'),
  token: (s) => s.token('t_1'),
  tokens: (s) => Promise.all(owners.map((owner) => s.tokens(owner, page))),
  countTokens: (s) => Promise.all(owners.map((owner) => s.countTokens(owner))),
  switchedOnTokens: (s) => s.switchedOnTokens('acme'),
  switchedOnMembers: (s) => s.switchedOnMembers('acme'),
  audit: (s) => s.audit('account:acme', page),
  commit: (s) =>
    write(s, [
      { kind: 'remove_member', member: { account: 'acme', kind: 'user', id: 'u_3' } },
      { kind: 'unblock_token', account: 'acme', token: 't_1' },
      putToken(token('t_1', { user: 'u_1' })),
    ]),
}

describe('query plans', () => {
  const database = new LibsqlDatabase(':memory:')
  const asked: { readonly sql: string; readonly values: readonly unknown[] }[] = []
  const storage = sqliteStorage(overheard(database, (sql, values) => asked.push({ sql, values })))

  beforeAll(async () => {
    const service = { account: 'acme', service: 's' }
    await write(
      storage,
      [
        putUser(user('u_1')),
        putAccount(account('acme')),
        ...['u_1', 'u_2', 'u_3'].map((id) => putMember(member('acme', id))),
        putMember(member('acme', 's', { kind: 'service' })),
        addToken(token('t_1', { user: 'u_1' }, { policies: [policy('account:acme')] })),
        addToken(token('t_all', { user: 'u_1' }, { policies: [policy('account:*')] })),
        addToken(token('t_service', service, { policies: [policy('account:acme')] })),
        addToken(token('t_account', { account: 'acme' }, { policies: [policy('account:acme')] })),
        blockToken('acme', 't_1'),
      ],
      entry('account:acme'),
    )
  })
  afterAll(() => database.close())

  it.each(Object.entries(OPERATIONS))('%s scans no table and sorts no rows', async (_, ask) => {
    asked.length = 0
    await ask(storage)
    expect(asked).not.toEqual([])
    for (const { sql, values } of asked) {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as readonly {
        readonly detail: string
      }[]
      // The list of keys a statement was handed is gone through from end to end, as it must be.
      const slow = plan.filter(({ detail }) => /SCAN|TEMP B-TREE/.test(detail) && !detail.startsWith('SCAN asked '))
      expect(slow, sql).toEqual([])
    }
  })
})
