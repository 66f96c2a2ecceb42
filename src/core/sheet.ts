/**
 * A sheet: what one side's policies say at one root and beneath it, as one text of small numbers. One text is one place in memory: what a
 * decision costs is mostly waiting for memory, and there is a sheet for every token that is kept.
 *
 * Selectors are not tried one by one. One is found by the hash of its pairs, looked up once for each shape that occurs; it counts when its text,
 * which stands in the sheet, is that of the name. Only where somebody made hashes collide are there more to look at, of those of that one sheet. `sheet-writer.ts` writes sheets, and the layout is written there too.
 */
import type { Permission } from './catalog.ts'
import { type CompiledCondition, type Context, FALSE, holds, TRUE, type Truth, UNKNOWN } from './condition.ts'
import { depthOf, endsInPrefix, isAbove } from './shape.ts'
import type { Walk } from './walk.ts'

/** Never changed once it is written; it can't be. */
export type Sheet = string

/** Nothing said, a deny applies, or an allow applies and no deny. */
export type Verdict = 'none' | 'denied' | 'allowed'

/** Characters before the shapes: the width of numbers, whether something denies, the binary logarithm of how many buckets there are, how many shapes. */
export const HEADER = 4
/** How many characters a shape takes. */
export const SHAPE = 2
/** Characters of an entry before its numbers: a byte of its hash, and its kind. */
export const ENTRY = 2
/** What an entry is: selectors that cover the name, what lies above a deep deny, or all prefixes after the same pairs. */
export const KINDS = { covering: 0, above: 1, prefixes: 2 } as const
/** The flag of a statement that denies. */
export const DENY = 1

const SLASH = 0x2f
const STAR = 0x2a

/**
 * What a sheet says of this permission on the name that was walked, whose first pair is the sheet's root. Deny overrides; an unknown condition
 * lets a deny apply and an allow not. Allocates nothing.
 */
export function verdictOf(
  sheet: Sheet,
  conditions: readonly CompiledCondition[],
  walk: Walk,
  permission: Permission,
  context: Context,
): Verdict {
  const width = sheet.charCodeAt(0)
  const mayDeny = sheet.charCodeAt(1) === DENY
  const mask = (1 << sheet.charCodeAt(2)) - 1
  const buckets = HEADER + SHAPE * sheet.charCodeAt(3)
  let verdict: Verdict = 'none'
  for (let next = HEADER; next < buckets; next += SHAPE) {
    const shape = numberAt(sheet, next, SHAPE)
    const depth = depthOf(shape)
    if (depth > walk.depth) continue
    if (isAbove(shape) && (depth < walk.depth || !permission.deep)) continue
    const kind = isAbove(shape) ? KINDS.above : endsInPrefix(shape) ? KINDS.prefixes : KINDS.covering
    const hash = walk.hashFor(shape)
    const bucket = buckets + width * (hash & mask)
    const end = numberAt(sheet, bucket + width, width)
    let entry = numberAt(sheet, bucket, width)
    while (entry < end) {
      const path = entry + ENTRY + 2 * width
      const pathEnd = path + numberAt(sheet, path - width, width)
      if (sheet.charCodeAt(entry) === hash >>> 24 && sheet.charCodeAt(entry + 1) === kind) {
        const found = numberAt(sheet, entry + ENTRY, width)
        const cell = kind === KINDS.prefixes ? longest(sheet, width, found, path, pathEnd, walk, depth) : found
        const said = cell === 0 ? 'none' : cellVerdict(sheet, width, cell, conditions, permission.index, context)
        // Only what would change the answer is worth comparing texts; the path of prefixes was compared when one was found.
        const isNews = said !== 'none' && said !== verdict
        if (isNews && (kind === KINDS.prefixes || readPath(sheet, path, pathEnd, walk) === walk.ends[depth - 1])) {
          if (said === 'denied' || !mayDeny) return said
          verdict = said
        }
      }
      entry = pathEnd
    }
  }
  return verdict
}

/** How far the name that was walked goes with this path beneath its root: the place in its text where the path ends, or -1. */
function readPath(sheet: Sheet, path: number, end: number, walk: Walk): number {
  const { text, ends } = walk
  let place = 0
  let at = ends[0] ?? 0
  for (let i = path; i < end; i++) {
    const code = sheet.charCodeAt(i)
    if (code === STAR) at = ends[place] ?? -1
    else {
      if (text.charCodeAt(at) !== code) return -1
      if (code === SLASH) place++
      at++
    }
  }
  return at
}

/** The cell of the longest of these prefixes that the last of so many pairs begins with, if the pairs before it are those of the path; else 0. */
function longest(
  sheet: Sheet,
  width: number,
  table: number,
  path: number,
  pathEnd: number,
  walk: Walk,
  depth: number,
): number {
  const place = depth - 1
  const read = readPath(sheet, path, pathEnd, walk)
  if (read <= (walk.starts[place] ?? 0) || read > (walk.ends[place] ?? 0)) return 0
  let low = 0
  let high = numberAt(sheet, table, width)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(sheet, width, prefixAt(sheet, width, table, middle), walk, place, read) >= 0) low = middle + 1
    else high = middle
  }
  // Every prefix of the pair that stands here is the last one not after it, or one of that one's shorter ones, with which it begins.
  if (low === 0) return 0
  let prefix = prefixAt(sheet, width, table, low - 1)
  const alike = commonLength(sheet, width, prefix, walk, place, read)
  while (numberAt(sheet, prefix + 2 * width, width) > alike) {
    const shorter = numberAt(sheet, prefix + width, width)
    if (shorter === 0) return 0
    prefix = prefixAt(sheet, width, table, shorter - 1)
  }
  return numberAt(sheet, prefix, width)
}

/** Where the n-th prefix stands: its cell, the number of the next shorter one of its own (from 1, 0 for none), its length, its text. */
export function prefixAt(sheet: Sheet, width: number, table: number, n: number): number {
  return numberAt(sheet, table + width * (n + 1), width)
}

/** Negative, zero or positive as the rest of the pair sorts before, is, or sorts after this prefix, by code units. */
function compare(sheet: Sheet, width: number, prefix: number, walk: Walk, place: number, read: number): number {
  const length = numberAt(sheet, prefix + 2 * width, width)
  const rest = (walk.ends[place] ?? 0) - read
  const alike = commonLength(sheet, width, prefix, walk, place, read)
  if (alike === length || alike === rest) return rest - length
  return walk.text.charCodeAt(read + alike) - sheet.charCodeAt(prefix + 3 * width + alike)
}

/** With how many characters both the rest of the pair and this prefix begin. */
function commonLength(sheet: Sheet, width: number, prefix: number, walk: Walk, place: number, read: number): number {
  const text = prefix + 3 * width
  const most = Math.min(numberAt(sheet, text - width, width), (walk.ends[place] ?? 0) - read)
  let alike = 0
  while (alike < most && walk.text.charCodeAt(read + alike) === sheet.charCodeAt(text + alike)) alike++
  return alike
}

/** The first statement of a cell that applies: denies stand first. */
function cellVerdict(
  sheet: Sheet,
  width: number,
  cell: number,
  conditions: readonly CompiledCondition[],
  permission: number,
  context: Context,
): Verdict {
  let at = cell + width
  for (let left = numberAt(sheet, cell, width); left > 0; left--) {
    const bits = at + 1 + 2 * width
    const length = numberAt(sheet, bits - width, width)
    if (hasBit(sheet, bits, length, permission)) {
      const isDeny = sheet.charCodeAt(at) === DENY
      const number = numberAt(sheet, at + 1, width)
      const truth = number === 0 ? TRUE : truthOf(conditions[number - 1], context)
      if (isDeny ? truth !== FALSE : truth === TRUE) return isDeny ? 'denied' : 'allowed'
    }
    at = bits + length
  }
  return 'none'
}

/** A condition that isn't there is unknown: then nothing allows and everything denies. */
function truthOf(condition: CompiledCondition | undefined, context: Context): Truth {
  return condition === undefined ? UNKNOWN : holds(condition, context)
}

function hasBit(sheet: Sheet, bits: number, length: number, number: number): boolean {
  const byte = number >>> 3
  return byte < length && ((sheet.charCodeAt(bits + byte) >>> (number & 7)) & 1) === 1
}

/** A number of two or three characters. */
export function numberAt(sheet: Sheet, at: number, width: number): number {
  const number = (sheet.charCodeAt(at) << 8) | sheet.charCodeAt(at + 1)
  return width === 2 ? number : (number << 8) | sheet.charCodeAt(at + 2)
}
