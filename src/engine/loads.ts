/**
 * Loads under way, and the writes they could have missed. Requests for one key share a load, but only one that began after the last write.
 */
import type { Scope } from '../core/facts.ts'

/** When a read began: on the monotonic clock, and after how many writes. */
export interface Begun {
  readonly at: number
  readonly writes: number
}

/** A load that is overtaken by more writes than this is not kept, whatever they wrote. */
const REMEMBERED_WRITES = 256

export class Loads<T> {
  readonly #running = new Map<string, { readonly begun: Begun; readonly result: Promise<T> }>()
  readonly #recent: (readonly Scope[])[] = []
  #writes = 0

  /** The running load of this key if it began at or after `since`, else one that begins now. */
  join(key: string, since: number, begun: Begun, read: (begun: Begun) => Promise<T>): Promise<T> {
    const running = this.#running.get(key)
    if (running !== undefined && running.begun.at >= since) return running.result
    const load = {
      begun,
      result: read(begun).finally(() => this.#running.get(key) === load && this.#running.delete(key)),
    }
    this.#running.set(key, load)
    return load.result
  }

  begin(now: number): Begun {
    return { at: now, writes: this.#writes }
  }

  /** A write has happened. Nobody new joins a load that began before it. */
  note(scopes: readonly Scope[]): void {
    this.#writes++
    this.#recent.push(scopes)
    if (this.#recent.length > REMEMBERED_WRITES) this.#recent.shift()
    this.#running.clear()
  }

  /** Whether what a read that began so found may be kept: none of these scopes was written since. `null`: it names no scope, so none at all. */
  isCurrent({ writes }: Begun, scopes: ReadonlyMap<Scope, unknown> | null): boolean {
    const missed = this.#writes - writes
    if (missed === 0) return true
    if (scopes === null || missed > this.#recent.length) return false
    return !this.#recent.slice(-missed).some((written) => written.some((scope) => scopes.has(scope)))
  }
}
