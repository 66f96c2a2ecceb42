import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AUDIT_ACTIONS } from '../../src/admin/actions.ts'
import type { AdminStorage } from '../../src/admin/deps.ts'
import { printLine, verifyAuditLines } from '../../src/admin/lines.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { AuditEntry, Storage } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { LibsqlDatabase } from '../storage/databases.ts'
import { emptyWorld, PURGE, refusal, refused, START, type World, world } from './helpers.ts'
import { at, busy, edited, firstWrong, forged, headAt, insertRow, overwrite, rowsOf, tampering } from './tampering.ts'

const ACME = { account: 'acme' } as const
const LOG = 'account:acme'

/** A small world over this storage whose log of `acme` has a dozen entries and, when asked, no longer its first ones. */
async function worked(storage: Storage, pruned = false): Promise<World> {
  const w = await world({ storage })
  await busy(w)
  if (pruned) expect(await w.admin.audit.prune(ACME, { before: START + 2_000 })).toEqual({ removed: 5, first: 6 })
  if (pruned) await w.admin.accounts.rename('acme', 'after the prune')
  return w
}

describe.each([
  ['memory', memoryStorage],
  ['sqlite', () => sqliteStorage(':memory:')],
])('the list over %s', (_name, storage) => {
  const told = async (w: World, query: Parameters<World['admin']['audit']['list']>[1]) =>
    (await w.admin.audit.list(ACME, query)).items.map(({ sequence }) => sequence)

  test('by actor, token, action, resource and time, each with its negation', async () => {
    const w = await world({ storage: storage() })
    const { accounts, members } = w.admin
    await accounts.rename('acme', 'a', { by: { user: 'ann' } })
    w.pass(10)
    await accounts.suspend('acme', { by: { user: 'ann' }, through: 'key' })
    await accounts.activate('acme', { by: { token: 'key' } })
    w.pass(10)
    await members.suspend('acme', { user: 'bob' }, { by: { service: 'bot', account: 'acme' } })
    expect(await told(w, {})).toEqual([7, 6, 5, 4, 3, 2, 1])
    expect(await told(w, { actor: 'host' })).toEqual([3, 2, 1])
    expect(await told(w, { actor: [{ user: 'ann' }, { service: 'bot', account: 'acme' }] })).toEqual([7, 5, 4])
    expect(await told(w, { not: { actor: ['host', { user: 'ann' }] } })).toEqual([7, 6])
    // What a token did itself, and what somebody did with it, is one question.
    expect(await told(w, { token: 'key' })).toEqual([6, 5])
    expect(await told(w, { not: { token: 'key' } })).toEqual([7, 4, 3, 2, 1])
    expect(await told(w, { action: 'member.add' })).toEqual([3, 2])
    expect(await told(w, { action: ['account.suspend', 'account.activate'] })).toEqual([6, 5])
    expect(await told(w, { not: { action: ['member.add', 'account.create'] } })).toEqual([7, 6, 5, 4])
    expect(await told(w, { resource: 'member:acme/user/bob' })).toEqual([7, 2])
    expect(await told(w, { not: { resource: 'account:acme' } })).toEqual([7, 3, 2])
    expect(await told(w, { since: START + 10, until: START + 20 })).toEqual([6, 5])
    expect(await told(w, { not: { since: START + 10, until: START + 20 } })).toEqual([7, 4, 3, 2, 1])
    expect(
      await told(w, { since: new Date(START + 10), not: { actor: { user: 'ann' }, action: 'member.suspend' } }),
    ).toEqual([6])
    // An instant between two milliseconds parts them.
    expect(await told(w, { until: '2026-11-21T00:00:00.0001Z' })).toEqual([4, 3, 2, 1])
    expect(await told(w, { since: '2026-11-21T00:00:00.0001Z' })).toEqual([7, 6, 5])
    const first = await w.admin.audit.list(ACME, { action: 'member.add' }, { limit: 1 })
    const rest = await w.admin.audit.list(ACME, { action: 'member.add' }, { after: first.next })
    expect([...first.items, ...rest.items].map(({ sequence }) => sequence)).toEqual([3, 2])
    expect(rest.next).toBeNull()
  })
})

describe('what is asked of it', () => {
  test('is read like every other input', async () => {
    const { audit } = (await world()).admin
    const list = (query: unknown) => refused(audit.list(ACME, query as object))
    expect(await list({ actors: 'host' })).toBe('query.actors unknown_field')
    expect(await list({ actor: 'ann' })).toBe('query.actor.0 bad_actor')
    expect(await list({ actor: ['host', { user: '' }], token: '' })).toBe(
      'query.actor.1 bad_actor, query.token.0 bad_id',
    )
    expect(await list({ action: ['token.create', 'create'], resource: '' })).toBe(
      'query.action.1 unknown_action, query.resource.0 bad_resource',
    )
    expect((await refusal(audit.list(ACME, { not: { action: 'token.creat' } }))).message).toBe(
      'query.not.action[0]: unknown action `token.creat` (did you mean `token.create`?)',
    )
    expect(await list({ action: [] })).toBe('query.action empty_list')
    expect(await list({ action: Array.from({ length: 101 }, () => 'a.b') })).toBe('query.action limit_exceeded')
    expect(await list({ since: 'yesterday' })).toBe('query.since bad_time')
    expect(await list({ since: 2, until: 2 })).toBe('query.until empty_window')
    expect(await list({ not: { since: 2, until: 1, not: {} } })).toBe(
      'query.not.not unknown_field, query.not.until empty_window',
    )
    expect(await refused(audit.list({} as never))).toBe('of bad_scope')
    expect(await refused(audit.head({ account: '' }))).toBe('of.account bad_id')
    expect(await refused(audit.verify(ACME, { head: { sequence: 0, hash: 'x' } }))).toBe(
      'options.head.sequence bad_head, options.head.hash bad_head',
    )
    expect(await refused(audit.prune(ACME, {} as never))).toBe('options.before required')
    expect(await refused(verifyAuditLines([], { excerpt: true, head: { sequence: 1, hash: '0'.repeat(64) } }))).toBe(
      'options.head bad_head',
    )
    const lines = audit.export(ACME, { action: 'x' })[Symbol.asyncIterator]()
    expect(await refused(lines.next())).toBe('query.action.0 unknown_action')
  })

  test('an origin names one token at most', async () => {
    const w = await world()
    const rename = (origin: object) => refused(w.admin.accounts.rename('acme', 'x', origin))
    expect(await rename({ by: { token: 'a' }, through: 'b' })).toBe('origin.through bad_origin')
    expect(await rename({ through: '' })).toBe('origin.through bad_origin')
    expect(await rename({ through: `bwk_u_${'x'.repeat(71)}` })).toBe('origin.through bad_origin')
    await w.admin.accounts.rename('acme', 'x', { by: { token: 'a/b' }, through: 'a/b' })
    await w.admin.accounts.rename('acme', 'y', { by: { token: 'a/b' } })
    await w.admin.accounts.rename('acme', 'z', { by: { user: 'ann' }, through: 'a/b' })
    const { items } = await w.admin.audit.list(ACME, { token: 'a/b' })
    expect(items.map(({ actor, through }) => [actor, through])).toEqual([
      ['user:ann', 'a/b'],
      ['token:a%2Fb', 'a/b'],
      ['token:a%2Fb', 'a/b'],
    ])
  })
})

describe('a log that nobody tampered with', () => {
  test('is proved, with its head; one without entries has none', async () => {
    const w = await worked(memoryStorage())
    const head = await w.admin.audit.head(ACME)
    expect(await w.admin.audit.verify(ACME)).toEqual({ ok: true, entries: 13, head })
    expect(head).toEqual(headAt(await rowsOf(w.storage, LOG), 12))
    expect(await w.admin.audit.verify(ACME, { head })).toMatchObject({ ok: true })
    expect(await w.admin.audit.verify({ user: 'nobody' }, { head: null })).toEqual({ ok: true, entries: 0, head: null })
  })

  test('is proved whatever is written and pruned while it is read', async () => {
    let restarts = 0
    const step = fc.constantFrom('write', 'prune some', 'prune all', 'nothing', 'nothing', 'nothing')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
        let meddle: (() => Promise<void>) | null = null
        const w: World = await world({ through: (storage) => meddled(storage) })
        await busy(w)
        function meddled(storage: Storage): AdminStorage {
          const first = async <T>(ask: () => Promise<T>) => {
            const now = meddle
            meddle = null // what it does itself is not meddled with
            await now?.()
            meddle = now
            return ask()
          }
          return {
            ...storage,
            audit: (scope, query, page) =>
              first(() => storage.audit(scope, query, { ...page, limit: Math.min(page.limit, limit) })),
            auditHead: (scope) => first(() => storage.auditHead(scope)),
          }
        }
        const left = [...steps]
        meddle = async () => {
          const next = left.shift()
          if (next === 'write') await w.other.accounts.rename('acme', `${left.length}`)
          w.pass(500)
          if (next === 'prune some') restarts += (await w.other.audit.prune(ACME, { before: w.now() - 4_000 })).removed
          if (next === 'prune all') await w.other.audit.prune(ACME, { before: w.now() })
        }
        const kept = headAt(await rowsOf(w.storage, LOG), 12)
        const verdict = await w.admin.audit.verify(ACME)
        expect(verdict).toMatchObject({ ok: true })
        const again = await w.admin.audit.verify(ACME, { head: kept })
        if (!again.ok) expect(again.fault.kind).toBe('pruned')
      }),
      { numRuns: 100 },
    )
    expect(restarts).toBeGreaterThan(20)
  })
})

describe.each([
  ['whole', false],
  ['pruned', true],
])('a log that is %s', (_name, pruned) => {
  test('shows every tampering over any storage, at the first entry that is wrong', async () => {
    const w = await worked(memoryStorage(), pruned)
    const rows = await rowsOf(w.storage, LOG)
    await fc.assert(
      fc.asyncProperty(tampering, async ({ edit }) => {
        const after = edit(rows)
        const seen = emptyWorld({ storage: w.storage, through: (storage) => edited(storage, LOG, after) })
        await faulty(seen, rows, after)
      }),
      { numRuns: 400 },
    )
  })

  test('shows every tampering with the rows of SQLite', async () => {
    const database = new LibsqlDatabase(':memory:')
    const w = await worked(sqliteStorage(database), pruned)
    const rows = await rowsOf(w.storage, LOG)
    await fc.assert(
      fc.asyncProperty(tampering, async ({ edit }) => {
        const after = edit(rows)
        overwrite(database, LOG, after)
        await faulty(w, rows, after)
      }),
      { numRuns: 150 },
    )
    overwrite(database, LOG, rows)
    expect(await w.admin.audit.verify(ACME)).toMatchObject({ ok: true, entries: rows.length })
  })

  test('shows a row forged by whoever knows the format', async () => {
    const w = await worked(memoryStorage(), pruned)
    const rows = await rowsOf(w.storage, LOG)
    for (const [k, row] of rows.entries()) {
      const after = rows.map((one, i) => (i === k ? forged({ ...one, actor: 'user:mallory' }) : one))
      const seen = emptyWorld({ storage: w.storage, through: (storage) => edited(storage, LOG, after) })
      const kind = k === rows.length - 1 ? 'head' : 'altered'
      expect(await seen.admin.audit.verify(ACME)).toMatchObject({ ok: false, fault: { sequence: row.sequence, kind } })
    }
    const last = at(rows, rows.length - 1)
    const extra = forged({ ...last, sequence: last.sequence + 1, previous: last.hash })
    const longer = emptyWorld({ storage: w.storage, through: (storage) => edited(storage, LOG, [...rows, extra]) })
    expect(await longer.admin.audit.verify(ACME)).toMatchObject({
      fault: { sequence: extra.sequence, kind: 'inserted' },
    })
  })
})

async function faulty(w: World, rows: readonly AuditEntry[], after: readonly AuditEntry[]): Promise<void> {
  const sequence = firstWrong(rows, after)
  const verdict = await w.admin.audit.verify(ACME)
  if (sequence === null)
    expect(verdict).toEqual({ ok: true, entries: rows.length, head: headAt(rows, rows.length - 1) })
  else expect(verdict).toMatchObject({ ok: false, fault: { sequence } })
}

describe('in SQLite', () => {
  async function sqlite() {
    const database = new LibsqlDatabase(':memory:')
    const w = await worked(sqliteStorage(database))
    const run = (sql: string, ...values: (string | number | null)[]) => database.prepare(sql).run(...values)
    const fault = async (account = 'acme') => {
      const verdict = await w.admin.audit.verify({ account })
      return verdict.ok ? null : [verdict.fault.kind, verdict.fault.sequence]
    }
    return { database, w, run, fault }
  }

  test('every column of every row bears on the proof', async () => {
    const { database, w, run, fault } = await sqlite()
    const rows = await rowsOf(w.storage, LOG)
    const columns = [
      'at',
      'actor',
      'from_address',
      'through',
      'action',
      'target',
      'before',
      'after',
      'previous',
      'hash',
    ]
    for (const { sequence } of rows) {
      for (const column of columns) {
        const value = column === 'at' ? 7 : column === 'before' || column === 'after' ? '[0]' : 'tampered'
        run(`UPDATE bailiwick_audit SET ${column} = ? WHERE scope = ? AND sequence = ?`, value, LOG, sequence)
        expect(await fault(), column).toEqual(['altered', sequence])
        overwrite(database, LOG, rows)
      }
    }
    expect(await fault()).toBeNull()
  })

  test('an entry that can’t be read is a fault of the log and not of the call', async () => {
    const { w, run, fault } = await sqlite()
    run("UPDATE bailiwick_audit SET after = '{' WHERE scope = ? AND sequence = 8", LOG)
    expect(await fault()).toEqual(['altered', 8])
    expect(await refused(w.admin.audit.list(ACME))).toBe('ERR_BAILIWICK_STORED_FACT')
  })

  test.each([0, -1, Number.MIN_SAFE_INTEGER])('an entry put before the first, at %d, shows', async (sequence) => {
    const { database, w, fault } = await sqlite()
    insertRow(database, forged({ ...at(await rowsOf(w.storage, LOG), 0), sequence }))
    expect((await w.admin.audit.list(ACME)).items.map((entry) => entry.sequence)).toContain(sequence)
    expect((await fault())?.[1]).toBe(sequence)
  })

  test('a made-up prune behind the head doesn’t let a prune hide what was removed', async () => {
    const { database, w, run, fault } = await sqlite()
    const rows = await rowsOf(w.storage, LOG)
    run('DELETE FROM bailiwick_audit WHERE scope = ? AND sequence < 5', LOG)
    const [removed, before] = [await fault(), START + 5_000]
    expect(await refused(w.admin.audit.prune(ACME, { before }))).toBe('state')
    const after = { first: 5, previous: at(rows, 4).previous }
    insertRow(database, { ...at(rows, 12), sequence: 999_999, action: 'audit.prune', after, hash: 'x' })
    expect(await refused(w.admin.audit.prune(ACME, { before }))).toBe('state')
    run('DELETE FROM bailiwick_audit WHERE sequence = 999999')
    expect(await fault()).toEqual(removed)
  })

  test('an entry moved to another log is missing in its own and strange in the other', async () => {
    const { run, fault } = await sqlite()
    run("UPDATE bailiwick_audit SET scope = 'account:zeta', sequence = 3 WHERE scope = ? AND sequence = 5", LOG)
    expect(await fault()).toEqual(['removed', 5])
    expect(await fault('zeta')).toEqual(['altered', 3])
  })

  test('an entry copied from another log, hash and all, is strange', async () => {
    const { database, w, fault } = await sqlite()
    const copied = forged({ ...at(await rowsOf(w.storage, LOG), 4), scope: 'account:zeta', sequence: 3, previous: '' })
    insertRow(database, copied)
    expect(await fault('zeta')).toEqual(['altered', 2])
  })

  test('the head is held to the log, and the log to the head', async () => {
    const { run, fault } = await sqlite()
    run("UPDATE bailiwick_scopes SET log_hash = 'x' WHERE scope = ?", LOG)
    expect(await fault()).toEqual(['head', 13])
    run('UPDATE bailiwick_scopes SET log_sequence = 20 WHERE scope = ?', LOG)
    expect(await fault()).toEqual(['cut', 14])
    run('UPDATE bailiwick_scopes SET log_sequence = 0 WHERE scope = ?', LOG)
    expect(await fault()).toEqual(['head', 13])
    run('DELETE FROM bailiwick_audit WHERE scope = ?', LOG)
    expect(await fault()).toBeNull() // gone without a trace, but for a head kept elsewhere
  })
})

describe('a head kept elsewhere', () => {
  test('shows what was rewritten together with the head beside it', async () => {
    const w = await worked(memoryStorage())
    const rows = await rowsOf(w.storage, LOG)
    const kept = headAt(rows, 6)
    const other = await worked(memoryStorage())
    expect(await other.admin.audit.verify(ACME, { head: kept })).toMatchObject({ ok: true })
    const rewritten = await world({ storage: memoryStorage() })
    for (let i = 0; i < 9; i++) await rewritten.admin.accounts.rename('acme', `innocent ${i}`)
    expect(await rewritten.admin.audit.verify(ACME)).toMatchObject({ ok: true })
    expect(await rewritten.admin.audit.verify(ACME, { head: kept })).toMatchObject({
      fault: { kind: 'head', sequence: 7 },
    })
  })

  test('shows a log set back with its head to what it was', async () => {
    const w = await worked(memoryStorage())
    const kept = await w.admin.audit.head(ACME)
    const old = await world({ storage: memoryStorage() })
    expect(await old.admin.audit.verify(ACME, { head: kept })).toMatchObject({ fault: { kind: 'cut', sequence: 4 } })
    expect(await old.admin.audit.verify({ account: 'none' }, { head: kept })).toMatchObject({
      fault: { kind: 'cut', sequence: 1 },
    })
  })

  test('is found in a pruned log down to the last entry removed, and says so where it is older', async () => {
    const w = await worked(memoryStorage())
    const rows = await rowsOf(w.storage, LOG)
    await w.admin.audit.prune(ACME, { before: START + 2_000 })
    const kind = async (head: { sequence: number; hash: string }) => {
      const verdict = await w.admin.audit.verify(ACME, { head })
      return verdict.ok ? 'ok' : verdict.fault.kind
    }
    expect(await kind(headAt(rows, 3))).toBe('pruned')
    expect(await kind(headAt(rows, 4))).toBe('ok')
    expect(await kind({ ...headAt(rows, 4), hash: '0'.repeat(64) })).toBe('head')
    expect(await kind(headAt(rows, 5))).toBe('ok')
  })
})

describe('a prune', () => {
  test.each([
    ['memory', memoryStorage],
    ['sqlite', () => sqliteStorage(':memory:')],
  ])(
    'removes the old end up to the first entry that isn’t old, and leaves a proof, over %s',
    async (_name, storage) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.integer({ min: -3, max: 5 }), fc.option(fc.nat({ max: 30 }))), { maxLength: 12 }),
          async (steps) => {
            const w = await world({ storage: storage() })
            for (const [pass, age] of steps) {
              w.pass(pass) // the clock may be set back
              await w.admin.accounts.rename('acme', `${w.now()} ${pass}`)
              if (age === null) continue
              const rows = await rowsOf(w.storage, LOG)
              const before = w.now() - age
              const stays = rows.findIndex((row) => row.at >= before)
              const kept = stays < 0 ? [] : rows.slice(stays)
              const result = await w.admin.audit.prune(ACME, { before })
              const now = await rowsOf(w.storage, LOG)
              expect(result).toEqual({ removed: rows.length - kept.length, first: at(now, 0).sequence })
              expect(now.slice(0, kept.length)).toEqual(kept)
              expect(now.length).toBe(kept.length + (result.removed > 0 ? 1 : 0))
              expect(await w.admin.audit.verify(ACME)).toMatchObject({ ok: true, entries: now.length })
            }
            await w.storage.close()
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  test('is written down with who did it and where the chain begins now', async () => {
    const w = await worked(memoryStorage())
    const rows = await rowsOf(w.storage, LOG)
    await w.admin.audit.prune(ACME, { before: new Date(START + 2_000) }, { by: { user: 'ann' } })
    expect((await w.admin.audit.list(ACME, {}, { limit: 1 })).items[0]).toMatchObject({
      action: 'audit.prune',
      actor: 'user:ann',
      target: LOG,
      before: { first: 1, previous: '' },
      after: { first: 6, previous: at(rows, 4).hash },
      sequence: 14,
    })
  })

  test('says where the log begins: what it removed may not come back, and nothing else may stand there', async () => {
    const w = await worked(memoryStorage())
    const removed = (await rowsOf(w.storage, LOG)).slice(0, 5)
    await w.admin.audit.prune(ACME, { before: START + 2_000 })
    const rows = await rowsOf(w.storage, LOG)
    for (const back of [removed, removed.slice(3)]) {
      const seen = emptyWorld({ storage: w.storage, through: (storage) => edited(storage, LOG, [...back, ...rows]) })
      expect(await seen.admin.audit.verify(ACME)).toMatchObject({
        fault: { kind: 'inserted', sequence: at(back, 0).sequence },
      })
    }
    await w.admin.audit.prune(ACME, { before: w.now() + 1 })
    const [only] = await rowsOf(w.storage, LOG)
    const strange = printLine(forged({ ...(only as AuditEntry), previous: 'x' }))
    expect(await verifyAuditLines([strange])).toMatchObject({ fault: { kind: 'altered', sequence: 15 } })
    expect(await verifyAuditLines([printLine(only as AuditEntry)])).toMatchObject({ ok: true, entries: 1 })
  })

  test('refuses to remove what isn’t what was written, and then removes nothing', async () => {
    for (const pruned of [false, true]) {
      const w = await worked(memoryStorage(), pruned)
      const rows = await rowsOf(w.storage, LOG)
      const last = at(rows, rows.length - 1)
      const before = w.now() + 1
      const refusals = async (after: readonly AuditEntry[], options = { before }) => {
        const seen = emptyWorld({ storage: w.storage, through: (storage) => edited(storage, LOG, after) })
        expect(await refused(seen.admin.audit.prune(ACME, options))).toBe('state')
      }
      // Fresh rows that were made old.
      for (const [k, { at }] of rows.entries()) {
        await refusals(
          rows.map((row, i) => (i <= k ? { ...row, at: 0 } : row)),
          { before: 1 },
        )
        await refusals(
          rows.map((row, i) => (i === k ? forged({ ...row, at: 0 }) : row)),
          { before: at + 1 },
        )
      }
      await refusals(rows.slice(1))
      await refusals(rows.slice(1), { before: at(rows, 3).at + 1 })
      await refusals(rows.slice(0, -1))
      await refusals(rows.toSpliced(2, 1))
      await refusals([...rows, forged({ ...last, sequence: last.sequence + 1, previous: last.hash })])
      await refusals([])
      expect(await rowsOf(w.storage, LOG)).toEqual(rows)
      expect(await w.admin.audit.prune(ACME, { before })).toMatchObject({ removed: rows.length })
    }
  })

  test('looks at every tampering of what it removes, over any storage', async () => {
    const w = await worked(memoryStorage(), true)
    const rows = await rowsOf(w.storage, LOG)
    await fc.assert(
      fc.asyncProperty(tampering, async ({ edit }) => {
        const after = edit(rows)
        if (firstWrong(rows, after) === null) return
        const seen = emptyWorld({ storage: w.storage, through: (storage) => edited(storage, LOG, after) })
        expect(await refused(seen.admin.audit.prune(ACME, { before: w.now() + 1 }))).toBe('state')
        expect(await w.admin.audit.head(ACME)).toEqual(headAt(rows, rows.length - 1))
      }),
      { numRuns: 200 },
    )
  })

  test('writes nothing where nothing is old, and never removes its own entry', async () => {
    const w = await worked(memoryStorage())
    expect(await w.admin.audit.prune(ACME, { before: START })).toEqual({ removed: 0, first: 1 })
    expect(await w.admin.audit.prune({ user: 'nobody' }, { before: START })).toEqual({ removed: 0, first: null })
    expect(await w.admin.audit.head(ACME)).toMatchObject({ sequence: 13 })
    expect(await w.admin.audit.prune(ACME, { before: '9999-01-01T00:00:00Z' })).toEqual({ removed: 13, first: 14 })
    expect(await w.admin.audit.prune(ACME, { before: '9999-01-01T00:00:00Z' })).toEqual({ removed: 1, first: 15 })
    expect(await w.admin.audit.verify(ACME)).toMatchObject({ ok: true, entries: 1, head: { sequence: 15 } })
  })
})

describe('an export', () => {
  const exported = async (w: World, query?: Parameters<World['admin']['audit']['export']>[1]) => {
    const lines: string[] = []
    for await (const line of w.admin.audit.export(ACME, query)) lines.push(line)
    return lines
  }

  test('is the whole log oldest first, and is proved without a database', async () => {
    for (const pruned of [false, true]) {
      const w = await worked(memoryStorage(), pruned)
      const head = await w.admin.audit.head(ACME)
      const lines = await exported(w)
      expect(lines.map((line) => JSON.parse(line))).toEqual(await rowsOf(w.storage, LOG))
      expect(await verifyAuditLines([...lines, ''], { head })).toEqual({
        ok: true,
        entries: lines.length,
        head,
        covers: 'log',
      })
    }
    expect(await verifyAuditLines([])).toEqual({ ok: true, entries: 0, head: null, covers: 'log' })
  })

  test('shows any change of any character, and any line that is gone', async () => {
    const w = await worked(memoryStorage(), true)
    const head = await w.admin.audit.head(ACME)
    const lines = await exported(w)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat(),
        fc.constantFrom('', ' ', '0', 'x', '"', '\\', '\r', '{'),
        async (n, at, put) => {
          const k = n % lines.length
          const line = lines[k] ?? ''
          const place = at % line.length
          const changed = line.slice(0, place) + put + line.slice(place + 1)
          if (changed === line) return
          const verdict = await verifyAuditLines(lines.with(k, changed), { head })
          expect(verdict).toMatchObject({ ok: false, entries: k })
          expect(await verifyAuditLines(lines.toSpliced(k, 1), { head })).toMatchObject({ ok: false })
        },
      ),
    )
    expect(await verifyAuditLines(lines.slice(0, -1))).toMatchObject({ ok: true }) // and so a head must be kept
    expect(await verifyAuditLines([`{"actor":"user:mallory",${at(lines, 0).slice(1)}`])).toMatchObject({
      fault: { kind: 'altered', sequence: 1 },
    })
  })

  test('is no line that means the same, nor one nested beyond measure', async () => {
    const [line = ''] = await exported(await worked(memoryStorage()))
    const entry = JSON.parse(line)
    for (const other of [JSON.stringify(entry, null, 1), 'null', '[]', '{}', '"x"', `${line}\r`])
      expect(await verifyAuditLines([other])).toMatchObject({ fault: { kind: 'altered' } })
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const nested = line.replace('"before":null', `"before":${deep}`)
    expect(nested).toContain('[[[')
    expect(await verifyAuditLines([nested])).toMatchObject({ fault: { kind: 'altered' } })
  })

  test('is lines of text: a whole text is misuse, and a line end of another system is named', async () => {
    const lines = await exported(await worked(memoryStorage()))
    for (const wrong of [lines.join('\n'), '', [1], [Buffer.from('x')]])
      expect(await refused(verifyAuditLines(wrong as never))).toBe('ERR_BAILIWICK_MISUSE')
    const verdict = await verifyAuditLines(lines.map((line) => `${line}\r`))
    expect(verdict).toMatchObject({ ok: false, fault: { kind: 'altered', sequence: 1 } })
    expect(verdict.ok ? '' : verdict.fault.message).toContain('carriage return')
  })

  test('with a query is no chain: each line stands for itself, and it is said', async () => {
    const w = await worked(memoryStorage())
    const lines = await exported(w, { action: 'account.rename', not: { actor: 'host' } })
    expect(lines).toHaveLength(3)
    expect(await verifyAuditLines(lines)).toMatchObject({ ok: false, fault: { kind: 'removed' } })
    expect(await verifyAuditLines(lines, { excerpt: true })).toEqual({
      ok: true,
      entries: 3,
      head: null,
      covers: 'entries',
    })
    const altered = lines.map((line) => line.replace('user:ann', 'user:bob'))
    expect(await verifyAuditLines(altered, { excerpt: true })).toMatchObject({
      fault: { kind: 'altered', sequence: 4 },
    })
    expect(await verifyAuditLines(lines.toReversed(), { excerpt: true })).toMatchObject({ fault: { kind: 'inserted' } })
    const foreign = JSON.stringify(at(await rowsOf(w.storage, 'account:zeta'), 1))
    expect(await verifyAuditLines([...lines, foreign], { excerpt: true })).toMatchObject({
      fault: { kind: 'inserted' },
    })
  })

  test('breaks no line where an id holds what some readers take for a line end', async () => {
    const w = await world()
    await w.admin.members.add('acme', { user: 'a\u2028b\u2029c' })
    const lines = await exported(w)
    expect(lines.join('')).not.toMatch(/[\u2028\u2029\n]/)
    expect(await verifyAuditLines(lines)).toMatchObject({ ok: true })
  })

  test('of a log that is pruned meanwhile is refused', async () => {
    const w = await worked(memoryStorage())
    const lines = w.admin.audit.export(ACME)[Symbol.asyncIterator]()
    await lines.next()
    await w.admin.audit.prune(ACME, { before: START + 2_000 })
    const rest = async () => {
      while (!(await lines.next()).done);
    }
    expect(await refused(rest())).toBe('revision')
  })
})

test('nothing written through this room ever lacks its place in the chain', async () => {
  const w = await world({ storage: sqliteStorage(':memory:') })
  const { token } = await w.admin.tokens.create({ owner: { user: 'ann' }, name: 'n', policies: [PURGE] })
  await Promise.all([
    w.admin.accounts.rename('acme', 'a'),
    w.other.accounts.rename('acme', 'b'),
    w.admin.accounts.blockToken('acme', token.id),
    w.other.members.suspend('acme', { user: 'bob' }),
  ])
  expect(await w.admin.audit.verify(ACME)).toMatchObject({ ok: true, entries: 7 })
  expect(await w.admin.audit.verify({ user: 'ann' })).toMatchObject({ ok: true, entries: 1 })
})

test('a log of an account that never was is not found; a user needs no row', async () => {
  const { audit } = (await world()).admin
  const none = { account: 'none' }
  const lines = audit.export(none)[Symbol.asyncIterator]()
  const calls = [audit.list(none), audit.head(none), audit.verify(none), audit.prune(none, { before: 0 }), lines.next()]
  for (const call of calls) expect(await refused(call)).toBe('ERR_BAILIWICK_NOT_FOUND')
  expect(await audit.head({ user: 'nobody' })).toBeNull()
  expect((await audit.list({ user: 'nobody' })).items).toEqual([])
})

test('the page of the format names every action, and no other', async () => {
  const page = await readFile(new URL('../../docs/reference/audit-format.md', import.meta.url), 'utf8')
  const section = page.split('## Actions')[1]?.split('\n## ')[0] ?? ''
  expect([...section.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map(([, action]) => action)).toEqual([...AUDIT_ACTIONS])
})
