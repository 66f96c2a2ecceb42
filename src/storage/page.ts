/**
 * Pages of a list by the key of their last item (never by offset), so that what is inserted between two pages moves nothing.
 *
 * A cursor is opaque to callers. It travels through clients, so one that isn't ours is bad input and not a fault.
 */
import { InputError } from '../errors.ts'
import type { Page, PageRequest } from './port.ts'

/** Cuts a page from at most `limit + 1` items: the one too many only says that there is a next page. */
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

/** Like `startOf` where the key is a sequence number. */
export function sequenceStart(page: PageRequest): number | null {
  const key = startOf(page, 1)
  if (key === null) return null
  const sequence = Number(key[0])
  if (!Number.isSafeInteger(sequence)) throw badCursor()
  return sequence
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
