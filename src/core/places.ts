/**
 * The roots one principal stands at, and what there is to know at each. Found by the hash of a request's first pair, so that a decision cuts no
 * string.
 */
import type { CompiledCondition } from './condition.ts'
import type { DenyReason } from './decision.ts'
import { hashText } from './hash.ts'
import type { Sheet } from './sheet.ts'
import type { Walk } from './walk.ts'

/** A root as selectors spell it: `account:acme`, `account:*`, `user:u_1`. */
export type Root = string

/** One root that a principal stands at, and what rungs 4 to 7 say there. */
export interface Place {
  readonly root: Root
  /** The first of rungs 4 to 7 that fails, `null` when all pass. */
  readonly closed: DenyReason | null
  /** What the token's policies say here; of a session there are none. */
  readonly grants: Sheet
  /** What rung 9 asks; `null` where nobody stands above: an account-owned token, a user's own root. */
  readonly rights: Sheet | null
  /** Those of the rights, as their sheet numbers them. */
  readonly conditions: readonly CompiledCondition[]
  /** Something stored that concerns this root can't be understood: asking about it throws. */
  readonly fault: string | null
}

interface Node extends Place {
  readonly hash: number
  /** The next one to look at. */
  readonly next: Node | null
}

/** Up to so many are looked at one after the other; nearly every principal has no more. */
const FEW = 4

/** The first of all of them, or by their hashes the first of each. */
export type Places = Node | null | ReadonlyMap<number, Node>

export function placesOf(places: readonly Place[]): Places {
  if (places.length <= FEW) return places.reduceRight<Node | null>((next, place) => nodeOf(place, next), null)
  const nodes = new Map<number, Node>()
  for (const place of places) {
    const hash = smallInteger(hashText(place.root))
    nodes.set(hash, nodeOf(place, nodes.get(hash) ?? null))
  }
  return nodes
}

/** The place of the name that was walked. */
export function placeOf(places: Places, walk: Walk): Place | null {
  const hash = smallInteger(walk.hashes[0] ?? 0)
  let node = places instanceof Map ? (places.get(hash) ?? null) : places
  while (node !== null && !(node.hash === hash && walk.pairIs(0, node.root))) node = node.next
  return node
}

/** All of them, for those who tell of them. */
export function allPlaces(places: Places): readonly Place[] {
  const all: Place[] = []
  for (const first of places instanceof Map ? places.values() : [places])
    for (let node = first; node !== null; node = node.next) all.push(node)
  return all
}

function nodeOf({ root, closed, grants, rights, conditions, fault }: Place, next: Node | null): Node {
  return { root, hash: smallInteger(hashText(root)), closed, grants, rights, conditions, fault, next }
}

/** V8 keeps integers of up to 31 bits in place; a wider map key would be boxed at each look-up. */
function smallInteger(hash: number): number {
  return hash & 0x3fffffff
}
