/**
 * Which of what is kept depends on which scope, and the revisions it was read at. Thousands of tokens depend on one account: its name, and each
 * revision of it that was read, are kept once for all of them.
 */
import type { Scope } from '../core/facts.ts'

/** A scope, and the revision at which something of it was read. */
export interface Reading {
  readonly scope: Scope
  readonly revision: number
}

interface Dependents {
  /** The last one that was asked for. */
  reading: Reading
  readonly keys: Set<string>
}

export class Scopes {
  readonly #dependents = new Map<Scope, Dependents>()

  /** These revisions, each one the object that others hold who were read at the same. */
  readings(revisions: ReadonlyMap<Scope, number>): readonly Reading[] {
    return Array.from(revisions, ([scope, revision]) => {
      const known = this.#dependents.get(scope)
      if (known === undefined) return { scope, revision }
      if (known.reading.revision !== revision) known.reading = { scope: known.reading.scope, revision }
      return known.reading
    })
  }

  /** What is kept under this key depends on these. */
  link(key: string, readings: readonly Reading[]): void {
    for (const reading of readings) {
      const known = this.#dependents.get(reading.scope)
      if (known === undefined) this.#dependents.set(reading.scope, { reading, keys: new Set([key]) })
      else known.keys.add(key)
    }
  }

  /** Nothing is kept under this key any more that depends on these. */
  unlink(key: string, readings: readonly Reading[]): void {
    for (const { scope } of readings) {
      const known = this.#dependents.get(scope)
      if (known?.keys.delete(key) && known.keys.size === 0) this.#dependents.delete(scope)
    }
  }

  /** The keys of all that depends on this scope, as they are now. */
  keysOf(scope: Scope): readonly string[] {
    return [...(this.#dependents.get(scope)?.keys ?? [])]
  }

  get size(): number {
    return this.#dependents.size
  }
}
