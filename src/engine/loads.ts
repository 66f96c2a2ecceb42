/**
 * Loads in progress, and the writes they could have missed. Requests for one key share a load if it began after the last write.
 */
import type { Scope } from '../core/facts.ts'
import type { Reading } from './scopes.ts'

/**
 * When a read began: by the monotonic clock, and by its number among all reads, where the clock is too coarse. Whole milliseconds, rounded down, so no read
 * looks younger than it is; and V8 stores integers in place, while a fraction would be an object of its own.
 */
export interface Moment {
  readonly at: number
  readonly turn: number
}

/** A read that has begun, and how many writes came before it. */
export interface Begun extends Moment {
  readonly writes: number
}

/** Whether a read began late enough: not before `since.at`, and after the turn `since.turn`. */
export function isSince(read: Moment, since: Moment): boolean {
  return read.at >= since.at && read.turn > since.turn
}

/** A load overtaken by more writes than this is not kept, whatever they wrote. */
const REMEMBERED_WRITES = 256

export class Loads<T> {
  readonly #running = new Map<string, { readonly begun: Begun; readonly result: Promise<T> }>()
  readonly #recent: (readonly Scope[])[] = []
  #writes = 0

  /** The running load of this key if it began late enough, else one that begins now. */
  join(key: string, since: Moment, begun: Begun, read: (begun: Begun) => Promise<T>): Promise<T> {
    const running = this.#running.get(key)
    if (running !== undefined && isSince(running.begun, since)) return running.result
    const load = {
      begun,
      result: read(begun).finally(() => this.#running.get(key) === load && this.#running.delete(key)),
    }
    this.#running.set(key, load)
    return load.result
  }

  isRunning(key: string): boolean {
    return this.#running.has(key)
  }

  begin(now: Moment): Begun {
    return { ...now, writes: this.#writes }
  }

  /** A write has happened: nobody joins a load that began before it any more. */
  note(scopes: readonly Scope[]): void {
    this.#writes++
    this.#recent.push(scopes)
    if (this.#recent.length > REMEMBERED_WRITES) this.#recent.shift()
    this.#running.clear()
  }

  /** Whether the result of a read may be kept: none of the scopes it read was written since it began. `null` is a result without scopes: then no scope at all. */
  isCurrent({ writes }: Begun, readings: readonly Reading[] | null): boolean {
    const missed = this.#writes - writes
    if (missed === 0) return true
    if (readings === null || missed > this.#recent.length) return false
    const scopes = new Set(readings.map(({ scope }) => scope))
    return !this.#recent.slice(-missed).some((written) => written.some((scope) => scopes.has(scope)))
  }
}
