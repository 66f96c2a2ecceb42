/** Which loads are shared, and what a write does to those under way. */
import { describe, expect, test } from 'vitest'
import type { Scope } from '../../src/core/facts.ts'
import { type Begun, isSince, Loads, type Moment } from '../../src/engine/loads.ts'
import type { Reading } from '../../src/engine/scopes.ts'
import { ending } from './ending.ts'

const at = (ms: number, turn: number): Moment => ({ at: ms, turn })
const scopes = (...names: readonly Scope[]): readonly Reading[] => names.map((scope) => ({ scope, revision: 1 }))

/** A load that ends when the test says so. */
function slow() {
  const { promise, resolve, reject } = ending<string>()
  const begins: Begun[] = []
  const read = (begun: Begun) => {
    begins.push(begun)
    return promise
  }
  return { read, begins, resolve, reject }
}

test.each<[string, Moment, boolean]>([
  ['at the same time and a later turn', at(5, 3), true],
  ['later, in a later turn', at(6, 3), true],
  ['at the same time, in the same turn', at(5, 2), false],
  ['later, in an earlier turn', at(6, 1), false],
  ['earlier, in a later turn', at(4, 3), false],
])('a read that began %s is late enough: %#', (_, read, expected) => {
  expect(isSince(read, at(5, 2))).toBe(expected)
})

describe('requests for one key', () => {
  test('share the load under way, if it began late enough', async () => {
    const loads = new Loads<string>()
    const [first, second] = [slow(), slow()]
    const begun = loads.begin(at(10, 2))
    const one = loads.join('k', at(10, 1), begun, first.read)
    const other = loads.join('k', at(10, 1), loads.begin(at(11, 3)), second.read)
    expect([other === one, second.begins, first.begins]).toEqual([true, [], [begun]])
    first.resolve('found')
    expect(await other).toBe('found')
  })

  test('begin another when it began too early, and when the key is another', async () => {
    const loads = new Loads<string>()
    const [first, second, third] = [slow(), slow(), slow()]
    loads.join('k', at(10, 1), loads.begin(at(10, 2)), first.read)
    loads.join('k', at(11, 2), loads.begin(at(11, 3)), second.read)
    loads.join('l', at(10, 1), loads.begin(at(12, 4)), third.read)
    expect([first, second, third].map(({ begins }) => begins.length)).toEqual([1, 1, 1])
  })

  test('begin another when a write came between', async () => {
    const loads = new Loads<string>()
    const [first, second] = [slow(), slow()]
    loads.join('k', at(10, 1), loads.begin(at(10, 2)), first.read)
    loads.note([])
    expect(loads.isRunning('k')).toBe(false)
    loads.join('k', at(10, 1), loads.begin(at(10, 3)), second.read)
    expect(second.begins).toEqual([{ at: 10, turn: 3, writes: 1 }])
  })

  test('begin another when the first has ended, well or badly', async () => {
    const loads = new Loads<string>()
    const [first, second] = [slow(), slow()]
    const load = loads.join('k', at(10, 1), loads.begin(at(10, 2)), first.read)
    expect(loads.isRunning('k')).toBe(true)
    first.reject(new Error('no answer'))
    await expect(load).rejects.toThrow('no answer')
    expect(loads.isRunning('k')).toBe(false)
    loads.join('k', at(10, 1), loads.begin(at(10, 3)), second.read)
    expect(second.begins).toHaveLength(1)
  })

  test('are not robbed of the load under way by the end of one before it', async () => {
    const loads = new Loads<string>()
    const [first, second] = [slow(), slow()]
    const early = loads.join('k', at(10, 1), loads.begin(at(10, 2)), first.read)
    const late = loads.join('k', at(11, 2), loads.begin(at(11, 3)), second.read)
    first.resolve('old')
    expect(await early).toBe('old')
    expect(loads.isRunning('k')).toBe(true)
    second.resolve('new')
    expect(await late).toBe('new')
    expect(loads.isRunning('k')).toBe(false)
  })
})

describe('what a read found may be kept', () => {
  test('when nothing was written since it began', () => {
    const loads = new Loads<string>()
    loads.note(['account:a'])
    const begun = loads.begin(at(0, 1))
    expect([loads.isCurrent(begun, scopes('account:a')), loads.isCurrent(begun, null)]).toEqual([true, true])
  })

  test('when nothing of its own was written since, and not when anything was', () => {
    const loads = new Loads<string>()
    loads.note(['account:a'])
    const begun = loads.begin(at(0, 1))
    loads.note(['account:b', 'account:c'])
    loads.note(['user:u'])
    const kept = (names: readonly Scope[] | null) => loads.isCurrent(begun, names && scopes(...names))
    expect([kept(['account:a']), kept(['account:x', 'account:a']), kept([])]).toEqual([true, true, true])
    expect([kept(['account:b']), kept(['account:a', 'account:c']), kept(['user:u'])]).toEqual([false, false, false])
    expect(kept(null)).toBe(false)
  })

  test('while the writes since are at most 256, which are remembered', () => {
    const loads = new Loads<string>()
    const begun = loads.begin(at(0, 1))
    loads.note(['account:a'])
    for (let i = 1; i < 256; i++) loads.note(['account:b'])
    expect([loads.isCurrent(begun, scopes('account:c')), loads.isCurrent(begun, scopes('account:a'))]).toEqual([
      true,
      false,
    ])
    loads.note(['account:b'])
    expect(loads.isCurrent(begun, scopes('account:c'))).toBe(false)
    expect(loads.isCurrent(loads.begin(at(0, 2)), scopes('account:b'))).toBe(true)
  })
})
