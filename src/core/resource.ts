/**
 * Resource names: `type:id` pairs from a root, joined by `/`, with exactly one spelling for each thing.
 *
 * Since there is one spelling, comparing text is comparing ids. Any other spelling is malformed and never repaired.
 */

/** An id holds at most this many bytes, decoded. */
export const MAX_ID_BYTES = 1_024
/** A name holds at most this many characters, encoded. */
export const MAX_NAME_LENGTH = 4_096
/** A name holds at most this many pairs. */
export const MAX_DEPTH = 8

/** One step of a name, with the id decoded. */
export interface Pair {
  readonly type: string
  readonly id: string
}

const PLAIN_ID = /^[A-Za-z0-9._~@=+,-]+$/
const TYPE_NAME = /^[a-z][a-z0-9_-]{0,63}$/

export function isTypeName(text: string): boolean {
  return typeof text === 'string' && TYPE_NAME.test(text)
}

/**
 * The one spelling of an id: `A-Z a-z 0-9 . _ ~ @ = + , -` as they are, everything else UTF-8 percent-encoded in upper case.
 * `null` for what is no id: empty, over `MAX_ID_BYTES`, or holding a lone surrogate.
 */
export function encodeId(id: string): string | null {
  if (typeof id !== 'string' || id.length === 0 || id.length > MAX_ID_BYTES) return null
  if (PLAIN_ID.test(id)) return id
  if (!id.isWellFormed()) return null
  const text = encodeURIComponent(id)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%(?:40|3D|2B|2C)/g, decodeURIComponent)
  return encodedBytes(text) <= MAX_ID_BYTES ? text : null
}

/** The id that this text is the one spelling of, or `null` when it is the spelling of none. */
export function decodeId(text: string): string | null {
  if (text.length > MAX_ID_BYTES * 3) return null
  if (PLAIN_ID.test(text)) return text.length <= MAX_ID_BYTES ? text : null
  try {
    const id = decodeURIComponent(text)
    return encodeId(id) === text ? id : null
  } catch {
    return null
  }
}

/**
 * The pairs of a canonical name, ids decoded, or `null` for any other text. Knows no catalog: whether the types exist and nest so is not checked. Never
 * throws.
 *
 * @example
 * ```ts
 * const { parseName } = await import('bailiwick')
 * parseName('account:acme/zone:a%2Fb') // [{ type: 'account', id: 'acme' }, { type: 'zone', id: 'a/b' }]
 * ```
 */
export function parseName(text: string): readonly Pair[] | null {
  if (typeof text !== 'string' || text.length > MAX_NAME_LENGTH) return null
  const pairs: Pair[] = []
  for (const part of text.split('/', MAX_DEPTH + 1)) {
    const colon = part.indexOf(':')
    const type = part.slice(0, colon)
    const id = colon < 0 ? null : decodeId(part.slice(colon + 1))
    if (id === null || !isTypeName(type) || pairs.length === MAX_DEPTH) return null
    pairs.push({ type, id })
  }
  return pairs
}

/**
 * The name of these pairs, whose ids are given as they are, or `null` where an id has no spelling or the whole is too long. `parseName(printName(p))`
 * equals `p`. Knows no catalog; `nameBuilders` checks types and id patterns as well.
 *
 * @example
 * ```ts
 * const { printName } = await import('bailiwick')
 * printName([{ type: 'account', id: 'acme' }, { type: 'zone', id: 'a/b' }]) // 'account:acme/zone:a%2Fb'
 * ```
 */
export function printName(pairs: readonly Pair[]): string | null {
  if (pairs.length === 0 || pairs.length > MAX_DEPTH) return null
  const parts: string[] = []
  for (const { type, id } of pairs) {
    const text = encodeId(id)
    if (text === null || !isTypeName(type)) return null
    parts.push(`${type}:${text}`)
  }
  const name = parts.join('/')
  return name.length <= MAX_NAME_LENGTH ? name : null
}

/** The name of an account, or `null` where its id has no spelling. */
export function accountName(id: string): string | null {
  return printName([{ type: 'account', id }])
}

/** The first pair of a name or a selector. The slice may keep the whole text in memory. */
export function rootOf(text: string): string {
  const slash = text.indexOf('/')
  return slash < 0 ? text : text.slice(0, slash)
}

/** Whether `text` has this part at `at`. Compared by hand: for parts this short a call of `startsWith` costs more. */
export function matchesAt(text: string, part: string, at: number): boolean {
  if (at + part.length > text.length) return false
  for (let i = 0; i < part.length; i++) if (text.charCodeAt(at + i) !== part.charCodeAt(i)) return false
  return true
}

/** How many bytes an encoded id stands for: each `%XX` is one. */
function encodedBytes(text: string): number {
  let triples = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 3)) triples++
  return text.length - 2 * triples
}
