/**
 * Migrates the tables from any older version.
 *
 * The version is kept in the table `bailiwick_schema` and not in `PRAGMA user_version`, since the file may be the host's.
 */
import { StorageVersionError, StoredFactError } from '../../errors.ts'
import type { Connection, Transaction } from './connection.ts'
import { TABLES } from './tables.ts'

/** Each migrates from the version of its index to the next. Never edited once released. */
const MIGRATIONS: readonly string[] = [TABLES]

const VERSION_TABLE = `
CREATE TABLE bailiwick_schema (version INTEGER NOT NULL) STRICT;
INSERT INTO bailiwick_schema (version) VALUES (0);
`

/** Migrates the database to this version. Throws `StorageVersionError` for a newer one, before anything is written. */
export function migrate(connection: Connection): void {
  if (connection.read(versionOf) === MIGRATIONS.length) return
  connection.write((tx) => {
    // Read again under the write lock: another process may have migrated first.
    const version = versionOf(tx)
    if (version === null) connection.exec(VERSION_TABLE)
    for (const step of MIGRATIONS.slice(version ?? 0)) connection.exec(step)
    tx.run('UPDATE bailiwick_schema SET version = ?', MIGRATIONS.length)
  })
}

/** `null` where there are no `bailiwick_` tables yet. */
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
