/**
 * Opens a database file with whichever driver is installed. The one file that loads a driver.
 */
import { createRequire } from 'node:module'
import { DriverMissingError, StorageUnavailableError } from '../../errors.ts'
import type { SqliteDatabase } from './connection.ts'

type Driver = new (path: string) => SqliteDatabase

/** Loads a module by its name, or throws as `require` does where it isn't there. */
export type Load = (name: string) => unknown

/** In order of preference. Their types aren't ours to import: what a module exports is taken at its word. */
const DRIVERS: readonly { readonly name: string; readonly driverIn: (module: unknown) => Driver }[] = [
  { name: 'better-sqlite3', driverIn: (module) => module as Driver },
  { name: 'libsql', driverIn: (module) => module as Driver },
  { name: 'node:sqlite', driverIn: (module) => (module as { readonly DatabaseSync: Driver }).DatabaseSync },
]

const loadInstalled: Load = createRequire(import.meta.url)

/** A lock held by another process is waited for this long, with the event loop standing still. */
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
 * Readers that don't wait for the writer. SQLite answers "locked" at once, without waiting, where two processes switch the same fresh file
 * together; then one of them steps back and finds it switched.
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
