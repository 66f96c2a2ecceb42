/**
 * Where a secret was found, as whoever found it says.
 */
import type { Leak } from '../core/facts.ts'
import { read, record, textLeaf } from './reading.ts'

/** Where a secret was found, to be stored with the token and in its log. Nothing in it is verified or fetched. */
export interface LeakEvidence {
  /** Who or what found it, 1 to 200 printable characters: `github:commit`. */
  readonly source: string
  /** Where it was found: an `http` or `https` URL of at most 2,048 characters. */
  readonly url?: string
}

const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/u

const sourceShape = textLeaf((text) =>
  text.trim() !== '' && text.length <= 200 && !UNPRINTABLE.test(text) && text.isWellFormed()
    ? text
    : { code: 'bad_source', message: 'must be 1 to 200 printable characters, not all of them blank' },
)

const urlShape = textLeaf((text) =>
  text.length <= 2_048 && /^https?:\/\/[^\s]+$/.test(text) && !UNPRINTABLE.test(text) && URL.canParse(text)
    ? text
    : { code: 'bad_url', message: 'must be an `http` or `https` URL of at most 2,048 characters' },
)

const evidenceShape = record({ source: sourceShape, url: urlShape.optional() })

export function parseEvidence(input: unknown): Omit<Leak, 'at'> {
  const { source, url } = read(evidenceShape, input, ['evidence'])
  return { source, ...(url !== undefined && { url }) }
}

const valueShape = textLeaf((text) => text)

/** Reads a value that somebody found. It may be anything. */
export function parseFoundValue(input: unknown): string {
  return read(valueShape, input, ['value'])
}
