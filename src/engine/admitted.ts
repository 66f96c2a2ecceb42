/**
 * The outcome of authenticating: a refusal, or what an access is made of.
 */
import type { Denial } from '../core/decision.ts'
import type { Owner } from '../core/facts.ts'
import type { Subject } from '../core/snapshot.ts'
import type { Claim } from '../credential/claim.ts'
import type { Noted } from './uses.ts'

/** Who asks, once it is known: a token and whose it is, or a logged-in user. */
export type Principal =
  | { readonly kind: 'token'; readonly id: string; readonly owner: Owner }
  | { readonly kind: 'session'; readonly user: string }

/** Who is to be authenticated again on `refresh()`. An access may be held long, so nothing here keeps the presented value in memory. */
export type Identity =
  | { readonly kind: 'refused'; readonly reason: 'credential_missing' | 'credential_malformed' }
  | Known

export type Known = Session | TokenIdentity

export interface Session {
  readonly kind: 'session'
  readonly user: string
}

/** A claim, or the id of a token that the host views without its secret. */
export type TokenIdentity = Claim | { readonly kind: 'view'; readonly id: string }

/** A refusal at rung 1, or a subject and how long its facts may be held. */
export type Resolved = { readonly refused: Denial } | Admitted

export interface Admitted extends Subject {
  readonly refused: null
  readonly identity: Known
  /** Where its uses are noted; `null` where none are. */
  readonly noted: Noted | null
  readonly goodUntil: number
}

/** Who was admitted. */
export function principalOf({ identity, snapshot: { token } }: Admitted): Principal | null {
  // A copy: changing it must not change whom `refresh` resolves.
  if (identity.kind === 'session') return { kind: 'session', user: identity.user }
  return token && { kind: 'token', id: token.id, owner: token.owner }
}
