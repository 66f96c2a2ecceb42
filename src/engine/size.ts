/**
 * Roughly how much memory a snapshot holds, for the bound of the cache. Shared standings are counted in full by each snapshot that holds
 * them: the bound may be reached early, never late.
 */
import type { PolicySet } from '../core/policy-set.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** What the objects of one of each cost, measured once and rounded up. */
const BASE = 1_500
const PER_SCOPE = 200
const PER_PLACE = 250
const PER_POLICY = 400
const PER_PERMISSION = 100
const PER_SELECTOR = 600

export function bytesOf({ token, places }: Snapshot, scopes: number): number {
  const rights = places.all.reduce(
    (sum, place) => sum + PER_PLACE + (place.rights === null ? 0 : setBytes(place.rights)),
    0,
  )
  return BASE + PER_SCOPE * scopes + rights + (token === null ? 0 : setBytes(token.grants))
}

function setBytes({ policies }: PolicySet): number {
  let bytes = 0
  for (const { permissions, selectors } of policies) {
    bytes += PER_POLICY + PER_PERMISSION * permissions.size
    for (const { text } of selectors) bytes += PER_SELECTOR + 2 * text.length
  }
  return bytes
}
