/**
 * Pages of a list by the key of their last item (never by offset), so that an insert between two pages moves nothing.
 *
 * A cursor is opaque to callers. It passes through clients, so one that this file didn't make is bad input and no fault.
 */
import { InputError } from '../errors.ts'
import type { Page, PageRequest } from './port.ts'

/** Cuts a page from at most `limit + 1` items: the extra one only shows that there is a next page. */
export function cutPage<T>(items: readonly T[], limit: number, keyOf: (item: T) => readonly string[]): Page<T> {
  const page = items.slice(0, limit)
  const last = page.at(-1)
  return { items: page, next: last !== undefined && items.length > limit ? printCursor(keyOf(last)) : null }
}

/** The key a page begins after, or `null` for the first page. */
export function startOf(page: PageRequest, parts: number): readonly string[] | null {
  if (page.after === undefined) return null
  const key = parseCursor(page.after)
  if (key?.length !== parts) throw badCursor()
  return key
}

/** A place in a list ordered by a number, and then by id. */
export interface Place {
  readonly rank: number
  readonly id: string
}

/** The key of such a place. `order` names the order, so that a cursor of another one isn't accepted. */
export function placeKey(order: string, { rank, id }: Place): readonly string[] {
  return [order, String(rank), id]
}

export function placeStart(page: PageRequest, order: string): Place | null {
  const key = startOf(page, 3)
  if (key === null) return null
  const [named, rank = '', id = ''] = key
  if (named !== order) throw badCursor()
  return { rank: wholeNumber(rank), id }
}

function wholeNumber(digits: string): number {
  const value = Number(digits)
  if (!/^-?\d+$/.test(digits) || !Number.isSafeInteger(value)) throw badCursor()
  return value
}

function printCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function parseCursor(cursor: string): readonly string[] | null {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(key) && key.every((part) => typeof part === 'string') ? key : null
  } catch {
    return null
  }
}

function badCursor(): InputError {
  return new InputError([{ path: ['after'], code: 'bad_cursor', message: 'not a cursor of this list' }])
}
