/**
 * What authenticating comes to: a refusal, or what an access is made of.
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

/** What an access is made from. It may be held long, so nothing here keeps what was presented in memory: the texts of a claim are its own. */
export type Identity =
  | { readonly kind: 'refused'; readonly reason: 'credential_missing' | 'credential_malformed' }
  | Known

export type Known = Session | TokenIdentity

export interface Session {
  readonly kind: 'session'
  readonly user: string
}

/** A claim, or the id of a token for which the trusted host speaks. */
export type TokenIdentity = Claim | { readonly kind: 'view'; readonly id: string }

/** What a credential turned out to be: refused at rung 1, or a subject and how long its facts may be held. */
export type Resolved = { readonly refused: Denial } | Admitted

export interface Admitted extends Subject {
  readonly refused: null
  readonly identity: Known
  /** Where its uses are noted; `null` where none is to be. */
  readonly noted: Noted | null
  readonly goodUntil: number
}

/** Who was admitted. */
export function principalOf({ identity, snapshot: { token } }: Admitted): Principal | null {
  // An object of its own: what a host does to it must not change who is resolved by `refresh`.
  if (identity.kind === 'session') return { kind: 'session', user: identity.user }
  return token && { kind: 'token', id: token.id, owner: token.owner }
}
