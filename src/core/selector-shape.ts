/**
 * The shape of a selector as one number: how many pairs it has, which of them are `*`, and how long the prefix is that it ends in. All selectors of
 * one shape that match a name have the same hash. The root has no part in it: policies are looked up root by root.
 */
import { PATH, PREFIX_PATH, pathStep } from './hash.ts'

/**
 * Bits 0-3: how many pairs, the root included. Bits 4-11: which pairs are `*`. Bit 12: it is for the resources above a selector, and matches only
 * names of exactly its depth. From bit 13 on: the length of the prefix that the last pair is, 0 where it is none.
 */
export type SelectorShape = number

const ABOVE = 1 << 12
const PREFIX = 13

export function shapeOf(
  pairs: readonly { readonly match: 'one' | 'any' | 'prefix'; readonly text: string }[],
): SelectorShape {
  const stars = pairs.reduce((bits, { match }, place) => (match === 'any' && place > 0 ? bits | (1 << place) : bits), 0)
  const last = pairs.at(-1)
  return pairs.length | (stars << 4) | (last?.match === 'prefix' ? last.text.length << PREFIX : 0)
}

export function depthOf(shape: SelectorShape): number {
  return shape & 0xf
}

/** Whether, beneath the root, it is a name: no `*`, no prefix. */
export function isPlain(shape: SelectorShape): boolean {
  return (shape & ~(ABOVE | 0xf)) === 0
}

/** The length of the prefix that its last pair is; 0 where that is none. */
export function prefixLength(shape: SelectorShape): number {
  return shape >>> PREFIX
}

export function isAbove(shape: SelectorShape): boolean {
  return (shape & ABOVE) !== 0
}

export function above(shape: SelectorShape): SelectorShape {
  return shape | ABOVE
}

interface PairHashes {
  readonly hashes: ArrayLike<number>
  readonly typeHashes: ArrayLike<number>
}

/** The hash of a path beneath the root, made of the hashes of its pairs: of a pair's text, or of its type alone where that is `*`. `last` is the last pair's, or its prefix's. */
export function pathHash(shape: SelectorShape, { hashes, typeHashes }: PairHashes, last: number): number {
  const end = depthOf(shape) - 1
  let path = prefixLength(shape) > 0 ? PREFIX_PATH : PATH
  for (let place = 1; place <= end; place++) {
    const any = (shape & (1 << (place + 4))) !== 0
    path = pathStep(path, (any ? typeHashes[place] : place === end ? last : hashes[place]) ?? 0)
  }
  return path
}
