/**
 * The roots one principal stands at. Found by the hash of a request's first pair, so that a decision cuts no string.
 */

import type { DenyReason } from './decision.ts'
import { hashText } from './hash.ts'
import type { PolicySet } from './policy-set.ts'
import type { Walk } from './walk.ts'

/** A root as selectors spell it: `account:acme`, `account:*`, `user:u_1`. */
export type Root = string

/** One root that a principal stands at, and what rungs 4 to 7 say there. */
export interface Place {
  readonly root: Root
  /** The first of rungs 4 to 7 that fails, `null` when all pass. */
  readonly closed: DenyReason | null
  /** What rung 9 asks; `null` where nobody stands above: an account-owned token, a user's own root. */
  readonly rights: PolicySet | null
  /** Something stored that concerns this root can't be understood: asking about it throws. */
  readonly fault: string | null
}

interface Node {
  readonly place: Place
  readonly next: Node | undefined
}

export class Places {
  readonly #nodes = new Map<number, Node>()
  readonly all: readonly Place[]

  constructor(places: Iterable<Place>) {
    this.all = [...places]
    for (const place of this.all) {
      const key = smallInteger(hashText(place.root))
      this.#nodes.set(key, { place, next: this.#nodes.get(key) })
    }
  }

  /** The place of the name that was walked. */
  find(walk: Walk): Place | undefined {
    let node = this.#nodes.get(smallInteger(walk.hashes[0] ?? 0))
    while (node !== undefined && !walk.pairIs(0, node.place.root)) node = node.next
    return node?.place
  }
}

/** V8 keeps integers of up to 31 bits in place; a wider map key would be boxed at each look-up. */
function smallInteger(hash: number): number {
  return hash & 0x3fffffff
}
