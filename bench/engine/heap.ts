/** What a cached token of world M holds in memory, with its share of the standings that tokens share, and what the cache counts for it. */
import { type Contestant, compete, ROUNDS } from '../harness.ts'
import { number, type Report } from '../report.ts'
import type { HeapInput, HeapWay } from './heap-run.ts'
import { makeSeed, seedOfM } from './seeded.ts'

const WAYS: Readonly<Record<HeapWay, string>> = {
  core: 'compiled forms alone',
  cache: "the engine's cache",
  package: 'the whole package',
}

export async function suite(report: Report): Promise<void> {
  const [small, seed] = [await makeSeed('S'), await seedOfM()]
  const contestants = Object.entries(WAYS).map(([way, name]): Contestant => {
    const input: HeapInput = { way: way as HeapWay, small, seed }
    return { name, module: 'engine/heap-run.ts', input }
  })
  // What is counted hardly differs from one process to the next.
  const results = await compete(contestants, Math.min(ROUNDS, 2))
  report.heading(`heap per cached token, ${seed.tokens.toLocaleString('en')} tokens of world M`)
  const rows = contestants.map(({ name }) => {
    const figures = results.get(name)
    const [real, counted] = ['bytes per token', 'counted'].map((one) => figures?.get(one)?.median)
    const cells = [real, counted].map((bytes) => (bytes === undefined ? '' : number(bytes)))
    return [name, ...cells, real === undefined || counted === undefined ? '' : number(counted / real)]
  })
  report.table(['', 'bytes per token', 'counted by the cache', 'counted / real'], rows)
}
