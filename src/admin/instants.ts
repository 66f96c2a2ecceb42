/**
 * Whether a token stands in a membership is told by which began first. So these instants keep the order in which they were written,
 * whatever the clock does: two writes in one millisecond, or a clock that was set back, must not revive a token of an earlier membership.
 */
import type { Member, MemberKey, Owner } from '../core/facts.ts'
import type { StorageDirectory } from '../storage/port.ts'
import { everyItem } from './pages.ts'

/** When the last of these memberships began. */
export function lastJoined(memberships: readonly Member[]): number {
  return memberships.reduce((last, { since }) => Math.max(last, since), 0)
}

/** When the last token of this member was issued, in whichever account it reaches. */
export async function lastIssued(storage: StorageDirectory, { account, kind, id }: MemberKey): Promise<number> {
  const owner: Owner = kind === 'user' ? { user: id } : { account, service: id }
  let last = 0
  for await (const { issuedOn } of everyItem((page) => storage.tokens(owner, page))) last = Math.max(last, issuedOn)
  return last
}
