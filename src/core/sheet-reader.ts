/**
 * Reads a sheet back into policies: for those who explain, since it takes its time.
 */
import type { Bits } from './bits.ts'
import type { Catalog } from './catalog.ts'
import type { CompiledCondition } from './condition.ts'
import type { Statement } from './policy.ts'
import { DENY, HEADER, isAboveTag, placeAt, SHAPE, type Sheet, SILENT, TYPE } from './sheet.ts'

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

/**
 * The selectors of each policy beneath the sheet's root, without the root, by the number of the policy. `wanted` is asked of each: what it doesn't
 * want is passed over, since a sheet may hold thousands.
 */
export function readPaths(
  sheet: Sheet,
  { types }: Pick<Catalog, 'types'>,
  wanted: (path: string) => boolean,
): ReadonlyMap<number, readonly string[]> {
  const markers = [...types.values()].map(({ marker }) => marker)
  const paths = new Map<number, string[]>()
  if (sheet === SILENT) return paths
  for (const { characters, by } of new Reader(sheet).selectors()) {
    const path = spelt(characters, markers)
    if (!wanted(path)) continue
    for (const number of by) {
      const known = paths.get(number)
      if (known === undefined) paths.set(number, [path])
      else known.push(path)
    }
  }
  return paths
}

/** A path as names spell it. */
function spelt(characters: string, markers: readonly string[]): string {
  let path = ''
  for (const character of characters) {
    const code = character.charCodeAt(0)
    path += code < TYPE ? character : `/${markers[code - TYPE]}`
  }
  return path
}

class Reader {
  readonly #sheet: Sheet
  readonly #width: number
  /** Where the places of buckets begin, and how many there are. */
  readonly #buckets: number
  readonly #count: number

  constructor(sheet: Sheet) {
    this.#sheet = sheet
    this.#width = sheet.charCodeAt(0)
    this.#buckets = HEADER + SHAPE * sheet.charCodeAt(3)
    this.#count = 2 ** sheet.charCodeAt(2)
  }

  policies(conditions: readonly CompiledCondition[]): readonly SheetPolicy[] {
    let at = this.#buckets + this.#width * (this.#count + 1)
    const policies: SheetPolicy[] = []
    for (let left = this.#number(at++); left > 0; left--) {
      const number = this.#number(at)
      const id = this.#text(at + 1)
      const statement = at + 2 + id.length + 1 // after how many there are: one
      const permissions: Bits = this.#text(statement + 2)
      policies.push({
        number,
        id,
        effect: this.#number(statement) === DENY ? 'deny' : 'allow',
        condition: conditions[this.#number(statement + 1) - 1] ?? null,
        permissions,
      })
      at = statement + 3 + permissions.length + 2 // whose it is: one, and its number
    }
    return policies
  }

  /** The path of each selector, as it stands here, and the numbers of the policies that name it. */
  *selectors(): Generator<{ readonly characters: string; readonly by: readonly number[] }> {
    const end = this.#place(this.#buckets + this.#width * this.#count)
    let at = this.#place(this.#buckets)
    while (at < end) {
      const characters = this.#text(at + 1 + this.#width)
      if (!isAboveTag(this.#number(at))) yield { characters, by: this.#by(this.#place(at + 1)) }
      at += 2 + this.#width + characters.length
    }
  }

  /** The numbers of the policies that a cell is made of. */
  #by(cell: number): readonly number[] {
    let at = cell + 1
    for (let left = this.#number(cell); left > 0; left--) at += 3 + this.#number(at + 2)
    return Array.from({ length: this.#number(at) }, (_, n) => this.#number(at + 1 + n))
  }

  #number(at: number): number {
    return this.#sheet.charCodeAt(at)
  }

  #place(at: number): number {
    return placeAt(this.#sheet, at, this.#width)
  }

  /** A text that its length stands before. */
  #text(at: number): string {
    return this.#sheet.slice(at + 1, at + 1 + this.#number(at))
  }
}
