/** What a contestant of the decide suite implements. */
import type { Seed } from '../engine/seeded.ts'
import type { Request, Stream } from '../requests.ts'
import type { World } from '../worlds.ts'

/** All of a request that a server knows before it asks: the token and the address since authentication, the permission from its route. */
export type Asked = Omit<Request, 'resource'>

export interface Evaluator<P> {
  /** Once per authentication and route, not timed: looks up the token's compiled form, parses the address, resolves the permission. */
  prepare(asked: Asked): P | Promise<P>
  /** Timed. The resource comes as text. */
  ask(prepared: P, resource: string): boolean
}

/** What a module in `contestants/` exports. The streams are for the floor alone, which knows the answers; the seed for who needs stored tokens. */
export interface EvaluatorModule {
  open(world: World, streams: readonly Stream[], seed: Seed | null): Evaluator<unknown> | Promise<Evaluator<unknown>>
}
