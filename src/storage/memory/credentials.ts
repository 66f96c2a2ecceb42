/**
 * The memory storage's list of the credentials that reach an account. Reads all that do, one by one.
 */
import type { Member, Token } from '../../core/facts.ts'
import { letsIn, ownerId, ownerKind } from '../../core/facts.ts'
import { accountsAllowed, reaches } from '../../core/reach.ts'
import { brokenRules, ruled } from '../../core/rules.ts'
import type { CredentialOrder } from '../listing.ts'
import { leavesOutRevoked, orderOf } from '../listing.ts'
import { compareBinary } from '../order.ts'
import { cutPage, type Place, placeKey, placeStart } from '../page.ts'
import type { CredentialFilter, CredentialRecord, Page, PageRequest } from '../port.ts'
import type { Tables } from './tables.ts'
import { memberKey, sameOwner, tokensIn, useKey } from './tables.ts'

export function credentials(
  tables: Tables,
  account: string,
  filter: CredentialFilter,
  page: PageRequest,
): Page<CredentialRecord> {
  const order = orderOf(filter)
  const start = placeStart(page, order)
  const rest = reaching(tables, account)
    .map((token) => recordOf(tables, account, token))
    .filter((record) => passes(record, filter))
    .map((record) => ({ record, place: { rank: rankIn(order, record), id: record.token.id } }))
    .filter(({ place }) => start === null || comparePlaces(place, start) > 0)
    .sort((a, b) => comparePlaces(a.place, b.place))
  const cut = cutPage(rest, page.limit, ({ place }) => placeKey(order, place))
  return { items: cut.items.map(({ record }) => record), next: cut.next }
}

export function comparePlaces(a: Place, b: Place): number {
  return a.rank - b.rank || compareBinary(a.id, b.id)
}

/**
 * Tokens of the account and of its service accounts reach it whatever they name. Who is only invited shows nobody its tokens, nor does a
 * member those from before.
 */
function reaching(tables: Tables, account: string): readonly Token[] {
  const people = [...(tables.members.get(account)?.values() ?? [])].filter(({ kind }) => kind === 'user')
  const personal = people.flatMap((member) =>
    tokensIn(tables, `user:${member.id}`).filter(({ issuedOn }) => letsIn(member, issuedOn)),
  )
  return [
    ...tokensIn(tables, `account:${account}`),
    ...personal.filter((token) => reaches(accountsAllowed(token.policies), account)),
  ]
}

function recordOf(tables: Tables, account: string, token: Token): CredentialRecord {
  const use = tables.uses.get(token.id)?.get(useKey(account))
  return Object.freeze({
    token,
    overlapEndsOn: tables.tokens.get(token.id)?.secrets.previous?.endsOn ?? null,
    member: memberOf(tables, account, token),
    blocked: tables.blocks.get(token.id)?.has(account) === true,
    lastUse: use === undefined ? null : { at: use.at, from: use.from },
  })
}

function memberOf(tables: Tables, account: string, { owner }: Token): Member | null {
  const kind = ownerKind(owner)
  if (kind === 'account') return null
  return tables.members.get(account)?.get(memberKey({ kind, id: ownerId(owner) })) ?? null
}

function passes(record: CredentialRecord, filter: CredentialFilter): boolean {
  const { token, lastUse } = record
  const { owner, kind, status, unusedSince, expiresBefore, breaks } = filter
  const expiresOn = token.expiresOn ?? Number.POSITIVE_INFINITY
  if (leavesOutRevoked(filter) && token.status === 'revoked') return false
  if (owner !== undefined && !sameOwner(token.owner, owner)) return false
  if (kind !== undefined && ownerKind(token.owner) !== kind) return false
  if (status !== undefined && statusAt(token, filter.now) !== status) return false
  if (unusedSince !== undefined && idleSince(record) >= unusedSince) return false
  if (filter.neverUsed && lastUse !== null) return false
  if (expiresBefore !== undefined && expiresOn >= expiresBefore) return false
  if (breaks !== undefined && brokenRules(ruled(token), breaks).length === 0) return false
  return !filter.staysOn || staysOn(record)
}

function statusAt({ status, expiresOn }: Token, now: number): CredentialFilter['status'] {
  return status === 'active' && expiresOn !== undefined && expiresOn <= now ? 'expired' : status
}

function staysOn({ token, member }: CredentialRecord): boolean {
  return (ownerKind(token.owner) === 'account' ? token.apiAccess : member?.apiAccess) === true
}

function idleSince({ token, lastUse }: CredentialRecord): number {
  return Math.max(token.issuedOn, lastUse?.at ?? token.issuedOn)
}

function rankIn(order: CredentialOrder, record: CredentialRecord): number {
  if (order === 'id') return 0
  return order === 'idle' ? idleSince(record) : (record.token.expiresOn ?? Number.POSITIVE_INFINITY)
}
