/**
 * Which policies have something to say about a request. They are read back out of the sheets, one by one: for a person, not for speed.
 */
import { hasBit } from './bits.ts'
import type { Catalog, Permission } from './catalog.ts'
import { type CompiledCondition, type Context, FALSE, holds, NO_CONDITIONS, TRUE, UNKNOWN } from './condition.ts'
import type { Effect } from './facts.ts'
import { type Root, standOf } from './places.ts'
import type { Statement } from './policy.ts'
import { EVERYWHERE } from './reach.ts'
import { rootOf } from './resource.ts'
import { type Sheet, SILENT } from './sheet.ts'
import { readPolicies, readSelectors, type SheetPolicy } from './sheet-reader.ts'
import type { Snapshot } from './snapshot.ts'
import { printInstant } from './time.ts'
import type { Walk } from './walk.ts'

/** A policy that has something to say about the request. */
export interface PolicyTrace {
  readonly side: 'token' | 'owner'
  /** The policy's id, or `role:<id>` for what a role gives. */
  readonly id: string
  readonly effect: Effect
  /** The selector that covers the resource, or reaches beneath it (a deny of a `deep` permission). */
  readonly selector: string
  /** Whether it applies. A deny also applies when its condition can't be known. */
  readonly applies: boolean
  /** Why it does or doesn't, when it has a condition. */
  readonly condition: string | null
}

export function traces(
  catalog: Pick<Catalog, 'types'>,
  snapshot: Snapshot,
  walk: Walk,
  permission: Permission,
  context: Context,
): readonly PolicyTrace[] {
  const { everywhere, conditions } = snapshot
  const stand = standOf(snapshot, walk)
  const root = rootOf(walk.text)
  const read = (sheet: Sheet, root: Root, conditions: readonly CompiledCondition[]): readonly Readable[] => {
    const policies = readPolicies(sheet, conditions)
    const meant = new Map(policies.map((policy) => [policy.number, policy]))
    const first = new Map<number, string>()
    for (const { by, pairs, path } of readSelectors(sheet, catalog, walk))
      for (const number of by) if (meets(meant.get(number), pairs, walk, permission)) keepLeast(first, number, path())
    return policies.map((policy) => {
      const path = first.get(policy.number)
      return { ...policy, selector: path === undefined ? null : `${root}${path}` }
    })
  }
  const here = read(stand?.grants ?? SILENT, root, conditions)
  const wide = read(root.startsWith('account:') ? everywhere : SILENT, EVERYWHERE, conditions)
  const owner = read(stand?.rights ?? SILENT, root, stand?.conditions ?? NO_CONDITIONS)
  const trace = (side: PolicyTrace['side'], policies: readonly Readable[]) =>
    policies.flatMap(({ selector, ...policy }) =>
      selector === null ? [] : [{ side, id: policy.id, effect: policy.effect, selector, ...held(policy, context) }],
    )
  return [...trace('token', merged(here, wide)), ...trace('owner', merged(owner, []))]
}

interface Readable extends SheetPolicy {
  /** The first that meets the name, in the order of text. */
  readonly selector: string | null
}

function keepLeast(first: Map<number, string>, number: number, path: string): void {
  const known = first.get(number)
  if (known === undefined || path < known) first.set(number, path)
}

/** In the order in which they were written; one that stands in both is one. */
function merged(here: readonly Readable[], wide: readonly Readable[]): readonly Readable[] {
  const byNumber = new Map(here.map((policy) => [policy.number, policy]))
  for (const policy of wide)
    byNumber.set(policy.number, { ...policy, selector: byNumber.get(policy.number)?.selector ?? policy.selector })
  return [...byNumber.values()].sort((a, b) => a.number - b.number)
}

/** Whether a selector of so many pairs that goes the way of the name covers it, or reaches beneath it with a deny of a `deep` permission. */
function meets(policy: SheetPolicy | undefined, pairs: number, walk: Walk, permission: Permission): boolean {
  if (policy === undefined || !hasBit(policy.permissions, permission.index)) return false
  return pairs <= walk.depth || (policy.effect === 'deny' && permission.deep)
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
