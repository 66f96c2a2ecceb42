/**
 * Databases for the tests: fresh files that are gone afterwards, and the drivers this machine has.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { SqliteDatabase } from '../../src/storage/sqlite/index.ts'

const require = createRequire(import.meta.url)

type Driver = new (path: string) => SqliteDatabase

export const LibsqlDatabase = require('libsql') as Driver

/** Node's own driver, or `null` with what stands in the way. */
export function nodeSqlite(): { readonly Driver: Driver } | { readonly missing: string } {
  try {
    return { Driver: (require('node:sqlite') as { readonly DatabaseSync: Driver }).DatabaseSync }
  } catch {
    return { missing: `Node ${process.version} has no node:sqlite (22.13 and later do)` }
  }
}

/** Paths of files that don't exist yet, in a directory that is removed when the test file ends. */
export function freshFiles(): () => string {
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-storage-'))
  let count = 0
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return () => {
    count += 1
    return join(directory, `${count}.db`)
  }
}

/** A connection whose statements are told before they run. */
export function overheard(
  database: SqliteDatabase,
  tell: (sql: string, values: readonly unknown[]) => void,
): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      return {
        all(...values) {
          tell(sql, values)
          return statement.all(...values)
        },
        run(...values) {
          tell(sql, values)
          return statement.run(...values)
        },
      }
    },
  }
}
