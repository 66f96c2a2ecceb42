/** Chance that can be repeated: the same seed makes the same world and the same stream, in every process. */

export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number
  /** A whole number from `first` to `last`, both possible. */
  between(first: number, last: number): number
  pick<T>(items: readonly T[]): T
  /** That many different items, or all of them where there are fewer. */
  some<T>(items: readonly T[], count: number): T[]
}

/** Mulberry32. */
export function chance(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (end: number) => Math.floor(next() * end)
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
  const some = <T>(items: readonly T[], count: number): T[] => {
    const chosen = new Set<T>()
    while (chosen.size < Math.min(count, items.length)) chosen.add(pick(items))
    return [...chosen]
  }
  return { next, below, between: (first, last) => first + below(last - first + 1), pick, some }
}

/** Draws ranks from 0 to `ranks - 1`; rank k is drawn in proportion to 1 / (k + 1). */
export function zipf(ranks: number, { next }: Chance): () => number {
  const edges = new Float64Array(ranks)
  let sum = 0
  for (let rank = 0; rank < ranks; rank++) edges[rank] = sum += 1 / (rank + 1)
  return () => {
    const drawn = next() * sum
    let [low, high] = [0, ranks - 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((edges[middle] ?? 0) > drawn) high = middle
      else low = middle + 1
    }
    return low
  }
}
