/**
 * What authenticating comes to: a refusal, or what an access is made of.
 */
import type { Denial } from '../core/decision.ts'
import type { Owner, Secrets } from '../core/facts.ts'
import type { Subject } from '../core/snapshot.ts'
import type { Noted } from './uses.ts'

/** Who asks, once it is known: a token and whose it is, or a logged-in user. */
export type Principal =
  | { readonly kind: 'token'; readonly id: string; readonly owner: Owner }
  | { readonly kind: 'session'; readonly user: string }

/** What a credential turned out to be: refused at rung 1, or a subject and how long its facts may be held. */
export type Resolved = { readonly refused: Denial } | Admitted

export interface Admitted {
  readonly refused: null
  readonly subject: Subject
  readonly principal: Principal
  /** Where its uses are noted; `null` where none is to be. */
  readonly noted: Noted | null
  readonly goodUntil: number
  /** Until when these secrets let it in; `null` when they don't. */
  readonly secretEnd: (secrets: Secrets) => number | null
}
