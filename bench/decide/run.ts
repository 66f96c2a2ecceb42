/** Runs one contestant of the decide suite: compares its answers with the truth, then times it on each stream. */
import type { Seed } from '../engine/seeded.ts'
import type { Figures } from '../harness.ts'
import { makeStream, type Spread } from '../requests.ts'
import { makeWorld, type Size } from '../worlds.ts'
import { check, time } from './asking.ts'
import type { EvaluatorModule } from './evaluator.ts'

export interface DecideInput {
  readonly contestant: string
  readonly world: Size
  /** How many are asked in a pass. */
  readonly requests: number
  readonly passes: number
  /** For the contestant that asks of stored tokens. */
  readonly seed: Seed | null
}

const SPREADS: readonly Spread[] = ['uniform', 'zipf']
const CHECKED = 4_000

export async function run(input: DecideInput): Promise<Figures> {
  const { contestant, world: size, requests, passes, seed } = input
  const world = makeWorld(size)
  const streams = SPREADS.map((spread) => makeStream(world, spread, requests, 2))
  const module = (await import(new URL(`../contestants/${contestant}.ts`, import.meta.url).href)) as EvaluatorModule
  const evaluator = await module.open(world, streams, seed)
  // The floor decides nothing, and so it can't be wrong.
  for (const spread of contestant === 'floor' ? [] : SPREADS)
    await check(contestant, world, evaluator, makeStream(world, spread, Math.min(requests, CHECKED), 1))
  const figures: Record<string, number> = {}
  for (const [n, stream] of streams.entries()) figures[SPREADS[n] ?? ''] = await time(evaluator, stream, passes)
  return figures
}
