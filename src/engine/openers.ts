/**
 * Finds what is kept of a token by the digest that alone opens it: that is computed for every request anyway, and is made of the id. So nearly every
 * request looks into one place, where a look for the id is a walk through memory.
 *
 * Only what is kept stands here: whoever adds sees to that, and whoever keeps it removes what is kept no more.
 */
import type { Entry } from './entry.ts'

/** As many as the first character of a digest tells apart. */
const MOST_PLACES = 2 ** 16

export class Openers {
  readonly #places: (Entry | null)[]

  /** For so many entries. Two of one place displace each other, and are found by their ids when they are not here. */
  constructor(entries: number) {
    this.#places = new Array<Entry | null>(Math.min(MOST_PLACES, 2 ** Math.ceil(Math.log2(entries)))).fill(null)
  }

  /** What these bytes open, if it stands here. Their place tells nothing of others: each is compared whole. */
  find(bytes: string): Entry | null {
    const entry = this.#places[this.#placeOf(bytes)] ?? null
    return entry !== null && entry.endsOnBytes(bytes) !== null ? entry : null
  }

  add(entry: Entry): void {
    if (entry.opener !== null) this.#places[this.#placeOf(entry.opener)] = entry
  }

  remove(entry: Entry): void {
    if (entry.opener === null) return
    const place = this.#placeOf(entry.opener)
    if (this.#places[place] === entry) this.#places[place] = null
  }

  #placeOf(bytes: string): number {
    return bytes.charCodeAt(0) & (this.#places.length - 1)
  }
}
