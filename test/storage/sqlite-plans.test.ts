/** Every statement of the SQLite driver finds its rows through an index: SQLite's own plan says so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Owner } from '../../src/core/facts.ts'
import type { AuditQuery, AuditTerms, CredentialFilter, Page, PageRequest, Storage } from '../../src/storage/port.ts'
import { type SqliteDatabase, sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  addToken,
  blockToken,
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
  token,
  user,
  write,
} from '../../src/testing/contract/fixtures.ts'
import { LibsqlDatabase, overheard } from './databases.ts'

const page = { limit: 1 }

/** Each filter alone, and what leads where filters are combined. */
const FILTERS: readonly CredentialFilter[] = [
  {},
  { owner: { user: 'u_1' } },
  { owner: { account: 'acme', service: 's' } },
  { owner: { account: 'acme' } },
  { kind: 'user' },
  { status: 'active' },
  { status: 'disabled' },
  { status: 'expired' },
  { status: 'revoked' },
  { unusedSince: NOW + 1 },
  { neverUsed: true },
  { expiresBefore: NOW + 9 },
  { breaks: { maxLifetimeMs: 1, requireExpiry: true, requireIp: true, forbidPersonal: true } },
  { breaks: {} },
  { staysOn: true },
  { kind: 'user', status: 'active', neverUsed: true },
  { kind: 'user', status: 'active', breaks: { requireIp: true } },
  { unusedSince: NOW + 1, expiresBefore: NOW + 9, staysOn: true, status: 'expired' },
  { unusedSince: NOW + 1, neverUsed: true, kind: 'service', breaks: { maxLifetimeMs: 1 } },
].map((filter) => ({ now: NOW, ...filter }) as CredentialFilter)

/** The columns that find the rows, and the order they are found in. */
const LED: readonly (readonly [filter: Partial<CredentialFilter>, plan: RegExp])[] = [
  [{}, /^SEARCH c USING PRIMARY KEY \(account=\? AND token>\?\)$/],
  [{ owner: { user: 'u_1' } }, /_of_owner \(account=\? AND owner_kind=\? AND owner_id=\? AND token>\?\)$/],
  [{ kind: 'user' }, /_of_kind \(account=\? AND owner_kind=\? AND token>\?\)$/],
  [{ status: 'active' }, /_of_status \(account=\? AND status=\? AND token>\?\)$/],
  [{ status: 'expired' }, /_by_expiry \(account=\? AND \(expires_on,token\)>\(\?,\?\) AND expires_on<\?\)$/],
  [{ expiresBefore: NOW }, /_by_expiry \(account=\? AND \(expires_on,token\)>\(\?,\?\) AND expires_on<\?\)$/],
  [{ unusedSince: NOW }, /_by_idleness \(account=\? AND \(idle_since,token\)>\(\?,\?\) AND idle_since<\?\)$/],
  [{ neverUsed: true }, /_never_used \(account=\? AND token>\?\)$/],
  [{ staysOn: true }, /_switched_on \(account=\? AND token>\?\)$/],
  [{ breaks: { requireIp: true } }, /COVERING INDEX \w+_ruled \(account=\? AND token>\?\)$/],
]

const TERMS: readonly AuditTerms[] = [
  { actors: ['host', 'user:u_1'] },
  { through: ['t_1'] },
  { actions: ['test.write', 'token.create'] },
  { targets: ['account:acme'] },
  { since: 0, until: NOW + 1 },
  { actors: ['host'], through: ['t_1'], actions: ['a'], targets: ['b'], since: 0 },
]

const QUERIES: readonly AuditQuery[] = (['newest', 'oldest'] as const).flatMap((order) => [
  { order },
  ...TERMS.flatMap((terms) => [
    { order, is: terms },
    { order, not: terms },
  ]),
])

const SORTED = 'USE TEMP B-TREE FOR ORDER BY'

const BY_TIME = 'bailiwick_audit_by_time'

function fillLog(database: SqliteDatabase, entries: number): void {
  database
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO bailiwick_audit SELECT 'account:acme', i, ?1 + 1 - i, 'host', NULL, NULL, 'a.b', 't', '1', '2', 'p', 'h' FROM n`,
    )
    .run(entries)
}

/** The first page, and the one that a cursor leads to. */
async function twoPages<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<void> {
  const { next } = await list(page)
  if (next !== null) await list({ ...page, after: next })
}

const owners: readonly Owner[] = [{ user: 'u_1' }, { account: 'acme' }, { account: 'acme', service: 's' }]

const OPERATIONS: Readonly<Record<keyof Omit<Storage, 'close'>, (storage: Storage) => Promise<unknown>>> = {
  credential: (s) => Promise.all(['t_1', 't_all', 't_service', 't_account'].map((id) => s.credential(id))),
  principal: (s) => s.principal('u_1'),
  revisions: (s) => s.revisions(['account:acme', 'user:u_1']),
  user: (s) => s.user('u_1'),
  account: (s) => s.account('acme'),
  member: (s) => s.member({ account: 'acme', kind: 'user', id: 'u_1' }),
  members: (s) => twoPages((p) => s.members('acme', p)),
  memberships: (s) => s.memberships('u_1'),
  holders: (s) => s.holders('acme', 'administrator'),
  token: (s) => s.token('t_1'),
  tokens: (s) => Promise.all(owners.map((owner) => s.tokens(owner, page))),
  countTokens: (s) => Promise.all(owners.map((owner) => s.countTokens(owner))),
  switchedOnTokens: (s) => s.switchedOnTokens('acme'),
  switchedOnMembers: (s) => s.switchedOnMembers('acme'),
  credentials: (s) => Promise.all(FILTERS.map((filter) => twoPages((p) => s.credentials('acme', filter, p)))),
  tokensNaming: (s) => twoPages((p) => s.tokensNaming('acme', p)),
  tokensExpiring: (s) => twoPages((p) => s.tokensExpiring({ from: NOW, before: NOW + 9 }, p)),
  tokenUses: (s) => s.tokenUses('t_1'),
  tokensByDigest: (s) => s.tokensByDigest(['a', 'b']),
  accounts: (s) => s.accounts(['acme', 'beta']),
  countDigests: (s) => s.countDigests('sha256', NOW),
  audit: (s) => Promise.all(QUERIES.map((query) => twoPages((p) => s.audit('account:acme', query, p)))),
  auditHead: (s) => s.auditHead('account:acme'),
  recordUse: (s) => {
    const use = { token: 't_1', at: NOW, from: null }
    return s.recordUse({
      uses: [
        { ...use, account: 'acme' },
        { ...use, account: null },
      ],
      digests: [{ token: 't_1', from: 'a', to: 'b' }],
    })
  },
  commit: (s) =>
    write(s, [
      removeMember('acme', 'u_3'),
      putMember(member('acme', 'u_4')),
      putMember(member('acme', 's', { kind: 'service', revision: 2 })),
      { kind: 'unblock_token', account: 'acme', token: 't_1' },
      putToken(token('t_1', { user: 'u_1' })),
      editToken(token('t_1', { user: 'u_1' }, { revision: 2 })),
      addToken(token('t_new', { user: 'u_1' }, { policies: [policy('account:acme', 'account:beta')] })),
      addToken(token('t_newer', { account: 'acme' })),
      blockToken('acme', 't_new'),
      { kind: 'prune_audit', scope: 'account:acme', before: 2 },
    ]),
}

describe('query plans', () => {
  const database = new LibsqlDatabase(':memory:')
  const planner = new LibsqlDatabase(':memory:') // of the same tables: libsql leaves a write open when it was only explained
  sqliteStorage(planner)
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
      entry('account:acme', { through: 't_1' }),
    )
    await write(storage, [], entry('account:acme', { through: 't_1' }))
  })
  afterAll(() => {
    database.close()
    planner.close()
  })

  function planOf({ sql, values }: { readonly sql: string; readonly values: readonly unknown[] }): readonly string[] {
    const plan = planner.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
    return (plan as readonly { readonly detail: string }[]).map(({ detail }) => detail)
  }

  it.each(Object.entries(OPERATIONS))('%s scans no table and sorts no rows', async (_, ask) => {
    asked.length = 0
    await ask(storage)
    expect(asked).not.toEqual([])
    for (const one of asked) {
      // The list of keys a statement was handed is gone through from end to end, as it must be.
      const slow = planOf(one).filter((step) => /SCAN|TEMP B-TREE/.test(step) && !step.startsWith('SCAN asked '))
      if (one.sql.includes(BY_TIME) && slow[0] === SORTED) slow.shift() // the few that a range of time holds: see below
      expect(slow, one.sql).toEqual([])
    }
  })

  it.each(LED)('credentials with %j are led by their own index', async (filter, index) => {
    asked.length = 0
    await storage.credentials('acme', { now: NOW, ...filter }, page)
    expect(asked[0] && planOf(asked[0])[0]).toMatch(index)
  })

  it.each(['newest', 'oldest'] as const)(
    'finds a range of time that holds few entries by its index, %s first',
    async (order) => {
      asked.length = 0
      const range = { since: 0, until: NOW + 1 }
      await storage.audit('account:acme', { order, is: range, not: { actions: ['x'] } }, page)
      const [probe = [], list = []] = asked.map(planOf)
      expect(probe).toEqual([`SEARCH a USING COVERING INDEX ${BY_TIME} (scope=? AND at>? AND at<?)`])
      expect(list[0]).toBe(`SEARCH a USING INDEX ${BY_TIME} (scope=? AND at>? AND at<?)`)
      expect(list.at(-1)).toBe(SORTED)
    },
  )

  it('walks the log for a range that holds many, and never sorts them', async () => {
    const many = new LibsqlDatabase(':memory:')
    const full = sqliteStorage(overheard(many, (sql, values) => asked.push({ sql, values })))
    fillLog(many, 2_000)
    const list = async (since: number, order: 'newest' | 'oldest') => {
      asked.length = 0
      const { items } = await full.audit('account:acme', { order, is: { since } }, { limit: 2 })
      return [items.map(({ sequence }) => sequence), asked.at(-1)?.sql.includes(BY_TIME)]
    }
    // Its clock runs backwards: the newest entry is the earliest.
    expect(await list(1_001, 'newest')).toEqual([[1_000, 999], true])
    expect(await list(1_000, 'newest')).toEqual([[1_001, 1_000], false])
    expect(await list(1_001, 'oldest')).toEqual([[1, 2], true])
    expect(await list(1_000, 'oldest')).toEqual([[1, 2], false])
    many.close()
  })

  it('sorts what it found of an owner, who has few, where another order is asked for', async () => {
    asked.length = 0
    await storage.credentials('acme', { now: NOW, owner: { user: 'u_1' }, expiresBefore: NOW + 9 }, page)
    const plan = asked[0] && planOf(asked[0])
    expect(plan?.[0]).toMatch(/^SEARCH c USING INDEX \w+_of_owner /)
    expect(plan?.at(-1)).toMatch(/^USE TEMP B-TREE FOR .*ORDER BY$/)
  })
})
