/**
 * Keeps the table of credentials in step with the other tables: one row for each account that a token reaches.
 *
 * When a token or a member is written, its rows are made again from what is stored by then, and from nothing inside a JSON column: a corrupt row of
 * one token must not stop a member from being removed.
 */
import type { MemberKey, Token } from '../../core/facts.ts'
import { accountsAllowed, accountsNamed } from '../../core/reach.ts'
import type { Transaction } from './connection.ts'
import { toColumn } from './text.ts'

/** `t` is the token and `m` its owner's membership. The arguments say for which account the row is, and whose switch counts. */
const insertRow = (account: string, ownerId: string, ownSwitch: string): string => `INSERT INTO bailiwick_credentials
  (account, token, owner_kind, owner_id, status, expires_on, lifetime, ip_is_narrow, own_switch, is_used, idle_since)
  SELECT ${account}, t.id, t.owner_kind, ${ownerId}, t.status, t.expires_on, t.expires_on - t.secret_issued_on,
    t.ip_is_narrow, ${ownSwitch}, u.at IS NOT NULL, max(t.issued_on, coalesce(u.at, t.issued_on))`

const withUses = (account: string): string =>
  `LEFT JOIN bailiwick_token_uses AS u ON u.token = t.id AND u.account = ${account}`

const PERSONAL = insertRow('m.account', 'm.id', 'm.api_access')

/** `letsIn` of core/facts.ts, in SQL: excludes pending members, and tokens issued before the membership began unless the member is readmitted. */
const LET_IN = `m.status <> 'pending' AND (t.issued_on >= m.since OR m.readmitted = 1)`

/** With `account:*`: wherever `LET_IN` holds for the owner. */
const EVERYWHERE = `${PERSONAL} FROM bailiwick_tokens AS t
  CROSS JOIN bailiwick_members AS m ON m.kind = 'user' AND m.id = t.owner_user
  ${withUses('m.account')}
  WHERE t.id = ? AND ${LET_IN}`

const WHERE_NAMED = `${PERSONAL} FROM bailiwick_tokens AS t
  CROSS JOIN bailiwick_named_accounts AS n ON n.token = t.id AND n.granted = 1
  CROSS JOIN bailiwick_members AS m ON m.account = n.account AND m.kind = 'user' AND m.id = t.owner_user
  ${withUses('m.account')}
  WHERE t.id = ? AND ${LET_IN}`

/** A token of an account or of a service account: a row in that account, whatever it names. */
const AT_HOME = `${insertRow(
  't.owner_account',
  'coalesce(t.owner_service, t.owner_account)',
  `CASE t.owner_kind WHEN 'account' THEN t.api_access ELSE m.api_access END`,
)} FROM bailiwick_tokens AS t
  LEFT JOIN bailiwick_members AS m ON m.account = t.owner_account AND m.kind = 'service' AND m.id = t.owner_service
  ${withUses('t.owner_account')}
  WHERE t.id = ?`

const OF_MEMBER = `${PERSONAL} FROM bailiwick_members AS m
  CROSS JOIN bailiwick_tokens AS t ON t.owner_user = m.id
  LEFT JOIN bailiwick_named_accounts AS n ON n.account = m.account AND n.token = t.id AND n.granted = 1
  ${withUses('m.account')}
  WHERE m.account = ? AND m.kind = 'user' AND m.id = ? AND ${LET_IN}
    AND (t.reaches_everywhere = 1 OR n.token IS NOT NULL)`

/** After a token was put, whether or not there was one with its id. */
export function refreshToken(tx: Transaction, token: Token): void {
  tx.run('DELETE FROM bailiwick_named_accounts WHERE token = ?', token.id)
  tx.run('DELETE FROM bailiwick_credentials WHERE token = ?', token.id)
  indexToken(tx, token)
}

/** After a token was added. */
export function indexToken(tx: Transaction, { id, owner, policies }: Token): void {
  const granted = accountsAllowed(policies)
  const named = [...accountsNamed(policies).named].map((account) => [toColumn(account), granted.named.has(account)])
  tx.run(
    `INSERT INTO bailiwick_named_accounts (account, token, granted)
      SELECT json_extract(asked.value, '$[0]'), ?, json_extract(asked.value, '$[1]') FROM json_each(?) AS asked`,
    id,
    JSON.stringify(named),
  )
  const personal = granted.everywhere ? EVERYWHERE : WHERE_NAMED
  tx.run('user' in owner ? personal : AT_HOME, id)
}

/** After a member was put or removed. */
export function refreshMember(tx: Transaction, { account, kind, id }: MemberKey): void {
  if (kind === 'service') {
    tx.run(
      `UPDATE bailiwick_credentials SET own_switch =
        (SELECT api_access FROM bailiwick_members WHERE account = ? AND kind = 'service' AND id = ?)
        WHERE account = ? AND owner_kind = 'service' AND owner_id = ?`,
      ...[account, id, account, id],
    )
    return
  }
  tx.run(
    `DELETE FROM bailiwick_credentials WHERE account = ? AND owner_kind = 'user' AND owner_id = ?`,
    ...[account, id],
  )
  tx.run(OF_MEMBER, account, id)
}
