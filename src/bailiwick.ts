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

export interface BailiwickOptions<S extends CatalogShape> {
  readonly catalog: Catalog<S>
  readonly storage: Storage
  /** What new tokens begin with: `[a-z][a-z0-9]*(_[a-z0-9]+)*`, at most 9 characters. `bwk` by default. */
  readonly prefix?: string
  /** Further prefixes whose tokens are accepted, after a change of `prefix`. */
  readonly acceptPrefixes?: readonly string[]
  /** `bounded` by 10 seconds by default. */
  readonly freshness?: Freshness
  /** Bounds of the decision cache. 50,000 snapshots and 128 MiB by default. */
  readonly cache?: { readonly maxEntries?: number; readonly maxBytes?: number }
  readonly limits?: Partial<Limits>
  /** Keys of your own over the digests at rest. None by default. `docs/guide/incidents.md` says how to change one. */
  readonly peppers?: PepperOptions
  /** Keys of another make to look up, for tokens made with `tokens.import`. None by default: what isn't ours is malformed. */
  readonly importedKeys?: ImportedKeyOptions
  /** Last uses are gathered for up to a minute and written in one batch, by default. */
  readonly lastUse?: LastUseOptions
  /** Wall-clock time in epoch milliseconds. */
  readonly clock?: () => number
  /** A clock that never goes back, in milliseconds: staleness is measured on it. */
  readonly monotonic?: () => number
  readonly random?: RandomBytes
  /**
   * Told of what keeps an access from being made or answered (storage failures, stored facts that can't be understood), besides whoever met it.
   * Not of errors of administration. Not waited for. Warns the process by default, and of what it throws itself.
   */
  readonly onError?: (error: unknown) => void | Promise<void>
  /**
   * Told of every denial, and of each allow of a permission declared `audit`: after the decision, in order, never waited for. Where it can't keep up
   * (10,000 waiting), decisions are dropped and the next event says how many. What it throws goes to `onError`. Events hold more than a caller may
   * know: policies, addresses, hidden reasons. They hold no credential.
   */
  readonly onDecision?: (event: DecisionEvent) => void | Promise<void>
  /** Told of tokens that are about to expire, when you call `tokens.remind`. */
  readonly onExpiring?: (event: ExpiringToken) => void | Promise<void>
}

export interface Bailiwick<S extends CatalogShape> extends Admin<S> {
  readonly catalog: Catalog<S>
  /** Builders of canonical resource names: `bw.name.zone('acme', 'z1')`. */
  readonly name: Names<S>
  readonly tokens: Tokens<S> & SelfService
  /**
   * The access of whoever presented this value, from this address: one await, then everything is answered from memory.
   *
   * A denial is a value (`access.denial`), never an exception. Throws `ERR_BAILIWICK_STORAGE_UNAVAILABLE` when storage gives no answer and
   * `ERR_BAILIWICK_STORED_FACT` when what it holds can't be understood. Does not read any header and does not guess the address.
   *
   * @example
   * ```ts
   * const access = await bw.authenticate(value, { ip: '203.0.113.9' })
   * if (access.can('cache.purge', 'account:acme/zone:z1')) purge()
   * ```
   */
  authenticate(value: string | null | undefined, from?: From): Promise<Access<S>>
  /** The access of a logged-in user: all they may do themselves, without a token. That they are logged in is your word. */
  session(of: { readonly user: string } & From): Promise<Access<S>>
  /** What a token or a user may do, without their credential: the trusted host's "view as". Nothing checks who asks. */
  accessOf(of: { readonly token: string } | { readonly user: string }, from?: From): Promise<Access<S>>
  /**
   * Writes the last uses that wait to be written. They are written by themselves; call it where a process ends without `close`, or before a page
   * that should show them. Throws `ERR_BAILIWICK_STORAGE_UNAVAILABLE` when that fails: they go on waiting then.
   */
  flush(): Promise<void>
  /** Flushes, and releases what the storage opened itself, in this order and the second in any case. */
  close(): Promise<void>
}

/** Where a request comes from. Text that is no address is treated as no address: unknown, which never allows more. */
export interface From {
  readonly ip?: ClientAddress
  /** What your own logs call this request: `onDecision` is told it. */
  readonly requestId?: string | undefined
}

/** What a token may do without any permission: read its own state. */
export interface SelfService {
  /**
   * What the holder of this value may know of its token: state, policies, and which accounts it is open in. `null` when no token has it.
   * While the token is refused as a whole (disabled, expired, from the wrong address) only its state is told.
   */
  verify(value: string, from?: From): Promise<SelfReport | null>
}

/**
 * Wires a catalog and a storage into everything else.
 *
 * Throws `ERR_BAILIWICK_MISUSE` for options that can't be right. Opens no connection itself.
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
