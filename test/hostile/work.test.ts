/** Work grows with the input and no faster: counted in branches that run, so that no clock is asked. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Instrumented, importInstrumented } from '../fuzz/instrument.ts'
import type { WORK } from './steps.ts'

let source: Instrumented<{ readonly WORK: typeof WORK }>
beforeAll(async () => {
  source = await importInstrumented(['src', 'test/hostile/steps.ts', 'test/spec'], 'test/hostile/steps.js')
})
afterAll(() => source.close())

describe('ten times as many take about ten times the steps', () => {
  test.each([
    ['selectors', 100_000],
    ['policies', 20_000],
    ['addresses', 20_000],
    ['standings', 5_000],
    ['explained', 500],
  ] as const)('%s: up to %i', (what, most) => {
    const { module, branches } = source
    const [few = 0, many = 0, lots = 0] = [most / 100, most / 10, most].map((count) => {
      const work = module.WORK[what](count)
      branches.fill(0)
      work()
      return branches.reduce((sum, rounds) => sum + rounds, 0)
    })
    expect(few).toBeGreaterThan(most / 100)
    // Sorting and halving add a little to ten; a loop in a loop would make it a hundred.
    expect([many / few < 15, lots / many < 15], `${few}, ${many}, ${lots}`).toEqual([true, true])
  })
})
