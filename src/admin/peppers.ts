/**
 * Changing peppers: how many tokens still depend on which.
 */
import { InputError } from '../errors.ts'
import type { AdminDeps } from './deps.ts'
import { readClock } from './write.ts'

export interface PepperRotation {
  /**
   * How many tokens that aren't revoked still have a secret under this pepper, or (`null`) under none: the current secret, or a previous one still in its
   * overlap. At 0 the key can be taken out of `peppers.keys`. A token moves to the current pepper at its next roll, or with the batch of last uses that
   * follows its next use.
   *
   * Ask again one flush interval (`lastUse.flushMs`) after the last process stopped that had this pepper as its current one: until then new secrets
   * may appear under it. Under `null`, a token with one imported and one bailiwick secret counts twice. Rejects with `ERR_BAILIWICK_MISUSE` for an id that
   * isn't in `peppers.keys`.
   *
   * @example
   * ```ts
   * if ((await bw.peppers.remaining(null)) === 0) console.log('every digest has a pepper')
   * ```
   */
  remaining(id: string | null): Promise<number>
}

export function createPepperRotation({
  storage,
  peppers,
  clock,
}: Pick<AdminDeps, 'storage' | 'peppers' | 'clock'>): PepperRotation {
  return {
    async remaining(id) {
      if (id !== null && typeof id !== 'string')
        throw new InputError([{ path: ['id'], code: 'bad_type', message: 'must be the id of a pepper, or `null`' }])
      const now = readClock(clock)
      const counts = await Promise.all(peppers.schemesOf(id).map((scheme) => storage.countDigests(scheme, now)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
  }
}
