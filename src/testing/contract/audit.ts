/**
 * The contract of the audit log: what was written comes back as it was, per scope, newest first.
 */
import assert from 'node:assert/strict'
import type { AuditEntry } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import { account, allPages, entry, putAccount, write } from './fixtures.ts'

export const auditClauses: Clauses = {
  'an entry comes back as it was written, with or without an address': async (storage) => {
    const full = entry('user:u_1', {
      at: 1,
      actor: 'service:acme/ci',
      from: '2001:db8::1',
      action: 'token.create',
      target: 'token:t_1',
      before: { name: 'old', list: [1, null, { deep: true }] },
      after: 'text',
    })
    const bare = entry('user:u_1', { before: null, after: [] })
    await write(storage, [], full)
    await write(storage, [], bare)
    assert.deepEqual(await storage.audit('user:u_1', { limit: 9 }), { items: [bare, full], next: null })
  },

  'each scope has its own log, in order of writing and not of the clock': async (storage) => {
    const entries: readonly AuditEntry[] = [
      entry('account:acme', { at: 3, after: 1 }),
      entry('user:acme', { at: 2, after: 2 }),
      entry('account:acme', { at: 1, after: 3 }),
      entry('account:ACME', { at: 9, after: 4 }),
    ]
    for (const one of entries) await write(storage, [putAccount(account('acme'))], one)
    const log = async (scope: AuditEntry['scope']) =>
      (await storage.audit(scope, { limit: 9 })).items.map(({ after }) => after)
    assert.deepEqual(await log('account:acme'), [3, 1])
    assert.deepEqual(await log('user:acme'), [2])
    assert.deepEqual(await log('account:ACME'), [4])
    assert.deepEqual(await log('account:nowhere'), [])
  },

  'the log is whole at every page size, also while it grows': async (storage) => {
    for (let n = 0; n < 53; n++) await write(storage, [], entry('account:acme', { after: n }))
    const newestFirst = Array.from({ length: 53 }, (_, i) => 52 - i)
    for (const limit of [1, 2, 16, 53, 100]) {
      const known = (await storage.audit('account:acme', { limit: 1 })).items[0]?.after
      const listed = await allPages(
        limit,
        (page) => storage.audit('account:acme', page),
        () => write(storage, [], entry('account:acme', { after: 'later' })),
      )
      const numbers = listed.map(({ after }) => after).filter((after) => after !== 'later')
      assert.deepEqual(numbers, newestFirst, `limit ${limit}`)
      assert.equal(listed[0]?.after, known, 'what came during the listing stands before its first page')
    }
  },
}
