/** The loop of a coverage-guided fuzzer: what led to a branch, or to more rounds of one, that none before did, is kept and changed again. */
import { drawFrom, mutate } from './mutate.ts'

export interface Fuzzed {
  readonly run: (input: string) => void
  readonly seeds: readonly string[]
  readonly words: readonly string[]
  readonly longest: number
  readonly isJson: boolean
}

export interface Budget {
  readonly seed: number
  readonly executions: number
  /** Stops the loop earlier. */
  readonly isOver?: () => boolean
}

export interface Outcome {
  readonly executions: number
  /** Branches that ran at least once. */
  readonly covered: number
  /** The fewest inputs that were found to lead everywhere all of them did. */
  readonly corpus: readonly string[]
  /** The first input that broke a law, as small as it could be made, and how. */
  readonly failure: { readonly input: string; readonly error: unknown } | null
}

/** Runs a target on its seeds and what comes of them. `branches` counts what runs; the loop sets it to 0 before each. */
export function fuzz(target: Fuzzed, branches: Uint32Array, { seed, executions: most, isOver }: Budget): Outcome {
  const draw = drawFrom(seed)
  const seen = new Map<number, number>()
  const corpus: string[] = []
  const { words, longest, isJson } = target
  let executions = 0

  const fails = (input: string): { readonly error: unknown } | null => {
    executions++
    branches.fill(0)
    try {
      target.run(input)
      return null
    } catch (error) {
      return { error }
    }
  }
  const isNew = (): boolean => {
    let found = false
    for (let i = 0; i < branches.length; i++) {
      const rounds = branches[i] ?? 0
      if (rounds === 0) continue
      const bucket = bucketOf(rounds)
      const before = seen.get(i) ?? 0
      if ((before & bucket) !== 0) continue
      seen.set(i, before | bucket)
      found = true
    }
    return found
  }
  const ended = (failure: Outcome['failure']): Outcome => {
    const reached = seen.size
    return { executions, covered: reached, corpus: distilled(corpus, fails, branches), failure }
  }

  for (const input of target.seeds) {
    const failed = fails(input)
    if (failed !== null) return ended({ input, ...failed })
    if (isNew() || corpus.length === 0) corpus.push(input)
  }
  while (executions < most && !(executions % 64 === 0 && isOver?.() === true)) {
    const parent = corpus[draw(3) === 0 ? corpus.length - 1 - draw(Math.min(8, corpus.length)) : draw(corpus.length)]
    const input = mutate(parent ?? '', { draw, words, corpus, longest, isJson })
    const failed = fails(input)
    if (failed !== null) return ended(shrunk(input, failed.error, fails))
    if (isNew()) corpus.push(input)
  }
  return ended(null)
}

/** A power of two: once, twice, a few times, many. */
function bucketOf(rounds: number): number {
  if (rounds <= 3) return 1 << (rounds - 1)
  return 1 << Math.min(3 + Math.floor(Math.log2(rounds) / 2), 12)
}

/** Shortest first, each only if it leads where none before it did. */
function distilled(corpus: readonly string[], run: (input: string) => unknown, branches: Uint32Array): string[] {
  const seen = new Map<number, number>()
  return [...new Set(corpus)]
    .sort((a, b) => a.length - b.length)
    .filter((input) => {
      run(input)
      let leads = false
      for (const [i, rounds] of branches.entries()) {
        if (rounds === 0) continue
        const before = seen.get(i) ?? 0
        const after = before | bucketOf(rounds)
        if (after !== before) leads = true
        seen.set(i, after)
      }
      return leads
    })
}

/** Leaves out halves, then quarters, … while it still fails. */
function shrunk(
  input: string,
  error: unknown,
  fails: (input: string) => { readonly error: unknown } | null,
): NonNullable<Outcome['failure']> {
  let smallest = { input, error }
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < smallest.input.length; ) {
      const shorter = smallest.input.slice(0, at) + smallest.input.slice(at + size)
      const failed = fails(shorter)
      if (failed === null) at += size
      else smallest = { input: shorter, error: failed.error }
    }
  return smallest
}
