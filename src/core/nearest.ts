/**
 * What messages say of a name that somebody wrote: short enough to be read, and with the known name that was most likely meant. Nothing is
 * decided by it.
 */

/** What a caller wrote, short enough for a message. */
export function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** ` (did you mean "x"?)`, or nothing when no known name is near. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(wrong.length / 3)) + 1
  for (const name of known) {
    const distance = editDistance(wrong.slice(0, 64), name.slice(0, 64))
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best === null ? '' : ` (did you mean \`${best}\`?)`
}

/** Looking for the nearest takes time that grows with the catalog, and whoever sends more unknown names than this is not misspelling. */
const MAX_SUGGESTIONS = 10

/** `didYouMean` for the names of one input that somebody sent: only the first few are looked for. */
export function suggestions(): typeof didYouMean {
  let left = MAX_SUGGESTIONS
  return (wrong, known) => (left-- > 0 ? didYouMean(wrong, known) : '')
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
