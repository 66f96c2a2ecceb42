/**
 * For each root that a principal can act in: the outcome of rungs 4 to 7, and the policies for rungs 8 and 9. Found by the hash of the first pair
 * of a request's name, so that a decision cuts no string.
 */
import { type CompiledCondition, NO_CONDITIONS } from './condition.ts'
import type { DenyReason } from './decision.ts'
import { hashText } from './hash.ts'
import type { ParsedName } from './parsed-name.ts'
import { EMPTY_TABLE, type PolicyTable } from './policy-table.ts'

/** A root as selectors spell it: `account:acme`, `account:*`, `user:u_1`. */
export type Root = string

/** One root, and what is known there. */
export interface RootEntry extends RootState {
  readonly root: Root
}

/** What decisions read at one root. */
export interface RootState {
  /** The first of rungs 4 to 7 that fails, `null` when all pass. */
  readonly closed: DenyReason | null
  /** The token's policies here. A session has none. */
  readonly grants: PolicyTable
  /** The owner's policies, for rung 9. `null` where no owner limits the token: it is the account's own, or this is the user's own root. */
  readonly rights: PolicyTable | null
  /** The conditions of `rights`, as that table numbers them. */
  readonly conditions: readonly CompiledCondition[]
  /** What is stored about this root can't be understood, and why: asking about it throws. */
  readonly fault: string | null
}

interface Node extends RootEntry {
  readonly hash: number
  /** The next one of the same list. */
  readonly next: Node | null
}

/** Up to so many are searched one after the other. Nearly every principal has fewer. */
const MAX_LINEAR = 4

/** A linked list of all of them, or one for each hash. */
export type RootIndex = Node | null | ReadonlyMap<number, Node>

export function indexRoots(entries: readonly RootEntry[]): RootIndex {
  if (entries.length <= MAX_LINEAR) return entries.reduceRight<Node | null>((next, entry) => nodeOf(entry, next), null)
  const nodes = new Map<number, Node>()
  for (const entry of entries) {
    const hash = smallInteger(hashText(entry.root))
    nodes.set(hash, nodeOf(entry, nodes.get(hash) ?? null))
  }
  return nodes
}

/** All roots of one principal. */
export interface PrincipalRoots {
  readonly roots: RootIndex
  /** The root of the user who asks, or who owns the token: it is theirs whatever accounts say. `null` for everybody else. */
  readonly ownRoot: Root | null
}

/** A user's own root, where it is no entry: their token has no policies there. */
const AT_OWN_ROOT: RootState = Object.freeze({
  closed: null,
  grants: EMPTY_TABLE,
  rights: null,
  conditions: NO_CONDITIONS,
  fault: null,
})

/** What is known at the root of this name; `null` where the principal has no part in it. */
export function stateAt({ roots, ownRoot }: PrincipalRoots, parsed: ParsedName): RootState | null {
  const hash = smallInteger(parsed.hashes[0] ?? 0)
  let node = roots instanceof Map ? (roots.get(hash) ?? null) : roots
  while (node !== null && !(node.hash === hash && parsed.pairIs(0, node.root))) node = node.next
  if (node !== null) return node
  return ownRoot !== null && parsed.pairIs(0, ownRoot) ? AT_OWN_ROOT : null
}

/** All of them, for reports. */
export function rootEntries(roots: RootIndex): readonly RootEntry[] {
  const all: RootEntry[] = []
  for (const first of roots instanceof Map ? roots.values() : [roots])
    for (let node = first; node !== null; node = node.next) all.push(node)
  return all
}

function nodeOf({ root, closed, grants, rights, conditions, fault }: RootEntry, next: Node | null): Node {
  return { root, hash: smallInteger(hashText(root)), closed, grants, rights, conditions, fault, next }
}

/** V8 keeps integers of up to 31 bits in place; a wider map key would be boxed at each look-up. */
function smallInteger(hash: number): number {
  return hash & 0x3fffffff
}
