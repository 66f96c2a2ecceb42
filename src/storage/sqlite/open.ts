/**
 * Opens a database file with whichever driver is installed. The one file that loads a driver.
 */
import { createRequire } from 'node:module'
import { DriverMissingError, StorageUnavailableError } from '../../errors.ts'
import type { SqliteDatabase } from './connection.ts'

type Driver = new (path: string) => SqliteDatabase

/** Loads a module by its name, or throws as `require` does where it isn't there. */
export type Load = (name: string) => unknown

/** In order of preference. Their types can't be imported, since they are optional: what a module exports is cast. */
const DRIVERS: readonly { readonly name: string; readonly driverIn: (module: unknown) => Driver }[] = [
  { name: 'better-sqlite3', driverIn: (module) => module as Driver },
  { name: 'libsql', driverIn: (module) => module as Driver },
  { name: 'node:sqlite', driverIn: (module) => (module as { readonly DatabaseSync: Driver }).DatabaseSync },
]

const loadInstalled: Load = createRequire(import.meta.url)

/** How long to wait for a lock that another process holds. The event loop is blocked meanwhile. */
const BUSY_TIMEOUT_MS = 5_000

export function openDatabase(path: string, load: Load = loadInstalled): SqliteDatabase {
  const Driver = findDriver(load)
  try {
    return configured(new Driver(path))
  } catch (cause) {
    throw new StorageUnavailableError('the database could not be opened', { cause })
  }
}

/** The same database, set as we need it, or closed: a file that stays open can't be removed on every system, nor mended. */
function configured(database: SqliteDatabase): SqliteDatabase {
  try {
    // FULL: in WAL mode only this syncs each commit, and a commit that resolved must survive a power cut.
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL`)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/**
 * Switches to WAL mode, in which readers don't wait for the writer. Where two processes switch the same new file at once, SQLite answers "locked" without
 * waiting; then one of them tries again and finds it switched.
 */
export function useWal(database: SqliteDatabase): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (cause) {
      if (performance.now() > deadline) throw new StorageUnavailableError('the database stays locked', { cause })
      sleep(1 + Math.random() * 20)
    }
  }
}

function findDriver(load: Load): Driver {
  for (const { name, driverIn } of DRIVERS) {
    try {
      return driverIn(load(name))
    } catch (error) {
      if (!isMissing(error))
        throw new StorageUnavailableError(`\`${name}\` is installed and does not load`, { cause: error })
    }
  }
  throw new DriverMissingError(
    'no SQLite driver found: `npm install better-sqlite3`, or `npm install libsql`, or run Node 22.13 or later for its own',
  )
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_UNKNOWN_BUILTIN_MODULE'
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
