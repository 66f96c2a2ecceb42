/**
 * The prefixes that end selectors after the same pairs. Each carries what its own shorter prefixes say too, so that the longest one that
 * matches answers for all.
 */
import type { SelectorPair } from './selector.ts'
import type { Statement, Table, Tables } from './table.ts'
import type { Walk } from './walk.ts'

interface Prefix {
  /** The beginning of a pair: `namespace:logs-`. */
  readonly text: string
  readonly table: Table
  /** The next shorter prefix of this text among these. */
  readonly shorter: Prefix | null
}

export class PrefixTable {
  /** In the order of their UTF-16 code units. */
  readonly #prefixes: readonly Prefix[]

  constructor(entries: readonly (Statement & { readonly pairs: readonly SelectorPair[] })[], tables: Tables) {
    const said = new Map<string, Statement[]>()
    for (const entry of entries) {
      const text = entry.pairs.at(-1)?.text ?? ''
      said.set(text, [...(said.get(text) ?? []), entry])
    }
    const prefixes: Prefix[] = []
    const statements = new Map<Prefix | null, readonly Statement[]>([[null, []]])
    for (const text of [...said.keys()].sort(byCodeUnit)) {
      // A shorter prefix sorts before all it begins, so it is the last one before or among that one's own shorter ones.
      let shorter = prefixes.at(-1) ?? null
      while (shorter !== null && !text.startsWith(shorter.text)) shorter = shorter.shorter
      const inherited = statements.get(shorter) ?? []
      const all = [...new Set([...inherited, ...(said.get(text) ?? [])])]
      const base = shorter === null ? null : { table: shorter.table, statements: inherited }
      const prefix = { text, table: tables.of(all, base), shorter }
      prefixes.push(prefix)
      statements.set(prefix, all)
    }
    this.#prefixes = prefixes
  }

  /** What is said of the longest prefix that the pair at this place begins with; `null` when it begins with none. */
  longest(walk: Walk, place: number): Table | null {
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
    return prefix?.table ?? null
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
