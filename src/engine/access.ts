/**
 * An access: what one credential, or one session, may do from one address. The interface, for hosts and guards; `live-access.ts` implements it.
 */
import type { CatalogShape, PermissionName, ResourceFor } from '../core/catalog-types.ts'
import type { Decision, Denial } from '../core/decision.ts'
import type { Explanation } from '../core/explain.ts'
import type { Principal } from './admitted.ts'

/**
 * What a credential or session may do.
 *
 * It answers from facts read when it was made. When its token or the overlap of its secret ends, or this process revokes the token, every call is that
 * denial; `maxStalenessMs` after its facts were read, every call throws `ERR_BAILIWICK_ACCESS_STALE`. `refresh()` reads the facts again; nothing
 * else does.
 *
 * Every call throws `ERR_BAILIWICK_MISUSE` for a permission the catalog doesn't declare, even for a denied credential, and
 * `ERR_BAILIWICK_STORED_FACT` where what is stored about the account can't be understood.
 */
export interface Access<S extends CatalogShape = CatalogShape> {
  /** Why the credential is refused whatever it asks (rungs 1 to 3, without the resource's name), or `null`. */
  readonly denial: Denial | null
  /** Who asks: the token and its owner, or the user. `null` where the credential is refused at rung 1. */
  readonly principal: Principal | null
  /**
   * Whether the permission is allowed now. For lists use `filter`. Allocates only to record a use or a decision, apart from the numbers that the clocks
   * return.
   */
  can<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): boolean
  /** Whether it is allowed, and if not, why. One of a fixed set of frozen values. */
  check<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): Decision
  /** Several questions at one instant: the first denial, or an allow when all are allowed. Throws `ERR_BAILIWICK_MISUSE` for none. */
  checkAll(questions: readonly Question<S>[]): Decision
  /**
   * The items, in their order, whose resource the permission is allowed on: the rows of a list that the caller may see, all asked at one instant.
   * Reports nothing to `onDecision`, even for a permission marked `audit`: what a list leaves out was not refused. Notes one use for each account in
   * which something was allowed. Does not ask whether the list itself may be read.
   */
  filter<P extends PermissionName<S>, T>(
    permission: P,
    items: readonly T[],
    nameOf: (item: T) => ResourceFor<S, P>,
  ): T[]
  /** Returns when it is allowed, and throws `ERR_BAILIWICK_DENIED` (with `reason`) when not. */
  require<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): void
  /**
   * The decision, the policies that made it and what would change it: for the host and its owners, not for the caller. Notes no use and reports nothing to
   * `onDecision`.
   */
  explain<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): Explanation
  /** For guards: reports to `onDecision` that a request was refused before there was a resource to ask about, and returns that denial. Decides nothing. */
  refuse(permission: PermissionName<S>, reason: GuardReason): Denial
  /** Reads the facts again, the credential's own state among them. Rejects as `authenticate` does; then the access stays as it was. */
  refresh(): Promise<void>
}

/** One permission and one resource it is on. */
export type Question<S extends CatalogShape> = {
  [P in PermissionName<S>]: readonly [permission: P, resource: ResourceFor<S, P>]
}[PermissionName<S>]

/** Why a guard refuses by itself: no resource was found, or its ids fit no name. */
export type GuardReason = 'not_a_member' | 'resource_malformed'
