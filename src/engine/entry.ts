/**
 * What is kept of a token or of a session: its snapshot, and how fresh that is.
 */
import type { Scope } from '../core/facts.ts'
import type { Snapshot } from '../core/snapshot.ts'
import type { TokenKind } from '../credential/format.ts'
import type { Moment } from './loads.ts'
import type { Lock } from './lock.ts'
import { type Noted, nothingNoted } from './uses.ts'

export type Entry = TokenEntry | SessionEntry

/** A snapshot as it is kept, and when the read that last confirmed it began. */
interface Kept extends Moment {
  readonly snapshot: Snapshot
  /** The use of its token that was noted last. */
  readonly noted: Noted
  readonly revisions: ReadonlyMap<Scope, number>
  at: number
  turn: number
  /** When it was last moved up among those that are kept. */
  movedUpAt: number
}

export interface TokenEntry extends Kept {
  readonly id: string
  readonly tokenKind: TokenKind
  readonly lock: Lock
}

export interface SessionEntry extends Kept {
  readonly id: null
  readonly tokenKind: null
  readonly lock: null
}

/** A token's entry that was opened, and until when what opened it does so. */
export interface Opened {
  readonly entry: TokenEntry
  readonly secretEndsOn: number
}

export function tokenEntry(
  { at, turn }: Moment,
  read: Omit<TokenEntry, keyof Moment | 'noted' | 'movedUpAt'>,
): TokenEntry {
  const { snapshot, id, tokenKind, lock, revisions } = read
  return { snapshot, id, tokenKind, lock, noted: nothingNoted(), revisions, at, turn, movedUpAt: at }
}

/** Of the same shape, so that what reads entries reads one shape. */
export function sessionEntry({ at, turn }: Moment, read: Pick<SessionEntry, 'snapshot' | 'revisions'>): SessionEntry {
  const { snapshot, revisions } = read
  return { snapshot, id: null, tokenKind: null, lock: null, noted: nothingNoted(), revisions, at, turn, movedUpAt: at }
}
