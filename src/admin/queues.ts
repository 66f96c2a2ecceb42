/**
 * Who waits for whom among the writes of one process: those that share a scope go one after the other, since they would only make each other start again.
 * Nobody else waits: where a database never answers one of them, a revocation in another account must not wait for that.
 */
import type { Scope } from '../core/facts.ts'

export class Queues {
  /** The end of whoever came last, for each scope that somebody holds or waits for. */
  readonly #ends = new Map<Scope, Promise<void>>()

  /**
   * Does the work once all have ended that came before for one of these scopes. Comes into all of its queues at once: each waits for earlier ones alone, so
   * never two for each other.
   */
  inTurn<T>(scopes: readonly Scope[], work: () => Promise<T>): Promise<T> {
    const done = Promise.all(scopes.map((scope) => this.#ends.get(scope))).then(work)
    const leave = () => this.#leave(scopes, end)
    const end: Promise<void> = done.then(leave, leave)
    for (const scope of scopes) this.#ends.set(scope, end)
    return done
  }

  /** How many scopes somebody holds or waits for. */
  get size(): number {
    return this.#ends.size
  }

  #leave(scopes: readonly Scope[], end: Promise<void>): void {
    for (const scope of scopes) if (this.#ends.get(scope) === end) this.#ends.delete(scope)
  }
}
