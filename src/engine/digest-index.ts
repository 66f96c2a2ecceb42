/**
 * Finds a kept entry by the only digest that opens it. Every request computes that digest anyway, so this takes one array access where a look-up of the
 * id walks through memory.
 *
 * A direct-mapped cache over the entries of `snapshots.ts`, which adds only what it keeps and removes what it drops.
 */
import type { Entry } from './entry.ts'

/** As many as the first character of a digest can tell apart. */
const MAX_PLACES = 2 ** 16

export class DigestIndex {
  readonly #places: (Entry | null)[]

  /** For this many entries. Two of one place displace each other; the displaced one is found by its id. */
  constructor(entries: number) {
    this.#places = new Array<Entry | null>(Math.min(MAX_PLACES, 2 ** Math.ceil(Math.log2(entries)))).fill(null)
  }

  /** The entry that these bytes open, if it is here. The place only finds: the whole digest is compared. */
  find(bytes: string): Entry | null {
    const entry = this.#places[this.#placeOf(bytes)] ?? null
    return entry !== null && entry.endsOnBytes(bytes) !== null ? entry : null
  }

  add(entry: Entry): void {
    if (entry.soleDigest !== null) this.#places[this.#placeOf(entry.soleDigest)] = entry
  }

  remove(entry: Entry): void {
    if (entry.soleDigest === null) return
    const place = this.#placeOf(entry.soleDigest)
    if (this.#places[place] === entry) this.#places[place] = null
  }

  #placeOf(bytes: string): number {
    return bytes.charCodeAt(0) & (this.#places.length - 1)
  }
}
