/**
 * Which ids no row has, and whose secret somebody has shown though nothing is kept of the token. Both decide only whether and where a token is read,
 * never what it may. They are kept apart, so that whoever invents ids displaces none that is known.
 */
import { LRUCache } from 'lru-cache'
import { isSince, type Moment } from './loads.ts'

const UNKNOWN_IDS = 1_000

export class Ids {
  /** With the read that found no row. */
  readonly #unknown = new LRUCache<string, Moment>({ max: UNKNOWN_IDS })
  readonly #known: LRUCache<string, true>

  /** `max`: how many are known at most. */
  constructor(max: number) {
    this.#known = new LRUCache({ max })
  }

  /** Whether a read since then found no row of this id. */
  isUnknown(id: string, since: Moment): boolean {
    const read = this.#unknown.get(id)
    return read !== undefined && isSince(read, since)
  }

  isKnown(id: string): boolean {
    return this.#known.has(id)
  }

  /** No row has this id. `null`: a write may have overtaken the read that says so, so the next request reads again. */
  noteNoRow(id: string, read: Moment | null): void {
    if (read !== null) this.#unknown.set(id, read)
    this.#known.delete(id)
  }

  /** A row may have this id by now. */
  noteRow(id: string): void {
    this.#unknown.delete(id)
  }

  /** Somebody has shown its secret. */
  noteShown(id: string): void {
    this.#known.set(id, true)
  }

  /** Something is kept of it, which says as much as that it is known. */
  noteKept(id: string): void {
    this.#known.delete(id)
  }

  /** How many are known. */
  get known(): number {
    return this.#known.size
  }
}
