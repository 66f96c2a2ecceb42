/**
 * One policy, compiled: its groups expanded, its selectors and its condition read.
 */
import type { Permission } from './catalog.ts'
import type { CompiledCondition } from './condition.ts'
import type { Effect } from './facts.ts'
import type { Selector } from './selector.ts'

export interface CompiledPolicy {
  readonly id: string
  readonly effect: Effect
  readonly permissions: ReadonlySet<Permission>
  readonly selectors: readonly Selector[]
  readonly condition: CompiledCondition | null
}
