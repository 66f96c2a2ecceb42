/**
 * The shape of a selector in one number: how deep it is, which places are `*`, how long the prefix is that it ends in. Selectors of one shape are
 * found by one hash over the pairs of a name. The root is no part of it: policies are looked up root by root.
 */
import { PATH, PREFIX_PATH, pathStep } from './hash.ts'

/**
 * Bits 0-3: how many pairs, with the root. Bits 4-11: the places that are `*`. Bit 12: it stands for what lies above a selector, and counts for names
 * just as deep alone. From bit 13 on: how many characters of the last pair are given, where it is a prefix; 0 where it is none.
 */
export type Shape = number

const ABOVE = 1 << 12
const PREFIX = 13

export function shapeOf(pairs: readonly { readonly match: 'one' | 'any' | 'prefix'; readonly text: string }[]): Shape {
  const stars = pairs.reduce((bits, { match }, place) => (match === 'any' && place > 0 ? bits | (1 << place) : bits), 0)
  const last = pairs.at(-1)
  return pairs.length | (stars << 4) | (last?.match === 'prefix' ? last.text.length << PREFIX : 0)
}

export function depthOf(shape: Shape): number {
  return shape & 0xf
}

/** Whether it is spelt like the one name it stands for, beneath its root. */
export function isPlain(shape: Shape): boolean {
  return (shape & ~(ABOVE | 0xf)) === 0
}

/** How many characters of its last pair a selector gives that ends in a prefix; 0 for every other. */
export function prefixLength(shape: Shape): number {
  return shape >>> PREFIX
}

export function isAbove(shape: Shape): boolean {
  return (shape & ABOVE) !== 0
}

export function above(shape: Shape): Shape {
  return shape | ABOVE
}

interface PairHashes {
  readonly hashes: ArrayLike<number>
  readonly typeHashes: ArrayLike<number>
}

/** One hash over the path beneath the root: of a pair's text, or of its type alone where any id will do. `last` is that of the last pair, as far as it is given. */
export function pathHash(shape: Shape, { hashes, typeHashes }: PairHashes, last: number): number {
  const end = depthOf(shape) - 1
  let path = prefixLength(shape) > 0 ? PREFIX_PATH : PATH
  for (let place = 1; place <= end; place++) {
    const any = (shape & (1 << (place + 4))) !== 0
    path = pathStep(path, (any ? typeHashes[place] : place === end ? last : hashes[place]) ?? 0)
  }
  return path
}
