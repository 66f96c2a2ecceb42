/**
 * Remembers when tokens were last let through, and writes it now and then: many uses become one row, many rows one write.
 *
 * Nothing here is waited for by a request or can fail one. What waits is bounded, a failed batch is kept for the next interval, and a crash
 * loses what was noted since the last one.
 */
import { type Address, printAddress } from '../core/address.ts'
import { decodeId, standsAt } from '../core/resource.ts'
import { StorageUnavailableError } from '../errors.ts'
import { asked } from '../storage/asked.ts'
import type { DigestChange, StorageUsage, TokenUse } from '../storage/port.ts'
import type { Renewal } from './lock.ts'
import { owned } from './owned.ts'

/** Runs something later; what is returned takes it back. */
export type Schedule = (run: () => void, ms: number) => () => void

export interface UsesOptions {
  readonly sink: StorageUsage
  /** How long a use may wait to be written. Uses of one token in one account from one address count as one when they are less than this apart. */
  readonly flushMs: number
  /** How many pairs of a token and an account may wait. */
  readonly maxPending: number
  readonly schedule: Schedule
  /** Told of batches that were not written, and of how many uses were given up. */
  readonly report: (error: unknown) => void
}

/** The use of one token that was noted last: nearly every other one ends at a comparison with it. */
export interface Noted {
  notedRoot: string
  notedIp: string | null
  notedAt: number
}

/** When it is. Passed on as it is: a number that a call is given becomes an object wherever V8 doesn't compile both into one. */
interface Instant {
  readonly now: number
}

/** A timer that keeps no process alive. */
export const unrefTimer: Schedule = (run, ms) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

/** A use that waits, and the address it was noted by: the next one of its kind needs no copy of its own. */
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
  /** The write under way; it never rejects. */
  #flight: Promise<void> | null = null
  #unschedule: (() => void) | null = null
  /** The last write failed: until the next interval nothing is tried for want of room alone. */
  #isDown = false
  #dropped = 0

  constructor(options: UsesOptions) {
    this.#options = options
  }

  /** Whether this use is as good as noted: the same account and address, not an interval ago. Allocates nothing. */
  isNoted({ notedRoot, notedIp, notedAt }: Noted, resource: string, from: string | null, { now }: Instant): boolean {
    return (
      now < notedAt + this.#options.flushMs &&
      notedIp === from &&
      standsAt(resource, notedRoot, 0) &&
      (resource.length === notedRoot.length || resource.charCodeAt(notedRoot.length) === SLASH)
    )
  }

  /**
   * Notes that a token was let through to something at this root, a text that is kept elsewhere too. `from` is the address as it came, and copied, `ip`
   * what it is.
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

  /** Has the stored form of a secret replaced with the next batch. One that finds no room comes again with the next load of its token. */
  renew(token: string, { from, to }: Renewal): void {
    if (this.#renewals.size >= this.#options.maxPending) return
    this.#renewals.set(`${token} ${from}`, { token, from, to })
    this.#arm()
  }

  /** Writes all that waits. Rejects with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` when that fails, and keeps it then. */
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

  /** One more is coming. What waits is written at once where that may help; else the oldest has to go. */
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

  /** Takes all that waits and writes it, one chunk after the other. Only called when no write is under way. */
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

  /** What was not written waits again, before what came meanwhile and is later. */
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

/** What waits under its key. */
type Waiting<T> = readonly [key: string, value: T]

function chunk<T>(waiting: readonly Waiting<T>[], start: number): readonly T[] {
  return waiting.slice(start, start + CHUNK).map(([, value]) => value)
}

/** What is to wait of a use, with the address of the one of its kind that waits already where it is the same. */
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

/** The account at this root, `null` at a user's. */
function accountOf(root: string): string | null {
  return root.startsWith('account:') ? decodeId(root.slice('account:'.length)) : null
}
