/**
 * Roughly how much memory is held, for the bounds of the caches. A snapshot counts the standings it shares in full: its bound may be reached
 * early, not late.
 */
import type { Standing } from '../core/compile.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** What one of each costs, measured once and rounded up. */
const BASE = 1_500
/** The secrets of a token, and what was noted last of its use. */
const LOCK = 500
const PER_SCOPE = 200
const PER_PLACE = 250

export function snapshotBytes({ token, places }: Snapshot, scopes: number): number {
  const rights = places.all.reduce((sum, { rights }) => sum + PER_PLACE + (rights === null ? 0 : rights.bytes), 0)
  return BASE + PER_SCOPE * scopes + rights + (token === null ? 0 : LOCK + token.grants.bytes)
}

export function standingBytes({ rights }: Standing): number {
  return BASE + rights.bytes
}
