/**
 * Writes last uses and renewed digests, inside a transaction that the caller began.
 */
import type { DigestChange, TokenUse } from '../port.ts'
import type { Transaction } from './connection.ts'

const REMEMBER = `INSERT INTO bailiwick_token_uses (token, account, at, from_address)
  SELECT id, ?, ?, ? FROM bailiwick_tokens WHERE id = ?
  ON CONFLICT (token, account) DO UPDATE SET at = excluded.at, from_address = excluded.from_address WHERE excluded.at > at`

const COPY = `UPDATE bailiwick_credentials SET is_used = 1, idle_since = max(idle_since, ?) WHERE account = ? AND token = ?`

export function recordUses(tx: Transaction, uses: readonly TokenUse[]): void {
  for (const { token, account, at, from } of uses) {
    tx.run(REMEMBER, account ?? '', at, from, token)
    if (account !== null) tx.run(COPY, at, account, token)
  }
}

export function replaceDigests(tx: Transaction, changes: readonly DigestChange[]): void {
  for (const { token, from, to } of changes) {
    for (const column of ['digest', 'previous_digest'])
      tx.run(`UPDATE bailiwick_tokens SET ${column} = ? WHERE id = ? AND ${column} = ?`, to, token, from)
  }
}
