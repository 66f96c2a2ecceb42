/**
 * Which token is meant by a key that carries no id. What was found is remembered and harmless when it is old, since the secrets of that
 * token decide; what was not found is remembered as long as the facts of an answer may be old.
 */
import { LRUCache } from 'lru-cache'
import type { WriteEvent } from '../storage/port.ts'
import { isSince, Loads, type Moment } from './loads.ts'

const UNKNOWN_KEYS = 1_000

export class Lookups {
  readonly #read: (plains: readonly string[]) => Promise<string | null>
  readonly #found: LRUCache<string, string>
  readonly #unknown = new LRUCache<string, Moment>({ max: UNKNOWN_KEYS })
  readonly #loads = new Loads<string | null>()

  constructor(read: (plains: readonly string[]) => Promise<string | null>, max: number) {
    this.#read = read
    this.#found = new LRUCache({ max })
  }

  /** The id that was found last for a key of these digests, or `null`. */
  remembered(plains: readonly string[]): string | null {
    return this.#found.get(keyOf(plains)) ?? null
  }

  /** The token that had this key no longer does. */
  forget(plains: readonly string[]): void {
    this.#found.delete(keyOf(plains))
  }

  /** The id of the token that has one of these digests, read since then, or `null`. */
  async find(plains: readonly string[], since: Moment, now: Moment): Promise<string | null> {
    const key = keyOf(plains)
    const unknown = this.#unknown.get(key)
    if (unknown !== undefined && isSince(unknown, since)) return null
    return this.#loads.join(key, since, this.#loads.begin(now), async (begun) => {
      const id = await this.#read(plains)
      if (id !== null) this.#found.set(key, id)
      else if (this.#loads.isCurrent(begun, null)) this.#unknown.set(key, begun)
      return id
    })
  }

  /** Called after each write of this process: the token written may be one that was not there. */
  invalidate({ scopes, token }: WriteEvent): void {
    this.#loads.note(scopes)
    if (token !== undefined) this.#unknown.clear()
  }

  get size(): number {
    return this.#found.size + this.#unknown.size
  }
}

/** Digests hold no comma. */
function keyOf(plains: readonly string[]): string {
  return plains.join()
}
