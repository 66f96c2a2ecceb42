/**
 * The options of `createBailiwick`. Bad ones throw at start.
 */
import { type Fields, fieldFault } from '../core/fields.ts'
import { MisuseError } from '../errors.ts'

/** How old the facts behind an answer may be. What this process writes itself is seen by its next request in either mode. */
export interface Freshness {
  /**
   * `bounded`: facts are never older than `maxStalenessMs`. For the first half of it they are served from memory, so an access can be held for at least the
   * other half. `strict`: the revisions are read for each request, in one indexed read; an access can be held for `maxStalenessMs`.
   */
  readonly mode: 'bounded' | 'strict'
  /** In milliseconds, a whole number of at least 2. 10,000 by default. */
  readonly maxStalenessMs?: number
}

const OPTIONS: Fields = {
  catalog: 'object',
  storage: 'object',
  prefix: 'text?',
  acceptPrefixes: 'list?',
  freshness: 'object?',
  cache: 'object?',
  limits: 'object?',
  peppers: 'object?',
  importedKeys: 'object?',
  lastUse: 'object?',
  clock: 'function?',
  monotonic: 'function?',
  random: 'function?',
  onError: 'function?',
  onDecision: 'function?',
  onExpiring: 'function?',
}

/** The fields of nested options, which other files read. */
const PARTS: Readonly<Record<string, Fields>> = {
  peppers: { current: 'text', keys: 'object', acceptUnpepperedUntil: 'number?' },
  importedKeys: { sha256: 'flag?', hmacSha256: 'object?' },
}

/** Throws `ERR_BAILIWICK_MISUSE` for an option that doesn't exist, is missing, or is of another kind. */
export function checkOptions(options: unknown): void {
  check('the options of `createBailiwick`', options, OPTIONS)
  for (const [name, fields] of Object.entries(PARTS)) {
    const part = (options as Readonly<Record<string, unknown>>)[name]
    if (part !== undefined) check(`\`${name}\``, part, fields)
  }
  const { catalog } = options as { readonly catalog: object }
  if (!('types' in catalog && catalog.types instanceof Map))
    throw new MisuseError('`catalog` must be what `defineCatalog` returned')
  const { storage } = options as { readonly storage: object }
  if (!('commit' in storage && 'credential' in storage))
    throw new MisuseError('`storage` must be a storage, such as `memoryStorage()`')
}

/** How long a cached snapshot is served without a read, and how long an access may be held. */
export function readFreshness(freshness: Freshness = { mode: 'bounded' }): { servedMs: number; heldMs: number } {
  check('`freshness`', freshness, { mode: 'text', maxStalenessMs: 'number?' })
  const { mode, maxStalenessMs = 10_000 } = freshness
  wholeNumber('freshness.maxStalenessMs', maxStalenessMs, 2)
  if (mode === 'strict') return { servedMs: 0, heldMs: maxStalenessMs }
  if (mode === 'bounded') return { servedMs: maxStalenessMs / 2, heldMs: maxStalenessMs }
  throw new MisuseError(`\`freshness.mode\` must be \`bounded\` or \`strict\`, not \`${mode}\``)
}

/** How last uses are gathered before they are written. */
export interface LastUseOptions {
  /** The longest that a use waits to be written, which is also what a crash may lose. In milliseconds, 60,000 by default. */
  readonly flushMs?: number
  /** How many pairs of token and account may wait. 10,000 by default. */
  readonly maxPending?: number
}

export function readLastUse(lastUse: LastUseOptions = {}): Required<LastUseOptions> {
  check('`lastUse`', lastUse, { flushMs: 'number?', maxPending: 'number?' })
  const { flushMs = 60_000, maxPending = 10_000 } = lastUse
  wholeNumber('lastUse.flushMs', flushMs, 1)
  wholeNumber('lastUse.maxPending', maxPending, 1)
  if (flushMs > MAX_TIMER_MS)
    throw new MisuseError(`\`lastUse.flushMs\` must be at most ${MAX_TIMER_MS}, which timers can wait`)
  return { flushMs, maxPending }
}

/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The bounds of the decision cache. */
export function readCache(cache: { readonly maxEntries?: number; readonly maxBytes?: number } = {}): {
  readonly maxEntries: number
  readonly maxBytes: number
} {
  check('`cache`', cache, { maxEntries: 'number?', maxBytes: 'number?' })
  const { maxEntries = 50_000, maxBytes = 128 * 1_024 * 1_024 } = cache
  wholeNumber('cache.maxEntries', maxEntries, 1)
  wholeNumber('cache.maxBytes', maxBytes, 1)
  return { maxEntries, maxBytes }
}

function check(what: string, value: unknown, fields: Fields): void {
  const fault = fieldFault(what, value, fields)
  if (fault !== null) throw new MisuseError(fault)
}

function wholeNumber(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new MisuseError(`\`${name}\` must be a whole number of at least ${least}, not \`${value}\``)
}
