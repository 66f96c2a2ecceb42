/**
 * Reads a sheet back into policies: for those who explain, since it takes its time.
 */

import type { Bits } from './bits.ts'
import type { CompiledCondition } from './condition.ts'
import type { Statement } from './policy.ts'
import { DENY, ENTRY, HEADER, KINDS, numberAt, prefixAt, SHAPE, type Sheet } from './sheet.ts'

/** A policy as far as a sheet knows it. */
export interface SheetPolicy extends Statement {
  /** Its number among the policies of its side. */
  readonly number: number
  readonly id: string
  /** Its selectors beneath the sheet's root, without the root. */
  readonly paths: readonly string[]
}

/** `wanted` is asked of each path: what it doesn't want is passed over, since a sheet may hold thousands. */
export function readSheet(
  sheet: Sheet,
  conditions: readonly CompiledCondition[],
  wanted: (path: string) => boolean,
): readonly SheetPolicy[] {
  const reader = new Reader(sheet)
  const paths = reader.paths(wanted)
  return reader.heads(conditions).map((head) => ({ ...head, paths: paths.get(head.number) ?? [] }))
}

class Reader {
  readonly #sheet: Sheet
  readonly #width: number
  /** Where the numbers of buckets begin, and how many there are. */
  readonly #buckets: number
  readonly #count: number

  constructor(sheet: Sheet) {
    this.#sheet = sheet
    this.#width = sheet.charCodeAt(0)
    this.#buckets = HEADER + SHAPE * sheet.charCodeAt(3)
    this.#count = 2 ** sheet.charCodeAt(2)
  }

  heads(
    conditions: readonly CompiledCondition[],
  ): readonly (Statement & { readonly number: number; readonly id: string })[] {
    let at = this.#buckets + this.#width * (this.#count + 1)
    const heads: (Statement & { readonly number: number; readonly id: string })[] = []
    for (let left = this.#number(at); left > 0; left--) {
      const number = this.#number(at + this.#width)
      const id = this.#text(at + 2 * this.#width)
      const statement = at + 3 * this.#width + id.length + this.#width // after how many there are: one
      const permissions: Bits = this.#text(statement + 1 + this.#width)
      heads.push({
        number,
        id,
        effect: this.#sheet.charCodeAt(statement) === DENY ? 'deny' : 'allow',
        condition: conditions[this.#number(statement + 1) - 1] ?? null,
        permissions,
      })
      at = statement + 1 + 2 * this.#width + permissions.length + this.#width // the last: its number follows
    }
    return heads
  }

  /** The paths of the selectors of each policy, by its number. */
  paths(wanted: (path: string) => boolean): ReadonlyMap<number, readonly string[]> {
    const paths = new Map<number, string[]>()
    const say = (numbers: readonly number[], path: string) => {
      for (const number of numbers) {
        const known = paths.get(number)
        if (known === undefined) paths.set(number, [path])
        else known.push(path)
      }
    }
    const end = this.#number(this.#buckets + this.#width * this.#count)
    let at = this.#number(this.#buckets)
    while (at < end) {
      const kind = this.#sheet.charCodeAt(at + 1)
      const found = this.#number(at + ENTRY)
      const path = this.#text(at + ENTRY + this.#width)
      if (kind === KINDS.covering && wanted(path)) say(this.#by(found), path)
      if (kind === KINDS.prefixes) this.#sayPrefixes(found, path, wanted, say)
      at += ENTRY + 2 * this.#width + path.length
    }
    return paths
  }

  /** A prefix says what its own shorter ones say, too: told is what it says besides. */
  #sayPrefixes(
    table: number,
    path: string,
    wanted: (path: string) => boolean,
    say: (numbers: readonly number[], path: string) => void,
  ): void {
    const prefixes = this.#prefixes(table)
    for (const prefix of prefixes) {
      const whole = `${path}${this.#text(prefix + 2 * this.#width)}*`
      if (!wanted(whole)) continue
      const shorter = prefixes[this.#number(prefix + this.#width) - 1]
      const inherited = new Set(shorter === undefined ? [] : this.#by(this.#number(shorter)))
      say(
        this.#by(this.#number(prefix)).filter((number) => !inherited.has(number)),
        whole,
      )
    }
  }

  #prefixes(table: number): readonly number[] {
    return Array.from({ length: this.#number(table) }, (_, n) => prefixAt(this.#sheet, this.#width, table, n))
  }

  /** The numbers of the policies that a cell is made of. */
  #by(cell: number): readonly number[] {
    let at = cell + this.#width
    for (let left = this.#number(cell); left > 0; left--) at += 1 + 2 * this.#width + this.#number(at + 1 + this.#width)
    return Array.from({ length: this.#number(at) }, (_, n) => this.#number(at + this.#width * (n + 1)))
  }

  #number(at: number): number {
    return numberAt(this.#sheet, at, this.#width)
  }

  /** A text that its length stands before. */
  #text(at: number): string {
    return this.#sheet.slice(at + this.#width, at + this.#width + this.#number(at))
  }
}
