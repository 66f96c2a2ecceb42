/**
 * Writes one change, inside a transaction that the caller began. A throw rolls it back.
 */
import type { Change, Write } from '../port.ts'
import type { Known } from '../precondition.ts'
import { checkWrite, follows } from '../precondition.ts'
import { auditHead } from './audit.ts'
import type { Transaction } from './connection.ts'
import { revisions, tokensByDigest } from './lookup.ts'
import { indexToken, refreshMember, refreshToken } from './refresh.ts'
import type { NewRow } from './rows.ts'
import { accountRow, entryRow, memberRow, secretsRow, tokenRow, userRow } from './rows.ts'

/** `false`, before anything is written, where an expected scope or the head of the log has moved. */
export function commitIn(tx: Transaction, change: Change): boolean {
  const { audit } = change
  const found = revisions(tx, [...change.expect.keys()])
  if ([...change.expect.values()].some((expected, i) => expected !== found[i])) return false
  if (!follows(audit, auditHead(tx, audit.scope))) return false

  const known: Known = {
    account: (id) => tx.rows('SELECT 1 FROM bailiwick_accounts WHERE id = ?', id).length > 0,
    token: (id) => tx.rows('SELECT 1 FROM bailiwick_tokens WHERE id = ?', id).length > 0,
    digest: (digest) => tokensByDigest(tx, [digest]).length > 0,
  }
  for (const write of change.writes) {
    checkWrite(write, known)
    apply(tx, write)
  }
  insert(tx, 'bailiwick_audit', entryRow(audit))
  put(tx, 'bailiwick_scopes', ['scope'], { scope: audit.scope, log_sequence: audit.sequence, log_hash: audit.hash })
  for (const [scope, expected] of change.expect)
    put(tx, 'bailiwick_scopes', ['scope'], { scope, revision: expected + 1 })
  return true
}

function apply(tx: Transaction, write: Write): void {
  switch (write.kind) {
    case 'put_user':
      put(tx, 'bailiwick_users', ['id'], userRow(write.user))
      break
    case 'put_account':
      put(tx, 'bailiwick_accounts', ['id'], accountRow(write.account))
      break
    case 'put_member':
      put(tx, 'bailiwick_members', ['account', 'id', 'kind'], memberRow(write.member))
      refreshMember(tx, write.member)
      break
    case 'remove_member': {
      const { account, kind, id } = write.member
      tx.run('DELETE FROM bailiwick_members WHERE account = ? AND id = ? AND kind = ?', account, id, kind)
      refreshMember(tx, write.member)
      break
    }
    case 'add_token':
      insert(tx, 'bailiwick_tokens', { ...tokenRow(write.token), ...secretsRow(write.secrets) })
      indexToken(tx, write.token)
      break
    case 'put_token':
      if (write.secrets === undefined) update(tx, 'bailiwick_tokens', 'id', tokenRow(write.token))
      else put(tx, 'bailiwick_tokens', ['id'], { ...tokenRow(write.token), ...secretsRow(write.secrets) })
      refreshToken(tx, write.token)
      break
    case 'block_token':
      tx.run(
        'INSERT INTO bailiwick_token_blocks (token, account) VALUES (?, ?) ON CONFLICT DO NOTHING',
        write.token,
        write.account,
      )
      break
    case 'unblock_token':
      tx.run('DELETE FROM bailiwick_token_blocks WHERE token = ? AND account = ?', write.token, write.account)
      break
    case 'prune_audit':
      tx.run('DELETE FROM bailiwick_audit WHERE scope = ? AND sequence < ?', write.scope, write.before)
      break
    default:
      write satisfies never
  }
}

function insert(tx: Transaction, table: string, row: NewRow): void {
  tx.run(insertSql(table, row), ...Object.values(row))
}

/** Replaces the whole record of this key. By an update, and not SQLite's REPLACE, which would delete the row that others refer to. */
function put(tx: Transaction, table: string, key: readonly string[], row: NewRow): void {
  const rest = Object.keys(row).filter((column) => !key.includes(column))
  const update = rest.map((column) => `${column} = excluded.${column}`).join(', ')
  tx.run(`${insertSql(table, row)} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${update}`, ...Object.values(row))
}

/** Writes these columns of an existing row, and leaves the others. */
function update(tx: Transaction, table: string, key: string, { [key]: id = null, ...row }: NewRow): void {
  const columns = Object.keys(row).map((column) => `${column} = ?`)
  tx.run(`UPDATE ${table} SET ${columns.join(', ')} WHERE ${key} = ?`, ...Object.values(row), id)
}

function insertSql(table: string, row: NewRow): string {
  const columns = Object.keys(row)
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
}
