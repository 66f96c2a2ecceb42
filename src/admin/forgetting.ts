/**
 * What a forgotten resource changes in policies, and which selectors still meet its name. Pure.
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

/** The policies without the selectors of allows that name this resource or something beneath it; the same list where there are none. */
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

/** The selectors beneath this root that meet the name, without those that name something larger literally. */
export function selectorsMeeting(
  catalog: Catalog,
  policies: readonly Policy[],
  root: string,
  name: Selector,
): readonly FoundSelector[] {
  const meets = (text: string) => {
    const selector = parseSelector(catalog, text)
    // A selector that the catalog doesn't know covers nothing that it knows.
    return !isFault(selector) && selectorsMeet(selector, name) && !namesLarger(selector, name)
  }
  return policies.flatMap(({ id, effect, resources }) =>
    resources
      .filter((selector) => selector.startsWith(`${root}/`) && meets(selector))
      .map((selector) => ({ policy: id, effect, selector })),
  )
}

/** Whether a selector names something larger that holds the resource: then it means all that is and will be in it. */
function namesLarger({ pairs }: Selector, name: Selector): boolean {
  return pairs.length < name.pairs.length && pairs.every(({ match }) => match === 'one')
}
