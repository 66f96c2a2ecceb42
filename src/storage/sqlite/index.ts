/**
 * Facts in one SQLite database: a file that several processes of one machine may share, or `:memory:`.
 */
import { StorageUnavailableError } from '../../errors.ts'
import type { Storage } from '../port.ts'
import { ownerFacts, userFacts } from '../standings.ts'
import * as log from './audit.ts'
import { commitIn } from './commit.ts'
import type { Connection, SqliteDatabase, Transaction } from './connection.ts'
import { connect } from './connection.ts'
import { credentials } from './credentials.ts'
import * as directory from './directory.ts'
import * as lookup from './lookup.ts'
import { openDatabase, useWal } from './open.ts'
import { migrate } from './schema.ts'
import { recordUses, replaceDigests } from './usage.ts'

export type { SqliteDatabase, SqliteStatement } from './connection.ts'

/**
 * A storage in one SQLite database. Several processes of one machine may share its file.
 *
 * Given a path (or `:memory:`), it opens the database with the first of better-sqlite3, libsql and node:sqlite that is there, in WAL mode, syncs
 * each commit to the disk, and closes it on `close`. Given an open database, it keeps that one's settings and leaves it open; that database must
 * never be inside a transaction across an `await`. Either way it creates its tables (`bailiwick_…`) or migrates older ones, here and now.
 *
 * The drivers are synchronous: each call blocks the event loop while it runs. Where another process holds the lock of a database opened by path,
 * that can last up to 5 seconds, and then the call fails. Encrypts nothing, backs nothing up, and never deletes a token: revoked and expired ones
 * stay. Don't let strangers write to the file: whoever does can grant anything.
 *
 * Throws `ERR_BAILIWICK_DRIVER_MISSING` where a path is given and no driver is there, `ERR_BAILIWICK_STORAGE_UNAVAILABLE` where the database
 * can't be opened or stays locked, `ERR_BAILIWICK_STORAGE_VERSION`, with nothing changed, where a newer release wrote its schema, and
 * `ERR_BAILIWICK_STORED_FACT` where its schema version can't be read. Afterwards calls reject with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` (the
 * driver's error is its `cause`), and with `ERR_BAILIWICK_STORED_FACT` for a row that can't be read.
 *
 * @example
 * ```ts
 * const { sqliteStorage } = await import('bailiwick/storage/sqlite')
 * const bw = createBailiwick({ catalog, storage: sqliteStorage('bailiwick.db') })
 * ```
 */
export function sqliteStorage(pathOrDatabase: string | SqliteDatabase): Storage {
  if (typeof pathOrDatabase !== 'string') {
    const connection = connect(pathOrDatabase)
    migrate(connection)
    return storageOver(connection, () => {})
  }
  const database = openDatabase(pathOrDatabase)
  try {
    const connection = connect(database)
    migrate(connection)
    useWal(database)
    return storageOver(connection, () => database.close())
  } catch (error) {
    database.close()
    throw error
  }
}

function storageOver(connection: Connection, release: () => void): Storage {
  let closed = false

  /** `async`, so that a throw is a rejection. A closed driver must not be used: libsql's old statements would still answer. */
  async function read<T>(work: (tx: Transaction) => T): Promise<T> {
    refuseClosed()
    return connection.read(work)
  }

  async function write<T>(work: (tx: Transaction) => T): Promise<T> {
    refuseClosed()
    return connection.write(work)
  }

  function refuseClosed(): void {
    if (closed) throw new StorageUnavailableError('the SQLite storage is closed')
  }

  return {
    credential: (id) =>
      read((tx) => {
        const record = lookup.tokenRecord(tx, id)
        return record === null ? null : { ...record, ...ownerFacts(lookup.lookupIn(tx), record.token) }
      }),
    principal: (user) => read((tx) => userFacts(lookup.lookupIn(tx), user)),
    revisions: (scopes) => read((tx) => lookup.revisions(tx, scopes)),
    tokensByDigest: (digests) => read((tx) => lookup.tokensByDigest(tx, digests)),

    user: (id) => read((tx) => lookup.user(tx, id)),
    account: (id) => read((tx) => lookup.account(tx, id)),
    member: (key) => read((tx) => lookup.member(tx, key)),
    members: (account, page) => read((tx) => directory.members(tx, account, page)),
    memberships: (user) => read((tx) => lookup.memberships(tx, user)),
    holders: (account, role) => read((tx) => directory.holders(tx, account, role)),
    token: (id) => read((tx) => lookup.tokenRecord(tx, id)),
    tokens: (owner, page) => read((tx) => directory.tokens(tx, owner, page)),
    countTokens: (owner) => read((tx) => directory.countTokens(tx, owner)),
    accounts: (ids) => read((tx) => lookup.accounts(tx, ids)),
    switchedOnTokens: (account) => read((tx) => directory.switchedOnTokens(tx, account)),
    switchedOnMembers: (account) => read((tx) => directory.switchedOnMembers(tx, account)),
    credentials: (account, filter, page) => read((tx) => credentials(tx, account, filter, page)),
    tokensNaming: (account, page) => read((tx) => directory.tokensNaming(tx, account, page)),
    tokensExpiring: (range, page) => read((tx) => directory.tokensExpiring(tx, range, page)),
    tokenUses: (token) => read((tx) => directory.tokenUses(tx, token)),
    countDigests: (scheme, now) => read((tx) => directory.countDigests(tx, scheme, now)),
    audit: (scope, query, page) => read((tx) => log.audit(tx, scope, query, page)),
    auditHead: (scope) => read((tx) => log.auditHead(tx, scope)),

    recordUse: ({ uses, digests }) =>
      write((tx) => {
        recordUses(tx, uses)
        replaceDigests(tx, digests)
      }),

    commit: (change) => write((tx) => commitIn(tx, change)),

    async close() {
      if (closed) return
      closed = true
      connection.forget()
      release()
    },
  }
}
