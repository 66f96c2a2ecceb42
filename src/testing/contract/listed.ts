/**
 * Which credentials of an account a filter lists, and in which order: what `storage/port.ts` says, in the simplest code.
 */
import type { Token } from '../../core/facts.ts'
import { ownerKind } from '../../core/facts.ts'
import { brokenRules, isNarrow } from '../../core/rules.ts'
import type { CredentialFilter, CredentialRecord } from '../../storage/port.ts'

/** Takes the credentials of the account, its service accounts and its members that name it, in any order. */
export function listed(all: readonly CredentialRecord[], filter: CredentialFilter): readonly CredentialRecord[] {
  const expiry = ({ token }: CredentialRecord): number => token.expiresOn ?? Number.POSITIVE_INFINITY
  const rank = filter.expiresBefore !== undefined || filter.status === 'expired' ? expiry : idleSince
  const ranked = rank === expiry || filter.unusedSince !== undefined
  return all
    .filter((record) => passes(record, filter))
    .map((record) => ({ record, rank: ranked ? rank(record) : 0, bytes: Buffer.from(record.token.id) }))
    .sort((a, b) => a.rank - b.rank || Buffer.compare(a.bytes, b.bytes))
    .map(({ record }) => record)
}

function passes(record: CredentialRecord, filter: CredentialFilter): boolean {
  const { token, member, lastUse } = record
  const { now, owner, kind, status, unusedSince, neverUsed, expiresBefore, breaks, staysOn } = filter
  const ofUse = [unusedSince, neverUsed, expiresBefore, breaks, staysOn].some((asked) => asked !== undefined)
  const own = 'user' in token.owner || 'service' in token.owner ? member?.apiAccess : token.apiAccess
  return (
    isLetIn(record) &&
    !(ofUse && token.status === 'revoked') &&
    (owner === undefined || printed(token.owner) === printed(owner)) &&
    (kind === undefined || ownerKind(token.owner) === kind) &&
    (status === undefined || statusOf(token, now) === status) &&
    (unusedSince === undefined || idleSince(record) < unusedSince) &&
    (neverUsed === undefined || lastUse === null) &&
    (expiresBefore === undefined || (token.expiresOn !== undefined && token.expiresOn < expiresBefore)) &&
    (breaks === undefined || brokenRules(ruled(token), breaks).length > 0) &&
    (staysOn === undefined || own === true)
  )
}

function isLetIn({ token: { owner, issuedOn }, member }: CredentialRecord): boolean {
  if (!('user' in owner)) return true
  return member !== null && member.status !== 'pending' && (member.readmitted || issuedOn >= member.since)
}

function statusOf({ status, expiresOn }: Token, now: number): string {
  return status === 'active' && expiresOn !== undefined && expiresOn <= now ? 'expired' : status
}

function idleSince({ token, lastUse }: CredentialRecord): number {
  return lastUse === null || lastUse.at < token.issuedOn ? token.issuedOn : lastUse.at
}

function ruled({ owner, secretIssuedOn, condition, expiresOn = Number.POSITIVE_INFINITY }: Token) {
  return { owner, secretIssuedOn, expiresOn, ipIsNarrow: isNarrow(condition?.ip?.in) }
}

function printed(owner: Token['owner']): string {
  return JSON.stringify(
    'user' in owner ? [owner.user] : ['account', owner.account, 'service' in owner && owner.service],
  )
}
