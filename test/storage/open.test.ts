/** Which driver opens a path, and how the connection is set. */
import { describe, expect, it } from 'vitest'
import { DriverMissingError, StorageUnavailableError } from '../../src/errors.ts'
import type { Load } from '../../src/storage/sqlite/open.ts'
import { openDatabase } from '../../src/storage/sqlite/open.ts'
import { freshFiles, LibsqlDatabase } from './databases.ts'

const freshFile = freshFiles()

describe('opening a path', () => {
  it.each([
    [['better-sqlite3', 'libsql', 'node:sqlite'], 'better-sqlite3'],
    [['libsql', 'node:sqlite'], 'libsql'],
    [['node:sqlite'], 'node:sqlite'],
  ])('of %s takes %s', (installed, taken) => {
    const opened: string[] = []
    openDatabase(':memory:', loading(installed, opened))
    expect(opened).toEqual([taken])
  })

  it('says what to install where there is no driver', () => {
    const open = () => openDatabase(':memory:', loading([], []))
    expect(open).toThrow(DriverMissingError)
    expect(open).toThrow(/npm install better-sqlite3.*npm install libsql.*Node 22/)
  })

  it('passes over no driver that is there and broken', () => {
    const broken: Load = () => {
      throw new Error('compiled for another Node')
    }
    expect(() => openDatabase(':memory:', broken)).toThrow(StorageUnavailableError)
  })

  it('leaves no file open where it can’t be set as it must be', () => {
    const did: string[] = []
    const broken = new Error('file is not a database')
    class Driver {
      exec(): void {
        did.push('exec')
        throw broken
      }
      close(): void {
        did.push('close')
      }
    }
    expect(() => openDatabase('not a database', () => Driver)).toThrow(
      expect.objectContaining({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE', cause: broken }),
    )
    expect(did).toEqual(['exec', 'close'])
  })

  it('waits for locks, keeps foreign keys, and syncs each commit', () => {
    const database = openDatabase(freshFile())
    const setting = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).all()[0] ?? {})[0]
    expect(['busy_timeout', 'foreign_keys', 'synchronous'].map(setting)).toEqual([5_000, 1, 2])
    database.close()
  })
})

/** A machine on which these drivers are installed, each noting when it opens. */
function loading(installed: readonly string[], opened: string[]): Load {
  return (name) => {
    if (!installed.includes(name)) throw Object.assign(new Error(`no ${name}`), { code: 'MODULE_NOT_FOUND' })
    class Driver extends LibsqlDatabase {
      constructor(path: string) {
        super(path)
        opened.push(name)
      }
    }
    return name === 'node:sqlite' ? { DatabaseSync: Driver } : Driver
  }
}
