/**
 * What the owner of an account sees: every credential that reaches it, and a log that shows when it was tampered with.
 */
import { type AuditLog, type Credential, createBailiwick } from 'bailiwick'
import { sqliteStorage } from 'bailiwick/storage/sqlite'
import Database from 'libsql'
import { catalog } from './catalog.ts'
import type { Host } from './host.ts'
import { type Row, table } from './table.ts'

/** Every credential that reaches the account, as a table. */
export async function ownersList({ bw }: Host, account: string): Promise<string> {
  await bw.flush() // so that what was used a moment ago shows
  const { items } = await bw.accounts.credentials(account)
  return table(['credential', 'of', 'may', 'on', 'state', 'last used here'], items.map(row))
}

function row({ name, owner, policies, status, closed, leak, staysOn, lastUse }: Credential): Row {
  const of = 'user' in owner ? owner.user : 'service' in owner ? `service ${owner.service}` : 'the account'
  const may = policies.flatMap(({ permissionGroups = [], permissions = [] }) => [...permissionGroups, ...permissions])
  const on = policies.flatMap(({ resources }) =>
    resources.map((resource) => resource.replace(/^account:[^/]+\/?/, '') || 'all'),
  )
  const state = [
    status,
    closed === null ? '' : closed,
    leak === null ? '' : `leaked: ${leak.source}`,
    staysOn ? 'stays on' : '',
  ]
  return [
    name,
    of,
    may.join(', '),
    on.join(', '),
    state.filter((part) => part !== '').join(' · '),
    lastUse === null ? 'never' : `from ${lastUse.from ?? 'somewhere'}`,
  ]
}

/** The last writes in a log, newest first: an account's, or what concerns one user's own tokens. */
export async function trail({ bw }: Host, log: AuditLog, limit: number): Promise<string> {
  const { items } = await bw.audit.list(log, {}, { limit })
  const rows = items.map(({ sequence, actor, from, action, target, hash }) => [
    String(sequence),
    actor,
    from ?? '',
    action,
    target,
    hash.slice(0, 12),
  ])
  return table(['entry', 'who', 'from', 'did', 'to', 'hash'], rows)
}

/** Whether the account's log is whole; then the same of a copy in which somebody changed one row behind the library's back. */
export async function proof({ bw, database }: Host, account: string): Promise<readonly [string, string]> {
  const copy = `${database}.copy`
  const raw = new Database(database)
  raw.exec(`VACUUM INTO '${copy}'`)
  raw.close()
  const changed = new Database(copy)
  changed
    .prepare(`UPDATE bailiwick_audit SET actor = 'user:nobody' WHERE scope = ? AND action = 'account.set_api_access'`)
    .run(`account:${account}`)
  changed.close()
  const forged = createBailiwick({ catalog, storage: sqliteStorage(copy) })
  try {
    return [told(await bw.audit.verify({ account })), told(await forged.audit.verify({ account }))]
  } finally {
    await forged.close()
  }
}

type Verdict = Awaited<ReturnType<Host['bw']['audit']['verify']>>

function told(verdict: Verdict): string {
  return verdict.ok ? `${verdict.entries} entries, none removed, none altered` : `FOUND: ${verdict.fault.message}`
}
