/**
 * One policy, compiled: its groups expanded, its selectors and its condition read.
 */

import { type Bits, bitsOf, hasBit } from './bits.ts'
import type { Catalog, Permission } from './catalog.ts'
import type { CompiledCondition } from './condition.ts'
import type { Effect } from './facts.ts'
import type { Selector } from './selector.ts'

/** What a policy says, without its selectors. */
export interface Statement {
  readonly effect: Effect
  /** The indexes of its permissions. */
  readonly permissions: Bits
  readonly condition: CompiledCondition | null
}

export interface CompiledPolicy extends Statement {
  readonly id: string
  /** As listed; one may be repeated. */
  readonly selectors: readonly Selector[]
}

/** The policy with each selector once. Compiling needn't do this: a policy table has one entry for a selector, however often it is listed. */
export function withoutRepeats(policy: CompiledPolicy): CompiledPolicy {
  const selectors = new Map(policy.selectors.map((selector) => [selector.text, selector]))
  return { ...policy, selectors: [...selectors.values()] }
}

/** The permissions whose indexes these are, in the order of the catalog. */
export function permissionsIn(catalog: Pick<Catalog, 'permissions'>, bits: Bits): readonly Permission[] {
  return [...catalog.permissions.values()].filter(({ index }) => hasBit(bits, index))
}

export function bitsOfPermissions(permissions: Iterable<Permission>): Bits {
  return bitsOf([...permissions].map(({ index }) => index))
}
