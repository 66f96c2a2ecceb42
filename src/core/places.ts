/**
 * The roots one principal stands at, and what there is to know at each. Found by the hash of a request's first pair, so that a decision cuts no
 * string.
 */
import { type CompiledCondition, NO_CONDITIONS } from './condition.ts'
import type { DenyReason } from './decision.ts'
import { hashText } from './hash.ts'
import { type Sheet, SILENT } from './sheet.ts'
import type { Walk } from './walk.ts'

/** A root as selectors spell it: `account:acme`, `account:*`, `user:u_1`. */
export type Root = string

/** One root that a principal stands at. */
export interface Place extends Stand {
  readonly root: Root
}

/** What there is to know where a principal stands. */
export interface Stand {
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

/** All that tells where a principal stands. */
export interface Ground {
  readonly places: Places
  /** That of the user who asks, or whose token does: they stand there whatever accounts say. `null` for everybody else. */
  readonly ownRoot: Root | null
}

/** Of a user at their own root there is nothing to know, but where their token's policies name it. */
const AT_OWN_ROOT: Stand = Object.freeze({
  closed: null,
  grants: SILENT,
  rights: null,
  conditions: NO_CONDITIONS,
  fault: null,
})

/** Where somebody stands who asks about the name that was walked. */
export function standOf({ places, ownRoot }: Ground, walk: Walk): Stand | null {
  const hash = smallInteger(walk.hashes[0] ?? 0)
  let node = places instanceof Map ? (places.get(hash) ?? null) : places
  while (node !== null && !(node.hash === hash && walk.pairIs(0, node.root))) node = node.next
  if (node !== null) return node
  return ownRoot !== null && walk.pairIs(0, ownRoot) ? AT_OWN_ROOT : null
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
