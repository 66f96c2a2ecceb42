/**
 * The prefixes that end selectors after the same pairs. Each carries what its own shorter prefixes say too, so that the longest one that
 * matches answers for all.
 */
import { type Cell, type Cells, cellBytes } from './cell.ts'
import type { Selector } from './selector.ts'
import type { Walk } from './walk.ts'

/** A selector, and the numbers of the policies that name it, ascending. */
export interface Said {
  readonly selector: Selector
  readonly by: readonly number[]
}

interface Prefix {
  /** The beginning of a pair: `namespace:logs-`. */
  readonly text: string
  readonly cell: Cell
  /** The next shorter prefix of this text among these. */
  readonly shorter: Prefix | null
}

/** Of one prefix, besides its text and what it says; measured once and rounded up. */
const PER_PREFIX = 160

export class PrefixTable {
  /** In the order of their UTF-16 code units. */
  readonly #prefixes: readonly Prefix[]

  constructor(said: readonly Said[], cells: Cells) {
    const prefixes: Prefix[] = []
    const sayers = new Map<Prefix | null, readonly number[]>([[null, []]])
    const ending = said.map(({ selector, by }) => ({ text: selector.pairs.at(-1)?.text ?? '', by }))
    for (const { text, by } of ending.sort((a, b) => (a.text < b.text ? -1 : 1))) {
      // A shorter prefix sorts before all it begins, so it is the last one before or among that one's own shorter ones.
      let shorter = prefixes.at(-1) ?? null
      while (shorter !== null && !text.startsWith(shorter.text)) shorter = shorter.shorter
      const all = [...new Set([...(sayers.get(shorter) ?? []), ...by])].sort((a, b) => a - b)
      const prefix = { text, cell: cells.of(all), shorter }
      prefixes.push(prefix)
      sayers.set(prefix, all)
    }
    this.#prefixes = prefixes
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#prefixes.reduce((sum, { text, cell }) => sum + PER_PREFIX + text.length + cellBytes(cell), 0)
  }

  /** What is said of the longest prefix that the pair at this place begins with; `null` when it begins with none. */
  longest(walk: Walk, place: number): Cell | null {
    let low = 0
    let high = this.#prefixes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (walk.comparePair(place, this.#prefixes[middle]?.text ?? '') >= 0) low = middle + 1
      else high = middle
    }
    // Every prefix of the pair that stands here is the last one not after it, or one of that one's shorter ones.
    let prefix = this.#prefixes[low - 1] ?? null
    while (prefix !== null && !walk.pairBegins(place, prefix.text)) prefix = prefix.shorter
    return prefix?.cell ?? null
  }
}
