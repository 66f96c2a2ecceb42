/** The schema's version: what is older is brought up, what is newer is refused untouched. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { StorageVersionError, StoredFactError } from '../../src/errors.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  addToken,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  token,
  write,
} from '../../src/testing/contract/fixtures.ts'
import { ended, startChild } from './children.ts'
import { freshFiles, LibsqlDatabase } from './databases.ts'

const freshFile = freshFiles()

describe('schema version', () => {
  it('reopening keeps every fact, use, revision and audit entry', async () => {
    const path = freshFile()
    const first = sqliteStorage(path)
    await write(first, [
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      addToken(token('t_1', { user: 'u_1' }, { policies: [policy('account:acme')] })),
    ])
    await first.recordUse({ uses: [{ token: 't_1', account: 'acme', at: NOW, from: null }], digests: [] })
    const before = [
      await first.credential('t_1'),
      await first.principal('u_1'),
      await first.credentials('acme', { now: NOW }, { limit: 9 }),
      await first.tokenUses('t_1'),
      await first.auditHead('account:acme'),
      await first.audit('account:acme', {}, { limit: 9 }),
    ]
    await first.close()

    const second = sqliteStorage(path)
    expect([
      await second.credential('t_1'),
      await second.principal('u_1'),
      await second.credentials('acme', { now: NOW }, { limit: 9 }),
      await second.tokenUses('t_1'),
      await second.auditHead('account:acme'),
      await second.audit('account:acme', {}, { limit: 9 }),
    ]).toEqual(before)
    await write(second, [putAccount(account('acme', { revision: 2 }))])
    expect(await second.revisions(['account:acme'])).toEqual([2])
    await second.close()
  })

  it('a database of a newer version is refused, and not a byte of it changes', async () => {
    const path = freshFile()
    const database = new LibsqlDatabase(path)
    await write(sqliteStorage(database), [putAccount(account('acme'))])
    database.exec('UPDATE bailiwick_schema SET version = 1000')
    database.close()

    const before = readFileSync(path)
    expect(() => sqliteStorage(path)).toThrow(StorageVersionError)
    expect(() => sqliteStorage(path)).toThrow(/version 1000/)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(
      readdirSync(dirname(path)).filter((name) => path.endsWith(name.replace(/-(wal|shm|journal)$/, ''))),
    ).toHaveLength(1)
  })

  it('a connection of the host with a newer version is refused and left open', () => {
    const database = new LibsqlDatabase(':memory:')
    sqliteStorage(database)
    database.exec('UPDATE bailiwick_schema SET version = 1000')
    expect(() => sqliteStorage(database)).toThrow(StorageVersionError)
    expect(database.prepare('SELECT version FROM bailiwick_schema').all()).toEqual([{ version: 1000 }])
  })

  it('a version that was lost is a corrupt database, and nothing is made over it', () => {
    const database = new LibsqlDatabase(':memory:')
    sqliteStorage(database)
    database.exec('DELETE FROM bailiwick_schema')
    expect(() => sqliteStorage(database)).toThrow(StoredFactError)
  })

  it('a migration that fails leaves nothing of itself', () => {
    const database = new LibsqlDatabase(':memory:')
    database.exec('CREATE TABLE bailiwick_audit (n INTEGER)') // in the way of the last table
    expect(() => sqliteStorage(database)).toThrow(/no answer/)
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
    expect(tables).toEqual([{ name: 'bailiwick_audit' }])
  })

  it('processes that open the same fresh file at once all succeed', async () => {
    const ids = ['a', 'b', 'c', 'd']
    const children = ids.map((id) => {
      const child = startChild('open-child.ts', id)
      return {
        stdin: child.stdin,
        end: ended(child),
        lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
      }
    })
    const said = async (line: string) => {
      for (const { lines } of children) expect((await lines.next()).value).toBe(line)
    }
    await said('ready')
    for (let round = 0; round < 20; round++) {
      const path = freshFile()
      for (const { stdin } of children) stdin.write(`${path}\n`)
      await said(`opened ${path}`)
      const storage = sqliteStorage(path)
      for (const id of ids) expect(await storage.account(id)).toEqual(account(id))
      await storage.close()
    }
    for (const { stdin, end } of children) {
      stdin.end()
      expect(await end).toMatchObject({ code: 0, err: '' })
    }
  })
})
