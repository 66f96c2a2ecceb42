/** Asks an evaluator a stream of requests: to compare its answers with the truth, or to time it. */
import assert from 'node:assert/strict'
import { isAllowed } from '../oracle.ts'
import type { Stream } from '../requests.ts'
import { timePasses } from '../timing.ts'
import type { World } from '../worlds.ts'
import type { Evaluator } from './evaluator.ts'

/** Throws at the first wrong answer, and when hardly any or nearly all are allowed. */
export async function check(name: string, world: World, evaluator: Evaluator<unknown>, stream: Stream): Promise<void> {
  const texts = stream.freshTexts()
  let allowed = 0
  for (const [n, request] of stream.requests.entries()) {
    const { resource: _, ...asked } = request
    const truth = isAllowed(world, request)
    const answer = evaluator.ask(await evaluator.prepare(asked), texts[n] ?? '')
    assert.equal(answer, truth, `${name} is wrong about ${JSON.stringify(request)}`)
    if (truth) allowed++
  }
  const share = allowed / stream.requests.length
  assert.ok(share >= 0.35 && share <= 0.65, `a stream of which ${share} is allowed says little`)
}

export async function prepareAll(evaluator: Evaluator<unknown>, { requests }: Stream): Promise<readonly unknown[]> {
  const prepared: unknown[] = []
  for (const { resource: _, ...asked } of requests) prepared.push(await evaluator.prepare(asked))
  return prepared
}

/** How many of the requests are allowed. */
export function askAll(evaluator: Evaluator<unknown>, prepared: readonly unknown[], texts: readonly string[]): number {
  let allowed = 0
  for (let n = 0; n < texts.length; n++) if (evaluator.ask(prepared[n], texts[n] ?? '')) allowed++
  return allowed
}

/** Nanoseconds per request. Each pass asks with texts that nobody has hashed yet. */
export async function time(evaluator: Evaluator<unknown>, stream: Stream, passes: number): Promise<number> {
  const prepared = await prepareAll(evaluator, stream)
  const pass = (texts: readonly string[]) => askAll(evaluator, prepared, texts)
  return timePasses(prepared.length, () => stream.freshTexts(), pass, { warmUp: Math.min(5, passes), passes })
}
