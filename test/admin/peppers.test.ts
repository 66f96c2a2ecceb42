import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { emptyWorld, PURGE, refused, world } from './helpers.ts'

const NEW = { owner: { user: 'ann' }, name: 'n', policies: [PURGE] } as const
const KEYS = { old: 'o'.repeat(32), new: 'n'.repeat(32) }

describe.each([
  ['memory', memoryStorage],
  ['sqlite', () => sqliteStorage(':memory:')],
])('what remains under a pepper over %s', (_name, storage) => {
  test('is each token whose secret still works, until it is rolled or revoked', async () => {
    const database = storage()
    const bare = await world({ storage: database, importedKeys: { sha256: true } })
    const first = (await bare.admin.tokens.create(NEW)).token.id
    await bare.admin.tokens.import({ ...NEW, digest: { scheme: 'sha256-hex', value: hash('sha256', 'k', 'hex') } })
    expect(await bare.admin.peppers.remaining(null)).toBe(2)

    const old = emptyWorld({ storage: database, peppers: { current: 'old', keys: KEYS } })
    const second = (await old.admin.tokens.create(NEW)).token.id
    const remaining = async () => [
      await old.admin.peppers.remaining(null),
      await old.admin.peppers.remaining('old'),
      await old.admin.peppers.remaining('new'),
    ]
    expect(await remaining()).toEqual([2, 1, 0])
    const next = emptyWorld({ storage: database, peppers: { current: 'new', keys: KEYS } })
    await next.admin.tokens.roll(second, { overlapMs: 10 })
    expect(await remaining()).toEqual([2, 1, 1])
    old.pass(10) // the overlap is over
    expect(await remaining()).toEqual([2, 0, 1])
    await next.admin.tokens.revoke(first)
    expect(await remaining()).toEqual([1, 0, 1])
  })
})

test('a pepper that isn’t among the keys is the programmer’s error', async () => {
  const { admin } = await world({ peppers: { current: 'new', keys: KEYS } })
  expect(await refused(admin.peppers.remaining('older'))).toBe('ERR_BAILIWICK_MISUSE')
  expect(await refused(admin.peppers.remaining(undefined as never))).toBe('id bad_type')
})
