/**
 * One side's policies, compiled: answers "does a deny apply, else does an allow?" at a cost that depends on the depth of the resource,
 * not on how many policies, groups or selectors there are.
 */
import type { Permission, ResourceType } from './catalog.ts'
import type { Context } from './condition.ts'
import type { CompiledPolicy } from './policy.ts'
import { type Entry, SelectorIndex } from './selector-index.ts'
import { Tables, type Verdict } from './table.ts'
import type { Walk } from './walk.ts'

export class PolicySet {
  /** As they were given: what `explain` reads. */
  readonly policies: readonly CompiledPolicy[]
  /** About how much memory its tables take. */
  readonly tableBytes: number
  readonly #covering: SelectorIndex
  readonly #beneath: SelectorIndex

  constructor(policies: readonly CompiledPolicy[]) {
    const tables = new Tables()
    this.policies = policies
    this.#covering = new SelectorIndex(policies.flatMap(covering), 'covering', tables)
    this.#beneath = new SelectorIndex(policies.flatMap(beneath), 'exact', tables)
    this.tableBytes = tables.bytes
  }

  /** Deny overrides; an unknown condition lets a deny apply and an allow not. */
  verdict(walk: Walk, permission: Permission, context: Context): Verdict {
    const found = this.#covering.verdict(walk, permission, context)
    if (found === 'denied' || !permission.deep) return found
    return this.#beneath.verdict(walk, permission, context) === 'denied' ? 'denied' : found
  }
}

function covering(policy: CompiledPolicy): readonly Entry[] {
  const permissions = [...policy.permissions]
  return policy.selectors.map(({ pairs }) => ({ policy, pairs, permissions }))
}

/** A deny of a deep permission also stands at every resource above its selector that the permission is on. */
function beneath(policy: CompiledPolicy): readonly Entry[] {
  const deep = policy.effect === 'deny' ? [...policy.permissions].filter((permission) => permission.deep) : []
  if (deep.length === 0) return []
  const on = new Map<ResourceType, readonly Permission[]>()
  for (const type of deep.flatMap((permission) => [...permission.on])) {
    on.set(type, on.get(type) ?? deep.filter((permission) => permission.on.has(type)))
  }
  return policy.selectors.flatMap(({ pairs }) =>
    pairs.slice(0, -1).flatMap(({ type }, i) => {
      const permissions = on.get(type)
      return permissions === undefined ? [] : [{ policy, pairs: pairs.slice(0, i + 1), permissions }]
    }),
  )
}
