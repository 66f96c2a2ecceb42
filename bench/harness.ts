/**
 * Runs contestants, each in a fresh process each round, in an order that alternates, and sums up what they measured.
 *
 * A contestant is a module of this folder that exports `run(input)`: it asserts that it is right, warms up, measures, and returns figures by
 * name. The parent never measures. Both cores may be noisy, so a figure is the median of the rounds, with the least and the greatest.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What one run measured, by name: nanoseconds, bytes, whatever its suite says. */
export type Figures = Readonly<Record<string, number>>

/** What a contestant's module exports. The input is what its suite gave it. */
export interface ContestantModule {
  run(input: never): Figures | Promise<Figures>
}

export interface Contestant {
  readonly name: string
  /** The module's path below `bench/`. */
  readonly module: string
  /** Handed to `run`, through JSON. */
  readonly input?: unknown
  /** Added to the process's environment: `{ BAILIWICK_DIST }` measures another build. */
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node it can't do without. */
  readonly flags?: readonly string[]
  /** Rounds it runs in, where it is too slow for all of them. */
  readonly rounds?: number
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
  /** In the order of the rounds. */
  readonly all: readonly number[]
}

/** Each contestant's figures by their names. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, Spread>>

export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)

export async function compete(contestants: readonly Contestant[], rounds = ROUNDS): Promise<Results> {
  const measured = new Map<string, Figures[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : [...contestants].reverse()
    for (const contestant of order) {
      if (round >= (contestant.rounds ?? rounds)) continue
      process.stderr.write(`\r\x1b[K${round + 1}/${rounds} ${contestant.name}`)
      measured.get(contestant.name)?.push(await runFresh(contestant))
    }
  }
  process.stderr.write('\r\x1b[K')
  return new Map([...measured].map(([name, runs]) => [name, summed(runs)]))
}

/** One run in a process of its own. Throws when it fails: a contestant that is wrong is not measured. */
export async function runFresh({ name, module, input, env, flags = [] }: Contestant): Promise<Figures> {
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      ...flags,
      '--max-old-space-size=12288',
      '--import',
      'tsx',
      fileURLToPath(new URL('child.ts', import.meta.url)),
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    },
  )
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  child.stdin.end(JSON.stringify({ module, input: input ?? null }))
  let figures: Figures | null = null
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"figures":')) figures = (JSON.parse(line) as { figures: Figures }).figures
    else console.log(line)
  }
  const code = await ended
  if (code !== 0 || figures === null) throw new Error(`${name} failed (exit code ${code})`)
  return figures
}

export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return { median: (low + high) / 2, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN, all: numbers }
}

function summed(runs: readonly Figures[]): ReadonlyMap<string, Spread> {
  const names = new Set(runs.flatMap((figures) => Object.keys(figures)))
  return new Map([...names].map((name) => [name, spreadOf(runs.flatMap((figures) => figures[name] ?? []))]))
}
