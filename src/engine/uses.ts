/**
 * Remembers when tokens were last let through, and writes it in batches: many uses become one row, many rows one write.
 *
 * No request waits for this, or fails by it. The queue is bounded, a failed batch is kept for the next interval, and a crash loses what was noted since
 * the last batch.
 */
import { type Address, printAddress } from '../core/address.ts'
import { decodeId, matchesAt } from '../core/resource.ts'
import { StorageUnavailableError } from '../errors.ts'
import { asked } from '../storage/asked.ts'
import type { DigestChange, StorageUsage, TokenUse } from '../storage/port.ts'
import { owned } from './owned.ts'
import type { Renewal } from './secret-verifier.ts'

/** Runs a function after `ms`; returns a function that cancels it. */
export type Schedule = (run: () => void, ms: number) => () => void

export interface UsesOptions {
  readonly sink: StorageUsage
  /** Milliseconds that a use may wait to be written. Uses of one token in one account from one address that are less than this apart count as one. */
  readonly flushMs: number
  /** How many pairs of token and account may wait. */
  readonly maxPending: number
  readonly schedule: Schedule
  /** Hears of batches that were not written, and of how many uses were given up. */
  readonly report: (error: unknown) => void
}

/** The use of one token that was noted last. Nearly every further use is equal to it, and needs only that comparison. */
export interface Noted {
  notedRoot: string
  notedIp: string | null
  notedAt: number
}

/** The time of a use. Passed as an object that exists already: V8 would allocate one for a number argument where it doesn't inline the call. */
interface Instant {
  readonly now: number
}

/** A timer that keeps no process alive. */
export const unrefTimer: Schedule = (run, ms) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

/** A use that waits, with the address text it was noted by, so that the next use from there needs no copy of its own. */
interface Pending {
  readonly ip: string | null
  readonly use: TokenUse
}

const CHUNK = 500
const SLASH = 0x2f

export class Uses {
  readonly #options: UsesOptions
  #uses = new Map<string, Pending>()
  #renewals = new Map<string, DigestChange>()
  /** The write in progress; it never rejects. */
  #flight: Promise<void> | null = null
  #unschedule: (() => void) | null = null
  /** Whether the last write failed. Then a full queue alone doesn't cause a write until the next interval. */
  #isDown = false
  #dropped = 0

  constructor(options: UsesOptions) {
    this.#options = options
  }

  /** Whether this use needs no note: one for the same account and address was noted less than an interval ago. Allocates nothing. */
  isNoted({ notedRoot, notedIp, notedAt }: Noted, resource: string, from: string | null, { now }: Instant): boolean {
    return (
      now < notedAt + this.#options.flushMs &&
      notedIp === from &&
      matchesAt(resource, notedRoot, 0) &&
      (resource.length === notedRoot.length || resource.charCodeAt(notedRoot.length) === SLASH)
    )
  }

  /**
   * Notes that a token was let through at this root. `root` is kept as it is: pass a text that is kept anyway. `from` is the text of the address and is
   * copied; `ip` is the address it means.
   */
  note(token: string, noted: Noted, root: string, from: string | null, ip: Address | null, now: number): void {
    const key = `${token} ${root}`
    const at = Math.floor(now)
    const waiting = this.#uses.get(key)
    const isNews = waiting === undefined || waiting.use.at < at
    const pending = isNews ? pendingOf(waiting, token, root, from, ip, at) : waiting
    noted.notedRoot = root
    noted.notedIp = pending.ip
    noted.notedAt = now
    if (!isNews) return
    if (waiting === undefined) this.#makeRoom()
    this.#uses.delete(key) // so that the oldest stay first
    this.#uses.set(key, pending)
    this.#arm()
  }

  /** Replaces the stored form of a secret with the next batch. One that finds no room is asked for again at the next load of its token. */
  renew(token: string, { from, to }: Renewal): void {
    if (this.#renewals.size >= this.#options.maxPending) return
    this.#renewals.set(`${token} ${from}`, { token, from, to })
    this.#arm()
  }

  /** Writes everything that waits. When that fails, keeps it and rejects with `ERR_BAILIWICK_STORAGE_UNAVAILABLE`. */
  async flush(): Promise<void> {
    while (this.#flight !== null) await this.#flight
    if (this.waiting > 0) await this.#write()
  }

  /** How many rows wait to be written. */
  get waiting(): number {
    return this.#uses.size + this.#renewals.size
  }

  #arm(): void {
    const { schedule, flushMs } = this.#options
    this.#unschedule ??= schedule(() => {
      this.#unschedule = null
      if (this.#flight === null) this.#writeUnwaited()
      else this.#arm()
    }, flushMs)
  }

  /** Makes room for one more: writes what waits where that may help, else drops the oldest. */
  #makeRoom(): void {
    if (this.#uses.size < this.#options.maxPending) return
    if (this.#flight === null && !this.#isDown) this.#writeUnwaited()
    else this.#dropOldest()
  }

  #dropOldest(): void {
    for (const key of this.#uses.keys()) {
      this.#uses.delete(key)
      this.#dropped++
      return
    }
  }

  #writeUnwaited(): void {
    const { report } = this.#options
    this.#write()
      .catch(report)
      .then(() => {
        if (this.#dropped > 0)
          report(new StorageUnavailableError(`${this.#dropped} last uses were given up: too many waited for storage`))
        this.#dropped = 0
      })
  }

  /** Takes everything that waits and writes it, one chunk after the other. Only called when no write is in progress. */
  #write(): Promise<void> {
    this.#unschedule?.()
    this.#unschedule = null
    const uses = [...this.#uses]
    const renewals = [...this.#renewals]
    this.#uses = new Map()
    this.#renewals = new Map()
    const written = this.#writeChunks(uses, renewals)
    const landed = () => {
      this.#flight = null
    }
    this.#flight = written.then(landed, landed)
    return written
  }

  async #writeChunks(uses: readonly Waiting<Pending>[], renewals: readonly Waiting<DigestChange>[]): Promise<void> {
    const { sink } = this.#options
    const longest = Math.max(uses.length, renewals.length)
    let start = 0
    try {
      for (; start < longest; start += CHUNK) {
        const batch = { uses: chunk(uses, start).map(({ use }) => use), digests: chunk(renewals, start) }
        await asked(() => sink.recordUse(batch))
      }
      this.#isDown = false
    } catch (error) {
      this.#isDown = true
      this.#putBack(uses.slice(start), renewals.slice(start))
      throw error
    }
  }

  /** Puts back what was not written, before what came meanwhile. */
  #putBack(uses: readonly Waiting<Pending>[], renewals: readonly Waiting<DigestChange>[]): void {
    const { maxPending } = this.#options
    const later = this.#uses
    this.#uses = new Map(uses)
    for (const [key, pending] of later) {
      if ((this.#uses.get(key)?.use.at ?? Number.NEGATIVE_INFINITY) >= pending.use.at) continue
      this.#uses.delete(key)
      this.#uses.set(key, pending)
    }
    while (this.#uses.size > maxPending) this.#dropOldest()
    this.#renewals = new Map([...renewals, ...this.#renewals].slice(0, maxPending))
    this.#arm()
  }
}

/** Waiting values, each with its key. */
type Waiting<T> = readonly [key: string, value: T]

function chunk<T>(waiting: readonly Waiting<T>[], start: number): readonly T[] {
  return waiting.slice(start, start + CHUNK).map(([, value]) => value)
}

/** The use as it waits. Reuses the address of the one that waits under the same key, where it is equal. */
function pendingOf(
  waiting: Pending | undefined,
  token: string,
  root: string,
  from: string | null,
  address: Address | null,
  at: number,
): Pending {
  const account = waiting === undefined ? accountOf(root) : waiting.use.account
  if (waiting?.ip === from) return { ip: waiting.ip, use: { token, account, at, from: waiting.use.from } }
  const printed = address === null ? null : printAddress(address)
  return { ip: from === null ? null : owned(from), use: { token, account, at, from: printed } }
}

/** The account of this root; `null` for a user's root. */
function accountOf(root: string): string | null {
  return root.startsWith('account:') ? decodeId(root.slice('account:'.length)) : null
}
