/**
 * The answers: one frozen value for each outcome. The union of reasons is closed, so a new one doesn't compile until every place knows it.
 */

/** Why a request is denied, in the order the ladder is climbed: the first rung that fails is the reason. */
export const DENY_REASONS = [
  'credential_missing',
  'credential_malformed',
  'credential_unknown',
  'token_disabled',
  'token_revoked',
  'token_not_yet_valid',
  'token_expired',
  'owner_suspended',
  'address_unknown',
  'address_not_allowed',
  'resource_malformed',
  'not_a_member',
  'member_suspended',
  'account_suspended',
  'api_access_disabled',
  'token_blocked',
  'token_rule_violated',
  'denied_by_token',
  'not_granted',
  'denied_to_owner',
  'not_granted_to_owner',
] as const

export type DenyReason = (typeof DENY_REASONS)[number]

export type Decision = Allow | Denial

export interface Allow {
  readonly effect: 'allow'
  readonly reason: null
}

export interface Denial {
  readonly effect: 'deny'
  readonly reason: DenyReason
}

export const ALLOW: Allow = Object.freeze({ effect: 'allow', reason: null })

const DENIALS = Object.freeze(
  Object.fromEntries(DENY_REASONS.map((reason) => [reason, Object.freeze({ effect: 'deny', reason })])),
) as Readonly<Record<DenyReason, Denial>>

export function denial(reason: DenyReason): Denial {
  return DENIALS[reason]
}
