/**
 * What is kept of a token or of a session: its snapshot, how fresh that is, and what a warm request asks besides. In one object as far as can be,
 * since each further one is a wait for memory.
 */
import type { Snapshot } from '../core/snapshot.ts'
import { sameText } from '../credential/digest.ts'
import type { TokenKind } from '../credential/format.ts'
import type { Moment } from './loads.ts'
import type { Reading } from './scopes.ts'
import { NO_RENEWALS, type Renewal, type SecretVerifier, unlessStoredFault, type Verifier } from './secret-verifier.ts'
import type { Noted } from './uses.ts'

/** What came of a read. `tokenKind` and `verifier` are `null` for a session, which no secret opens. */
interface Read {
  readonly snapshot: Snapshot
  readonly readings: readonly Reading[]
  readonly tokenKind: TokenKind | null
  readonly verifier: SecretVerifier | null
}

/** A token's entry, and until when the secret that was presented is good. */
export interface Opened {
  readonly entry: Entry
  readonly secretEndsOn: number
}

export class Entry implements Moment, Noted, Verifier {
  readonly snapshot: Snapshot
  readonly tokenKind: TokenKind | null
  #soleDigest: string | null = null
  #verifier: SecretVerifier | null
  /** When the read that last confirmed it began. */
  at: number
  turn: number
  /** When it was last moved up among those that are kept. */
  movedUpAt: number
  notedRoot = ''
  notedIp: string | null = null
  notedAt = Number.NEGATIVE_INFINITY
  readonly readings: readonly Reading[]

  constructor({ at, turn }: Moment, { snapshot, readings, tokenKind, verifier }: Read) {
    this.snapshot = snapshot
    this.tokenKind = tokenKind
    this.#verifier = verifier
    this.at = at
    this.turn = turn
    this.movedUpAt = at
    this.readings = readings
  }

  /** `null` also where the verifier can't tell: it may be out of date. */
  endsOnBytes(bytes: string): number | null {
    return this.#verifier === null ? this.#endsOnSoleDigest(bytes) : verifyBytes(this.#verifier, bytes)
  }

  endsOn(digest: string): number | null {
    return this.#verifier === null ? this.#endsOnSoleDigest(digest) : verify(this.#verifier, digest)
  }

  /** The only digest that opens this token, once known: then the verifier is gone, and no renewal is left to be taken. */
  get soleDigest(): string | null {
    return this.#soleDigest
  }

  /** The verifier's. Once only one digest can open the token, the verifier is dropped and the digest kept. */
  takeRenewals(): readonly Renewal[] {
    const verifier = this.#verifier
    if (verifier === null) return NO_RENEWALS
    const renewals = verifier.takeRenewals()
    this.#soleDigest = verifier.soleDigest
    if (this.#soleDigest !== null) this.#verifier = null
    return renewals
  }

  #endsOnSoleDigest(shown: string): number | null {
    return this.#soleDigest !== null && sameText(this.#soleDigest, shown) ? Number.POSITIVE_INFINITY : null
  }
}

// Functions of their own, so that the usual way, without a verifier, makes no closure.

function verifyBytes(verifier: SecretVerifier, bytes: string): number | null {
  return unlessStoredFault(() => verifier.endsOnBytes(bytes)) ?? null
}

function verify(verifier: SecretVerifier, digest: string): number | null {
  return unlessStoredFault(() => verifier.endsOn(digest)) ?? null
}
