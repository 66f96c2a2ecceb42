/**
 * The way to the tables from any older version.
 *
 * The version stands in a table of ours and not in `PRAGMA user_version`: the file may be the host's.
 */
import { StorageVersionError, StoredFactError } from '../../errors.ts'
import type { Connection, Transaction } from './connection.ts'
import { TABLES } from './tables.ts'

/** Each leads from the version of its index to the next. Never edited once released. */
const MIGRATIONS: readonly string[] = [TABLES]

const VERSION_TABLE = `
CREATE TABLE bailiwick_schema (version INTEGER NOT NULL) STRICT;
INSERT INTO bailiwick_schema (version) VALUES (0);
`

/** Brings the database to this version. Throws `StorageVersionError` on one that is newer, before anything is written. */
export function migrate(connection: Connection): void {
  if (connection.read(versionOf) === MIGRATIONS.length) return
  connection.write((tx) => {
    // Asked again under the write lock: another process may have been here first.
    const version = versionOf(tx)
    if (version === null) connection.exec(VERSION_TABLE)
    for (const step of MIGRATIONS.slice(version ?? 0)) connection.exec(step)
    tx.run('UPDATE bailiwick_schema SET version = ?', MIGRATIONS.length)
  })
}

/** `null` where there are no tables of ours yet. */
function versionOf(tx: Transaction): number | null {
  if (tx.rows(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'bailiwick_schema'`).length === 0)
    return null
  const version = tx.rows('SELECT version FROM bailiwick_schema')[0]?.version
  if (typeof version !== 'number') throw new StoredFactError('bailiwick_schema: no version')
  if (version > MIGRATIONS.length) {
    throw new StorageVersionError(
      `the database is of version ${version}; this release of bailiwick knows ${MIGRATIONS.length}: upgrade bailiwick`,
    )
  }
  return version
}
