/**
 * What is kept of a token or of a session: its snapshot, how fresh that is, and what a warm request asks besides. In one object as far as can be,
 * since each further one is a wait for memory.
 */
import type { Snapshot } from '../core/snapshot.ts'
import { sameText } from '../credential/digest.ts'
import type { TokenKind } from '../credential/format.ts'
import type { Moment } from './loads.ts'
import { ifTold, type Lock, NO_RENEWALS, type Opens, type Renewal } from './lock.ts'
import type { Reading } from './scopes.ts'
import type { Noted } from './uses.ts'

/** What came of a read. `tokenKind` and `lock` are `null` for a session, which no secret opens. */
interface Read {
  readonly snapshot: Snapshot
  readonly readings: readonly Reading[]
  readonly tokenKind: TokenKind | null
  readonly lock: Lock | null
}

/** A token's entry that was opened, and until when what opened it does so. */
export interface Opened {
  readonly entry: Entry
  readonly secretEndsOn: number
}

export class Entry implements Moment, Noted, Opens {
  readonly snapshot: Snapshot
  readonly tokenKind: TokenKind | null
  #opener: string | null = null
  #lock: Lock | null
  /** When the read that last confirmed it began. */
  at: number
  turn: number
  /** When it was last moved up among those that are kept. */
  movedUpAt: number
  notedRoot = ''
  notedIp: string | null = null
  notedAt = Number.NEGATIVE_INFINITY
  readonly readings: readonly Reading[]

  constructor({ at, turn }: Moment, { snapshot, readings, tokenKind, lock }: Read) {
    this.snapshot = snapshot
    this.tokenKind = tokenKind
    this.#lock = lock
    this.at = at
    this.turn = turn
    this.movedUpAt = at
    this.readings = readings
  }

  /** A lock that can't tell may be out of date: it says `null` as well. */
  endsOnBytes(bytes: string): number | null {
    return this.#lock === null ? this.#endsOnOpener(bytes) : toldOfBytes(this.#lock, bytes)
  }

  endsOn(plain: string): number | null {
    return this.#lock === null ? this.#endsOnOpener(plain) : toldOf(this.#lock, plain)
  }

  /** What alone opens it, once that is known: from then on it stays so, and nothing is left to be taken. */
  get opener(): string | null {
    return this.#opener
  }

  /** Like the lock's. A lock that has no more to say than what alone opens it is let go. */
  takeRenewals(): readonly Renewal[] {
    const lock = this.#lock
    if (lock === null) return NO_RENEWALS
    const renewals = lock.takeRenewals()
    this.#opener = lock.opener
    if (this.#opener !== null) this.#lock = null
    return renewals
  }

  #endsOnOpener(shown: string): number | null {
    return this.#opener !== null && sameText(this.#opener, shown) ? Number.POSITIVE_INFINITY : null
  }
}

// By themselves, so that who asks what is open already makes no closure.

function toldOfBytes(lock: Lock, bytes: string): number | null {
  return ifTold(() => lock.endsOnBytes(bytes)) ?? null
}

function toldOf(lock: Lock, plain: string): number | null {
  return ifTold(() => lock.endsOn(plain)) ?? null
}
