/**
 * Which policies concern a request. They are read back out of the policy tables one by one: for people, and not for speed.
 */
import { hasBit } from './bits.ts'
import type { Catalog, Permission } from './catalog.ts'
import { type CompiledCondition, type Context, FALSE, holds, NO_CONDITIONS, TRUE, UNKNOWN } from './condition.ts'
import type { Effect } from './facts.ts'
import type { ParsedName } from './parsed-name.ts'
import type { Statement } from './policy.ts'
import { EMPTY_TABLE, type PolicyTable } from './policy-table.ts'
import { readPolicies, readSelectors, type TablePolicy } from './policy-table-reader.ts'
import { EVERYWHERE } from './reach.ts'
import { rootOf } from './resource.ts'
import { type Root, stateAt } from './roots.ts'
import type { Snapshot } from './snapshot.ts'
import { printInstant } from './time.ts'

/** A policy that concerns the request. */
export interface PolicyTrace {
  readonly side: 'token' | 'owner'
  /** The policy's id, or `role:<id>` for what a role gives. */
  readonly id: string
  readonly effect: Effect
  /** The selector that covers the resource, or reaches beneath it (a deny of a `deep` permission). */
  readonly selector: string
  /** Whether it applies. A deny also applies when its condition is unknown. */
  readonly applies: boolean
  /** Why it applies or doesn't; `null` when it has no condition. */
  readonly condition: string | null
}

export function traces(
  catalog: Pick<Catalog, 'types'>,
  snapshot: Snapshot,
  parsed: ParsedName,
  permission: Permission,
  context: Context,
): readonly PolicyTrace[] {
  const { everywhere, conditions } = snapshot
  const state = stateAt(snapshot, parsed)
  const root = rootOf(parsed.text)
  const read = (table: PolicyTable, root: Root, conditions: readonly CompiledCondition[]): readonly Readable[] => {
    const policies = readPolicies(table, conditions)
    const meant = new Map(policies.map((policy) => [policy.number, policy]))
    const first = new Map<number, string>()
    for (const { by, pairs, path } of readSelectors(table, catalog, parsed))
      for (const number of by) if (meets(meant.get(number), pairs, parsed, permission)) keepLeast(first, number, path())
    return policies.map((policy) => {
      const path = first.get(policy.number)
      return { ...policy, selector: path === undefined ? null : `${root}${path}` }
    })
  }
  const here = read(state?.grants ?? EMPTY_TABLE, root, conditions)
  const wide = read(root.startsWith('account:') ? everywhere : EMPTY_TABLE, EVERYWHERE, conditions)
  const owner = read(state?.rights ?? EMPTY_TABLE, root, state?.conditions ?? NO_CONDITIONS)
  const trace = (side: PolicyTrace['side'], policies: readonly Readable[]) =>
    policies.flatMap(({ selector, ...policy }) =>
      selector === null ? [] : [{ side, id: policy.id, effect: policy.effect, selector, ...held(policy, context) }],
    )
  return [...trace('token', merged(here, wide)), ...trace('owner', merged(owner, []))]
}

interface Readable extends TablePolicy {
  /** The first selector that meets the name, in the order of text. */
  readonly selector: string | null
}

function keepLeast(first: Map<number, string>, number: number, path: string): void {
  const known = first.get(number)
  if (known === undefined || path < known) first.set(number, path)
}

/** In the order in which they were written; one that is in both lists counts once. */
function merged(here: readonly Readable[], wide: readonly Readable[]): readonly Readable[] {
  const byNumber = new Map(here.map((policy) => [policy.number, policy]))
  for (const policy of wide)
    byNumber.set(policy.number, { ...policy, selector: byNumber.get(policy.number)?.selector ?? policy.selector })
  return [...byNumber.values()].sort((a, b) => a.number - b.number)
}

/** Whether a selector with this many pairs, all matching those of the name, covers it; for a deny of a `deep` permission also whether it reaches beneath it. */
function meets(policy: TablePolicy | undefined, pairs: number, parsed: ParsedName, permission: Permission): boolean {
  if (policy === undefined || !hasBit(policy.permissions, permission.index)) return false
  return pairs <= parsed.depth || (policy.effect === 'deny' && permission.deep)
}

function held({ effect, condition }: Statement, context: Context): Pick<PolicyTrace, 'applies' | 'condition'> {
  if (condition === null) return { applies: true, condition: null }
  const truth = holds(condition, context)
  const applies = effect === 'allow' ? truth === TRUE : truth !== FALSE
  if (truth === TRUE) return { applies, condition: 'its condition holds' }
  if (truth === UNKNOWN) return { applies, condition: 'it has an address condition and the address is not known' }
  if (context.now < condition.notBefore)
    return { applies, condition: `it begins at ${printInstant(condition.notBefore)}` }
  if (context.now >= condition.expiresOn)
    return { applies, condition: `it ended at ${printInstant(condition.expiresOn)}` }
  return { applies, condition: 'it does not hold for this address' }
}
