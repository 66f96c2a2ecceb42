/**
 * The secrets of a token as they were read, and which digests are known to open them: one that did so is from then on compared by itself,
 * so that a warm request computes no HMAC.
 */
import type { Secrets } from '../core/facts.ts'
import { digestOf, sameText } from '../credential/digest.ts'
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
  /** What is known to open it: the bytes of a digest of ours, or an imported one as text. None of either is like one of the other. */
  openedBy: string | null
  isRenewed: boolean
}

/** What secrets open: a lock, or what is kept of a token. Each says until when, `null` where what is shown doesn't open it. */
export interface Opens {
  /** Shown as the bytes of a digest of ours. */
  endsOnBytes(bytes: string): number | null
  /** Shown as a digest, as it is stored without a pepper. */
  endsOn(plain: string): number | null
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

export const NO_RENEWALS: readonly Renewal[] = Object.freeze([])

export class Lock implements Opens {
  readonly #peppers: Peppers
  readonly #current: Bolt
  readonly #previous: Bolt | null
  #renewals = NO_RENEWALS

  constructor(peppers: Peppers, { digest, previous }: Secrets) {
    this.#peppers = peppers
    this.#current = bolt(digest, Number.POSITIVE_INFINITY)
    this.#previous = previous === undefined ? null : bolt(previous.digest, previous.endsOn)
  }

  /**
   * Until when the digest of these bytes opens it, `null` when it doesn't. Throws `StoredFactError` where the current secret can't be told; a previous
   * one of which that is true opens nothing.
   */
  endsOnBytes(bytes: string): number | null {
    return this.#known(bytes) ?? this.#found(bytes, digestOf(bytes))
  }

  /** The same of a digest as it is stored without a pepper. */
  endsOn(plain: string): number | null {
    return this.#known(plain) ?? this.#found(plain, plain)
  }

  /** Stored forms under an older pepper that were opened here, each once: for whoever writes them anew. */
  takeRenewals(): readonly Renewal[] {
    const renewals = this.#renewals
    this.#renewals = NO_RENEWALS
    return renewals
  }

  /** What alone opens it from now on, whatever the time is: it did so already, and there is no other secret. `null`: ask the lock. */
  get opener(): string | null {
    return this.#previous === null ? this.#current.openedBy : null
  }

  #known(shown: string): number | null {
    const current = this.#current
    const previous = this.#previous
    if (isKnown(current, shown)) return current.endsOn
    return previous !== null && isKnown(previous, shown) ? previous.endsOn : null
  }

  #found(shown: string, plain: string): number | null {
    const current = this.#current
    const previous = this.#previous
    if (this.#opens(current, shown, plain)) return current.endsOn
    return previous !== null && ifTold(() => this.#opens(previous, shown, plain)) === true ? previous.endsOn : null
  }

  #opens(bolt: Bolt, shown: string, plain: string): boolean {
    if (!this.#peppers.opens(bolt.stored, plain)) return false
    const isCurrent = this.#peppers.isCurrent(bolt.stored)
    // A row that still lacks a pepper is accepted until an instant, so it is asked about each time; that costs no HMAC either.
    if (isCurrent || bolt.stored !== plain) bolt.openedBy = shown
    if (!isCurrent && !bolt.isRenewed) {
      bolt.isRenewed = true
      this.#renewals = [...this.#renewals, { from: bolt.stored, to: this.#peppers.seal(plain) }]
    }
    return true
  }
}

function bolt(stored: string, endsOn: number): Bolt {
  return { stored, endsOn, openedBy: null, isRenewed: false }
}

function isKnown({ openedBy }: Bolt, shown: string): boolean {
  return openedBy !== null && sameText(openedBy, shown)
}
