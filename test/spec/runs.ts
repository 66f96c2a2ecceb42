/** How properties are run: `FC_RUNS=100` is the nightly run, a hundred times the usual one; `FC_SEED` repeats a run. */
import fc from 'fast-check'

const FACTOR = Number(process.env.FC_RUNS ?? 1)

export function times(runs: number): number {
  return Math.ceil(runs * FACTOR)
}

/** A time limit in milliseconds that grows with the runs. */
export function minutes(count: number): number {
  return count * 60_000 * Math.max(1, FACTOR)
}

/** Runs a property and tells of the smallest failure in its own words: a whole world printed is more than one can read. */
export function holdsAlways<T>(arbitrary: fc.Arbitrary<T>, runs: number, property: (drawn: T) => void): void {
  const seed = process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }
  const found = fc.check(fc.property(arbitrary, property), { numRuns: times(runs), ...seed })
  if (!found.failed) return
  const cause = found.errorInstance
  const words = cause instanceof Error ? cause.message : String(cause)
  throw new Error(`after ${found.numRuns} runs and ${found.numShrinks} shrinks (FC_SEED=${found.seed}): ${words}`, {
    cause,
  })
}
