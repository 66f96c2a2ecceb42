/**
 * Which tokens a key without an id may belong to. What was found may be remembered for long, since the secrets of those tokens decide; that a key has no
 * token is remembered only as long as facts may be old.
 */
import { LRUCache } from 'lru-cache'
import type { WriteEvent } from '../storage/port.ts'
import { type Begun, isSince, Loads, type Moment } from './loads.ts'

const UNKNOWN_KEYS = 1_000

/** Token ids in order, and the read that found them. */
interface Found {
  readonly ids: readonly string[]
  readonly begun: Begun
}

const NONE: readonly string[] = []

export class Lookups {
  readonly #read: (digests: readonly string[]) => Promise<readonly string[]>
  readonly #found: LRUCache<string, Found>
  /** Keys that no token has, kept apart so that invented keys displace none that is known. */
  readonly #unknown = new LRUCache<string, Found>({ max: UNKNOWN_KEYS })
  readonly #loads = new Loads<readonly string[]>()

  constructor(read: (digests: readonly string[]) => Promise<readonly string[]>, max: number) {
    this.#read = read
    this.#found = new LRUCache({ max })
  }

  /** The tokens found last for a key with these digests. */
  remembered(digests: readonly string[]): readonly string[] {
    return this.#found.get(keyOf(digests))?.ids ?? NONE
  }

  /** The tokens that have one of these digests, from a read that began since then. */
  async find(digests: readonly string[], since: Moment, now: Moment): Promise<readonly string[]> {
    const key = keyOf(digests)
    const last = this.#found.get(key) ?? this.#unknown.get(key)
    if (last !== undefined && isSince(last.begun, since) && this.#loads.isCurrent(last.begun, null)) return last.ids
    return this.#loads.join(key, since, this.#loads.begin(now), async (begun) => {
      const ids = await this.#read(digests)
      this.#found.delete(key)
      this.#unknown.delete(key)
      if (ids.length > 0) this.#found.set(key, { ids, begun })
      else this.#unknown.set(key, { ids, begun })
      return ids
    })
  }

  /** Called after each write of this process: the written token may be new, or may have had another key. */
  invalidate({ scopes, token }: WriteEvent): void {
    if (token !== undefined) this.#loads.note(scopes)
  }

  get size(): number {
    return this.#found.size + this.#unknown.size
  }
}

/** Joined by commas, which no digest holds. */
function keyOf(digests: readonly string[]): string {
  return digests.join()
}
