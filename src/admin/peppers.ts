/**
 * Peppers, as they are changed for others: how much is still kept under which.
 */
import { InputError } from '../errors.ts'
import type { AdminDeps } from './deps.ts'
import { readClock } from './write.ts'

export interface PepperRotation {
  /**
   * How many tokens still have a secret under this pepper, or (`null`) under none: those not revoked, by their current secret and by a
   * previous one whose overlap runs. At 0 the key can be taken out of `peppers.keys`. Tokens come over to the current pepper at their next roll
   * and, some time after, when they are used.
   *
   * Ask again one flush interval (`lastUse.flushMs`) after the last process stopped that had this pepper as its current one: until then new
   * secrets may come. Under `null`, a token whose two secrets are of different makes counts twice. Throws `ERR_BAILIWICK_MISUSE` for an id
   * that is none of `peppers.keys`.
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
