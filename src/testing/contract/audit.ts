/**
 * The contract of the audit log: what was written is read back unchanged, per scope, by whatever query, and only its old end is ever removed.
 */
import assert from 'node:assert/strict'
import type { Scope } from '../../core/facts.ts'
import type { AuditEntry, AuditQuery, AuditTerms, Page, Storage } from '../../storage/port.ts'
import type { Clauses, Note } from './fixtures.ts'
import { account, allPages, at, chained, commit, entry, LIMITS, putAccount, write } from './fixtures.ts'

const ACME: Scope = 'account:acme'

export const auditClauses: Clauses = {
  'an entry comes back as it was written, with or without an address and a token': async (storage) => {
    const full = await write(
      storage,
      [],
      entry('user:u_1', {
        at: 1,
        actor: 'service:acme/ci',
        from: '2001:db8::1',
        through: 't_9',
        action: 'token.create',
        target: 'token:t_1',
        before: { name: 'old', list: [1, null, { deep: true }] },
        after: 'text',
      }),
    )
    const bare = await write(storage, [], entry('user:u_1', { before: null, after: [] }))
    assert.deepEqual(await storage.audit('user:u_1', {}, { limit: 9 }), { items: [bare, full], next: null })
  },

  'each scope has its own log, in order of writing and not of the clock': async (storage) => {
    const notes: readonly Note[] = [
      entry(ACME, { at: 3, after: 1 }),
      entry('user:acme', { at: 2, after: 2 }),
      entry(ACME, { at: 1, after: 3 }),
      entry('account:ACME', { at: 9, after: 4 }),
    ]
    for (const note of notes) await write(storage, [putAccount(account('acme'))], note)
    const log = async (scope: Scope) => (await storage.audit(scope, {}, { limit: 9 })).items.map(({ after }) => after)
    assert.deepEqual(await log(ACME), [3, 1])
    assert.deepEqual(await log('user:acme'), [2])
    assert.deepEqual(await log('account:ACME'), [4])
    assert.deepEqual(await log('account:nowhere'), [])
  },

  'the log is whole at every page size, also while it grows': async (storage) => {
    for (let n = 0; n < 53; n++) await write(storage, [], entry(ACME, { after: n }))
    const newestFirst = Array.from({ length: 53 }, (_, i) => 52 - i)
    for (const limit of LIMITS) {
      const { items }: Page<AuditEntry> = await storage.audit(ACME, {}, { limit: 1 })
      const listed: readonly AuditEntry[] = await allPages(
        limit,
        (page) => storage.audit(ACME, {}, page),
        () => write(storage, [], entry(ACME, { after: 'later' })),
      )
      const numbers = listed.map(({ after }) => after).filter((after) => after !== 'later')
      assert.deepEqual(numbers, newestFirst, `limit ${limit}`)
      assert.deepEqual(listed[0], items[0], 'what came during the listing stands before its first page')
    }
  },

  'each term asks for its entries, negated it leaves out exactly those, and terms combine': async (storage) => {
    const log = await filled(storage)
    for (const query of QUERIES) await answersAll(storage, log, query)
  },

  'an entry made through no token is not one of any token, and passes where a token is left out': async (storage) => {
    const log = await filled(storage)
    const asked = async (query: AuditQuery) =>
      (await storage.audit(ACME, query, { limit: 99 })).items.map(({ sequence }) => sequence)
    const bare = log.filter(({ through }) => through === undefined).map(({ sequence }) => sequence)
    assert.ok(bare.length > 0)
    for (const sequence of bare) {
      assert.ok((await asked({ not: { through: ['t_1', ''] } })).includes(sequence))
      assert.ok(!(await asked({ is: { through: ['t_1', ''] } })).includes(sequence))
    }
  },

  'a cursor of one order is bad input to the other': async (storage) => {
    await filled(storage)
    for (const order of ['newest', 'oldest'] as const) {
      const { next } = await storage.audit(ACME, { order }, { limit: 1 })
      assert.ok(next !== null)
      const other = order === 'newest' ? 'oldest' : 'newest'
      await assert.rejects(storage.audit(ACME, { order: other }, { limit: 1, after: next }), {
        code: 'ERR_BAILIWICK_INPUT',
      })
    }
  },

  'a change that does not follow the head of its log is false and writes nothing': async (storage) => {
    const first = await write(storage, [putAccount(account('acme'))])
    const next = await chained(storage, entry(ACME))
    const wrong: readonly Partial<AuditEntry>[] = [
      { sequence: 1 },
      { sequence: 3 },
      { sequence: 0 },
      { previous: '' },
      { previous: `${first.hash} ` },
      { sequence: 1, previous: '' },
      { scope: 'account:fresh' },
      { scope: 'account:fresh', sequence: 1 },
      { scope: 'account:fresh', previous: '' },
    ]
    for (const over of wrong) {
      const writes = [putAccount(account('acme', { name: 'late' })), putAccount(account('fresh'))]
      const audit = { ...next, ...over }
      assert.equal(await storage.commit({ expect: at([ACME, 1]), writes, audit }), false, JSON.stringify(over))
      assert.deepEqual(await storage.account('acme'), account('acme'))
      assert.equal(await storage.account('fresh'), null)
      assert.deepEqual(await storage.revisions([ACME, 'account:fresh']), [1, 0])
      assert.deepEqual((await storage.audit(ACME, {}, { limit: 9 })).items, [first])
      assert.equal(await storage.auditHead('account:fresh'), null)
    }
    assert.equal(await storage.commit({ expect: at([ACME, 1]), writes: [], audit: next }), true)
    assert.deepEqual(await storage.auditHead(ACME), { sequence: 2, hash: next.hash })
  },

  'each log has a head of its own, and writing it bumps no revision': async (storage) => {
    assert.equal(await commit(storage, at(), [], entry('user:u_1')), true)
    assert.equal(await commit(storage, at(['user:u_1', 0]), [], entry(ACME)), true)
    assert.deepEqual(await storage.revisions(['user:u_1', ACME]), [1, 0])
    assert.deepEqual(await storage.auditHead('user:u_1'), { sequence: 1, hash: 'hash 1 of user:u_1' })
    assert.deepEqual(await storage.auditHead(ACME), { sequence: 1, hash: 'hash 1 of account:acme' })
  },

  'pruning removes the old end of one log, keeps its own entry, and the log goes on where it was': async (storage) => {
    const log = await filled(storage)
    const other = await write(storage, [], entry('user:u_1'))
    const pruning = await write(storage, [{ kind: 'prune_audit', scope: ACME, before: 6 }])
    const left = [...log.filter(({ sequence }) => sequence >= 6), pruning]
    assert.deepEqual(await allPages(2, (page) => storage.audit(ACME, { order: 'oldest' }, page)), left)
    assert.deepEqual((await storage.audit('user:u_1', {}, { limit: 9 })).items, [other])

    const all = { kind: 'prune_audit', scope: ACME, before: Number.MAX_SAFE_INTEGER } as const
    const last = await write(storage, [all, all])
    assert.deepEqual((await storage.audit(ACME, {}, { limit: 9 })).items, [last])
    assert.equal(last.sequence, log.length + 2)

    await write(storage, [all], entry('user:u_1'))
    assert.deepEqual((await storage.audit(ACME, {}, { limit: 9 })).items, [], 'a log pruned from another is empty')
    assert.deepEqual(await storage.auditHead(ACME), { sequence: last.sequence, hash: last.hash })
    assert.equal((await write(storage, [])).sequence, last.sequence + 1)
  },
}

const TERMS: readonly AuditTerms[] = [
  { actors: ['user:a'] },
  { actors: ['user:a', 'host', 'user:a'] },
  { actors: ['nobody'] },
  { actors: [] },
  { through: ['t_1'] },
  { through: ['t_1', 't_2'] },
  { actions: ['token.create'] },
  { actions: ['token.create', 'token.roll', 'none'] },
  { targets: ['token:t_1'] },
  { targets: ['token:t_2', 'token:t_1'] },
  { since: 104 },
  { until: 104 },
  { since: 103, until: 107 },
  { since: 107, until: 103 },
  { actors: ['user:a'], actions: ['token.create', 'token.roll'], since: 102, until: 115 },
  { through: ['t_1', 't_2'], targets: ['token:t_1'] },
]

const QUERIES: readonly AuditQuery[] = [
  {},
  ...TERMS.map((is) => ({ is })),
  ...TERMS.map((not) => ({ not })),
  { is: { actors: ['user:a', 'user:b'] }, not: { actions: ['token.roll'], through: ['t_1'] } },
  { is: { targets: ['token:t_1'], since: 101 }, not: { since: 104, until: 106 } },
]

/** A log whose clock goes back and forth, in which every pair of terms occurs together. */
async function filled(storage: Storage): Promise<readonly AuditEntry[]> {
  const log: AuditEntry[] = []
  for (let n = 0; n < 24; n++) {
    const note = entry(ACME, {
      at: 100 + ((n * 5) % 16),
      actor: ['user:a', 'user:b', 'host'][n % 3] ?? '',
      ...(n % 4 < 2 && { through: `t_${(n % 4) + 1}` }),
      action: ['token.create', 'token.roll', 'account.update', 'member.put', 'token.create'][n % 5] ?? '',
      target: `token:t_${(n % 7) % 3}`,
    })
    log.push(await write(storage, [], note))
  }
  return log
}

async function answersAll(storage: Storage, log: readonly AuditEntry[], query: AuditQuery): Promise<void> {
  const expected = log.filter((one) => holds(one, query.is, false) && holds(one, query.not, true))
  for (const order of ['oldest', 'newest'] as const) {
    for (const limit of [1, 2, 7, 24, 100]) {
      const listed = await allPages(limit, (page) => storage.audit(ACME, { ...query, order }, page))
      const inOrder = order === 'oldest' ? expected : expected.toReversed()
      assert.deepEqual(listed, inOrder, `${JSON.stringify(query)} ${order} ${limit}`)
    }
  }
  assert.deepEqual(await storage.audit(ACME, query, { limit: 99 }), { items: expected.toReversed(), next: null })
}

/** Each term by itself, or each of them negated by itself. */
function holds(one: AuditEntry, terms: AuditTerms = {}, negated: boolean): boolean {
  const { actors, through, actions, targets, since, until } = terms
  const found = [
    actors?.some((actor) => actor === one.actor),
    through?.some((token) => token === one.through),
    actions?.some((action) => action === one.action),
    targets?.some((target) => target === one.target),
    since === undefined && until === undefined ? undefined : one.at >= (since ?? 0) && one.at < (until ?? 999),
  ]
  return found.filter((term) => term !== undefined).every((term) => term !== negated)
}
