/**
 * Rules of the list of credentials that are the same in every driver: its order, and whether it leaves out revoked tokens.
 */
import type { CredentialFilter } from './port.ts'

/** Soonest expiry first, longest idle first, or by id. */
export type CredentialOrder = 'expiry' | 'idle' | 'id'

export function orderOf(filter: CredentialFilter): CredentialOrder {
  if (filter.expiresBefore !== undefined || filter.status === 'expired') return 'expiry'
  return filter.unusedSince === undefined ? 'id' : 'idle'
}

/** Whether the filter is about what may still be used, so that no revoked token is listed. */
export function leavesOutRevoked(filter: CredentialFilter): boolean {
  const { unusedSince, neverUsed, expiresBefore, breaks, staysOn } = filter
  return [unusedSince, neverUsed, expiresBefore, breaks, staysOn].some((term) => term !== undefined)
}
