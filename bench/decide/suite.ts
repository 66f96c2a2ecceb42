/** Decides the same requests with every contestant, on the worlds S and M (and L with `BENCH_LARGE=1`), uniform and Zipf. */
import { makeSeed, type Seed, seedOfM } from '../engine/seeded.ts'
import { type Contestant, compete, type Results } from '../harness.ts'
import { nanoseconds, type Report, ratio } from '../report.ts'
import type { Size } from '../worlds.ts'
import type { DecideInput } from './run.ts'

interface Entrant {
  readonly name: string
  readonly file: string
  /** How many requests a pass asks: of the slow ones fewer, or they would take hours. */
  readonly requests: number
  readonly passes: number
  readonly worlds: readonly Size[]
  readonly flags?: readonly string[]
}

const FAST = { requests: 50_000, passes: 7 }
const SLOW = { requests: 2_000, passes: 3 }
/** The others' compiled forms of 100,000 tokens don't fit into memory, or take an hour to make. */
const ALL: readonly Size[] = ['S', 'M', 'L']
const SMALLER: readonly Size[] = ['S', 'M']
const FLOOR = 'floor: Map.get'
const OURS = 'bailiwick decide'

/** Node 20 dies now and then where it gives up code into which it had inlined a call to wasm (`DoComputeBuiltinContinuation`). */
const NO_WASM_INLINING = ['--no-turbo-inline-js-wasm-calls']

const ENTRANTS: readonly Entrant[] = [
  { name: FLOOR, file: 'floor', ...FAST, worlds: ALL },
  { name: OURS, file: 'bailiwick', ...FAST, worlds: ALL },
  { name: 'bailiwick access.can', file: 'access', ...FAST, worlds: SMALLER },
  { name: 'by hand, compact', file: 'compact', ...FAST, worlds: ALL },
  { name: 'by hand, Sets and loops', file: 'loops', ...FAST, worlds: ALL },
  { name: 'permix', file: 'permix', ...FAST, worlds: SMALLER },
  { name: 'CASL', file: 'casl', ...FAST, worlds: SMALLER },
  { name: 'better-auth access', file: 'better-auth', ...FAST, worlds: SMALLER },
  { name: '@unkey/rbac', file: 'unkey', requests: 10_000, passes: 5, worlds: SMALLER },
  { name: 'cedar-wasm', file: 'cedar', ...SLOW, worlds: SMALLER, flags: NO_WASM_INLINING },
  { name: 'casbin', file: 'casbin', ...SLOW, worlds: SMALLER },
]

export async function suite(report: Report): Promise<void> {
  const only = process.env.BENCH_ONLY?.split(',')
  const entrants = ENTRANTS.filter(({ file }) => only === undefined || only.includes(file))
  for (const size of process.env.BENCH_LARGE === '1' ? ALL : SMALLER) {
    const here = entrants.filter(({ worlds }) => worlds.includes(size))
    const seed = here.some(({ file }) => file === 'access') ? await seedOf(size) : null
    print(report, size, here, await compete(here.map((entrant) => contestantOf(entrant, size, seed))))
  }
}

async function seedOf(size: Size): Promise<Seed> {
  return size === 'M' ? seedOfM() : makeSeed(size)
}

function contestantOf(
  { name, file, requests, passes, flags = [] }: Entrant,
  world: Size,
  seed: Seed | null,
): Contestant {
  const input: DecideInput = { contestant: file, world, requests, passes, seed: file === 'access' ? seed : null }
  return { name, module: 'decide/run.ts', input, flags }
}

function print(report: Report, size: Size, entrants: readonly Entrant[], results: Results): void {
  for (const spread of ['uniform', 'zipf']) {
    report.heading(`decide, world ${size}, ${spread}`)
    const of = (name: string) => results.get(name)?.get(spread)
    const rows = entrants.flatMap(({ name, requests }) => {
      const own = of(name)
      if (own === undefined) return []
      return [[name, nanoseconds(own), ratio(own, of(FLOOR)), ratio(own, of(OURS)), requests.toLocaleString('en')]]
    })
    report.table(['contestant', 'median of rounds (least–most)', '× floor', '× decide', 'requests a pass'], rows)
  }
}
