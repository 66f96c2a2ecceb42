/**
 * A sheet: what one side's policies say at one root and beneath it, as one text of small numbers. One text is one place in memory: what a
 * decision costs is mostly waiting for memory, and there is a sheet for every token that is kept.
 *
 * Selectors are not tried one by one. One is found by the hash of its pairs, looked up once for each shape that occurs; it counts when its path,
 * which stands in the sheet, is that of the name. Only where somebody made hashes collide are there more to look at, of those of that one sheet.
 * `sheet-writer.ts` writes sheets, and the layout is written there too.
 */
import type { Permission } from './catalog.ts'
import { type CompiledCondition, type Context, FALSE, holds, TRUE, type Truth, UNKNOWN } from './condition.ts'
import { setHas, setLength } from './permission-set.ts'
import { depthOf, isAbove, type Shape } from './shape.ts'
import type { Walk } from './walk.ts'

/** Never changed once it is written; it can't be. */
export type Sheet = string

/** The sheet of whom no policy speaks. */
export const SILENT: Sheet = ''

/** Nothing said, a deny applies, or an allow applies and no deny. */
export type Verdict = 'none' | 'denied' | 'allowed'

/** Characters before the shapes: the width of offsets, whether something denies, the binary logarithm of how many buckets there are, how many shapes. */
export const HEADER = 4
/** How many characters a shape takes. */
export const SHAPE = 4
/** The flag of a statement that denies. */
export const DENY = 1
/** Where in a path the code of a pair's type begins, above all that ids are spelt with. */
export const TYPE = 0x80
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
  if (sheet === SILENT) return 'none'
  const width = sheet.charCodeAt(0)
  const mayDeny = sheet.charCodeAt(1) === DENY
  const mask = (1 << sheet.charCodeAt(2)) - 1
  const buckets = HEADER + SHAPE * sheet.charCodeAt(3)
  let verdict: Verdict = 'none'
  for (let next = HEADER; next < buckets; next += SHAPE) {
    const shape = shapeAt(sheet, next)
    const depth = depthOf(shape)
    if (depth > walk.depth) continue
    const isBeneath = isAbove(shape)
    if (isBeneath && (depth < walk.depth || !permission.deep)) continue
    const hash = walk.hashFor(shape)
    const tag = tagOf(hash, isBeneath)
    const bucket = buckets + width * (hash & mask)
    const end = offsetAt(sheet, bucket + width, width)
    let entry = offsetAt(sheet, bucket, width)
    while (entry < end) {
      const path = entry + 2 + width
      const pathEnd = path + sheet.charCodeAt(path - 1)
      if (sheet.charCodeAt(entry) === tag) {
        const said = cellVerdict(sheet, offsetAt(sheet, entry + 1, width), conditions, permission.index, context)
        // Only what would change the answer is worth comparing paths.
        if (said !== 'none' && said !== verdict && pairsAlong(sheet, path, pathEnd, walk) === depth) {
          if (said === 'denied' || !mayDeny) return said
          verdict = said
        }
      }
      entry = pathEnd
    }
  }
  return verdict
}

/** What an entry begins with: seven bits of its hash, and whether it stands for what lies above a selector. */
export function tagOf(hash: number, above: boolean): number {
  return ((hash >>> 25) << 1) | (above ? 1 : 0)
}

export function isAboveTag(tag: number): boolean {
  return (tag & 1) === 1
}

/**
 * With how many pairs, the root among them, a path goes the way of the name that was walked: all of its own, or one more than the name has where it goes on
 * beneath that. 0 where it goes another way.
 */
export function pairsAlong(sheet: Sheet, path: number, end: number, { text, depth, ids, ends, types }: Walk): number {
  let place = 0
  let at = ends[0] ?? 0
  for (let i = path; i < end; i++) {
    const code = sheet.charCodeAt(i)
    if (code >= TYPE) {
      if (at !== ends[place]) return 0
      place++
      if (place === depth) return depth + 1
      if (types[place] !== code - TYPE) return 0
      at = ids[place] ?? 0
    } else if (code === STAR) at = ends[place] ?? 0
    else if (text.charCodeAt(at++) !== code) return 0
  }
  return at === ends[place] ? place + 1 : 0
}

/** The first statement of a cell that applies: denies stand first. */
function cellVerdict(
  sheet: Sheet,
  cell: number,
  conditions: readonly CompiledCondition[],
  permission: number,
  context: Context,
): Verdict {
  let at = cell + 1
  for (let left = sheet.charCodeAt(cell); left > 0; left--) {
    const set = at + 2
    if (setHas(sheet, set, permission)) {
      const isDeny = sheet.charCodeAt(at) === DENY
      const number = sheet.charCodeAt(at + 1)
      const truth = number === 0 ? TRUE : truthOf(conditions[number - 1], context)
      if (isDeny ? truth !== FALSE : truth === TRUE) return isDeny ? 'denied' : 'allowed'
    }
    at = set + setLength(sheet, set)
  }
  return 'none'
}

/** A condition that isn't there is unknown: then nothing allows and everything denies. */
function truthOf(condition: CompiledCondition | undefined, context: Context): Truth {
  return condition === undefined ? UNKNOWN : holds(condition, context)
}

/** Where something stands in the sheet: a number of two or three characters. */
export function offsetAt(sheet: Sheet, at: number, width: number): number {
  const number = (sheet.charCodeAt(at) << 8) | sheet.charCodeAt(at + 1)
  return width === 2 ? number : (number << 8) | sheet.charCodeAt(at + 2)
}

export function shapeAt(sheet: Sheet, at: number): Shape {
  return (offsetAt(sheet, at, 3) << 8) | sheet.charCodeAt(at + 3)
}
