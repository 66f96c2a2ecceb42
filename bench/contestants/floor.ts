/** The floor: one `Map.get` by the resource's text and a compare. Decides nothing; no evaluator that is asked by text does less. */
import type { Asked, Evaluator } from '../decide/evaluator.ts'
import type { Stream } from '../requests.ts'
import type { World } from '../worlds.ts'

export function open(_world: World, streams: readonly Stream[]): Evaluator<Asked> {
  const askedBy = new Map<string, number>()
  for (const { requests } of streams) for (const { resource, token } of requests) askedBy.set(resource, token)
  return {
    prepare: (asked) => asked,
    ask: ({ token }, resource) => askedBy.get(resource) === token,
  }
}
