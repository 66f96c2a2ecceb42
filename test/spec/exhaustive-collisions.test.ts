/**
 * A hash only finds: with one that tells nothing from anything, every text collides with every other, and all answers stay the same.
 */
import { expect, test, vi } from 'vitest'
import { EVERYTHING, Tally, UNCONDITIONAL } from './exhaustive-asking.ts'
import { ALL, alphabet, setsOf, WITHIN_AND_EARLY } from './exhaustive-world.ts'

const calls = vi.hoisted(() => ({ count: 0 }))

/** Whatever it exports that hashes gives one number for all. */
vi.mock('../../src/core/hash.ts', async (original) => {
  const constant = () => {
    calls.count++
    return 1
  }
  const exported = Object.entries(await original<object>())
  return Object.fromEntries(exported.map(([name, value]) => [name, typeof value === 'function' ? constant : value]))
})

vi.setConfig({ testTimeout: 300_000 })

const ROOTS = ['account:a', 'account:ab', 'account:*']

test('where all hashes are equal, any two policies of a token say what they say', () => {
  const tally = new Tally()
  const letters = alphabet({ roots: ROOTS })
  for (const token of setsOf(letters, 2))
    tally.compare({ asker: 'person', token, member: ALL, role: null }, UNCONDITIONAL)
  expect(tally.cases).toBe(20_911)
  expect(calls.count).toBeGreaterThan(1_000_000)
})

test('where all hashes are equal, any set of policies of a member says what it says', () => {
  const tails = ['', '/folder:*', '/folder:a*', '/folder:ab', '/folder:*/file:a', '/folder:ab/file:a*']
  const tally = new Tally()
  const letters = alphabet({ tails, permissions: ['tree.delete'] })
  for (const member of setsOf(letters, 12))
    tally.compare({ asker: 'session', token: [], member, role: null }, UNCONDITIONAL)
  expect(tally.cases).toBe(4_096)
})

test('where all hashes are equal, conditions stay with their policies', () => {
  const tally = new Tally()
  const letters = alphabet({ tails: ['/folder:a', '/folder:ab', '/folder:a*'], conditions: [null, WITHIN_AND_EARLY] })
  for (const token of setsOf(letters, 2))
    tally.compare({ asker: 'service', token, member: ALL, role: null }, EVERYTHING)
  expect(tally.cases).toBe(301)
})
