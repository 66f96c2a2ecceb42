/** An engine whose two clocks are apart: what is stale goes by the one, what has expired by the other. */

import { createImportedKeys } from '../../src/credential/imported.ts'
import { createPeppers } from '../../src/credential/peppers.ts'
import type { Access } from '../../src/engine/access.ts'
import { Engine } from '../../src/engine/authenticate.ts'
import { Snapshots } from '../../src/engine/snapshots.ts'
import { Uses } from '../../src/engine/uses.ts'
import { isBailiwickError } from '../../src/errors.ts'
import type { StorageReader } from '../../src/storage/port.ts'
import type { Outcome } from '../spec/vocabulary.ts'
import { catalog } from './fixture.ts'
import { QUESTIONS } from './schedules-facts.ts'
import type { Answers } from './schedules-history.ts'

export const MAX_STALENESS_MS = 6_000

export interface Bounds {
  readonly strict: boolean
  readonly maxEntries: number
  readonly maxBytes: number
}

export function engineOver(
  reader: StorageReader,
  { strict, maxEntries, maxBytes }: Bounds,
  monotonic: () => number,
  clock: () => number,
): { readonly engine: Engine; readonly snapshots: Snapshots } {
  const peppers = createPeppers(undefined, clock)
  const heldMs = MAX_STALENESS_MS
  const servedMs = strict ? 0 : MAX_STALENESS_MS / 2
  const report = () => {}
  const snapshots = new Snapshots({ catalog, reader, peppers, monotonic, servedMs, heldMs, maxEntries, maxBytes })
  const sink = { recordUse: async () => {} }
  const uses = new Uses({ sink, flushMs: 1e9, maxPending: 100, schedule: () => () => {}, report })
  const engine = new Engine({
    ...{ catalog, snapshots, prefixes: new Set(['bwk']), peppers, uses, decisions: null },
    ...{ importedKeys: createImportedKeys({ sha256: true }), clock, monotonic, heldMs, report },
  })
  return { engine, snapshots }
}

/** Asks an access everything, at this instant. */
export function answersOf(access: Access): Answers | 'stale' {
  try {
    return QUESTIONS.map(({ permission, resource }): Outcome => {
      try {
        const { effect, reason } = access.check(permission as never, resource as never)
        return effect === 'allow' ? 'allow' : reason
      } catch (error) {
        if (codeOf(error) === 'ERR_BAILIWICK_STORED_FACT') return 'error'
        throw error
      }
    })
  } catch (error) {
    if (codeOf(error) === 'ERR_BAILIWICK_ACCESS_STALE') return 'stale'
    throw error
  }
}

export function codeOf(error: unknown): string | null {
  return isBailiwickError(error) ? error.code : null
}
