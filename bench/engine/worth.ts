/** What the cache is worth: a request that finds its snapshot, one that doesn't, one that looks at revisions; and a memo of decisions in front of it. */
import { type Contestant, compete, ROUNDS } from '../harness.ts'
import { nanoseconds, number, type Report } from '../report.ts'
import type { Spread } from '../requests.ts'
import type { MemoInput } from './memo-run.ts'
import { type Seed, seedOfM } from './seeded.ts'
import type { WorthInput } from './worth-run.ts'

const SPREADS: readonly Spread[] = ['uniform', 'zipf']
const STORAGES = ['memory', 'sqlite'] as const
const WAYS = ['hit', 'hit, strict', 'no cache']
const MEMOS = ['decide', 'memo, Maps in Maps', 'memo, one Map, keys joined', 'memo, one LRU, keys joined']

export async function suite(report: Report): Promise<void> {
  await snapshots(report, await seedOfM())
  await memos(report)
}

async function snapshots(report: Report, seed: Seed): Promise<void> {
  const contestants = STORAGES.flatMap((storage) =>
    SPREADS.map((spread): Contestant => {
      const input: WorthInput = { storage, seed, spread }
      return { name: `${storage}, ${spread}`, module: 'engine/worth-run.ts', input }
    }),
  )
  const results = await compete(contestants, Math.min(ROUNDS, 2))
  report.heading('what the cache is worth: authenticate and ask, world M')
  const rows = contestants.flatMap(({ name }) =>
    WAYS.map((way) => {
      const figures = results.get(name)
      const [ns, times] = [figures?.get(way), figures?.get(`${way} / hit`)]
      return [
        `${name}: ${way}`,
        ns === undefined ? '' : nanoseconds(ns),
        times === undefined ? '' : number(times.median),
      ]
    }),
  )
  report.table(['', 'per request', '× hit'], rows)
}

async function memos(report: Report): Promise<void> {
  const contestants = SPREADS.map((spread): Contestant => {
    const input: MemoInput = { spread }
    return { name: spread, module: 'engine/memo-run.ts', input }
  })
  const results = await compete(contestants, Math.min(ROUNDS, 3))
  report.heading('a memo of decisions in front of decide, world M, every question asked before')
  const rows = MEMOS.map((name) => [
    name,
    ...SPREADS.flatMap((spread) => {
      const figures = results.get(spread)
      const [ns, times] = [figures?.get(name), figures?.get(`${name} / decide`)]
      return [ns === undefined ? '' : nanoseconds(ns), times === undefined ? '' : number(times.median)]
    }),
  ])
  report.table(['', 'uniform', '× decide', 'Zipf', '× decide'], rows)
  for (const spread of SPREADS) {
    const share = results.get(spread)?.get('could be remembered')?.median ?? Number.NaN
    report.text(
      `${spread}: of 50,000 requests that come by for the first time a memo would have answered ${number(100 * share)} %`,
    )
  }
}
