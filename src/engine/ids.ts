/**
 * Ids without a row, and ids whose secret was shown but whose snapshot isn't cached. They decide whether storage is read and in which queue, never what a
 * token may do. The two are kept apart, so that whoever invents ids displaces none that is known.
 */
import { LRUCache } from 'lru-cache'
import { isSince, type Moment } from './loads.ts'

const UNKNOWN_IDS = 1_000

export class Ids {
  /** Ids without a row, each with the read that found none. */
  readonly #unknown = new LRUCache<string, Moment>({ max: UNKNOWN_IDS })
  readonly #known: LRUCache<string, true>

  /** `max`: how many known ids are kept at most. */
  constructor(max: number) {
    this.#known = new LRUCache({ max })
  }

  /** Whether a read since then found no row with this id. */
  isUnknown(id: string, since: Moment): boolean {
    const read = this.#unknown.get(id)
    return read !== undefined && isSince(read, since)
  }

  isKnown(id: string): boolean {
    return this.#known.has(id)
  }

  /** No row has this id. `read` is `null` where a write may have overtaken the read that found so: then the next request reads again. */
  noteNoRow(id: string, read: Moment | null): void {
    if (read !== null) this.#unknown.set(id, read)
    this.#known.delete(id)
  }

  /** A row may have this id from now on. */
  noteRow(id: string): void {
    this.#unknown.delete(id)
  }

  /** Somebody has shown the secret of this id. */
  noteShown(id: string): void {
    this.#known.set(id, true)
  }

  /** Its snapshot is cached now, which makes it known anyway. */
  noteKept(id: string): void {
    this.#known.delete(id)
  }

  /** How many known ids are kept. */
  get known(): number {
    return this.#known.size
  }
}
