/**
 * Finds what policies say about a resource without trying their selectors one by one.
 *
 * A selector is found by the hash of its pairs, looked up once for each shape that occurs. A hash only finds it: its text is compared before
 * it counts. What is found stands in lists and one text of small numbers, since there is such an index for every token that is kept.
 */
import { textOf } from './bits.ts'
import { type Cell, type Cells, cellBytes, type Verdict, verdictOf } from './cell.ts'
import type { Context } from './condition.ts'
import { PrefixTable, type Said } from './prefix-table.ts'
import { pairMatches, type Selector } from './selector.ts'
import { depthOf, endsInPrefix, isPlain } from './shape.ts'
import type { Walk } from './walk.ts'

/** `covering`: selectors as deep as the resource or less count. `exact`: only those just as deep. */
export type Reach = 'covering' | 'exact'

/** A place of the index: selectors that end in prefixes after the same pairs share one, and any of them stands for its pairs. */
interface Node {
  readonly selector: Selector
  readonly found: Cell | PrefixTable
}

/** Of an index, and of each selector in it; measured once and rounded up. */
const BASE = 300
const PER_NODE = 20

export class SelectorIndex {
  readonly #reach: Reach
  /** One character for each shape that occurs. */
  readonly #shapes: string
  /** Those that are looked up, in the order of their buckets. */
  readonly selectors: readonly Selector[]
  readonly #found: readonly (Cell | PrefixTable)[]
  /** Where each bucket begins among the selectors and where the last one ends; then for each selector a byte of its hash and what is found. */
  readonly #slots: string
  readonly #mask: number

  constructor(said: readonly Said[], cells: Cells, reach: Reach) {
    this.#reach = reach
    this.#mask = 2 ** Math.ceil(Math.log2(said.length || 1)) - 1
    const nodes = nodesOf(said, cells)
    const bucketOf = ({ selector }: Node) => selector.hash & this.#mask
    nodes.sort((a, b) => bucketOf(a) - bucketOf(b))
    const found = new Map<Cell | PrefixTable, number>()
    for (const node of nodes) if (!found.has(node.found)) found.set(node.found, found.size)
    const begins = new Array<number>(this.#mask + 2).fill(0)
    for (const node of nodes) begins[bucketOf(node) + 1] = (begins[bucketOf(node) + 1] ?? 0) + 1
    for (let bucket = 1; bucket < begins.length; bucket++)
      begins[bucket] = (begins[bucket] ?? 0) + (begins[bucket - 1] ?? 0)
    const slots = nodes.flatMap((node) => [node.selector.hash >>> 24, found.get(node.found) ?? 0])
    this.selectors = nodes.map(({ selector }) => selector)
    this.#found = [...found.keys()]
    this.#slots = textOf([...begins, ...slots])
    this.#shapes = textOf([...new Set(nodes.map(({ selector }) => selector.shape))])
  }

  /** About how much memory it takes, without the selectors. */
  get bytes(): number {
    const tables = this.#found.reduce<number>(
      (sum, found) => sum + (found instanceof PrefixTable ? found.bytes : cellBytes(found)),
      0,
    )
    return BASE + PER_NODE * this.selectors.length + 2 * this.#slots.length + tables
  }

  /** Deny overrides. */
  verdict(walk: Walk, permission: number, context: Context): Verdict {
    let verdict: Verdict = 'none'
    for (let i = 0; i < this.#shapes.length; i++) {
      const shape = this.#shapes.charCodeAt(i)
      const depth = depthOf(shape)
      if (depth > walk.depth || (depth < walk.depth && this.#reach === 'exact')) continue
      const hash = walk.hashFor(shape)
      const bucket = hash & this.#mask
      const end = this.#slots.charCodeAt(bucket + 1)
      for (let at = this.#slots.charCodeAt(bucket); at < end; at++) {
        const said = this.#saidAt(at, hash, depth, walk, permission, context)
        if (said === 'denied') return said
        if (said === 'allowed') verdict = said
      }
    }
    return verdict
  }

  #saidAt(at: number, hash: number, depth: number, walk: Walk, permission: number, context: Context): Verdict {
    const slot = this.#mask + 2 + 2 * at
    if (this.#slots.charCodeAt(slot) !== hash >>> 24) return 'none'
    const selector = this.selectors[at]
    if (selector === undefined || !stands(selector, depth, walk)) return 'none'
    const found = this.#found[this.#slots.charCodeAt(slot + 1)]
    const cell = found instanceof PrefixTable ? found.longest(walk, depth - 1) : found
    return cell === undefined || cell === null ? 'none' : verdictOf(cell, permission, context)
  }
}

/** Whether the selector stands for the first pairs of the name, as many as `depth`; a prefix at its end is not looked at. */
function stands({ text, pairs, shape }: Selector, depth: number, walk: Walk): boolean {
  if (isPlain(shape)) return walk.begins(text, depth)
  const compared = endsInPrefix(shape) ? depth - 1 : depth
  for (let place = 0; place < compared; place++) {
    const pair = pairs[place]
    if (pair === undefined || !pairMatches(pair, walk, place)) return false
  }
  return pairs.length === depth
}

function nodesOf(said: readonly Said[], cells: Cells): Node[] {
  const nodes: Node[] = []
  const prefixes = new Map<string, [Said, ...Said[]]>()
  for (const one of said) {
    const { selector, by } = one
    const path = endsInPrefix(selector.shape) ? pathOf(selector) : null
    if (path === null) nodes.push({ selector, found: cells.of(by) })
    else if (prefixes.get(path)?.push(one) === undefined) prefixes.set(path, [one])
  }
  for (const group of prefixes.values())
    nodes.push({ selector: group[0].selector, found: new PrefixTable(group, cells) })
  return nodes
}

/** The pairs before the prefix, and its type. Injective: `/` and `*` occur in no encoded id. */
function pathOf({ text, type }: Selector): string {
  return `${text.slice(0, text.lastIndexOf('/'))}/${type.marker}`
}
