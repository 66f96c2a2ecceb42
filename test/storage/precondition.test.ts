/** What refuses a write says what stood in its way, the same from every driver of ours. */
import { describe, expect, it } from 'vitest'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { Write } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  addToken,
  blockToken,
  editToken,
  member,
  putAccount,
  putMember,
  secrets,
  token,
  write,
} from '../../src/testing/contract/fixtures.ts'

const REFUSED: readonly (readonly [refused: Write, error: object, message: RegExp])[] = [
  [addToken(token('t_1', { user: 'u_2' })), { code: 'ERR_BAILIWICK_CONFLICT', kind: 'exists' }, /`t_1`/],
  [
    addToken(token('t_2', { user: 'u_2' }), secrets('digest of t_1')),
    { kind: 'exists' },
    /^the secret of token `t_2` /,
  ],
  [addToken(token('t_2', { account: 'nowhere' })), { code: 'ERR_BAILIWICK_NOT_FOUND' }, /`nowhere`/],
  [putMember(member('nowhere', 'u_1')), { code: 'ERR_BAILIWICK_NOT_FOUND' }, /`nowhere`/],
  [editToken(token('t_2', { user: 'u_1' })), { code: 'ERR_BAILIWICK_NOT_FOUND' }, /`t_2`/],
  [blockToken('nowhere', 't_1'), { code: 'ERR_BAILIWICK_NOT_FOUND' }, /`nowhere`/],
  [blockToken('acme', 't_2'), { code: 'ERR_BAILIWICK_NOT_FOUND' }, /`t_2`/],
]

describe.each([
  ['memory', memoryStorage],
  ['sqlite', () => sqliteStorage(':memory:')],
])('%s', (_, makeStorage) => {
  it('names what exists already, and what is not there', async () => {
    const storage = makeStorage()
    await write(storage, [putAccount(account('acme')), addToken(token('t_1', { user: 'u_1' }))])
    for (const [refused, error, message] of REFUSED) {
      const refusal = write(storage, [refused])
      await expect(refusal).rejects.toMatchObject(error)
      await expect(refusal).rejects.toThrow(message)
    }
  })

  it('lets a change refer to what it makes itself', async () => {
    const storage = makeStorage()
    const made = [putAccount(account('new')), addToken(token('t_1', { account: 'new' })), blockToken('new', 't_1')]
    await write(storage, made)
    expect((await storage.token('t_1'))?.blockedIn).toEqual(['new'])
  })

  it('rejects after close with the error of a storage that gives no answer', async () => {
    const storage = makeStorage()
    await storage.close()
    await expect(storage.credential('t_1')).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
  })
})
