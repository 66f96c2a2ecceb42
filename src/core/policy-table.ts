/**
 * A policy table: the policies of one side (the token's, or its owner's) at one root and beneath it, as one text of small numbers. One text is one
 * place in memory, and a decision mostly costs waiting for memory: there is a table for every token that is kept.
 *
 * Selectors are not tried one by one. For each shape of selector in the table, the name's hash for that shape finds the candidates; one counts
 * when its path, which is in the table, matches the name. `policy-table-writer.ts` writes tables and documents the layout.
 */
import type { Permission } from './catalog.ts'
import { type CompiledCondition, type Context, FALSE, holds, TRUE, type Truth, UNKNOWN } from './condition.ts'
import type { ParsedName } from './parsed-name.ts'
import { setHas, setLength } from './permission-set.ts'
import { depthOf, isAbove, type SelectorShape } from './selector-shape.ts'

/** Immutable, as all text is. */
export type PolicyTable = string

/** No policies. */
export const EMPTY_TABLE: PolicyTable = ''

/** No policy applies, a deny applies, or an allow applies and no deny. */
export type Verdict = 'none' | 'denied' | 'allowed'

/** Characters before the shapes: the width of offsets, whether something denies, the binary logarithm of how many buckets there are, how many shapes. */
export const HEADER = 4
/** How many characters a shape takes. */
export const SHAPE = 4
/** The flag of a statement that denies. */
export const DENY = 1
/** In a path, the type with index n is the character `TYPE + n`: above every character that ids are spelt with. */
export const TYPE = 0x80
const STAR = 0x2a

/**
 * The verdict of a table on this permission and this name, whose first pair is the table's root. Deny overrides; under an unknown condition a deny
 * applies and an allow doesn't. Allocates nothing.
 */
export function verdictOf(
  table: PolicyTable,
  conditions: readonly CompiledCondition[],
  parsed: ParsedName,
  permission: Permission,
  context: Context,
): Verdict {
  if (table === EMPTY_TABLE) return 'none'
  const width = table.charCodeAt(0)
  const mayDeny = table.charCodeAt(1) === DENY
  const mask = (1 << table.charCodeAt(2)) - 1
  const buckets = HEADER + SHAPE * table.charCodeAt(3)
  let verdict: Verdict = 'none'
  for (let next = HEADER; next < buckets; next += SHAPE) {
    const shape = shapeAt(table, next)
    const depth = depthOf(shape)
    if (depth > parsed.depth) continue
    const isBeneath = isAbove(shape)
    if (isBeneath && (depth < parsed.depth || !permission.deep)) continue
    const hash = parsed.hashFor(shape)
    const tag = tagOf(hash, isBeneath)
    const bucket = buckets + width * (hash & mask)
    const end = offsetAt(table, bucket + width, width)
    let entry = offsetAt(table, bucket, width)
    while (entry < end) {
      const path = entry + 2 + width
      const pathEnd = path + table.charCodeAt(path - 1)
      if (table.charCodeAt(entry) === tag) {
        const said = cellVerdict(table, offsetAt(table, entry + 1, width), conditions, permission.index, context)
        // Paths are compared only where the answer could change.
        if (said !== 'none' && said !== verdict && matchingPairs(table, path, pathEnd, parsed) === depth) {
          if (said === 'denied' || !mayDeny) return said
          verdict = said
        }
      }
      entry = pathEnd
    }
  }
  return verdict
}

/** The first character of an entry: seven bits of its hash, and whether it is for the resources above a selector. */
export function tagOf(hash: number, above: boolean): number {
  return ((hash >>> 25) << 1) | (above ? 1 : 0)
}

export function isAboveTag(tag: number): boolean {
  return (tag & 1) === 1
}

/**
 * Matches a path of the table against the name. Returns how many pairs match, the root included: all pairs of the path, or one more than the name
 * has where the path goes deeper. 0 where they differ.
 */
export function matchingPairs(
  table: PolicyTable,
  path: number,
  end: number,
  { text, depth, ids, ends, types }: ParsedName,
): number {
  let place = 0
  let at = ends[0] ?? 0
  for (let i = path; i < end; i++) {
    const code = table.charCodeAt(i)
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
  table: PolicyTable,
  cell: number,
  conditions: readonly CompiledCondition[],
  permission: number,
  context: Context,
): Verdict {
  let at = cell + 1
  for (let left = table.charCodeAt(cell); left > 0; left--) {
    const set = at + 2
    if (setHas(table, set, permission)) {
      const isDeny = table.charCodeAt(at) === DENY
      const number = table.charCodeAt(at + 1)
      const truth = number === 0 ? TRUE : truthOf(conditions[number - 1], context)
      if (isDeny ? truth !== FALSE : truth === TRUE) return isDeny ? 'denied' : 'allowed'
    }
    at = set + setLength(table, set)
  }
  return 'none'
}

/** A condition that is missing counts as unknown: a deny applies under it, an allow doesn't. */
function truthOf(condition: CompiledCondition | undefined, context: Context): Truth {
  return condition === undefined ? UNKNOWN : holds(condition, context)
}

/** Reads an offset, which takes two or three characters. */
export function offsetAt(table: PolicyTable, at: number, width: number): number {
  const number = (table.charCodeAt(at) << 8) | table.charCodeAt(at + 1)
  return width === 2 ? number : (number << 8) | table.charCodeAt(at + 2)
}

export function shapeAt(table: PolicyTable, at: number): SelectorShape {
  return (offsetAt(table, at, 3) << 8) | table.charCodeAt(at + 3)
}
