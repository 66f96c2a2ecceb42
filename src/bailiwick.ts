/**
 * The composition root: wires the rooms together and holds no rules.
 */
import { type Admin, createAdmin } from './admin/admin.ts'
import type { ExpiringToken } from './admin/deps.ts'
import type { Tokens } from './admin/tokens.ts'
import type { Catalog } from './core/catalog.ts'
import type { CatalogShape } from './core/catalog-types.ts'
import { type Names, nameBuilders } from './core/names.ts'
import { checkPrefix, DEFAULT_PREFIX } from './credential/format.ts'
import { createImportedKeys, type ImportedKeyOptions } from './credential/imported.ts'
import { cryptoRandom, type RandomBytes } from './credential/mint.ts'
import { createPeppers, type PepperOptions } from './credential/peppers.ts'
import type { Access } from './engine/access.ts'
import { Engine } from './engine/authenticate.ts'
import { type DecisionEvent, Decisions } from './engine/decisions.ts'
import type { ClientAddress } from './engine/request-context.ts'
import type { SelfReport } from './engine/self.ts'
import { Snapshots } from './engine/snapshots.ts'
import { Uses, unrefTimer } from './engine/uses.ts'
import { quietly, warn } from './quietly.ts'
import { type Limits, limitsFrom } from './schema/limits.ts'
import {
  checkOptions,
  type Freshness,
  type LastUseOptions,
  readCache,
  readFreshness,
  readLastUse,
} from './schema/options.ts'
import type { Storage } from './storage/port.ts'

/**
 * The options of `createBailiwick`. Only `catalog` and `storage` must be given. An option that doesn't exist, or is of the wrong kind, is refused with
 * `ERR_BAILIWICK_MISUSE`, so a misspelt one is never ignored. Durations are in milliseconds.
 */
export interface BailiwickOptions<S extends CatalogShape> {
  /** What `defineCatalog` returned. It is code: every process must have the same one, and it isn't stored. */
  readonly catalog: Catalog<S>
  /** Where the data is: `memoryStorage()`, `sqliteStorage(…)`, or a driver of yours. `bw.close()` closes it. */
  readonly storage: Storage
  /** What new tokens begin with: `[a-z][a-z0-9]*(_[a-z0-9]+)*`, at most 9 characters. `bwk` by default. */
  readonly prefix?: string
  /** Further prefixes that are accepted, for tokens made before `prefix` was changed. */
  readonly acceptPrefixes?: readonly string[]
  /** How old facts written by other processes may be. 10 seconds by default (`bounded`). */
  readonly freshness?: Freshness
  /** How much is kept compiled in memory: 50,000 tokens and sessions, and 128 MiB, by default. */
  readonly cache?: { readonly maxEntries?: number; readonly maxBytes?: number }
  /** How much one token, member, user or account may hold. Checked when something is written; what is stored already stays in force. */
  readonly limits?: Partial<Limits>
  /** Keys of your own over the digests at rest. None by default. `docs/guide/incidents.md` says how to change one. */
  readonly peppers?: PepperOptions
  /** Accepts keys issued before you adopted bailiwick: see `tokens.import`. By default foreign values are `credential_malformed`. */
  readonly importedKeys?: ImportedKeyOptions
  /** How last uses are gathered before they are written. In one batch a minute by default. */
  readonly lastUse?: LastUseOptions
  /** The time, in epoch milliseconds: expiry is judged by it. `Date.now` by default. */
  readonly clock?: () => number
  /** A clock in milliseconds that never goes back: staleness is measured on it. `performance.now` by default. */
  readonly monotonic?: () => number
  /**
   * That many random bytes: the ids and secrets of new tokens, and ids of policies, are made of them. `node:crypto` by default. For tests alone: whoever can
   * guess what it returns can guess the secrets.
   */
  readonly random?: RandomBytes
  /**
   * Hears what keeps an access from being made or answered (storage failures, stored facts that can't be understood); whoever asked gets the error too.
   * Also last uses that could not be written, and what `onDecision` throws. Not errors of administration: those only go to the caller. Not waited for;
   * what it throws or rejects with becomes a warning. `process.emitWarning` by default.
   */
  readonly onError?: (error: unknown) => void | Promise<void>
  /**
   * Hears every denial, and each allow of a permission declared `audit`: after the decision, in order, never awaited. When 10,000 wait, further ones
   * are dropped, and the next event says how many. What it throws goes to `onError`. Events say more than a caller may know: policies, addresses, hidden
   * reasons. Credentials that bailiwick issued are taken out of them; imported keys have no shape to be found by.
   */
  readonly onDecision?: (event: DecisionEvent) => void | Promise<void>
  /** Hears of tokens about to expire, when you call `tokens.remind`. */
  readonly onExpiring?: (event: ExpiringToken) => void | Promise<void>
}

/** What `createBailiwick` returns: who asks (`authenticate` and its like), and who administers (`accounts`, `members`, `tokens` and the others). */
export interface Bailiwick<S extends CatalogShape> extends Admin<S> {
  /** The catalog it was made with. */
  readonly catalog: Catalog<S>
  /** Builders of canonical resource names: `bw.name.zone('acme', 'z1')`. */
  readonly name: Names<S>
  readonly tokens: Tokens<S> & SelfService
  /**
   * The access of whoever presented this value, from this address: one `await`, then everything is answered from memory.
   *
   * `value` is the credential alone, without `Bearer `. A value that is missing, malformed or unknown is a denial (`access.denial`) and no exception. Reads
   * no header and guesses no address: without `ip`, tokens bound to addresses are denied. What the access allows is noted as a use; denials, and allows
   * of permissions marked `audit`, go to `onDecision`.
   *
   * Rejects with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` when storage gives no answer, or when too many look-ups of unknown keys wait already, and with
   * `ERR_BAILIWICK_STORED_FACT` when what is stored of the token can't be understood.
   *
   * @example
   * ```ts
   * const access = await bw.authenticate(value, { ip: '203.0.113.9' })
   * if (access.can('cache.purge', 'account:acme/zone:z1')) purge()
   * ```
   */
  authenticate(value: string | null | undefined, from?: From): Promise<Access<S>>
  /**
   * The access of a logged-in user: all they may do themselves, without a token. That they are logged in is your word: nothing checks it. API switches and
   * token rules don't bind a session, and it leaves no last use. A user that was never written is active, and a member of nothing.
   *
   * Rejects with `ERR_BAILIWICK_MISUSE` for what can be no id, and with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` and
   * `ERR_BAILIWICK_STORED_FACT` like `authenticate`.
   *
   * @example
   * ```ts
   * const access = await bw.session({ user: 'u_1', ip: '203.0.113.9' })
   * if (access.can('cache.purge', 'account:acme/zone:z1')) purge()
   * ```
   */
  session(of: { readonly user: string } & From): Promise<Access<S>>
  /**
   * What a token or a user may do, without their credential: "view as", for the host. Nothing checks who asks. Notes no use and reports nothing to
   * `onDecision`; `requestId` is ignored. A token id that doesn't exist is a denial (`credential_unknown`).
   *
   * Rejects with `ERR_BAILIWICK_MISUSE` for what can be no id, and with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` and
   * `ERR_BAILIWICK_STORED_FACT` like `authenticate`.
   *
   * @example
   * ```ts
   * const access = await bw.accessOf({ token: '7hQm2VdXoYpL0sTcRk9bNe' }, { ip: '203.0.113.9' })
   * console.log(access.explain('cache.purge', 'account:acme/zone:z1').text)
   * ```
   */
  accessOf(of: { readonly token: string } | { readonly user: string }, from?: From): Promise<Access<S>>
  /**
   * Writes the last uses that wait. That happens by itself, once a minute; call it before a page that should show them, or where a process ends without
   * `close`. Rejects with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` when it fails: then they go on waiting.
   */
  flush(): Promise<void>
  /** Writes the last uses that wait, then closes the storage, even where writing them failed. Rejects if either fails. */
  close(): Promise<void>
}

/** Where a request comes from. Text that is no address is treated as no address: unknown, which never allows more. */
export interface From {
  readonly ip?: ClientAddress
  /** What your own logs call this request. It is in the events that `onDecision` gets. */
  readonly requestId?: string | undefined
}

/** What a token may do without any permission: read its own state. */
export interface SelfService {
  /**
   * What the holder of this value may know of its token: state, policies, and which accounts it is open in. `null` when no token has it, or it can be
   * no credential. While the token is refused as a whole (disabled, expired, from the wrong address) it says only the token's state.
   *
   * `value` is the credential alone, without `Bearer `. Always reads storage. Notes no use and reports nothing to `onDecision`. Rejects with
   * `ERR_BAILIWICK_STORAGE_UNAVAILABLE` and `ERR_BAILIWICK_STORED_FACT` like `authenticate`.
   *
   * @example
   * ```ts
   * const self = await bw.tokens.verify(value, { ip: '203.0.113.9' })
   * console.log(self?.status, self?.denial, self?.accounts)
   * ```
   */
  verify(value: string, from?: From): Promise<SelfReport | null>
}

/**
 * Makes everything out of a catalog and a storage: authentication, accesses and administration. One for a process.
 *
 * Throws `ERR_BAILIWICK_MISUSE` for options that can't be right: a misspelt one, a limit below 1, a prefix or a pepper that is none. Reads nothing from
 * storage and opens no connection.
 *
 * @example
 * ```ts
 * const bw = createBailiwick({ catalog, storage: memoryStorage() })
 * ```
 */
export function createBailiwick<S extends CatalogShape>(options: BailiwickOptions<S>): Bailiwick<S> {
  checkOptions(options)
  const { catalog, storage, prefix = DEFAULT_PREFIX, clock = Date.now, random = cryptoRandom } = options
  const { monotonic = () => performance.now(), onError = warn } = options
  const { servedMs, heldMs } = readFreshness(options.freshness)
  const bounds = readCache(options.cache)
  const prefixes = new Set([prefix, ...(options.acceptPrefixes ?? [])])
  for (const one of prefixes) checkPrefix(one)
  const peppers = createPeppers(options.peppers, clock)
  const importedKeys = createImportedKeys(options.importedKeys)
  const report = quietly(onError)
  const { onDecision, onExpiring } = options

  const snapshots = new Snapshots({ catalog, reader: storage, peppers, monotonic, servedMs, heldMs, ...bounds })
  const uses = new Uses({ sink: storage, ...readLastUse(options.lastUse), schedule: unrefTimer, report })
  const decisions =
    onDecision === undefined
      ? null
      : new Decisions({ catalog, tell: onDecision, defer: (run) => void setImmediate(run), report })
  const credentials = { prefixes, peppers, importedKeys }
  const engine = new Engine({ catalog, snapshots, ...credentials, uses, decisions, clock, monotonic, heldMs, report })
  const limits = limitsFrom(options.limits ?? {})
  const afterWrite = snapshots.invalidate.bind(snapshots)
  const hooks = { afterWrite, ...(onExpiring !== undefined && { onExpiring }) }
  const admin = createAdmin({ catalog, storage, limits, prefix, ...credentials, clock, random, ...hooks })

  // Names of permissions and resources are types alone: the engine reads them as text.
  const typed = (access: Promise<Access>) => access as unknown as Promise<Access<S>>

  return Object.freeze({
    ...admin,
    catalog,
    name: nameBuilders(catalog),
    tokens: Object.freeze({ ...admin.tokens, verify: (value: string, from?: From) => engine.verify(value, from?.ip) }),
    authenticate: (value: string | null | undefined, from?: From) =>
      typed(engine.authenticate(value, from?.ip, from?.requestId)),
    session: (of: { readonly user: string } & From) => typed(engine.session(of.user, of.ip, of.requestId)),
    accessOf: (of: { readonly token: string } | { readonly user: string }, from?: From) =>
      typed(engine.viewAs(of, from?.ip)),
    flush: () => uses.flush(),
    close: () => uses.flush().finally(() => storage.close()),
  })
}
