/**
 * Which policies have something to say about a request. They are read back out of the sheets, one by one: for a person, not for speed.
 */
import { hasBit } from './bits.ts'
import type { Catalog, Permission } from './catalog.ts'
import { type CompiledCondition, type Context, FALSE, holds, NO_CONDITIONS, TRUE, UNKNOWN } from './condition.ts'
import type { Effect } from './facts.ts'
import { type Root, standOf } from './places.ts'
import type { Statement } from './policy.ts'
import { rootOf } from './resource.ts'
import { type Sheet, SILENT } from './sheet.ts'
import { readPaths, readPolicies } from './sheet-reader.ts'
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
    const paths = readPaths(sheet, catalog, (path) => lies(`${root}${path}`, walk))
    return readPolicies(sheet, conditions).map((policy) => ({
      ...policy,
      selectors: (paths.get(policy.number) ?? []).map((path) => `${root}${path}`).sort(),
    }))
  }
  const here = read(stand?.grants ?? SILENT, root, conditions)
  const wide = read(everywhere, 'account:*', conditions)
  const owner = read(stand?.rights ?? SILENT, root, stand?.conditions ?? NO_CONDITIONS)
  const trace = (side: PolicyTrace['side'], policies: readonly Readable[]) =>
    policies.flatMap((policy) => {
      const selector = policy.selectors.find((one) => meets(one, policy, walk, permission))
      return selector === undefined
        ? []
        : [{ side, id: policy.id, effect: policy.effect, selector, ...held(policy, context) }]
    })
  return [...trace('token', merged(here, wide)), ...trace('owner', merged(owner, []))]
}

interface Readable extends Statement {
  readonly number: number
  readonly id: string
  /** Those that go the way of the name, in the order of their text. */
  readonly selectors: readonly string[]
}

/** Whether a selector goes the way of the name, as far as both go. */
function lies(selector: string, walk: Walk): boolean {
  return selector
    .split('/')
    .slice(0, walk.depth)
    .every((pair, place) => (pair.endsWith('*') ? walk.pairBegins(place, pair.slice(0, -1)) : walk.pairIs(place, pair)))
}

/** In the order in which they were written; one that stands in both is one. */
function merged(here: readonly Readable[], wide: readonly Readable[]): readonly Readable[] {
  const byNumber = new Map(here.map((policy) => [policy.number, policy]))
  for (const policy of wide) {
    const known = byNumber.get(policy.number)
    byNumber.set(policy.number, { ...policy, selectors: [...(known?.selectors ?? []), ...policy.selectors] })
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number)
}

/** Whether a selector that goes the way of the name covers it, or reaches beneath it with a deny of a `deep` permission. */
function meets(selector: string, { effect, permissions }: Statement, walk: Walk, permission: Permission): boolean {
  if (!hasBit(permissions, permission.index)) return false
  return selector.split('/').length <= walk.depth || (effect === 'deny' && permission.deep)
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
