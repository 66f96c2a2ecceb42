/**
 * Finds what policies say about a resource without trying their selectors one by one.
 *
 * Selectors with equal pairs share a node. A node is found by the hash of its pairs, looked up once for each *shape* that occurs: how deep,
 * which places are `*`, whether a prefix ends it. A hash only finds a node: its pairs are compared as text before it counts.
 */
import type { Permission } from './catalog.ts'
import type { Context } from './condition.ts'
import { hashText } from './hash.ts'
import { PrefixTable } from './prefix-table.ts'
import { pairMatches, type SelectorPair } from './selector.ts'
import { cellVerdict, type Statement, type Table, type Tables, type Verdict } from './table.ts'
import type { Walk } from './walk.ts'

/** That a policy says something about these permissions at this path. */
export interface Entry extends Statement {
  readonly pairs: readonly SelectorPair[]
}

interface Shape {
  readonly depth: number
  /** Bit i is set where place i is `*`. */
  readonly stars: number
  /** The last place is a prefix, and only its type is hashed. */
  readonly prefix: boolean
}

interface Node {
  /** What must match before the node counts: all its pairs, or those before the prefix. */
  readonly pairs: readonly SelectorPair[]
  readonly depth: number
  readonly found: Table | PrefixTable
  /** Another node with the same hash. */
  readonly next: Node | undefined
}

/** `covering`: nodes as deep as the resource or less count. `exact`: only those just as deep. */
export type Reach = 'covering' | 'exact'

export class SelectorIndex {
  readonly #reach: Reach
  readonly #shapes: readonly Shape[]
  readonly #nodes: ReadonlyMap<number, Node>

  constructor(entries: readonly Entry[], reach: Reach, tables: Tables) {
    this.#reach = reach
    const shapes = new Map<string, Shape>()
    const nodes = new Map<number, Node>()
    for (const group of groupBy(entries, (entry) => nodeKey(entry.pairs)).values()) {
      const pairs = group[0]?.pairs ?? []
      const shape = shapeOf(pairs)
      const hash = hashOf(shape, {
        hashes: pairs.map(({ text }) => hashText(text)),
        typeHashes: pairs.map(({ type }) => type.hash),
      })
      const fixed = shape.prefix ? pairs.slice(0, -1) : pairs
      const found = shape.prefix ? new PrefixTable(group, tables) : tables.of(group)
      shapes.set(`${shape.depth} ${shape.stars} ${shape.prefix}`, shape)
      nodes.set(hash, { pairs: fixed, depth: pairs.length, found, next: nodes.get(hash) })
    }
    this.#shapes = [...shapes.values()]
    this.#nodes = nodes
  }

  verdict(walk: Walk, permission: Permission, context: Context): Verdict {
    let verdict: Verdict = 'none'
    for (const shape of this.#shapes) {
      if (!this.#counts(shape.depth, walk)) continue
      for (let node = this.#nodes.get(hashOf(shape, walk)); node !== undefined; node = node.next) {
        if (!this.#counts(node.depth, walk) || !matches(node.pairs, walk)) continue
        const table = node.found instanceof PrefixTable ? node.found.longest(walk, node.depth - 1) : node.found
        const cell = table?.get(permission.index)
        const said = cell === undefined ? 'none' : cellVerdict(cell, context)
        if (said === 'denied') return said
        if (said === 'allowed') verdict = said
      }
    }
    return verdict
  }

  #counts(depth: number, walk: Walk): boolean {
    return this.#reach === 'covering' ? depth <= walk.depth : depth === walk.depth
  }
}

function matches(pairs: readonly SelectorPair[], walk: Walk): boolean {
  for (let place = 0; place < pairs.length; place++) {
    const pair = pairs[place]
    if (pair === undefined || !pairMatches(pair, walk, place)) return false
  }
  return true
}

/** Injective: `/` and `*` occur in no encoded id. All prefixes after the same pairs share one node. */
function nodeKey(pairs: readonly SelectorPair[]): string {
  return pairs
    .map(({ match, text, type }) => (match === 'one' ? text : match === 'any' ? `${text}*` : `${type.marker}*…`))
    .join('/')
}

function shapeOf(pairs: readonly SelectorPair[]): Shape {
  const stars = pairs.reduce((bits, { match }, place) => (match === 'any' ? bits | (1 << place) : bits), 0)
  return { depth: pairs.length, stars, prefix: pairs.at(-1)?.match === 'prefix' }
}

interface PairHashes {
  readonly hashes: ArrayLike<number>
  readonly typeHashes: ArrayLike<number>
}

/** One hash over a path: of a pair's text, or of its type alone where any id will do. 30 bits, so that it stays a small integer. */
function hashOf(shape: Shape, path: PairHashes): number {
  let hash = shape.prefix ? 0x5bd1e995 : 0x1b873593
  for (let place = 0; place < shape.depth; place++) {
    const any = (shape.stars & (1 << place)) !== 0 || (shape.prefix && place === shape.depth - 1)
    hash = Math.imul(hash ^ ((any ? path.typeHashes[place] : path.hashes[place]) ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash & 0x3fffffff
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}
