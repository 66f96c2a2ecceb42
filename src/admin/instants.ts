/**
 * Whether a token stands in a membership is told by which began first. So these instants keep the order in which they were written,
 * whatever the clock does: two writes in one millisecond, or a clock that was set back, must not revive a token of an earlier membership.
 */
import type { MemberKey, Owner } from '../core/facts.ts'
import type { StorageDirectory } from '../storage/port.ts'

/** When the last membership of this owner began. */
export async function lastJoined(storage: StorageDirectory, owner: Owner): Promise<number> {
  if ('user' in owner) return Math.max(0, ...(await storage.memberships(owner.user)).map(({ since }) => since))
  if (!('service' in owner)) return 0
  return (await storage.member({ account: owner.account, kind: 'service', id: owner.service }))?.since ?? 0
}

/** When the last token of this member was issued, in whichever account it reaches. */
export async function lastIssued(storage: StorageDirectory, { account, kind, id }: MemberKey): Promise<number> {
  const owner: Owner = kind === 'user' ? { user: id } : { account, service: id }
  let last = 0
  for (let after: string | null = ''; after !== null; ) {
    const page = await storage.tokens(owner, { limit: PAGE, ...(after !== '' && { after }) })
    for (const { issuedOn } of page.items) last = Math.max(last, issuedOn)
    after = page.next
  }
  return last
}

const PAGE = 1_000
