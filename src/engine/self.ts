/**
 * What a token's holder may know of it: its state, and where it can be used. Never its secret, and nothing that helps a thief.
 */
import type { DenyReason } from '../core/decision.ts'
import type { Owner, Policy, Token } from '../core/facts.ts'
import { rootEntries } from '../core/roots.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** One account a token reaches, and what stops it there. */
export interface AccountReport {
  /** The account's resource name: `account:acme`. */
  readonly account: string
  /**
   * The first of rungs 4 to 7 that fails in this account, or `null` when it is open. `fault`: something stored can't be understood, and every request
   * of it here ends in an error.
   */
  readonly closed: DenyReason | 'fault' | null
}

/** What a token's holder may know of it. */
export interface SelfReport {
  readonly id: string
  readonly name: string
  readonly owner: Owner
  readonly status: Token['status']
  /** Epoch milliseconds; `null` where it has no beginning. */
  readonly notBefore: number | null
  /** Epoch milliseconds; `null` where it never expires. */
  readonly expiresOn: number | null
  /** Why the token as a whole can't be used now and from here, or `null`. */
  readonly denial: DenyReason | null
  /**
   * Its policies, whole, with their conditions: what it may do as far as its owner still may. Empty while the token as a whole is refused: then
   * its holder learns no more.
   */
  readonly policies: readonly Policy[]
  /** Where: the accounts that its policies name, and with `account:*` those of its owner. Empty like `policies`. */
  readonly accounts: readonly AccountReport[]
}

export function reportOf(token: Token, snapshot: Snapshot, denial: DenyReason | null): SelfReport {
  const { id, name, owner, status, notBefore = null, expiresOn = null } = token
  const accounts = rootEntries(snapshot.roots)
    .filter(({ root }) => root.startsWith('account:'))
    .map(({ root, closed, fault }) => ({ account: root, closed: fault === null ? closed : ('fault' as const) }))
  const open = denial === null
  return {
    id,
    name,
    owner,
    status,
    notBefore,
    expiresOn,
    denial,
    policies: open ? token.policies : [],
    accounts: open ? accounts : [],
  }
}
