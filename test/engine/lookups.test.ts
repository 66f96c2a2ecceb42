/** What is remembered of a key that carries no id, and when storage is asked again. */
import { describe, expect, test } from 'vitest'
import type { Moment } from '../../src/engine/loads.ts'
import { Lookups } from '../../src/engine/lookups.ts'

const KEY = ['raw-sha256:a', 'raw-hmac-sha256:k:a']
const LONG_AGO: Moment = { at: 0, turn: 0 }

/** A storage of one answer, and lookups over it that keep `max` keys. */
function over(found: readonly string[], max = 10) {
  const state = { found, reads: 0 }
  const lookups = new Lookups(async () => {
    state.reads++
    return state.found
  }, max)
  let turn = 0
  const find = (digests: readonly string[] = KEY, since = LONG_AGO) =>
    lookups.find(digests, since, { at: 100, turn: ++turn })
  const wrote = (token?: string) => lookups.invalidate({ scopes: ['account:x'], ...(token && { token }) } as never)
  return { state, lookups, find, wrote }
}

describe.each([
  ['a key that some tokens have', ['t1', 't2']],
  ['a key that no token has', []],
])('%s', (_, ids) => {
  test('is looked up once while what was found is late enough', async () => {
    const { state, find } = over(ids)
    expect([await find(), await find(), state.reads]).toEqual([ids, ids, 1])
    expect([await find(KEY, { at: 101, turn: 0 }), state.reads]).toEqual([ids, 2])
  })

  test('is looked up again after this process wrote a token, and not after it wrote something else', async () => {
    const { state, find, wrote } = over(ids)
    await find()
    wrote()
    await find()
    expect(state.reads).toBe(1)
    wrote('t9')
    state.found = ['t9']
    expect([await find(), state.reads]).toEqual([['t9'], 2])
  })

  test('is remembered as it was found last', async () => {
    const { state, lookups, find } = over(ids)
    expect(lookups.remembered(KEY)).toEqual([])
    await find()
    expect([lookups.remembered(KEY), lookups.size]).toEqual([ids, 1])
    state.found = ['t3']
    await find(KEY, { at: 101, turn: 0 })
    expect([lookups.remembered(KEY), lookups.size]).toEqual([['t3'], 1])
    state.found = []
    await find(KEY, { at: 101, turn: 0 })
    expect([lookups.remembered(KEY), lookups.size]).toEqual([[], 1])
  })
})

test('keys with other digests are other keys', async () => {
  const { lookups, find } = over(['t1'])
  await find(['raw-sha256:a'])
  expect([lookups.remembered(['raw-sha256:b']), lookups.remembered(KEY)]).toEqual([[], []])
  expect(lookups.remembered(['raw-sha256:a'])).toEqual(['t1'])
})

test('requests that come together share a look', async () => {
  const { state, find } = over(['t1'])
  expect([await Promise.all([find(), find(), find()]), state.reads]).toEqual([[['t1'], ['t1'], ['t1']], 1])
})

test('keys that nobody has displace none that is known, and are bounded', async () => {
  const { state, lookups, find } = over(['t1'], 1)
  await find(['known'])
  state.found = []
  for (let i = 0; i < 1_010; i++) await find([`invented ${i}`])
  expect([lookups.remembered(['known']), lookups.size]).toEqual([['t1'], 1_001])
})

test('of keys that are known as many are kept as there is room for', async () => {
  const { lookups, find } = over(['t1'], 2)
  for (const key of ['a', 'b', 'c']) await find([key])
  expect([lookups.size, lookups.remembered(['a']), lookups.remembered(['c'])]).toEqual([2, [], ['t1']])
})
