/**
 * An access: what one credential, or one session, may do from one address. Its face, for hosts and guards; `live-access.ts` stands behind it.
 */
import type { CatalogShape, PermissionName, ResourceFor } from '../core/catalog-types.ts'
import type { Decision, Denial } from '../core/decision.ts'
import type { Explanation } from '../core/explain.ts'
import type { Principal } from './admitted.ts'

/**
 * What a credential or session may do.
 *
 * An access is good until the token or the overlap of its secret ends, a revocation in this process, or `maxStalenessMs` after its facts were
 * read, whichever is first. Once it saw an end, every call is that denial; past the last, every call throws `ERR_BAILIWICK_ACCESS_STALE`. Both
 * until `refresh()`: it never reloads by itself.
 *
 * Every call throws `ERR_BAILIWICK_MISUSE` for a permission the catalog doesn't declare, denied credential or not, and
 * `ERR_BAILIWICK_STORED_FACT` where what is stored about the account can't be understood.
 */
export interface Access<S extends CatalogShape = CatalogShape> {
  /** Why the credential is refused whatever it asks (rungs 1 to 3, but for the resource's name), or `null`. */
  readonly denial: Denial | null
  /** `null` where the credential is refused at rung 1. */
  readonly principal: Principal | null
  /**
   * Whether it may. Allocates nothing but the numbers of its clocks, and where there is something to be told or noted: a denial or an allow marked `audit` for `onDecision`, the
   * first use in a while. Rows are picked by `filter`.
   */
  can<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): boolean
  /** Whether it may, and if not why. One of a fixed set of frozen values. */
  check<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): Decision
  /** Several questions at one instant: the first denial, or an allow when all are allowed. */
  checkAll(questions: readonly Question<S>[]): Decision
  /**
   * The items, in their order, whose resource the permission is allowed on: the rows of a list that the caller may see, all asked at one instant.
   * Tells `onDecision` nothing, not even of a permission marked `audit`: what isn't in a list was not refused. Notes one use for each account in
   * which something was allowed. Does not ask whether the list itself may be read.
   */
  filter<P extends PermissionName<S>, T>(
    permission: P,
    items: readonly T[],
    nameOf: (item: T) => ResourceFor<S, P>,
  ): T[]
  /** Returns when it may, throws `ERR_BAILIWICK_DENIED` when not. */
  require<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): void
  /** The answer, the policies that made it and what would change it: for the host and its owners, not for the caller. */
  explain<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): Explanation
  /**
   * The denial of a request that its guard refused before there was a resource to ask about, made known like every other. Decides nothing.
   */
  refuse(permission: PermissionName<S>, reason: GuardReason): Denial
  /** Reads the facts anew, and the credential's own state with them. */
  refresh(): Promise<void>
}

/** One permission and one resource it is on. */
export type Question<S extends CatalogShape> = {
  [P in PermissionName<S>]: readonly [permission: P, resource: ResourceFor<S, P>]
}[PermissionName<S>]

/** Why a guard refuses by itself: no resource was found, or its ids fit no name. */
export type GuardReason = 'not_a_member' | 'resource_malformed'
