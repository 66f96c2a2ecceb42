/**
 * The tables, and the way to them from any older version.
 *
 * The version stands in a table of ours and not in `PRAGMA user_version`, and every name begins with `bailiwick_`: the file may be the host's.
 * Text is compared in binary (SQLite's default); each index answers one question of the directory, named beside it.
 */
import { StorageVersionError, StoredFactError } from '../../errors.ts'
import type { Connection, Transaction } from './connection.ts'

/** Each leads from the version of its index to the next. Never edited once released. */
const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE bailiwick_users (
  id TEXT PRIMARY KEY NOT NULL,
  status TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE bailiwick_accounts (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  api_access INTEGER NOT NULL,
  token_rules TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;

CREATE TABLE bailiwick_members (
  account TEXT NOT NULL REFERENCES bailiwick_accounts (id),
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  since INTEGER NOT NULL,
  readmitted INTEGER NOT NULL,
  api_access INTEGER,
  revision INTEGER NOT NULL,
  roles TEXT NOT NULL,
  policies TEXT NOT NULL,
  PRIMARY KEY (account, id, kind)
) STRICT;
-- memberships of a person
CREATE INDEX bailiwick_members_by_principal ON bailiwick_members (kind, id, account);
-- members whose own switch is on
CREATE INDEX bailiwick_members_switched_on ON bailiwick_members (account, id, kind) WHERE api_access = 1;

CREATE TABLE bailiwick_tokens (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  owner_kind TEXT NOT NULL,
  owner_user TEXT,
  owner_account TEXT REFERENCES bailiwick_accounts (id),
  owner_service TEXT,
  status TEXT NOT NULL,
  api_access INTEGER,
  not_before INTEGER,
  expires_on INTEGER,
  issued_on INTEGER NOT NULL,
  issued_by TEXT NOT NULL,
  modified_on INTEGER NOT NULL,
  secret_issued_on INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  digest TEXT NOT NULL,
  previous_digest TEXT,
  previous_ends_on INTEGER,
  condition TEXT,
  policies TEXT NOT NULL,
  CHECK (
    CASE owner_kind
      WHEN 'user' THEN owner_user IS NOT NULL AND owner_account IS NULL AND owner_service IS NULL
      WHEN 'service' THEN owner_user IS NULL AND owner_account IS NOT NULL AND owner_service IS NOT NULL
      WHEN 'account' THEN owner_user IS NULL AND owner_account IS NOT NULL AND owner_service IS NULL
      ELSE FALSE
    END
  ),
  CHECK ((previous_digest IS NULL) = (previous_ends_on IS NULL))
) STRICT;
-- tokens of an owner, and how many of them live: answered from the index alone
CREATE INDEX bailiwick_tokens_of_user ON bailiwick_tokens (owner_user, id, status) WHERE owner_user IS NOT NULL;
CREATE INDEX bailiwick_tokens_of_account ON bailiwick_tokens (owner_account, owner_service, id, status) WHERE owner_account IS NOT NULL;
-- account-owned tokens whose own switch is on
CREATE INDEX bailiwick_tokens_switched_on ON bailiwick_tokens (owner_account, id) WHERE api_access = 1;

CREATE TABLE bailiwick_token_blocks (
  token TEXT NOT NULL REFERENCES bailiwick_tokens (id),
  account TEXT NOT NULL REFERENCES bailiwick_accounts (id),
  PRIMARY KEY (token, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE bailiwick_scopes (
  scope TEXT PRIMARY KEY NOT NULL,
  revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE bailiwick_audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  from_address TEXT,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL
) STRICT;
-- the log of a scope, newest first
CREATE INDEX bailiwick_audit_of_scope ON bailiwick_audit (scope, id);
`,
]

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
