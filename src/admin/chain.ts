/**
 * The hash chain of an audit log: each entry holds the hash of the one before it, so that a row that was removed or altered shows.
 *
 * The format is public and may never change (`docs/reference/audit-format.md`): SHA-256, in lower-case hex, of the entry without its `hash` as
 * canonical JSON (RFC 8785). Whoever can rewrite the whole log and its head can also make a new chain: keep a head elsewhere to see that too.
 */
import { hash } from 'node:crypto'
import type { AuditEntry, AuditHead } from '../storage/port.ts'

/** An entry before it is given its place. */
export type UnchainedEntry = Omit<AuditEntry, 'sequence' | 'previous' | 'hash'>

/** The entry that follows this head. */
export function chained(entry: UnchainedEntry, head: AuditHead | null): AuditEntry {
  const { before = null, after = null } = entry
  const placed = { ...entry, before, after, sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? '' }
  return { ...placed, hash: hashOf(placed) }
}

/** What the hash of an entry must be, whatever it says it is. */
export function hashOf({ hash: _hash, ...entry }: Omit<AuditEntry, 'hash'> & { readonly hash?: string }): string {
  return hash('sha256', canonical(entry), 'hex')
}

/** RFC 8785: no space, keys sorted as UTF-16, numbers and texts as `JSON.stringify` has them; what is `undefined` is left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join()}}`
}
