/** What stands in front of the route beside bailiwick: the least any key check does, and the same with CASL behind it. */
import { hash } from 'node:crypto'
import type { Key, Place } from './keys.ts'

const SCHEME = 'Bearer '

/** One SHA-256 of what was presented and one look into a Map: authenticates, and decides nothing. */
export class KeyCheck {
  readonly #known: ReadonlyMap<string, Key>

  constructor(keys: readonly Key[]) {
    this.#known = new Map(keys.map((key) => [hash('sha256', key.value), key]))
  }

  admits(authorization: string | undefined): boolean {
    return (
      authorization?.startsWith(SCHEME) === true && this.#known.has(hash('sha256', authorization.slice(SCHEME.length)))
    )
  }
}

/** A check of keys that also decides: `contestants/casl-keys.ts`, which is loaded by its path, since it needs what the project itself doesn't install. */
export interface PolicyCheck {
  statusOf(authorization: string | undefined, place: Place): 200 | 401 | 403
}

export interface PolicyCheckModule {
  open(keys: readonly Key[]): PolicyCheck
}
