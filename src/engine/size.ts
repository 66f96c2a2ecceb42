/**
 * Roughly how much memory is held, for the bounds of the caches. A snapshot counts the standings it shares in full: its bound may be reached
 * early, not late.
 */
import type { Standing } from '../core/compile.ts'
import type { PolicySet } from '../core/policy-set.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** What one of each costs, measured once and rounded up. */
const BASE = 1_500
/** The secrets of a token, and what was noted last of its use. */
const LOCK = 500
const PER_SCOPE = 200
const PER_PLACE = 250
const PER_POLICY = 400
const PER_PERMISSION = 60
const PER_SELECTOR = 600

export function snapshotBytes({ token, places }: Snapshot, scopes: number): number {
  const rights = places.all.reduce((sum, { rights }) => sum + PER_PLACE + (rights === null ? 0 : setBytes(rights)), 0)
  return BASE + PER_SCOPE * scopes + rights + (token === null ? 0 : LOCK + setBytes(token.grants))
}

export function standingBytes({ rights }: Standing): number {
  return BASE + setBytes(rights)
}

function setBytes({ policies, tableBytes }: PolicySet): number {
  let bytes = tableBytes
  for (const { permissions, selectors } of policies) {
    bytes += PER_POLICY + PER_PERMISSION * permissions.size
    for (const { text } of selectors) bytes += PER_SELECTOR + 2 * text.length
  }
  return bytes
}
