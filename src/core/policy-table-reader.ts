/**
 * Reads a table back into policies, for `explain` and reports: too slow for decisions.
 */
import type { Catalog } from './catalog.ts'
import type { CompiledCondition } from './condition.ts'
import type { ParsedName } from './parsed-name.ts'
import { decodeSet } from './permission-set.ts'
import type { Statement } from './policy.ts'
import {
  DENY,
  EMPTY_TABLE,
  HEADER,
  isAboveTag,
  matchingPairs,
  offsetAt,
  type PolicyTable,
  SHAPE,
  TYPE,
} from './policy-table.ts'

/** What a table keeps of a policy. */
export interface TablePolicy extends Statement {
  /** Its place among the policies of its side. */
  readonly number: number
  readonly id: string
}

/** The policies of a table. */
export function readPolicies(table: PolicyTable, conditions: readonly CompiledCondition[]): readonly TablePolicy[] {
  return table === EMPTY_TABLE ? [] : new Reader(table).policies(conditions)
}

/** A selector that matches a name, as far as both go. */
export interface TableSelector {
  /** The numbers of the policies that name it. */
  readonly by: readonly number[]
  /** How many pairs it has; one more than the name's where it goes deeper. */
  readonly pairs: number
  /** Its text, without the root. */
  readonly path: () => string
}

/** The selectors that match this name as far as both go. A table may hold thousands: the text of the others is not made. */
export function* readSelectors(
  table: PolicyTable,
  { types }: Pick<Catalog, 'types'>,
  parsed: ParsedName,
): Generator<TableSelector, void> {
  if (table === EMPTY_TABLE) return
  const markers = [...types.values()].map(({ marker }) => marker)
  for (const { start, end, by } of new Reader(table).selectors()) {
    const pairs = matchingPairs(table, start, end, parsed)
    if (pairs > 0) yield { by, pairs, path: () => pathText(table.slice(start, end), markers) }
  }
}

/** A path as it is written in names. */
function pathText(path: string, markers: readonly string[]): string {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at)
    if (code < TYPE) continue
    parts.push(path.slice(start, at), `/${markers[code - TYPE]}`)
    start = at + 1
  }
  return [...parts, path.slice(start)].join('')
}

class Reader {
  readonly #table: PolicyTable
  readonly #width: number
  /** Where the offsets of buckets begin, and how many there are. */
  readonly #buckets: number
  readonly #count: number

  constructor(table: PolicyTable) {
    this.#table = table
    this.#width = table.charCodeAt(0)
    this.#buckets = HEADER + SHAPE * table.charCodeAt(3)
    this.#count = 2 ** table.charCodeAt(2)
  }

  policies(conditions: readonly CompiledCondition[]): readonly TablePolicy[] {
    return this.#heads().map(({ number, id, cell }) => ({
      number,
      id,
      effect: this.#number(cell + 1) === DENY ? 'deny' : 'allow',
      condition: conditions[this.#number(cell + 2) - 1] ?? null,
      permissions: decodeSet(this.#table, cell + 3),
    }))
  }

  /** Where each selector's path begins and ends, and the numbers of the policies that name it. */
  *selectors(): Generator<{ readonly start: number; readonly end: number; readonly by: readonly number[] }, void> {
    const byCell = this.#policiesByCell()
    const last = this.#end()
    let at = this.#offset(this.#buckets)
    while (at < last) {
      const start = at + 2 + this.#width
      const end = start + this.#number(start - 1)
      if (!isAboveTag(this.#number(at))) yield { start, end, by: byCell.get(this.#offset(at + 1)) ?? [] }
      at = end
    }
  }

  /** Where the entries end and the policies begin. */
  #end(): number {
    return this.#offset(this.#buckets + this.#width * this.#count)
  }

  #heads(): readonly { readonly number: number; readonly id: string; readonly cell: number; readonly end: number }[] {
    const end = this.#end()
    let at = end + 1
    return Array.from({ length: this.#number(end) }, () => {
      const number = this.#number(at)
      const id = this.#text(at + 1)
      const cell = this.#offset(at + 2 + id.length)
      at += 2 + id.length + this.#width
      return { number, id, cell, end: at }
    })
  }

  /** The numbers of the policies that each cell is made of, by its offset. */
  #policiesByCell(): ReadonlyMap<number, readonly number[]> {
    const heads = this.#heads()
    const byCell = new Map<number, readonly number[]>(heads.map(({ cell, number }) => [cell, [number]]))
    const merged = heads.at(-1)?.end ?? this.#end() + 1
    let at = merged + 1
    for (let left = this.#number(merged); left > 0; left--) {
      const count = this.#number(at + this.#width)
      const numbers = at + this.#width + 1
      byCell.set(
        this.#offset(at),
        Array.from({ length: count }, (_, n) => this.#number(numbers + n)),
      )
      at = numbers + count
    }
    return byCell
  }

  #number(at: number): number {
    return this.#table.charCodeAt(at)
  }

  #offset(at: number): number {
    return offsetAt(this.#table, at, this.#width)
  }

  /** A text after its length. */
  #text(at: number): string {
    return this.#table.slice(at + 1, at + 1 + this.#number(at))
  }
}
