/**
 * The hash chain of an audit log: each entry holds the hash of the one before it, so a row that was removed or altered no longer fits the others.
 *
 * The format is public and may never change (`docs/reference/audit-format.md`): SHA-256, in lower-case hex, of the entry without its `hash` as
 * canonical JSON (RFC 8785). Whoever can rewrite the whole log and its head can make a new chain: only a head kept elsewhere shows that.
 */
import { hash } from 'node:crypto'
import type { AuditEntry, AuditHead } from '../storage/port.ts'

/** An entry that has no place in a log yet. */
export type UnchainedEntry = Omit<AuditEntry, 'sequence' | 'previous' | 'hash'>

/** The entry that follows this head. */
export function chained(entry: UnchainedEntry, head: AuditHead | null): AuditEntry {
  const { before = null, after = null } = entry
  const placed = { ...entry, before, after, sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? '' }
  return { ...placed, hash: hashOf(placed) }
}

/** The hash that an entry must have, whatever its own `hash` says. */
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
