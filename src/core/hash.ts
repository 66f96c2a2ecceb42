/**
 * The hash by which pairs of names are found (FNV-1a, 32 bits). It only finds: whoever relies on it compares the text.
 */

/** The hash with one more character. */
export function hashStep(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}

export function hashText(text: string): number {
  let hash = 0x811c9dc5 | 0
  for (let i = 0; i < text.length; i++) hash = hashStep(hash, text.charCodeAt(i))
  return hash
}
