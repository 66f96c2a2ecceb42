/** Loops that are timed: garbage collected before each, the best of several passes, and a sum that the compiler can't leave out. */

export interface Timing {
  /** Passes that are not counted. */
  readonly warmUp?: number
  /** Passes that are. */
  readonly passes?: number
}

/**
 * Wall time, or with `BENCH_CLOCK=cpu` the time this process had a processor: less honest about waiting for memory that others evict, but the only
 * one that means anything while others use the machine.
 */
const now: () => number =
  process.env.BENCH_CLOCK === 'cpu'
    ? () => {
        const { user, system } = process.cpuUsage()
        return (user + system) * 1_000
      }
    : () => Number(process.hrtime.bigint())

/**
 * Nanoseconds per operation of the pass least disturbed: what disturbs only ever adds. `prepare` is called before each pass and not timed; its
 * result is handed to `pass`, which does `operations` operations and returns a number that depends on all of them.
 */
export function timePasses<T>(
  operations: number,
  prepare: () => T,
  pass: (prepared: T) => number,
  { warmUp = 3, passes = 7 }: Timing = {},
): number {
  const all: number[] = []
  for (let n = -warmUp; n < passes; n++) {
    const prepared = prepare()
    globalThis.gc?.()
    const start = now()
    const sum = pass(prepared)
    const ns = now() - start
    if (!Number.isFinite(sum)) throw new RangeError('a pass returns a finite number')
    if (n >= 0) all.push(ns / operations)
  }
  return Math.min(...all)
}
