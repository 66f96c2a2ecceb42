/**
 * Keeps the `since` of memberships and the `issuedOn` of tokens in the order in which they were written, even when the clock goes back or two writes fall
 * into one millisecond. A token issued before a membership began doesn't work in it; without this order one of an earlier membership could revive.
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
