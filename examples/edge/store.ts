/**
 * The host's own facts in its own SQLite file: what it would store with or without access control. Knows nothing of tokens.
 */
import { randomBytes } from 'node:crypto'
import Database from 'libsql'

export interface Zone {
  readonly id: string
  readonly account: string
  readonly name: string
}

export interface DnsRecord {
  readonly id: string
  readonly zone: string
  readonly type: string
  readonly name: string
  readonly content: string
  readonly ttl: number
}

export interface AccessRule {
  readonly id: string
  readonly account: string
  readonly mode: string
  readonly target: string
  readonly value: string
  readonly notes: string
}

export interface Namespace {
  readonly id: string
  readonly account: string
  readonly title: string
}

export interface Script {
  readonly account: string
  readonly name: string
  readonly content: string
  /** JSON: the bindings as uploaded. */
  readonly bindings: string
}

export interface Traffic {
  readonly requests: number
  readonly cached: number
  readonly bytes: number
  readonly threats: number
}

const TABLES = `
  CREATE TABLE zones (id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL UNIQUE);
  CREATE TABLE records (id TEXT PRIMARY KEY, zone TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, ttl INTEGER NOT NULL);
  CREATE TABLE purges (zone TEXT NOT NULL, what TEXT NOT NULL);
  CREATE TABLE rules (id TEXT PRIMARY KEY, account TEXT NOT NULL, mode TEXT NOT NULL, target TEXT NOT NULL, value TEXT NOT NULL, notes TEXT NOT NULL);
  CREATE TABLE namespaces (id TEXT PRIMARY KEY, account TEXT NOT NULL, title TEXT NOT NULL, UNIQUE (account, title));
  CREATE TABLE pairs (namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (namespace, key));
  CREATE TABLE scripts (account TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, bindings TEXT NOT NULL, PRIMARY KEY (account, name));
  CREATE TABLE traffic (zone TEXT PRIMARY KEY, requests INTEGER NOT NULL, cached INTEGER NOT NULL, bytes INTEGER NOT NULL, threats INTEGER NOT NULL);
`

/** An id as the host gives them out: 32 hex digits. */
export function newId(): string {
  return randomBytes(16).toString('hex')
}

export type Store = ReturnType<typeof openStore>

/** Opens the host's database at `path`, which must not exist yet. */
export function openStore(path: string) {
  const db = new Database(path)
  db.exec(TABLES)

  /** Rows are taken at their word: this file wrote them. */
  const all = <Row>(sql: string, ...values: unknown[]): readonly Row[] => db.prepare(sql).all(...values) as Row[]
  const one = <Row>(sql: string, ...values: unknown[]): Row | null => all<Row>(sql, ...values)[0] ?? null
  /** How many rows changed. */
  const run = (sql: string, ...values: unknown[]): number => db.prepare(sql).run(...values).changes

  return {
    zones: {
      get: (id: string) => one<Zone>('SELECT * FROM zones WHERE id = ?', id),
      all: () => all<Zone>('SELECT * FROM zones ORDER BY name'),
      add: (zone: Zone) =>
        run('INSERT INTO zones VALUES (?, ?, ?) ON CONFLICT DO NOTHING', zone.id, zone.account, zone.name) === 1,
      remove(id: string) {
        for (const table of ['records', 'purges', 'traffic']) run(`DELETE FROM ${table} WHERE zone = ?`, id)
        run('DELETE FROM zones WHERE id = ?', id)
      },
      purge: (id: string, what: unknown) => run('INSERT INTO purges VALUES (?, ?)', id, JSON.stringify(what)),
      purges: (id: string) => all<{ what: string }>('SELECT what FROM purges WHERE zone = ?', id).length,
      traffic: (id: string) => one<Traffic>('SELECT * FROM traffic WHERE zone = ?', id),
      count: (id: string, { requests, cached, bytes, threats }: Traffic) =>
        run('INSERT INTO traffic VALUES (?, ?, ?, ?, ?)', id, requests, cached, bytes, threats),
    },

    records: {
      get: (zone: string, id: string) => one<DnsRecord>('SELECT * FROM records WHERE zone = ? AND id = ?', zone, id),
      in: (zone: string) => all<DnsRecord>('SELECT * FROM records WHERE zone = ? ORDER BY name, type, id', zone),
      add: ({ id, zone, type, name, content, ttl }: DnsRecord) =>
        run('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)', id, zone, type, name, content, ttl),
      /** Changes the record if it still bears the type and name it had when the question was asked. */
      replace: (before: DnsRecord, { type, name, content, ttl }: DnsRecord) =>
        run(
          'UPDATE records SET type = ?, name = ?, content = ?, ttl = ? WHERE id = ? AND type = ? AND name = ?',
          ...[type, name, content, ttl, before.id, before.type, before.name],
        ) === 1,
      remove: ({ id, type, name }: DnsRecord) =>
        run('DELETE FROM records WHERE id = ? AND type = ? AND name = ?', id, type, name) === 1,
    },

    rules: {
      get: (account: string, id: string) =>
        one<AccessRule>('SELECT * FROM rules WHERE account = ? AND id = ?', account, id),
      in: (account: string) => all<AccessRule>('SELECT * FROM rules WHERE account = ? ORDER BY id', account),
      add: ({ id, account, mode, target, value, notes }: AccessRule) =>
        run('INSERT INTO rules VALUES (?, ?, ?, ?, ?, ?)', id, account, mode, target, value, notes),
      edit: ({ id, mode, notes }: AccessRule) =>
        run('UPDATE rules SET mode = ?, notes = ? WHERE id = ?', mode, notes, id),
      remove: (id: string) => run('DELETE FROM rules WHERE id = ?', id),
    },

    namespaces: {
      get: (account: string, id: string) =>
        one<Namespace>('SELECT * FROM namespaces WHERE account = ? AND id = ?', account, id),
      in: (account: string) => all<Namespace>('SELECT * FROM namespaces WHERE account = ? ORDER BY title', account),
      add: ({ id, account, title }: Namespace) =>
        run('INSERT INTO namespaces VALUES (?, ?, ?) ON CONFLICT DO NOTHING', id, account, title) === 1,
      remove(id: string) {
        run('DELETE FROM pairs WHERE namespace = ?', id)
        run('DELETE FROM namespaces WHERE id = ?', id)
      },
    },

    // Values are kept as base64: bytes are bound differently by each SQLite driver.
    pairs: {
      get(namespace: string, key: string): Buffer | null {
        const row = one<{ value: string }>('SELECT value FROM pairs WHERE namespace = ? AND key = ?', namespace, key)
        return row === null ? null : Buffer.from(row.value, 'base64')
      },
      keys: (namespace: string) =>
        all<{ key: string }>('SELECT key FROM pairs WHERE namespace = ?', namespace)
          .map((row) => row.key)
          .sort(),
      put: (namespace: string, key: string, value: Uint8Array) =>
        run('INSERT OR REPLACE INTO pairs VALUES (?, ?, ?)', namespace, key, Buffer.from(value).toString('base64')),
      remove: (namespace: string, key: string) =>
        run('DELETE FROM pairs WHERE namespace = ? AND key = ?', namespace, key),
    },

    scripts: {
      get: (account: string, name: string) =>
        one<Script>('SELECT * FROM scripts WHERE account = ? AND name = ?', account, name),
      in: (account: string) => all<Script>('SELECT * FROM scripts WHERE account = ? ORDER BY name', account),
      put: ({ account, name, content, bindings }: Script) =>
        run('INSERT OR REPLACE INTO scripts VALUES (?, ?, ?, ?)', account, name, content, bindings),
      remove: (account: string, name: string) =>
        run('DELETE FROM scripts WHERE account = ? AND name = ?', account, name) === 1,
    },

    close: () => {
      db.close()
    },
  }
}
