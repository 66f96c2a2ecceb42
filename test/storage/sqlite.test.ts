/** The contract over every SQLite driver, and what SQLite adds to it: a shared file, a host's connection, errors of the driver. */
import { describe, expect, it } from 'vitest'
import { StorageUnavailableError, StoredFactError } from '../../src/errors.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  addToken,
  blockToken,
  chained,
  entry,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  removeMember,
  token,
  write,
} from '../../src/testing/contract/fixtures.ts'
import { storageContract } from '../../src/testing/index.ts'
import { freshFiles, LibsqlDatabase, nodeSqlite, overheard } from './databases.ts'

const freshFile = freshFiles()
const node = nodeSqlite()

describe('a file', () => storageContract({ describe, it }, () => sqliteStorage(freshFile())))

describe(':memory:', () => storageContract({ describe, it }, () => sqliteStorage(':memory:')))

describe('a connection of libsql', () => {
  storageContract({ describe, it }, () => sqliteStorage(new LibsqlDatabase(':memory:')))
})

describe('a connection of node:sqlite', () => {
  if ('missing' in node) it.skip(`not run: ${node.missing}`)
  else storageContract({ describe, it }, () => sqliteStorage(new node.Driver(':memory:')))
})

describe('one file, two connections', () => {
  it('each reads what the other committed, at once', async () => {
    const path = freshFile()
    const [a, b] = [sqliteStorage(path), sqliteStorage(path)]
    for (let n = 1; n <= 20; n++) {
      const [writer, reader] = n % 2 ? [a, b] : [b, a]
      await write(writer, [putAccount(account('acme', { revision: n }))])
      expect((await reader.account('acme'))?.revision).toBe(n)
      expect(await reader.revisions(['account:acme'])).toEqual([n])
    }
    await a.close()
    await b.close()
  })

  it('a commit on a revision the other has moved is false', async () => {
    const path = freshFile()
    const [a, b] = [sqliteStorage(path), sqliteStorage(path)]
    const audit = await chained(a, entry('account:acme'))
    const change = { expect: new Map([['account:acme' as const, 0]]), writes: [], audit }
    expect([await a.commit(change), await b.commit(change)]).toEqual([true, false])
    await a.close()
    await b.close()
  })

  it('a credential is of one instant, whatever the other commits in the middle of the read', async () => {
    const path = freshFile()
    const other = new LibsqlDatabase(path)
    let statements = 0
    let meanwhile = 0
    const storage = sqliteStorage(
      overheard(new LibsqlDatabase(path), () => {
        statements += 1
        if (statements === meanwhile)
          other.exec(`UPDATE bailiwick_accounts SET revision = 2; UPDATE bailiwick_members SET revision = 2;
          UPDATE bailiwick_tokens SET revision = 2; UPDATE bailiwick_scopes SET revision = 2; DELETE FROM bailiwick_token_blocks`)
      }),
    )
    other.exec('PRAGMA journal_mode = WAL')
    await write(storage, [
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      addToken(token('t_1', { user: 'u_1' }, { policies: [policy('account:acme')] })),
      blockToken('acme', 't_1'),
    ])
    const before = await storage.credential('t_1')
    statements = 0
    meanwhile = 2
    expect(await storage.credential('t_1')).toEqual(before)
    expect((await storage.credential('t_1'))?.revisions.get('account:acme')).toBe(2)
    other.close()
  })

  it('a reader leaves nothing open that would hold back a checkpoint', async () => {
    const path = freshFile()
    const storage = sqliteStorage(path)
    await write(storage, [putAccount(account('acme')), putMember(member('acme', 'u_1'))])
    await storage.principal('u_1')
    await storage.members('acme', { limit: 1 })
    const other = new LibsqlDatabase(path)
    expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()).toEqual([{ busy: 0, log: 0, checkpointed: 0 }])
    other.close()
    await storage.close()
  })
})

describe('settings', () => {
  it('a file it opened itself is in WAL mode, syncs each commit and keeps foreign keys', async () => {
    const path = freshFile()
    const storage = sqliteStorage(path)
    const other = new LibsqlDatabase(path)
    expect(other.prepare('PRAGMA journal_mode').all()).toEqual([{ journal_mode: 'wal' }])
    other.close()
    await storage.close()
  })

  it('a connection given is left open, and its settings as they were', async () => {
    const database = new LibsqlDatabase(freshFile())
    const settings = () =>
      ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'].map((name) =>
        database.prepare(`PRAGMA ${name}`).all(),
      )
    database.exec('PRAGMA synchronous = NORMAL')
    const before = settings()
    const storage = sqliteStorage(database)
    await write(storage, [putAccount(account('acme'))])
    await storage.close()
    await expect(storage.account('acme')).rejects.toBeInstanceOf(StorageUnavailableError)
    expect(settings()).toEqual(before)
    expect(database.prepare('SELECT id FROM bailiwick_accounts').all()).toEqual([{ id: 'acme' }])
    database.close()
  })

  it('tables of the host stand beside ours', async () => {
    const database = new LibsqlDatabase(':memory:')
    database.exec('CREATE TABLE users (id INTEGER); CREATE TABLE tokens (id INTEGER); PRAGMA user_version = 41')
    const storage = sqliteStorage(database)
    await write(storage, [putAccount(account('acme'))])
    expect(database.prepare('PRAGMA user_version').all()).toEqual([{ user_version: 41 }])
    await storage.close()
    database.close()
  })
})

describe('a driver that fails', () => {
  it('is a storage that gave no answer, with the error of the driver as its cause', async () => {
    const database = new LibsqlDatabase(':memory:')
    const storage = sqliteStorage(database)
    database.exec('DROP TABLE bailiwick_scopes')
    const failed = await storage.revisions(['account:acme']).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(StorageUnavailableError)
    expect(String((failed as Error).cause)).toContain('no such table')
    await expect(write(storage, [])).rejects.toBeInstanceOf(StorageUnavailableError)
    expect(await storage.account('acme'), 'and what can be answered still is').toBe(null)
  })

  it('a file that is no database and a directory that is not there are storages that gave no answer', () => {
    expect(() => sqliteStorage('/nowhere/at/all.db')).toThrow(StorageUnavailableError)
    expect(() => sqliteStorage(import.meta.filename)).toThrow(StorageUnavailableError)
  })

  it('a transaction of the host, left open, is refused and left alone', async () => {
    const database = new LibsqlDatabase(':memory:')
    const storage = sqliteStorage(database)
    database.exec(`CREATE TABLE own (n INTEGER); BEGIN; INSERT INTO own VALUES (1)`)
    await expect(storage.account('acme')).rejects.toBeInstanceOf(StorageUnavailableError)
    database.exec('COMMIT')
    expect(database.prepare('SELECT n FROM own').all()).toEqual([{ n: 1 }])
    expect(await storage.account('acme')).toBe(null)
  })

  it('a lock that another connection holds makes a commit fail whole, and reads go on', async () => {
    const path = freshFile()
    const storage = sqliteStorage(new LibsqlDatabase(path)) // no busy timeout: it fails at once
    const other = new LibsqlDatabase(path)
    other.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE')
    await expect(write(storage, [putAccount(account('acme'))])).rejects.toBeInstanceOf(StorageUnavailableError)
    expect(await storage.account('acme')).toBe(null)
    other.exec('ROLLBACK')
    await write(storage, [putAccount(account('acme'))])
    expect(await storage.account('acme')).toEqual(account('acme'))
    other.close()
  })
})

describe('rows taken away behind the driver’s back', () => {
  it('leave the head of their log where it was, so that it shows', async () => {
    const database = new LibsqlDatabase(':memory:')
    const storage = sqliteStorage(database)
    const entries = [await write(storage, []), await write(storage, []), await write(storage, [])]
    database.exec('DELETE FROM bailiwick_audit WHERE sequence > 1')
    expect((await storage.audit('account:acme', {}, { limit: 9 })).items).toEqual([entries[0]])
    expect(await storage.auditHead('account:acme')).toEqual({ sequence: 3, hash: entries[2]?.hash })
    expect((await write(storage, [])).sequence).toBe(4)
  })
})

describe('a stored row that is corrupt', () => {
  const broken: readonly (readonly [table: string, set: string, named: string])[] = [
    ['bailiwick_users', `status = 'gone'`, '"u_1"'],
    ['bailiwick_accounts', `status = 'shut'`, '"acme"'],
    ['bailiwick_accounts', 'api_access = 2', '"acme"'],
    ['bailiwick_accounts', `token_rules = '[]'`, '"acme"'],
    ['bailiwick_members', `status = ''`, '"u_1"'],
    ['bailiwick_members', `policies = '{}'`, '"u_1"'],
    ['bailiwick_members', `roles = '["a"'`, '"u_1"'],
    ['bailiwick_members', 'since = 9007199254740993', '"u_1"'],
    ['bailiwick_tokens', `policies = 'null'`, '"t_1"'],
    ['bailiwick_tokens', `policies = 'digest-of-t_1'`, '"t_1"'],
    ['bailiwick_tokens', `condition = '1'`, '"t_1"'],
    ['bailiwick_tokens', `status = 'ACTIVE'`, '"t_1"'],
    ['bailiwick_tokens', 'api_access = 7', '"t_1"'],
    ['bailiwick_tokens', `leak = '"github"'`, '"t_1"'],
    ['bailiwick_scopes', 'revision = 9007199254740993', '"account:acme"'],
  ]

  it.each(broken)('%s with %s is named by table and key, and nothing else of it', async (table, set, named) => {
    const database = new LibsqlDatabase(':memory:')
    const storage = sqliteStorage(database)
    const reaching = {
      policies: [{ id: 'p', effect: 'allow' as const, permissions: ['x.y'], resources: ['account:acme'] }],
    }
    await write(storage, [
      { kind: 'put_user', user: { id: 'u_1', status: 'active' } },
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      addToken(token('t_1', { user: 'u_1' }, reaching), { digest: 'digest-of-t_1' }),
    ])
    expect(await storage.credential('t_1')).not.toBe(null)
    database.exec(`UPDATE ${table} SET ${set}`)
    const error = await storage.credential('t_1').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoredFactError)
    expect(String(error)).toContain(table)
    expect(String(error)).toContain(named)
    expect(String(error)).not.toContain('digest-of')
    expect(await storage.token('none'), 'the connection goes on').toBe(null)
  })

  it('does not keep its owner from being removed, added and switched', async () => {
    const database = new LibsqlDatabase(':memory:')
    const storage = sqliteStorage(database)
    const reaching = { policies: [policy('account:acme')] }
    await write(storage, [
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      addToken(token('t_1', { user: 'u_1' }, reaching)),
      addToken(token('t_2', { user: 'u_1' }, reaching)),
    ])
    database.exec(`UPDATE bailiwick_tokens SET policies = '{', condition = 'x', leak = '7' WHERE id = 't_1'`)
    await write(storage, [removeMember('acme', 'u_1')])
    expect((await storage.credentials('acme', { now: NOW }, { limit: 9 })).items).toEqual([])
    await write(storage, [putMember(member('acme', 'u_1', { apiAccess: true }))])
    const listing = await storage.credentials('acme', { now: NOW, staysOn: true }, { limit: 9 })
    expect(listing.items.map((record) => record.token.id)).toEqual(['t_1', 't_2'])
  })
})
