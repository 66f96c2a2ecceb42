/**
 * The hashes by which pairs of names, and paths of pairs, are found (FNV-1a, 32 bits). They only find: the text must still be compared.
 */

/** The hash of the empty text. */
export const EMPTY = 0x811c9dc5 | 0

/** The hash of a pair with one more character. */
export function hashStep(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}

export function hashText(text: string): number {
  let hash = EMPTY
  for (let i = 0; i < text.length; i++) hash = hashStep(hash, text.charCodeAt(i))
  return hash
}

/** Where the hash of a path begins: of names, and of what ends in a prefix. */
export const PATH = 0x1b873593
export const PREFIX_PATH = 0x5bd1e995

/** The hash of a path with one more pair. */
export function pathStep(path: number, pair: number): number {
  const hash = Math.imul(path ^ pair, 0x9e3779b1)
  return hash ^ (hash >>> 15)
}
