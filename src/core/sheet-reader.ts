/**
 * Reads a sheet back into policies: for those who explain, since it takes its time.
 */
import type { Catalog } from './catalog.ts'
import type { CompiledCondition } from './condition.ts'
import { readSet } from './permission-set.ts'
import type { Statement } from './policy.ts'
import { DENY, HEADER, isAboveTag, offsetAt, pairsAlong, SHAPE, type Sheet, SILENT, TYPE } from './sheet.ts'
import type { Walk } from './walk.ts'

/** A policy as far as a sheet knows it. */
export interface SheetPolicy extends Statement {
  /** Its number among the policies of its side. */
  readonly number: number
  readonly id: string
}

/** The policies that say something there. */
export function readPolicies(sheet: Sheet, conditions: readonly CompiledCondition[]): readonly SheetPolicy[] {
  return sheet === SILENT ? [] : new Reader(sheet).policies(conditions)
}

/** A selector that goes the way of a name. */
export interface SheetSelector {
  /** The numbers of the policies that name it. */
  readonly by: readonly number[]
  /** As many pairs as it has; one more than the name where it goes on beneath that. */
  readonly pairs: number
  /** Its text beneath the sheet's root, without the root. */
  readonly path: () => string
}

/** The selectors that go the way of the name that was walked, as far as both go. Others are passed over unspelt, since a sheet may hold thousands. */
export function* readSelectors(
  sheet: Sheet,
  { types }: Pick<Catalog, 'types'>,
  walk: Walk,
): Generator<SheetSelector, void> {
  if (sheet === SILENT) return
  const markers = [...types.values()].map(({ marker }) => marker)
  for (const { start, end, by } of new Reader(sheet).selectors()) {
    const pairs = pairsAlong(sheet, start, end, walk)
    if (pairs > 0) yield { by, pairs, path: () => spelt(sheet.slice(start, end), markers) }
  }
}

/** A path as names spell it. */
function spelt(path: string, markers: readonly string[]): string {
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
  readonly #sheet: Sheet
  readonly #width: number
  /** Where the offsets of buckets begin, and how many there are. */
  readonly #buckets: number
  readonly #count: number

  constructor(sheet: Sheet) {
    this.#sheet = sheet
    this.#width = sheet.charCodeAt(0)
    this.#buckets = HEADER + SHAPE * sheet.charCodeAt(3)
    this.#count = 2 ** sheet.charCodeAt(2)
  }

  policies(conditions: readonly CompiledCondition[]): readonly SheetPolicy[] {
    return this.#heads().map(({ number, id, cell }) => ({
      number,
      id,
      effect: this.#number(cell + 1) === DENY ? 'deny' : 'allow',
      condition: conditions[this.#number(cell + 2) - 1] ?? null,
      permissions: readSet(this.#sheet, cell + 3),
    }))
  }

  /** Where the path of each selector stands, and the numbers of the policies that name it. */
  *selectors(): Generator<{ readonly start: number; readonly end: number; readonly by: readonly number[] }, void> {
    const speakers = this.#speakers()
    const last = this.#end()
    let at = this.#offset(this.#buckets)
    while (at < last) {
      const start = at + 2 + this.#width
      const end = start + this.#number(start - 1)
      if (!isAboveTag(this.#number(at))) yield { start, end, by: speakers.get(this.#offset(at + 1)) ?? [] }
      at = end
    }
  }

  /** Where the entries end, and what is told of the policies begins. */
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
  #speakers(): ReadonlyMap<number, readonly number[]> {
    const heads = this.#heads()
    const speakers = new Map<number, readonly number[]>(heads.map(({ cell, number }) => [cell, [number]]))
    const merged = heads.at(-1)?.end ?? this.#end() + 1
    let at = merged + 1
    for (let left = this.#number(merged); left > 0; left--) {
      const count = this.#number(at + this.#width)
      const numbers = at + this.#width + 1
      speakers.set(
        this.#offset(at),
        Array.from({ length: count }, (_, n) => this.#number(numbers + n)),
      )
      at = numbers + count
    }
    return speakers
  }

  #number(at: number): number {
    return this.#sheet.charCodeAt(at)
  }

  #offset(at: number): number {
    return offsetAt(this.#sheet, at, this.#width)
  }

  /** A text that its length stands before. */
  #text(at: number): string {
    return this.#sheet.slice(at + 1, at + 1 + this.#number(at))
  }
}
