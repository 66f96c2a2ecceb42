/**
 * How selectors lie to each other: whether one covers all that another covers, and whether any name is covered by both.
 *
 * Told pair by pair, and exactly, with ids as long as one likes. The pattern a type declares for its ids is not asked: where it leaves a
 * prefix nothing to match, or nothing else, the answer is the one without it. So "covers" is never said too often, nor "don't meet".
 */
import { chainOf, isAtOrBeneath, type ResourceType } from './catalog.ts'
import type { Selector, SelectorPair } from './selector.ts'

/** As much of a selector as its relations ask for. */
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
 * What a selector says about names of this type, as a selector of the type; `null` when it says nothing about them. A deny of a deep
 * permission (`above`) also speaks of what lies above its selector.
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
