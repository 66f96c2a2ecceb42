/**
 * The shape of a selector in one number: how deep it is, which places are `*`, how it ends. Selectors of one shape are found by one hash over
 * the pairs of a name. The root is no part of it: policies are looked up root by root.
 */
import { PATH, PREFIX_PATH, pathStep } from './hash.ts'

/**
 * Bits 0-3: how many pairs, with the root. Bits 4-11: the places that are `*`. Bit 12: the last place is a prefix, of which only the type is
 * hashed. Bit 13: it stands for what lies above a selector, and counts for names just as deep alone.
 */
export type Shape = number

const PREFIX = 1 << 12
const ABOVE = 1 << 13

export function shapeOf(pairs: readonly { readonly match: 'one' | 'any' | 'prefix' }[]): Shape {
  const stars = pairs.reduce((bits, { match }, place) => (match === 'any' && place > 0 ? bits | (1 << place) : bits), 0)
  return pairs.length | (stars << 4) | (pairs.at(-1)?.match === 'prefix' ? PREFIX : 0)
}

export function depthOf(shape: Shape): number {
  return shape & 0xf
}

/** Whether it is spelt like the one name it stands for, beneath its root. */
export function isPlain(shape: Shape): boolean {
  return (shape & ~(ABOVE | 0xf)) === 0
}

export function endsInPrefix(shape: Shape): boolean {
  return (shape & PREFIX) !== 0
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

/** One hash over the path beneath the root: of a pair's text, or of its type alone where any id will do. */
export function pathHash(shape: Shape, pairs: PairHashes): number {
  const prefix = endsInPrefix(shape)
  const depth = depthOf(shape)
  let path = prefix ? PREFIX_PATH : PATH
  for (let place = 1; place < depth; place++) {
    const any = (shape & (1 << (place + 4))) !== 0 || (prefix && place === depth - 1)
    path = pathStep(path, (any ? pairs.typeHashes[place] : pairs.hashes[place]) ?? 0)
  }
  return path
}
