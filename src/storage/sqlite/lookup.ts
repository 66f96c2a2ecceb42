/**
 * Facts by key, one or many in one statement. Inside a transaction that the caller began.
 */
import type { Account, Member, MemberKey, Scope, Secrets, Token, User } from '../../core/facts.ts'
import { compareBinary } from '../order.ts'
import type { Lookup } from '../standings.ts'
import { Columns } from './columns.ts'
import type { Row, Transaction } from './connection.ts'
import { readAccount, readListedMember, readMember, readSecrets, readToken, readUser } from './rows.ts'
import { toColumn } from './text.ts'

export function lookupIn(tx: Transaction): Lookup {
  return {
    user: (id) => user(tx, id),
    accounts: (ids) => accounts(tx, ids),
    members: (kind, id, within) => members(tx, kind, id, within),
    memberships: (id, limit) => memberships(tx, id, limit),
    revisions: (scopes) => revisions(tx, scopes),
  }
}

export function user(tx: Transaction, id: string): User | null {
  return tx.rows('SELECT * FROM bailiwick_users WHERE id = ?', id).map(readUser)[0] ?? null
}

export function account(tx: Transaction, id: string): Account | null {
  return accounts(tx, [id])[0] ?? null
}

/** In the order asked. */
export function accounts(tx: Transaction, ids: readonly string[]): readonly Account[] {
  if (ids.length === 0) return Object.freeze([])
  const sql = 'SELECT a.* FROM json_each(?) AS asked CROSS JOIN bailiwick_accounts AS a ON a.id = asked.value'
  const found = new Map(tx.rows(sql, textList(ids)).map((row) => [row.id, readAccount(row)]))
  return Object.freeze(ids.flatMap((id) => found.get(toColumn(id)) ?? []))
}

export function member(tx: Transaction, key: MemberKey): Member | null {
  return members(tx, key.kind, key.id, [key.account])[0] ?? null
}

/** `limit` -1 is SQLite's word for no limit. */
export function memberships(tx: Transaction, id: string, limit = -1): readonly Member[] {
  const sql = `SELECT * FROM bailiwick_members WHERE kind = 'user' AND id = ? ORDER BY account LIMIT ?`
  return tx.rows(sql, id, limit).map(readMember)
}

export function revisions(tx: Transaction, scopes: readonly Scope[]): readonly number[] {
  const sql = 'SELECT s.* FROM json_each(?) AS asked CROSS JOIN bailiwick_scopes AS s ON s.scope = asked.value'
  const known = new Map(tx.rows(sql, textList(scopes)).map(readRevision))
  return scopes.map((scope) => known.get(scope) ?? 0)
}

export interface TokenRecord {
  readonly token: Token
  readonly secrets: Secrets
  readonly blockedIn: readonly string[]
}

export function tokenRecord(tx: Transaction, id: string): TokenRecord | null {
  const row = tx.rows('SELECT * FROM bailiwick_tokens WHERE id = ?', id)[0]
  if (row === undefined) return null
  const blocks = tx.rows('SELECT * FROM bailiwick_token_blocks WHERE token = ? ORDER BY account', id)
  return { token: readToken(row), secrets: readSecrets(row), blockedIn: Object.freeze(blocks.map(readBlock)) }
}

export function tokensByDigest(tx: Transaction, digests: readonly string[]): readonly string[] {
  const found = ['digest', 'previous_digest'].flatMap((column) =>
    tx.rows(
      `SELECT t.id FROM json_each(?) AS asked CROSS JOIN bailiwick_tokens AS t ON t.${column} = asked.value`,
      textList(digests),
    ),
  )
  const ids = new Set(found.map((row) => new Columns(row, 'bailiwick_tokens', ['id']).text('id')))
  return Object.freeze([...ids].sort(compareBinary))
}

function members(tx: Transaction, kind: string, id: string, within: readonly string[]): readonly Member[] {
  const sql = `SELECT m.* FROM json_each(?) AS asked
    CROSS JOIN bailiwick_members AS m ON m.account = asked.value AND m.id = ? AND m.kind = ?`
  return within.length === 0 ? [] : tx.rows(sql, textList(within), id, kind).map(readMember)
}

/** Several members of one account, for a list. Those that don't exist are left out. */
export function listedMembers(
  tx: Transaction,
  account: string,
  keys: readonly Pick<MemberKey, 'kind' | 'id'>[],
): readonly Member[] {
  const sql = `SELECT m.* FROM json_each(?) AS asked CROSS JOIN bailiwick_members AS m
    ON m.account = ? AND m.id = json_extract(asked.value, '$[0]') AND m.kind = json_extract(asked.value, '$[1]')`
  const asked = JSON.stringify(keys.map(({ kind, id }) => [toColumn(id), kind]))
  return keys.length === 0 ? [] : tx.rows(sql, asked, account).map(readListedMember)
}

/** Several texts as one value, each in the form of its column. */
export function textList(texts: readonly string[]): string {
  return JSON.stringify(texts.map(toColumn))
}

function readRevision(row: Row): readonly [string, number] {
  const at = new Columns(row, 'bailiwick_scopes', ['scope'])
  return [at.text('scope'), at.integer('revision')]
}

function readBlock(row: Row): string {
  return new Columns(row, 'bailiwick_token_blocks', ['token']).text('account')
}
