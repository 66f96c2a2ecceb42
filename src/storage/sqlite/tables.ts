/**
 * The tables of the first version.
 *
 * Every name begins with `bailiwick_`: the file may be the host's. Text is compared in binary (SQLite's default). Each index serves one query of the
 * directory, named beside it.
 */
export const TABLES = `
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
  leak TEXT,
  -- read off policies and condition when they are written: an allow policy names account:*, and isNarrow
  reaches_everywhere INTEGER NOT NULL,
  ip_is_narrow INTEGER NOT NULL,
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
-- the token of a digest, and how many still have one of a scheme
CREATE INDEX bailiwick_tokens_by_digest ON bailiwick_tokens (digest, status);
CREATE INDEX bailiwick_tokens_by_previous ON bailiwick_tokens (previous_digest, status, previous_ends_on, digest)
  WHERE previous_digest IS NOT NULL;
-- tokens that expire
CREATE INDEX bailiwick_tokens_expiring ON bailiwick_tokens (expires_on, id) WHERE status <> 'revoked';

CREATE TABLE bailiwick_token_blocks (
  token TEXT NOT NULL REFERENCES bailiwick_tokens (id),
  account TEXT NOT NULL REFERENCES bailiwick_accounts (id),
  PRIMARY KEY (token, account)
) STRICT, WITHOUT ROWID;

-- which accounts the policies of a token name; granted: an allow policy does
CREATE TABLE bailiwick_named_accounts (
  account TEXT NOT NULL,
  token TEXT NOT NULL REFERENCES bailiwick_tokens (id),
  granted INTEGER NOT NULL,
  PRIMARY KEY (account, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX bailiwick_named_accounts_of_token ON bailiwick_named_accounts (token, account);

-- an empty account is the user's root; kept when a credential no longer reaches the account, since it may again
CREATE TABLE bailiwick_token_uses (
  token TEXT NOT NULL REFERENCES bailiwick_tokens (id),
  account TEXT NOT NULL,
  at INTEGER NOT NULL,
  from_address TEXT,
  PRIMARY KEY (token, account)
) STRICT, WITHOUT ROWID;

-- one row for each account that a token reaches, a copy of what stands in the tables above: all that a list is filtered and ordered by
CREATE TABLE bailiwick_credentials (
  account TEXT NOT NULL REFERENCES bailiwick_accounts (id),
  token TEXT NOT NULL REFERENCES bailiwick_tokens (id),
  owner_kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  status TEXT NOT NULL,
  expires_on INTEGER,
  lifetime INTEGER,
  ip_is_narrow INTEGER NOT NULL,
  own_switch INTEGER,
  is_used INTEGER NOT NULL,
  idle_since INTEGER NOT NULL,
  PRIMARY KEY (account, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX bailiwick_credentials_of_token ON bailiwick_credentials (token);
-- one for each filter
CREATE INDEX bailiwick_credentials_of_owner ON bailiwick_credentials (account, owner_kind, owner_id, token);
CREATE INDEX bailiwick_credentials_of_kind ON bailiwick_credentials (account, owner_kind, token);
CREATE INDEX bailiwick_credentials_of_status ON bailiwick_credentials (account, status, token, expires_on);
CREATE INDEX bailiwick_credentials_by_expiry ON bailiwick_credentials (account, expires_on, token, status)
  WHERE status <> 'revoked' AND expires_on IS NOT NULL;
CREATE INDEX bailiwick_credentials_by_idleness ON bailiwick_credentials (account, idle_since, token)
  WHERE status <> 'revoked';
CREATE INDEX bailiwick_credentials_never_used ON bailiwick_credentials (account, token)
  WHERE status <> 'revoked' AND is_used = 0;
CREATE INDEX bailiwick_credentials_switched_on ON bailiwick_credentials (account, token)
  WHERE status <> 'revoked' AND own_switch = 1;
CREATE INDEX bailiwick_credentials_ruled
  ON bailiwick_credentials (account, token, owner_kind, lifetime, ip_is_narrow, status, expires_on)
  WHERE status <> 'revoked';

CREATE TABLE bailiwick_scopes (
  scope TEXT PRIMARY KEY NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  -- the head of its log, 0 and empty before the first entry: kept apart from the entries, so that one taken away shows
  log_sequence INTEGER NOT NULL DEFAULT 0,
  log_hash TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE bailiwick_audit (
  scope TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  from_address TEXT,
  through TEXT,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (scope, sequence)
) STRICT;
-- the log of a scope by each of its terms
CREATE INDEX bailiwick_audit_by_actor ON bailiwick_audit (scope, actor, sequence);
CREATE INDEX bailiwick_audit_by_through ON bailiwick_audit (scope, through, sequence) WHERE through IS NOT NULL;
CREATE INDEX bailiwick_audit_by_action ON bailiwick_audit (scope, action, sequence);
CREATE INDEX bailiwick_audit_by_target ON bailiwick_audit (scope, target, sequence);
CREATE INDEX bailiwick_audit_by_time ON bailiwick_audit (scope, at, sequence); -- where a range holds few
`
