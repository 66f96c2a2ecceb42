/**
 * Which policies have something to say about a request. They are read one by one here, without the index: for a person, not for speed.
 */
import { hasBit } from './bits.ts'
import type { Permission } from './catalog.ts'
import { type Context, FALSE, holds, TRUE, UNKNOWN } from './condition.ts'
import type { Effect } from './facts.ts'
import type { CompiledPolicy } from './policy.ts'
import type { PolicySet } from './policy-set.ts'
import { pairMatches, type Selector } from './selector.ts'
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
  snapshot: Snapshot,
  walk: Walk,
  permission: Permission,
  context: Context,
): readonly PolicyTrace[] {
  const trace = (side: PolicyTrace['side'], set: PolicySet | null | undefined) =>
    (set?.policies ?? []).flatMap((policy) => {
      const selector = hasBit(policy.permissions, permission.index)
        ? policy.selectors.find((one) => meets(one, policy, walk, permission))
        : undefined
      return selector === undefined
        ? []
        : [{ side, id: policy.id, effect: policy.effect, selector: selector.text, ...held(policy, context) }]
    })
  return [...trace('token', snapshot.token?.grants), ...trace('owner', snapshot.places.find(walk)?.rights)]
}

function meets({ pairs }: Selector, policy: CompiledPolicy, walk: Walk, permission: Permission): boolean {
  const reachesBeneath = policy.effect === 'deny' && permission.deep
  if (pairs.length > walk.depth && !reachesBeneath) return false
  return pairs.slice(0, walk.depth).every((pair, place) => pairMatches(pair, walk, place))
}

function held({ effect, condition }: CompiledPolicy, context: Context): Pick<PolicyTrace, 'applies' | 'condition'> {
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
