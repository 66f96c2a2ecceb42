/**
 * The secrets of a token as they were read, and which digests are known to open them: one that did so is from then on compared by itself,
 * so that a warm request computes no HMAC.
 */
import type { Secrets } from '../core/facts.ts'
import { sameDigest } from '../credential/digest.ts'
import type { Peppers } from '../credential/peppers.ts'
import { isStoredFault } from '../errors.ts'

/** A stored digest, and the form in which it belongs there today. */
export interface Renewal {
  readonly from: string
  readonly to: string
}

/** One stored digest. */
interface Bolt {
  readonly stored: string
  readonly endsOn: number
  /** The digest that is known to open it. */
  openedBy: string | null
  isRenewed: boolean
}

/**
 * What a lock is asked that may be out of date: `undefined` where it can't tell. What is stored may have been written anew since it was read, so only
 * a lock that was just read may say that a stored fact can't be understood.
 */
export function ifTold<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (isStoredFault(error)) return undefined
    throw error
  }
}

export class Lock {
  /** Stored forms under an older pepper that were opened here, each once: for whoever writes them anew. */
  readonly renewals: Renewal[] = []
  readonly #peppers: Peppers
  readonly #current: Bolt
  readonly #previous: Bolt | null

  constructor(peppers: Peppers, { digest, previous }: Secrets) {
    this.#peppers = peppers
    this.#current = bolt(digest, Number.POSITIVE_INFINITY)
    this.#previous = previous === undefined ? null : bolt(previous.digest, previous.endsOn)
  }

  /**
   * Until when this digest opens it, `null` when it doesn't. Throws `StoredFactError` where the current secret can't be told; a previous
   * one of which that is true opens nothing.
   */
  endsOn(plain: string): number | null {
    const current = this.#current
    const previous = this.#previous
    if (isKnown(current, plain)) return current.endsOn
    if (previous !== null && isKnown(previous, plain)) return previous.endsOn
    if (this.#opens(current, plain)) return current.endsOn
    return previous !== null && ifTold(() => this.#opens(previous, plain)) === true ? previous.endsOn : null
  }

  #opens(bolt: Bolt, plain: string): boolean {
    if (!this.#peppers.opens(bolt.stored, plain)) return false
    const isCurrent = this.#peppers.isCurrent(bolt.stored)
    // A row that still lacks a pepper is accepted until an instant, so it is asked about each time; that costs no HMAC either.
    // Where both are the same text, one of them is enough to keep.
    if (isCurrent || bolt.stored !== plain) bolt.openedBy = bolt.stored === plain ? bolt.stored : plain
    if (!isCurrent && !bolt.isRenewed) {
      bolt.isRenewed = true
      this.renewals.push({ from: bolt.stored, to: this.#peppers.seal(plain) })
    }
    return true
  }
}

function bolt(stored: string, endsOn: number): Bolt {
  return { stored, endsOn, openedBy: null, isRenewed: false }
}

function isKnown({ openedBy }: Bolt, plain: string): boolean {
  return openedBy !== null && sameDigest(openedBy, plain)
}
