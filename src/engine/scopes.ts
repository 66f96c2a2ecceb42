/**
 * Which cached entries depend on which scope, and at which revisions they were read. Thousands of tokens may depend on one account, so its name and each
 * revision of it are kept once for all of them.
 */
import type { Scope } from '../core/facts.ts'

/** A scope, and the revision at which something of it was read. */
export interface Reading {
  readonly scope: Scope
  readonly revision: number
}

interface Dependents {
  /** The reading that was made last. */
  reading: Reading
  readonly keys: Set<string>
}

export class Scopes {
  readonly #dependents = new Map<Scope, Dependents>()

  /** These revisions as readings: entries read at the same revision of a scope share one object. */
  readings(revisions: ReadonlyMap<Scope, number>): readonly Reading[] {
    return Array.from(revisions, ([scope, revision]) => {
      const known = this.#dependents.get(scope)
      if (known === undefined) return { scope, revision }
      if (known.reading.revision !== revision) known.reading = { scope: known.reading.scope, revision }
      return known.reading
    })
  }

  /** The entry of this key depends on these scopes. */
  link(key: string, readings: readonly Reading[]): void {
    for (const reading of readings) {
      const known = this.#dependents.get(reading.scope)
      if (known === undefined) this.#dependents.set(reading.scope, { reading, keys: new Set([key]) })
      else known.keys.add(key)
    }
  }

  /** The entry of this key is gone, or depends on these scopes no more. */
  unlink(key: string, readings: readonly Reading[]): void {
    for (const { scope } of readings) {
      const known = this.#dependents.get(scope)
      if (known?.keys.delete(key) && known.keys.size === 0) this.#dependents.delete(scope)
    }
  }

  /** The keys of all entries that depend on this scope, as they are now. */
  keysOf(scope: Scope): readonly string[] {
    return [...(this.#dependents.get(scope)?.keys ?? [])]
  }

  get size(): number {
    return this.#dependents.size
  }
}
