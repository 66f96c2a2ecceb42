/**
 * Lists and counts, each answered through an index, asked inside a transaction that the caller began.
 */
import type { Member, Owner, Scope, Token } from '../../core/facts.ts'
import { cutPage, sequenceStart, startOf } from '../page.ts'
import type { AuditEntry, Page, PageRequest } from '../port.ts'
import { Columns } from './columns.ts'
import type { Row, SqliteValue, Transaction } from './connection.ts'
import { readEntry, readMember, readToken } from './rows.ts'

export function members(tx: Transaction, account: string, page: PageRequest): Page<Member> {
  // No id is empty, so this stands before the first.
  const [id = '', kind = ''] = startOf(page, 2) ?? []
  const sql = 'SELECT * FROM bailiwick_members WHERE account = ? AND (id, kind) > (?, ?) ORDER BY id, kind LIMIT ?'
  const found = tx.rows(sql, account, id, kind, page.limit + 1).map(readMember)
  return cutPage(found, page.limit, (member) => [member.id, member.kind])
}

/** `instr` finds every member whose roles hold the role's JSON text, and perhaps one more; the parsed list decides. */
export function holders(tx: Transaction, account: string, role: string): readonly Member[] {
  const sql = `SELECT * FROM bailiwick_members WHERE account = ? AND kind = 'user' AND instr(roles, ?) > 0 ORDER BY id`
  return tx
    .rows(sql, account, JSON.stringify(role))
    .map(readMember)
    .filter((member) => member.roles.includes(role))
}

export function switchedOnMembers(tx: Transaction, account: string): readonly Member[] {
  const sql = 'SELECT * FROM bailiwick_members WHERE account = ? AND api_access = 1 ORDER BY id, kind'
  return tx.rows(sql, account).map(readMember)
}

export function tokens(tx: Transaction, owner: Owner, page: PageRequest): Page<Token> {
  const [id = ''] = startOf(page, 1) ?? []
  const { where, values } = exactly(owner)
  const sql = `SELECT * FROM bailiwick_tokens WHERE ${where} AND id > ? ORDER BY id LIMIT ?`
  const found = tx.rows(sql, ...values, id, page.limit + 1).map(readToken)
  return cutPage(found, page.limit, (token) => [token.id])
}

export function countTokens(tx: Transaction, owner: Owner): number {
  const whole = !('user' in owner) && !('service' in owner)
  const { where, values } = whole ? { where: 'owner_account = ?', values: [owner.account] } : exactly(owner)
  const sql = `SELECT count(*) AS live FROM bailiwick_tokens WHERE ${where} AND status <> 'revoked'`
  return tx.rows(sql, ...values).reduce((sum, row) => sum + new Columns(row, 'bailiwick_tokens', []).integer('live'), 0)
}

export function switchedOnTokens(tx: Transaction, account: string): readonly Token[] {
  const sql = `SELECT * FROM bailiwick_tokens WHERE owner_account = ? AND owner_kind = 'account' AND api_access = 1 ORDER BY id`
  return tx.rows(sql, account).map(readToken)
}

export function audit(tx: Transaction, scope: Scope, page: PageRequest): Page<AuditEntry> {
  const before = sequenceStart(page) ?? Number.MAX_SAFE_INTEGER
  const rows = tx.rows(
    'SELECT * FROM bailiwick_audit WHERE scope = ? AND id < ? ORDER BY id DESC LIMIT ?',
    scope,
    before,
    page.limit + 1,
  )
  const cut = cutPage(rows, page.limit, (row) => [String(sequenceOf(row))])
  return { items: cut.items.map((row) => readEntry(row, scope)), next: cut.next }
}

function sequenceOf(row: Row): number {
  return new Columns(row, 'bailiwick_audit', ['id']).integer('id')
}

/** Tokens of exactly this owner: an account's own are not those of its service accounts. */
function exactly(owner: Owner): { readonly where: string; readonly values: readonly SqliteValue[] } {
  if ('user' in owner) return { where: 'owner_user = ?', values: [owner.user] }
  if ('service' in owner) {
    return { where: 'owner_account = ? AND owner_service = ?', values: [owner.account, owner.service] }
  }
  return { where: 'owner_account = ? AND owner_service IS NULL', values: [owner.account] }
}
