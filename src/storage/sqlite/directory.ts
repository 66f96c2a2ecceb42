/**
 * Lists and counts, each through an index. Inside a transaction that the caller began.
 */
import type { Member, MemberKey, Owner, Token } from '../../core/facts.ts'
import { cutPage, placeKey, placeStart, startOf } from '../page.ts'
import type { Page, PageRequest, TokenUse } from '../port.ts'
import { Columns } from './columns.ts'
import type { Row, SqliteValue, Transaction } from './connection.ts'
import { readListedToken, readMember, readMemberKey, readToken, readTokenName, readUse } from './rows.ts'

export function members(tx: Transaction, account: string, page: PageRequest): Page<Member> {
  // No id is empty, so this comes before the first.
  const [id = '', kind = ''] = startOf(page, 2) ?? []
  const sql = 'SELECT * FROM bailiwick_members WHERE account = ? AND (id, kind) > (?, ?) ORDER BY id, kind LIMIT ?'
  const found = tx.rows(sql, account, id, kind, page.limit + 1).map(readMember)
  return cutPage(found, page.limit, (member) => [member.id, member.kind])
}

/** `instr` finds every member whose roles contain the role's JSON text, and perhaps others; the parsed list decides. */
export function holders(tx: Transaction, account: string, role: string): readonly Member[] {
  const sql = `SELECT * FROM bailiwick_members WHERE account = ? AND kind = 'user' AND instr(roles, ?) > 0 ORDER BY id`
  return tx
    .rows(sql, account, JSON.stringify(role))
    .map(readMember)
    .filter((member) => member.roles.includes(role))
}

/** Reads only the key: a row that is broken elsewhere must still be listed. */
export function switchedOnMembers(tx: Transaction, account: string): readonly MemberKey[] {
  const sql = 'SELECT account, kind, id FROM bailiwick_members WHERE account = ? AND api_access = 1 ORDER BY id, kind'
  return Object.freeze(tx.rows(sql, account).map(readMemberKey))
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
  return liveIn(tx.rows(sql, ...values))
}

/** Reads as little, for the same reason. */
export function switchedOnTokens(tx: Transaction, account: string): readonly Pick<Token, 'id' | 'name' | 'status'>[] {
  const sql = `SELECT id, name, status FROM bailiwick_tokens WHERE owner_account = ? AND owner_kind = 'account' AND api_access = 1 ORDER BY id`
  return Object.freeze(tx.rows(sql, account).map(readTokenName))
}

export function tokensNaming(tx: Transaction, account: string, page: PageRequest): Page<Token> {
  const [id = ''] = startOf(page, 1) ?? []
  const sql = `SELECT t.* FROM bailiwick_named_accounts AS n CROSS JOIN bailiwick_tokens AS t ON t.id = n.token
    WHERE n.account = ? AND n.token > ? ORDER BY n.token LIMIT ?`
  const found = tx.rows(sql, account, id, page.limit + 1).map(readListedToken)
  return cutPage(found, page.limit, (token) => [token.id])
}

export function tokensExpiring(
  tx: Transaction,
  { from, before }: { readonly from: number; readonly before: number },
  page: PageRequest,
): Page<Token> {
  // No id is empty: no token expires at the start of the range with an id before this one.
  const { rank, id } = placeStart(page, 'expiry') ?? { rank: from, id: '' }
  const sql = `SELECT * FROM bailiwick_tokens INDEXED BY bailiwick_tokens_expiring
    WHERE status <> 'revoked' AND expires_on >= ? AND expires_on < ? AND (expires_on, id) > (?, ?)
    ORDER BY expires_on, id LIMIT ?`
  const found = tx.rows(sql, Math.max(from, rank), before, rank, id, page.limit + 1).map(readToken)
  return cutPage(found, page.limit, (token) => placeKey('expiry', { rank: token.expiresOn ?? 0, id: token.id }))
}

export function tokenUses(tx: Transaction, token: string): readonly TokenUse[] {
  return tx.rows('SELECT * FROM bailiwick_token_uses WHERE token = ? ORDER BY account', token).map(readUse)
}

/** Counts by the current digest, and by the previous one where the current has another scheme. Texts that begin with `x:` sort before `x;`. */
export function countDigests(tx: Transaction, scheme: string, now: number): number {
  const [from, to] = [`${scheme}:`, `${scheme};`]
  const current = `SELECT count(*) AS live FROM bailiwick_tokens
    WHERE digest >= ? AND digest < ? AND status <> 'revoked'`
  const previous = `SELECT count(*) AS live FROM bailiwick_tokens
    WHERE previous_digest >= ? AND previous_digest < ? AND status <> 'revoked' AND previous_ends_on > ?
      AND NOT (digest >= ? AND digest < ?)`
  return liveIn(tx.rows(current, from, to)) + liveIn(tx.rows(previous, from, to, now, from, to))
}

function liveIn(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + new Columns(row, 'bailiwick_tokens', []).integer('live'), 0)
}

/** Matches tokens of exactly this owner: an account's own tokens don't include those of its service accounts. */
function exactly(owner: Owner): { readonly where: string; readonly values: readonly SqliteValue[] } {
  if ('user' in owner) return { where: 'owner_user = ?', values: [owner.user] }
  if ('service' in owner) {
    return { where: 'owner_account = ? AND owner_service = ?', values: [owner.account, owner.service] }
  }
  return { where: 'owner_account = ? AND owner_service IS NULL', values: [owner.account] }
}
