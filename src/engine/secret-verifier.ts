/**
 * Verifies what is presented against the stored digests of one token. What was verified once is remembered and from then on compared as it is, so that
 * a warm request computes no HMAC.
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
interface StoredDigest {
  readonly stored: string
  readonly endsOn: number
  /** What matched it before: the bytes of a credential's digest, or an imported key's digest as text. The two kinds never look alike. */
  matchedBy: string | null
  isRenewed: boolean
}

/** Says until when what is shown opens a token; `null` where it doesn't. */
export interface Verifier {
  /** Shown as the bytes of a credential's digest. */
  endsOnBytes(bytes: string): number | null
  /** Shown as a digest, as it would be stored without a pepper. */
  endsOn(digest: string): number | null
}

/**
 * For a verifier that may be out of date: `undefined` where its stored digests can't be understood. They may have been replaced since they were read, so
 * only one that was just read may throw because of that.
 */
export function unlessStoredFault<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (isStoredFault(error)) return undefined
    throw error
  }
}

export const NO_RENEWALS: readonly Renewal[] = Object.freeze([])

export class SecretVerifier implements Verifier {
  readonly #peppers: Peppers
  readonly #current: StoredDigest
  readonly #previous: StoredDigest | null
  #renewals = NO_RENEWALS

  constructor(peppers: Peppers, { digest, previous }: Secrets) {
    this.#peppers = peppers
    this.#current = storedDigest(digest, Number.POSITIVE_INFINITY)
    this.#previous = previous === undefined ? null : storedDigest(previous.digest, previous.endsOn)
  }

  /**
   * Until when the digest of these bytes opens it, `null` when it doesn't. Throws `StoredFactError` where the current secret can't be told; a previous
   * one of which that is true opens nothing.
   */
  endsOnBytes(bytes: string): number | null {
    return this.#known(bytes) ?? this.#found(bytes, digestOf(bytes))
  }

  /** The same of a digest as it is stored without a pepper. */
  endsOn(digest: string): number | null {
    return this.#known(digest) ?? this.#found(digest, digest)
  }

  /** Digests under an older pepper that matched here, each once, with what should replace them. */
  takeRenewals(): readonly Renewal[] {
    const renewals = this.#renewals
    this.#renewals = NO_RENEWALS
    return renewals
  }

  /** The only thing that opens the token, at any time, once it has done so. `null` while there is another secret, or nothing has matched. */
  get soleDigest(): string | null {
    return this.#previous === null ? this.#current.matchedBy : null
  }

  #known(shown: string): number | null {
    const current = this.#current
    const previous = this.#previous
    if (isKnown(current, shown)) return current.endsOn
    return previous !== null && isKnown(previous, shown) ? previous.endsOn : null
  }

  #found(shown: string, digest: string): number | null {
    const current = this.#current
    const previous = this.#previous
    if (this.#matches(current, shown, digest)) return current.endsOn
    return previous !== null && unlessStoredFault(() => this.#matches(previous, shown, digest)) === true
      ? previous.endsOn
      : null
  }

  #matches(known: StoredDigest, shown: string, digest: string): boolean {
    if (!this.#peppers.opens(known.stored, digest)) return false
    const isCurrent = this.#peppers.isCurrent(known.stored)
    // A row that still lacks a pepper is accepted until an instant, so it is asked about each time; that costs no HMAC either.
    if (isCurrent || known.stored !== digest) known.matchedBy = shown
    if (!isCurrent && !known.isRenewed) {
      known.isRenewed = true
      this.#renewals = [...this.#renewals, { from: known.stored, to: this.#peppers.seal(digest) }]
    }
    return true
  }
}

function storedDigest(stored: string, endsOn: number): StoredDigest {
  return { stored, endsOn, matchedBy: null, isRenewed: false }
}

function isKnown({ matchedBy }: StoredDigest, shown: string): boolean {
  return matchedBy !== null && sameText(matchedBy, shown)
}
