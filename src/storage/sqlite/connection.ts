/**
 * One connection, as the other files of this driver use it: rows out, values in, everything inside a transaction.
 *
 * The drivers are synchronous, and a transaction begins and ends within one call, so there is never an `await` inside one. A driver's error becomes a
 * `StorageUnavailableError` with it as the `cause`.
 */
import { StorageUnavailableError } from '../../errors.ts'
import { toColumn } from './text.ts'

export type SqliteValue = string | number | null

/**
 * The methods used of a prepared statement. Not `get`: a statement that it leaves half read would keep an old state open. Only `SqliteValue`s
 * are passed; `unknown` fits the types of all three drivers.
 */
export interface SqliteStatement {
  all(...values: unknown[]): unknown[]
  run(...values: unknown[]): unknown
}

/** An open database: the methods of better-sqlite3, libsql and node:sqlite that are used here. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): unknown
}

/** A raw row: its text is still in the form of the column. `Columns` reads it. */
export type Row = Readonly<Record<string, unknown>>

/** A condition in a statement, and what stands for its question marks. */
export interface Test {
  readonly sql: string
  readonly values: readonly SqliteValue[]
}

/** A connection inside a transaction: the only way to a row. */
export interface Transaction {
  rows(sql: string, ...values: SqliteValue[]): readonly Row[]
  run(sql: string, ...values: SqliteValue[]): void
}

export interface Connection {
  /** Everything `work` reads is the state at one instant. */
  read<T>(work: (tx: Transaction) => T): T
  /** Takes the write lock first. A throw from `work` rolls everything back. */
  write<T>(work: (tx: Transaction) => T): T
  /** Runs SQL as it is, for what SQLite doesn't allow inside a transaction. */
  exec(sql: string): void
  /** Drops the prepared statements: libsql keeps the file open, even after `close`, as long as there are any. */
  forget(): void
}

export function connect(database: SqliteDatabase): Connection {
  const statements = new Map<string, SqliteStatement>()

  function prepared(sql: string): SqliteStatement {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }

  const tx: Transaction = {
    rows: (sql, ...values) => asking(() => prepared(sql).all(...values.map(bound)) as readonly Row[]),
    run: (sql, ...values) => {
      asking(() => prepared(sql).run(...values.map(bound)))
    },
  }

  function exec(sql: string): void {
    asking(() => database.exec(sql))
  }

  function transaction<T>(begin: string, work: (tx: Transaction) => T): T {
    exec(begin)
    try {
      const result = work(tx)
      exec('COMMIT')
      return result
    } catch (error) {
      rollBack(database)
      throw error
    }
  }

  return {
    read: (work) => transaction('BEGIN', work),
    write: (work) => transaction('BEGIN IMMEDIATE', work),
    exec,
    forget: () => statements.clear(),
  }
}

function asking<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new StorageUnavailableError('SQLite gave no answer', { cause })
  }
}

function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back by itself (a full disk, an I/O error); the error that led here is the one to report.
  }
}

function bound(value: SqliteValue): SqliteValue {
  return typeof value === 'string' ? toColumn(value) : value
}
