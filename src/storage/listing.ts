/**
 * What a question for credentials means beyond its fields, the same in every driver: its order, whom it leaves out, what rules look at.
 */
import type { Token } from '../core/facts.ts'
import { type RuledToken, ruled } from '../core/rules.ts'
import type { CredentialFilter } from './port.ts'

/** Soonest expiry first, longest idle first, or by id. */
export type CredentialOrder = 'expiry' | 'idle' | 'id'

export function orderOf(filter: CredentialFilter): CredentialOrder {
  if (filter.expiresBefore !== undefined || filter.status === 'expired') return 'expiry'
  return filter.unusedSince === undefined ? 'id' : 'idle'
}

/** It asks about what may still be used, so that no revoked token is an answer. */
export function leavesOutRevoked(filter: CredentialFilter): boolean {
  const { unusedSince, neverUsed, expiresBefore, breaks, staysOn } = filter
  return [unusedSince, neverUsed, expiresBefore, breaks, staysOn].some((term) => term !== undefined)
}

/** `ruled` of the core, for a token as it comes: where its list of addresses is garbage there is none, and it breaks the rule that asks for one. */
export function ruledAsStored(token: Token): RuledToken {
  const { owner, condition, expiresOn, secretIssuedOn } = token
  const list: unknown = condition?.ip?.in
  const readable = Array.isArray(list) && list.every((text) => typeof text === 'string')
  return ruled(readable ? token : { owner, secretIssuedOn, ...(expiresOn !== undefined && { expiresOn }) })
}
