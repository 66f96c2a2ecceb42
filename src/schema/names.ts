/**
 * Display names of accounts and tokens: for people to read, never compared.
 */
import { textLeaf } from './reading.ts'

const MAX_CHARACTERS = 120
/** Control characters, line and paragraph separators: what would break a log line or a table. */
const BREAKS_LINES = /[\p{Cc}\p{Zl}\p{Zp}]/u

export const nameShape = textLeaf((text) => {
  if (text.trim() === '' || text.length > 2 * MAX_CHARACTERS || [...text].length > MAX_CHARACTERS)
    return { code: 'bad_name', message: `must be 1 to ${MAX_CHARACTERS} characters, not all of them blank` }
  if (BREAKS_LINES.test(text) || !text.isWellFormed())
    return { code: 'bad_name', message: 'must hold no control characters, line breaks or lone surrogates' }
  return text
})
