/** Counts the bytes that a question leaves on the heap, over millions of them. */
import { openWith } from '../contestants/access.ts'
import { open as bailiwick } from '../contestants/bailiwick.ts'
import type { Seed } from '../engine/seeded.ts'
import { type Figures, spreadOf } from '../harness.ts'
import { makeStream, type Request, streamOf } from '../requests.ts'
import { makeWorld, type World } from '../worlds.ts'
import { askAll, prepareAll } from './asking.ts'
import type { Evaluator } from './evaluator.ts'

export interface AllocationInput {
  readonly contestant: keyof typeof EVALUATORS
  readonly seed: Seed | null
}

const REQUESTS = 50_000
const TURNS = 60
const WARM_UP = 30

export async function run({ contestant, seed }: AllocationInput): Promise<Figures> {
  const world = makeWorld('S')
  const stream = streamOf(makeStream(world, 'uniform', REQUESTS, 3).requests.flatMap((one) => inOnePlace(world, one)))
  const evaluator = await EVALUATORS[contestant](world, seed)
  const prepared = await prepareAll(evaluator, stream)
  const texts = stream.freshTexts()
  for (let turn = 0; turn < WARM_UP; turn++) askAll(evaluator, prepared, texts)
  globalThis.gc?.()
  const turns: number[] = []
  let before = process.memoryUsage().heapUsed
  for (let turn = 0; turn < TURNS; turn++) {
    askAll(evaluator, prepared, texts)
    const after = process.memoryUsage().heapUsed
    turns.push((after - before) / texts.length)
    before = after
  }
  // The median: a few turns lose what a collection took away meanwhile. None is asked for, since it would have the code compiled anew.
  return { bytes: spreadOf(turns).median, questions: TURNS * texts.length }
}

/** Each token asks in its first account, from one address: an access notes each change of place in its last uses. */
function inOnePlace({ facts }: World, request: Request): readonly Request[] {
  const home = facts[request.token]?.standings[0]?.account.id
  return request.resource.startsWith(`account:${home}`) ? [{ ...request, ip: '198.51.0.1' }] : []
}

let kept: object = {}
/** Known to make an object for each question, so that a broken counter is noticed. */
const wasteful: Evaluator<unknown> = {
  prepare: (asked) => asked,
  ask: (_, resource) => {
    kept = { resource }
    return Object.hasOwn(kept, 'resource')
  },
}

/** The number that `Date.now` and `performance.now` return is on the heap as well. A clock that stands still returns the same one always. */
const still = { clock: () => NOW, monotonic: () => 1.5 }
const NOW = Date.UTC(2026, 10, 22)

const EVALUATORS = {
  control: async () => wasteful,
  decide: async (world: World) => bailiwick(world),
  access: async (_: World, seed: Seed | null) => openWith(seed, {}),
  'access, clocks standing still': async (_: World, seed: Seed | null) => openWith(seed, still),
} satisfies Record<string, (world: World, seed: Seed | null) => Promise<Evaluator<unknown>>>
