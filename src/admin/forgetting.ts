/**
 * What becomes of policies when a resource is forgotten, and what of them still meets its name. Pure.
 */
import type { Catalog } from '../core/catalog.ts'
import type { Effect, Policy } from '../core/facts.ts'
import { selectorsMeet } from '../core/relation.ts'
import { isFault, parseSelector, type Selector } from '../core/selector.ts'

/** A selector of the policy of this id. */
export interface FoundSelector {
  readonly policy: string
  readonly effect: Effect
  readonly selector: string
}

/** The policies without what their allows name at this name or beneath it; the same list where there is nothing of it. */
export function withoutGrants(policies: readonly Policy[], { text }: Selector): readonly Policy[] {
  const isWithin = (selector: string) => selector === text || selector.startsWith(`${text}/`)
  if (!policies.some(({ effect, resources }) => effect === 'allow' && resources.some(isWithin))) return policies
  return Object.freeze(
    policies.flatMap((policy) => {
      if (policy.effect !== 'allow') return [policy]
      const resources = policy.resources.filter((selector) => !isWithin(selector))
      return resources.length === 0 ? [] : [Object.freeze({ ...policy, resources: Object.freeze(resources) })]
    }),
  )
}

/** Of the selectors beneath this root, those that meet the name though they don't name something larger. */
export function selectorsMeeting(
  catalog: Catalog,
  policies: readonly Policy[],
  root: string,
  name: Selector,
): readonly FoundSelector[] {
  const meets = (text: string) => {
    const selector = parseSelector(catalog, text)
    // What the catalog doesn't know covers nothing that it knows.
    return !isFault(selector) && selectorsMeet(selector, name) && !namesLarger(selector, name)
  }
  return policies.flatMap(({ id, effect, resources }) =>
    resources
      .filter((selector) => selector.startsWith(`${root}/`) && meets(selector))
      .map((selector) => ({ policy: id, effect, selector })),
  )
}

/** Whoever names the larger thing itself means all that is and will be in it. */
function namesLarger({ pairs }: Selector, name: Selector): boolean {
  return pairs.length < name.pairs.length && pairs.every(({ match }) => match === 'one')
}
