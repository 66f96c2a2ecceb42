/**
 * Which page of a list.
 */
import { z } from 'zod'
import { leaf, read, record } from './reading.ts'

/** One page of a list. */
export interface PageInput {
  /** How many items at most: 1 to 1,000, 100 when not given. */
  readonly limit?: number
  /** The `next` of the page before it; `null` for the first. */
  readonly after?: string | null | undefined
}

const MAX = 1_000

const limitShape = leaf<number>((value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX
    ? Number(value)
    : { code: 'bad_value', message: `must be a whole number from 1 to ${MAX}` },
)

const pageShape = record({ limit: limitShape.optional(), after: z.string().nullish() })

export function parsePage(input: unknown): { readonly limit: number; readonly after?: string } {
  if (input === undefined) return { limit: 100 }
  const { limit = 100, after } = read(pageShape, input, ['page'])
  return { limit, ...(typeof after === 'string' && { after }) }
}
