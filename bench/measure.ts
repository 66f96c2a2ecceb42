/** Times contestants in alternating rounds and reports medians: a ratio within one run means something, a single figure little. */

export interface Contestant {
  readonly name: string
  /** One pass over the whole stream. Returns something, so that nothing is optimised away. */
  readonly pass: () => number
  readonly operations: number
}

export interface Measured {
  readonly name: string
  readonly nsPerOperation: number
}

const ROUNDS = 15
/** How long each contestant is timed per round, about. */
const TURN_NS = 20e6

export function measure(contestants: readonly Contestant[]): readonly Measured[] {
  const passes = new Map(contestants.map(({ name, pass }) => [name, Math.max(1, Math.round(TURN_NS / timed(pass, 3)))]))
  const rounds = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = -3; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? contestants : [...contestants].reverse()
    for (const { name, pass, operations } of order) {
      const ns = timed(pass, passes.get(name) ?? 1) / operations
      if (round >= 0) rounds.get(name)?.push(ns)
    }
  }
  return [...rounds].map(([name, all]) => ({ name, nsPerOperation: median(all) }))
}

/** Nanoseconds per pass. */
function timed(pass: () => number, passes: number): number {
  const start = process.hrtime.bigint()
  for (let i = 0; i < passes; i++) pass()
  return Number(process.hrtime.bigint() - start) / passes
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
