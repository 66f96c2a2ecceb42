/**
 * Peppers: keys of the host over the digests at rest, so that whoever reads the database can't test a guess and whoever writes to it
 * can't make a secret of their own.
 *
 * The stored form is `hmac-sha256:<pepper id>:<base64url>`, the HMAC of the digest's text; without peppers it is the digest itself.
 */
import { createHmac } from 'node:crypto'
import { MisuseError, StoredFactError } from '../errors.ts'
import { sameDigest } from './digest.ts'

/** Keys of yours over the digests at rest, by id, and which one is used for new secrets. */
export interface PepperOptions {
  /** The id of the key to use from now on. */
  readonly current: string
  /** At least 32 bytes each: text (as UTF-8) or bytes, from the host's own secret store. Ids are 1 to 32 characters of `a-z 0-9 _ -`. */
  readonly keys: Readonly<Record<string, string | Uint8Array>>
  /**
   * Until when a row without a pepper is still accepted, in epoch milliseconds. Without it, none is. Until then, a stranger who can write to the database
   * can still make a secret of their own.
   */
  readonly acceptUnpepperedUntil?: number
}

/** Turns digests into their stored form, and compares the two. */
export interface Peppers {
  /** The stored form of this digest under the current pepper. */
  seal(digest: string): string
  /** Whether a stored form is that of this digest. Throws `StoredFactError` where that can't be known, or where it matches but lacks a required pepper. */
  opens(stored: string, digest: string): boolean
  /** Whether a stored form is under the current pepper. */
  isCurrent(stored: string): boolean
  /** Every form in which this digest may be stored. */
  formsOf(digest: string): readonly string[]
  /** What stored forms under this pepper begin with, up to the last colon. `null`: those without one. Throws `MisuseError` for an unknown id. */
  schemesOf(id: string | null): readonly string[]
}

const SCHEME = 'hmac-sha256:'
const STORED = /^hmac-sha256:([a-z0-9_-]{1,32}):/
/** The digests that `digest` and `imported.ts` compute: the stored form without a pepper. */
const PLAIN = /^(?:sha256|raw-sha256|raw-hmac-sha256:[a-z0-9_-]{1,32}):/

/** Throws `MisuseError` for keys that are missing, too short or badly named. */
export function createPeppers(options: PepperOptions | undefined, clock: () => number): Peppers {
  const keys = readKeys('peppers.keys', options?.keys ?? {})
  const current = options === undefined ? null : { id: options.current, key: currentKey(options.current, keys) }
  const until = options === undefined ? Number.POSITIVE_INFINITY : (options.acceptUnpepperedUntil ?? 0)

  const under = (id: string, key: Uint8Array, digest: string) => `${SCHEME + id}:${hmac(key, digest)}`
  const seal = (digest: string) => (current === null ? digest : under(current.id, current.key, digest))

  return Object.freeze({
    seal,
    opens(stored: string, digest: string) {
      const id = STORED.exec(stored)?.[1]
      if (id === undefined) {
        if (!PLAIN.test(stored)) throw new StoredFactError('a stored digest has an unknown scheme')
        if (!sameDigest(stored, digest)) return false
        if (clock() < until) return true
        throw new StoredFactError('a stored digest has no pepper, and `peppers.acceptUnpepperedUntil` is over')
      }
      const key = keys.get(id)
      if (key === undefined)
        throw new StoredFactError(`a stored digest has pepper \`${id}\`, which is not among the keys`)
      return sameDigest(stored, under(id, key, digest))
    },
    isCurrent: (stored: string) => STORED.exec(stored)?.[1] === current?.id,
    formsOf: (digest: string) => [digest, ...[...keys].map(([id, key]) => under(id, key, digest))],
    schemesOf(id: string | null) {
      if (id === null) return ['sha256', 'raw-sha256', 'raw-hmac-sha256']
      if (!keys.has(id)) throw new MisuseError(`pepper \`${id}\` is none of \`peppers.keys\``)
      return [SCHEME + id]
    },
  })
}

function currentKey(id: string, keys: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const key = keys.get(id)
  if (key !== undefined) return key
  throw new MisuseError(`\`peppers.current\` is \`${id}\`, which is none of \`peppers.keys\``)
}

const KEY_ID = /^[a-z0-9_-]{1,32}$/
const MIN_KEY_BYTES = 32

/** Keys of the host by id. No message holds a key. */
export function readKeys(
  what: string,
  keys: Readonly<Record<string, string | Uint8Array>>,
): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(keys).map(([id, key]) => {
      if (!KEY_ID.test(id)) throw new MisuseError(`an id in \`${what}\` must be 1 to 32 characters of \`a-z 0-9 _ -\``)
      const bytes = typeof key === 'string' ? Buffer.from(key, 'utf8') : key
      if (!(bytes instanceof Uint8Array) || bytes.length < MIN_KEY_BYTES)
        throw new MisuseError(`\`${what}.${id}\` must be text or bytes of at least ${MIN_KEY_BYTES} bytes`)
      return [id, Uint8Array.from(bytes)]
    }),
  )
}

export function hmac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
