/** The timer that last uses are written by: it runs once, can be taken back, and keeps no process alive. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { unrefTimer } from '../../src/engine/uses.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('what is scheduled runs once its time has come, and not before', () => {
  const run = vi.fn()
  unrefTimer(run, 1_000)
  vi.advanceTimersByTime(999)
  expect(run).not.toHaveBeenCalled()
  vi.advanceTimersByTime(5_000)
  expect(run).toHaveBeenCalledTimes(1)
})

test('what is taken back never runs', () => {
  const run = vi.fn()
  unrefTimer(run, 1_000)()
  vi.advanceTimersByTime(5_000)
  expect(run).not.toHaveBeenCalled()
})

test('a process may end while it waits', () => {
  const started = vi.spyOn(globalThis, 'setTimeout')
  unrefTimer(() => {}, 1_000)
  expect(started.mock.results.map(({ value }) => value.hasRef())).toEqual([false])
})
