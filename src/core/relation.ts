/**
 * How selectors lie to each other: whether one covers all that another covers, and whether any name is covered by both.
 *
 * Exact, pair by pair, for ids of any length. Ignores the patterns that types declare for their ids: where a pattern leaves a prefix nothing to
 * match, or nothing else, the answer is as without it. So `covers` and "doesn't meet" are never claimed wrongly.
 */
import { chainOf, isAtOrBeneath, type ResourceType } from './catalog.ts'
import type { Selector, SelectorPair } from './selector.ts'

/** The part of a selector that its relations depend on. */
export type Pairs = Pick<Selector, 'pairs'>

/** Whether every name that `b` covers is covered by `a`. */
export function selectorCovers(a: Pairs, b: Pairs): boolean {
  return a.pairs.every((pair, place) => {
    const other = b.pairs[place]
    return other !== undefined && pairCovers(pair, other)
  })
}

/** Whether some name is covered by both. */
export function selectorsMeet(a: Pairs, b: Pairs): boolean {
  const [shorter, longer] = a.pairs.length <= b.pairs.length ? [a, b] : [b, a]
  return shorter.pairs.every((pair, place) => {
    const other = longer.pairs[place]
    return other !== undefined && (pairCovers(pair, other) || pairCovers(other, pair))
  })
}

/**
 * The part of a selector that covers names of this type, as a selector of the type; `null` when it covers none. A deny of a `deep` permission (`above`) also
 * covers what is above its selector.
 */
export function speaksOf(selector: Selector, type: ResourceType, above: boolean): Pairs | null {
  if (isAtOrBeneath(type, selector.type)) {
    const rest = chainOf(type).slice(selector.pairs.length)
    return { pairs: [...selector.pairs, ...rest.map(anyOf)] }
  }
  return above && isAtOrBeneath(selector.type, type) ? { pairs: selector.pairs.slice(0, type.depth) } : null
}

function anyOf(type: ResourceType): SelectorPair {
  return { type, match: 'any', text: type.marker }
}

/** An id covers itself, a prefix what begins with it, `*` all of its type: each text begins with the marker of its type. */
function pairCovers(a: SelectorPair, b: SelectorPair): boolean {
  return a.match === 'one' ? b.match === 'one' && a.text === b.text : b.text.startsWith(a.text)
}
