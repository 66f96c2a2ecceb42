/** Rows of SQLite that somebody else wrote: what can't be read hides nothing else, and what is spelt in another way is not read at all. */
import { beforeEach, describe, expect, it } from 'vitest'
import { checkMember, checkToken } from '../../src/core/stored.ts'
import { StoredFactError } from '../../src/errors.ts'
import type { Storage } from '../../src/storage/port.ts'
import { type SqliteDatabase, sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  addToken,
  denial,
  entry,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  putUser,
  token,
  user,
  write,
} from '../../src/testing/contract/fixtures.ts'
import { LibsqlDatabase } from './databases.ts'

const page = { limit: 9 }

let database: SqliteDatabase
let storage: Storage

beforeEach(async () => {
  database = new LibsqlDatabase(':memory:')
  storage = sqliteStorage(database)
  const on = { apiAccess: true }
  const whole = {
    policies: [policy('account:acme')],
    condition: { ip: { in: ['192.0.2.0/24'] } },
    leak: { at: NOW, source: 'github' },
  }
  await write(
    storage,
    [
      putUser(user('mallory')),
      putAccount(account('acme')),
      ...['jane', 'mallory', 'zoe'].map((id) => putMember(member('acme', id, on))),
      putMember(member('acme', 's', { ...on, kind: 'service' })),
      ...['jane', 'mallory', 'zoe'].map((id) => addToken(token(`t_${id}`, { user: id }, whole))),
      addToken(token('t_s', { account: 'acme', service: 's' }, whole)),
      addToken(token('t_own', { account: 'acme' }, { ...whole, ...on })),
      addToken(token('t_own_too', { account: 'acme' }, { policies: [denial('account:acme')], ...on })),
    ],
    entry('account:acme', { actor: 'user:mallory', through: 't_1', from: '192.0.2.1', before: { a: 1 }, after: [1e3] }),
  )
})

const ALL = ['t_jane', 't_mallory', 't_own', 't_own_too', 't_s', 't_zoe']

const UNREADABLE = ['{', '', '7', '"text"', 'null', '{"a":', '[]x'] as const

async function listed() {
  return (await storage.credentials('acme', { now: NOW }, page)).items
}

async function switchedOn() {
  const [members, tokens] = [await storage.switchedOnMembers('acme'), await storage.switchedOnTokens('acme')]
  return [...members, ...tokens].map(({ id }) => id)
}

describe('JSON that can’t be read', () => {
  it.each(UNREADABLE)('%j in a token is null in lists, hides no other token and is refused', async (text) => {
    database
      .prepare(`UPDATE bailiwick_tokens SET policies = ?, condition = ?, leak = ? WHERE id = 't_jane'`)
      .run(text, text, text)
    const [jane, ...others] = await listed()
    expect([jane?.token.id, ...others.map((record) => record.token.id)]).toEqual(ALL)
    expect(jane?.token).toMatchObject({ name: 'Token t_jane', policies: null, condition: null, leak: null })
    expect(jane?.member).toEqual(member('acme', 'jane', { apiAccess: true }))
    expect(() => jane && checkToken(jane.token)).toThrow(StoredFactError)
    for (const { token } of others) expect(() => checkToken(token)).not.toThrow()

    const naming = (await storage.tokensNaming('acme', page)).items
    expect(naming.map(({ id }) => id)).toEqual(ALL)
    expect(naming[0]?.policies).toBe(null)
    await expect(storage.token('t_jane')).rejects.toBeInstanceOf(StoredFactError)
    await expect(storage.credential('t_jane')).rejects.toBeInstanceOf(StoredFactError)
    await expect(storage.tokens({ user: 'jane' }, page)).rejects.toBeInstanceOf(StoredFactError)
  })

  it.each(['policies', 'condition'])('in the %s of a token alone is refused too', async (column) => {
    database.exec(`UPDATE bailiwick_tokens SET ${column} = '{' WHERE id = 't_jane'`)
    const [jane, ...others] = await listed()
    expect(others).toHaveLength(ALL.length - 1)
    expect(() => jane && checkToken(jane.token)).toThrow(StoredFactError)
  })

  it.each(UNREADABLE)(
    '%j in a member is null in the list of credentials, hides nobody and is refused',
    async (text) => {
      for (const column of ['roles', 'policies']) {
        database.prepare(`UPDATE bailiwick_members SET ${column} = ? WHERE id = 'jane'`).run(text)
        const [jane, ...others] = await listed()
        expect([jane?.token.id, ...others.map((record) => record.token.id)]).toEqual(ALL)
        expect(jane?.member).toMatchObject({ id: 'jane', status: 'active', [column]: null })
        expect(() => jane?.member && checkMember(jane.member)).toThrow(StoredFactError)
        expect(others.filter((one) => one.member !== null && one.member.policies === null)).toEqual([])
        await expect(storage.members('acme', page)).rejects.toBeInstanceOf(StoredFactError)
      }
    },
  )

  it('keeps nobody from being told who stays switched on', async () => {
    const before = await switchedOn()
    expect(before).toEqual(['jane', 'mallory', 's', 'zoe', 't_own', 't_own_too'])
    database.exec(`UPDATE bailiwick_members SET roles = '{', policies = 'x', status = 'gone';
      UPDATE bailiwick_tokens SET policies = '{', condition = 'x', leak = '7'`)
    expect(await switchedOn()).toEqual(before)
  })

  it('is told frozen, as is everything else', async () => {
    database.exec(`UPDATE bailiwick_tokens SET policies = '{' WHERE id = 't_jane'`)
    const items = [
      ...(await listed()),
      ...(await storage.switchedOnMembers('acme')),
      ...(await storage.switchedOnTokens('acme')),
    ]
    expect(items.filter((item) => !Object.isFrozen(item))).toEqual([])
    expect((await listed()).filter((record) => !Object.isFrozen(record.token))).toEqual([])
    for (const list of [
      storage.switchedOnMembers('acme'),
      storage.switchedOnTokens('acme'),
      storage.accounts(['acme']),
    ])
      expect(Object.isFrozen(await list)).toBe(true)
  })
})

const OTHER_SPELLINGS: readonly (readonly [table: string, column: string, ask: () => Promise<unknown>])[] = [
  ['audit', 'actor', () => storage.audit('account:acme', {}, page)],
  ['audit', 'action', () => storage.audit('account:acme', {}, page)],
  ['audit', 'target', () => storage.audit('account:acme', {}, page)],
  ['audit', 'through', () => storage.audit('account:acme', {}, page)],
  ['audit', 'from_address', () => storage.audit('account:acme', {}, page)],
  ['audit', 'hash', () => storage.audit('account:acme', {}, page)],
  ['audit', 'after', () => storage.audit('account:acme', {}, page)],
  ['scopes', 'log_hash', () => storage.auditHead('account:acme')],
  ['users', 'status', () => storage.user('mallory')],
  ['accounts', 'name', () => storage.account('acme')],
  ['members', 'id', () => storage.members('acme', page)],
  ['tokens', 'name', () => storage.token('t_mallory')],
  ['tokens', 'digest', () => storage.token('t_mallory')],
  ['tokens', 'issued_by', () => storage.tokensNaming('acme', page)],
  ['tokens', 'owner_user', () => storage.token('t_mallory')],
]

describe('text has one spelling', () => {
  it.each(OTHER_SPELLINGS)('%s.%s with an escape we don’t write is a fault', async (table, column, ask) => {
    await expect(ask()).resolves.toBeTruthy()
    // Each first character written as an escape: the text reads as it did, and no filter finds it.
    database.exec(
      `PRAGMA foreign_keys = OFF; UPDATE bailiwick_${table} SET ${column} = printf('%s%04x%s', char(1), unicode(${column}), substr(${column}, 2)) WHERE ${column} IS NOT NULL`,
    )
    await expect(ask()).rejects.toBeInstanceOf(StoredFactError)
  })

  it('an escape in capitals, or of less than four digits, is none of ours either', async () => {
    for (const text of ['\u0001001F', '\u00010', '\u0001', 'x\u0001zzzz', '\u0001d83d\u0001de00']) {
      database.prepare('UPDATE bailiwick_accounts SET name = ?').run(text)
      await expect(storage.account('acme'), JSON.stringify(text)).rejects.toBeInstanceOf(StoredFactError)
    }
  })

  it.each(['actor', 'action', 'target', 'through', 'from_address', 'before', 'after', 'previous', 'hash'])(
    'a NUL behind the text of audit.%s, where some drivers cut it, is a fault',
    async (column) => {
      database.exec(`UPDATE bailiwick_audit SET ${column} = ${column} || char(0) || 'x'`)
      await expect(storage.audit('account:acme', {}, page)).rejects.toBeInstanceOf(StoredFactError)
    },
  )
})

describe('the JSON of an audit entry has one spelling', () => {
  const spellings = ['{"a": 1}', ' {"a":1}', '{"a":1}\n', '{"a":1.0}', '{"a":1e0}', '{"a":2,"a":1}', '{"\\u0061":1}']

  it.each(spellings)('%j is not {"a":1}', async (text) => {
    database.prepare('UPDATE bailiwick_audit SET before = ?').run(text)
    await expect(storage.audit('account:acme', {}, page)).rejects.toBeInstanceOf(StoredFactError)
  })

  it.each(['1e400', '[1e400]', '[1000.0]', '[-0]', '[9007199254740993]'])(
    '%s is read as nothing else',
    async (text) => {
      database.prepare('UPDATE bailiwick_audit SET after = ?').run(text)
      await expect(storage.audit('account:acme', {}, page)).rejects.toBeInstanceOf(StoredFactError)
    },
  )

  it('whatever was written is read again', async () => {
    const hostile = {
      2: 'b',
      1: 'a',
      ['__proto__']: [1e21, -0, 1e-7, 0.1, '\ud800', '\u2028', '\0', '\u0001', '"'],
      é: null,
    }
    await write(storage, [], entry('account:acme', { before: hostile, after: JSON.stringify(hostile) }))
    const [newest] = (await storage.audit('account:acme', {}, page)).items
    expect(JSON.stringify(newest?.before)).toBe(JSON.stringify(hostile))
    expect(newest?.after).toBe(JSON.stringify(hostile))
  })
})
