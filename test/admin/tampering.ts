/** Logs that somebody wrote to behind our back: what is told of them, over any storage, and over the rows of SQLite themselves. */
import fc from 'fast-check'
import { hashOf } from '../../src/admin/chain.ts'
import type { AdminStorage } from '../../src/admin/deps.ts'
import type { Scope } from '../../src/core/facts.ts'
import type { AuditEntry, AuditHead, Storage } from '../../src/storage/port.ts'
import type { SqliteDatabase } from '../../src/storage/sqlite/index.ts'
import type { World } from './helpers.ts'

/** Some entries of every kind in the log of `acme`, and fewer in that of `zeta`. */
export async function busy({ admin, pass }: World): Promise<void> {
  await admin.accounts.create({ id: 'zeta', name: 'Zeta', owner: 'ann' })
  await admin.accounts.rename('zeta', 'Z')
  const by = { by: { user: 'ann' }, from: '203.0.113.7', through: 'tok' } as const
  for (const [i, on] of [false, true, false, true, false].entries()) {
    pass(1_000)
    await admin.accounts.rename('acme', `name ${i}`, i % 2 === 0 ? by : undefined)
    await admin.accounts.setApiAccess('acme', on, by)
  }
}

/** Changes a log as its rows stand. Sequences say the order, and no two rows may have the same. */
export type Edit = (rows: readonly AuditEntry[]) => readonly AuditEntry[]

/** One tampering, of whatever log. Some of them change nothing in some logs. */
export const tampering: fc.Arbitrary<{ readonly edit: Edit }> = fc.oneof(
  said('alter', fc.tuple(fc.nat(), fc.constantFrom(...alterations())), ([at, alter]) => (rows) => {
    const k = at % rows.length
    return rows.map((row, i) => (i === k ? alter(row) : row))
  }),
  said('remove', fc.nat(), (at) => (rows) => rows.filter((_, i) => i !== at % rows.length)),
  said('remove some', fc.tuple(fc.nat(), fc.nat()), ([from, count]) => (rows) => {
    const first = from % rows.length
    return rows.filter((_, i) => i < first || i > first + (count % 4))
  }),
  said('swap', fc.tuple(fc.nat(), fc.nat()), ([a, b]) => (rows) => {
    const [i, j] = [a % rows.length, b % rows.length]
    return rows.map((row, k) => ({ ...at(rows, k === i ? j : k === j ? i : k), sequence: row.sequence }))
  }),
  said('insert a copy', fc.tuple(fc.nat(), fc.nat()), ([copied, place]) => (rows) => {
    const k = place % (rows.length + 1)
    const first = at(rows, 0).sequence
    const copy = at(rows, copied % rows.length)
    return [...rows.slice(0, k), copy, ...rows.slice(k)].map((row, i) => ({ ...row, sequence: first + i }))
  }),
  said('renumber', fc.tuple(fc.nat(), fc.integer({ min: -9, max: 99 })), ([at, sequence]) => (rows) => {
    const k = at % rows.length
    return rows.some((row) => row.sequence === sequence)
      ? rows
      : rows.map((row, i) => (i === k ? { ...row, sequence } : row))
  }),
)

/** The entry at which a log first isn't what it was; `null` where it still is. */
export function firstWrong(was: readonly AuditEntry[], rows: readonly AuditEntry[]): number | null {
  const is = rows.toSorted((a, b) => a.sequence - b.sequence)
  const k = Array.from({ length: Math.max(was.length, is.length) }).findIndex((_, i) => !sameEntry(was[i], is[i]))
  return k < 0 ? null : Math.min(was[k]?.sequence ?? Infinity, is[k]?.sequence ?? Infinity)
}

/** The storage, but for one log, which is read as it was edited. */
export function edited(storage: AdminStorage, log: Scope, rows: readonly AuditEntry[]): AdminStorage {
  const sorted = rows.toSorted((a, b) => a.sequence - b.sequence)
  return {
    ...storage,
    audit: async (scope, query, page) => {
      if (scope !== log) return storage.audit(scope, query, page)
      const from = Number(page.after ?? 0)
      const next = from + page.limit < sorted.length ? String(from + page.limit) : null
      return { items: sorted.slice(from, from + page.limit), next }
    },
  }
}

/** Puts these rows in the place of a log's. */
export function overwrite(database: SqliteDatabase, log: Scope, rows: readonly AuditEntry[]): void {
  database.prepare('DELETE FROM bailiwick_audit WHERE scope = ?').run(log)
  for (const row of rows) insertRow(database, row)
}

export function insertRow(database: SqliteDatabase, row: AuditEntry): void {
  const values = [
    row.scope,
    row.sequence,
    row.at,
    row.actor,
    row.from ?? null,
    row.through ?? null,
    row.action,
    row.target,
  ]
  database
    .prepare(
      `INSERT INTO bailiwick_audit (scope, sequence, at, actor, from_address, through, action, target, before, after, previous, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(...values, JSON.stringify(row.before), JSON.stringify(row.after), row.previous, row.hash)
}

/** The rows of a log, oldest first. */
export async function rowsOf(storage: Storage, log: Scope): Promise<readonly AuditEntry[]> {
  return (await storage.audit(log, { order: 'oldest' }, { limit: 1_000 })).items
}

/** What somebody writes who knows the format: a row whose own hash holds. */
export function forged(row: AuditEntry): AuditEntry {
  return { ...row, hash: hashOf(row) }
}

export function headAt(rows: readonly AuditEntry[], index: number): AuditHead {
  const { sequence, hash } = at(rows, index)
  return { sequence, hash }
}

export function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`nothing at ${index}`)
  return found
}

/** Each changes one field, whatever stands there. */
function alterations(): readonly ((row: AuditEntry) => AuditEntry)[] {
  const texts = ['actor', 'from', 'through', 'action', 'target', 'previous', 'hash'] as const
  return [
    ...texts.map((field) => (row: AuditEntry) => ({ ...row, [field]: `${row[field] ?? ''}x` })),
    ...(['from', 'through'] as const).map((field) => (row: AuditEntry) => {
      const { [field]: _, ...rest } = row
      return rest
    }),
    (row) => ({ ...row, at: row.at + 1 }),
    (row) => ({ ...row, before: { was: row.before } }),
    (row) => ({ ...row, after: null }),
    (row) => ({ ...row, after: typeof row.after === 'object' ? { ...row.after, more: 1 } : 1 }),
    (row) => ({ ...row, previous: '' }),
  ]
}

function sameEntry(a: AuditEntry | undefined, b: AuditEntry | undefined): boolean {
  return a !== undefined && b !== undefined && a.hash === b.hash && hashOf(a) === hashOf(b)
}

function said<T>(name: string, given: fc.Arbitrary<T>, make: (given: T) => Edit) {
  return given.map((value) => ({
    edit: make(value),
    [fc.toStringMethod]: () => `${name} ${fc.stringify(value)}`,
  }))
}
