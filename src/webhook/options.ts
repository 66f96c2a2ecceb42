/**
 * The options of `secretScanning`. Bad ones throw at start.
 */
import { type Fields, fieldFault } from '../core/fields.ts'
import { MisuseError } from '../errors.ts'
import { quietly, warn } from '../quietly.ts'
import { type FindKey, keyring } from './keyring.ts'
import { type GitHubKey, type Keys, readKey, readKeys } from './keys.ts'
import { PUBLISHED_AT, publishedKeys } from './published.ts'
import type { FoundLeak, LeakReporter, Listeners } from './report.ts'

export interface SecretScanningOptions {
  /**
   * The public keys to trust: a list, or a function that returns one. The function is called when an identifier is unknown (at most once a minute) and
   * when the keys are an hour old. Without this option they are fetched from `url` at those times, and kept while GitHub can't be reached.
   */
  readonly keys?: readonly GitHubKey[] | (() => Promise<readonly GitHubKey[]>)
  /** What fetches the keys. The global `fetch` by default. */
  readonly fetch?: typeof fetch
  /** Where the keys are published: an https address. GitHub's by default. */
  readonly url?: string
  /** The largest body that is read, in bytes. 10 MiB by default. */
  readonly maxBytes?: number
  /** A clock in milliseconds that never goes back: the age of keys is measured on it. `performance.now` by default. */
  readonly monotonic?: () => number
  /**
   * Hears of each value that was a token of this service, once per delivery, after it has been ended: inform the owner here. Not awaited; what it throws
   * goes to `onError`.
   */
  readonly onLeak?: (leak: FoundLeak) => void | Promise<void>
  /**
   * Hears why keys could not be fetched or a value not reported. Errors hold no value. Not waited for; what it throws or rejects with becomes a warning.
   * `process.emitWarning` by default.
   */
  readonly onError?: (error: unknown) => void | Promise<void>
}

export interface Settings extends Listeners {
  readonly findKey: FindKey
  readonly maxBytes: number
}

const OPTIONS: Fields = {
  fetch: 'function?',
  url: 'text?',
  maxBytes: 'number?',
  monotonic: 'function?',
  onLeak: 'function?',
  onError: 'function?',
}

/** Throws `ERR_BAILIWICK_MISUSE` for what can't be right. Fetches nothing yet. */
export function readOptions(bw: LeakReporter, options: SecretScanningOptions): Settings {
  if (typeof bw?.tokens?.reportLeaked !== 'function')
    throw new MisuseError('`secretScanning` needs what `createBailiwick` returned')
  const { keys, ...others } = options
  const fault = fieldFault('the options of `secretScanning`', others, OPTIONS)
  if (fault !== null) throw new MisuseError(fault)
  const { fetch: ask = fetch, url = PUBLISHED_AT, maxBytes = 10 * 1_024 * 1_024 } = others
  const { monotonic = () => performance.now(), onError = warn } = others
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:')
    throw new MisuseError(`\`url\` must be an https address, not \`${url}\``)
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1)
    throw new MisuseError(`\`maxBytes\` must be a whole number of at least 1, not \`${maxBytes}\``)
  const tell = quietly(onError)
  const listeners = { onLeak: quietly(others.onLeak ?? (() => {}), tell), onError: tell }
  if (keys !== undefined && typeof keys !== 'function')
    return { findKey: fixed(readList(keys)), maxBytes, ...listeners }
  const source =
    keys === undefined ? publishedKeys(ask, url) : async () => ({ keys: readKeys(await keys()), tag: null })
  return { findKey: keyring({ source, monotonic, onError: tell }), maxBytes, ...listeners }
}

function readList(list: unknown): Keys {
  if (!Array.isArray(list) || list.length === 0)
    throw new MisuseError('`keys` must be a list of at least one public key, or a function that returns one')
  return new Map(
    list.map((given, i) => {
      const entry = readKey(given)
      if (entry === null)
        throw new MisuseError(`\`keys[${i}]\` must be { key_identifier, key }, with an ECDSA P-256 public key in PEM`)
      return entry
    }),
  )
}

function fixed(keys: Keys): FindKey {
  return async (id) => keys.get(id) ?? 'unknown'
}
