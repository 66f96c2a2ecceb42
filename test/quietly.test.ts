/** A function of the host's that is told something: whatever it does, who tells it goes on. */
import { expect, test, vi } from 'vitest'
import { quietly, warn } from '../src/quietly.ts'

const fault = new Error('the log is full')
const throws = () => {
  throw fault
}
const rejects = async () => throws()

/** What the process is warned of next. A rejection that nobody handles would be an error of the test run. */
const warning = () => new Promise((resolve) => process.once('warning', resolve))

test('it is told at once, and not waited for', () => {
  const told: string[] = []
  const tell = quietly((what: string) => {
    told.push(what)
    return new Promise<void>(() => {})
  })
  expect(tell('first')).toBeUndefined()
  expect(told).toEqual(['first'])
})

test.each([
  ['throws', throws],
  ['rejects', rejects],
])('where it %s, the process is warned', async (_, tell) => {
  const warned = warning()
  expect(() => quietly(tell)('what it is told')).not.toThrow()
  expect(await warned).toBe(fault)
})

test.each([
  ['throws', throws],
  ['rejects', rejects],
])('where it %s, somebody else is told who was named for that', async (_, tell) => {
  const otherwise = vi.fn()
  quietly(tell, otherwise)('what it is told')
  await vi.waitFor(() => expect(otherwise.mock.calls).toEqual([[fault]]))
})

test('what is no error is warned of as text', async () => {
  const warned = warning()
  warn('the log is full')
  expect(await warned).toMatchObject({ message: 'the log is full' })
})
