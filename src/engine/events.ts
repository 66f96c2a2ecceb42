/**
 * What the administration tells the engine after each write, so that what was written is seen by the next request of this process.
 */
import type { Scope } from '../core/facts.ts'

export interface WriteEvent {
  /** Every scope whose decisions the write can have changed. */
  readonly scopes: readonly Scope[]
  /** The token written, if one was; `ended` says that it can't be used any more. */
  readonly token?: { readonly id: string; readonly ended: 'token_disabled' | 'token_revoked' | null }
}
