/**
 * The decision cache: compiled snapshots of tokens and sessions, bounded by count and bytes.
 *
 * What it promises (`docs/internals/caching.md` says why each holds): a write through this process is seen by the next request; nothing
 * is answered from facts older than the staleness allowed; time, addresses, errors and wrong secrets are never kept.
 */
import { LRUCache } from 'lru-cache'
import type { Catalog } from '../core/catalog.ts'
import type { CredentialFacts } from '../core/facts.ts'
import type { Peppers } from '../credential/peppers.ts'
import type { StorageReader, WriteEvent } from '../storage/port.ts'
import { DigestIndex } from './digest-index.ts'
import type { Entry, Opened } from './entry.ts'
import { Ids } from './ids.ts'
import { type Begun, isSince, Loads, type Moment } from './loads.ts'
import { Lookups } from './lookups.ts'
import { News } from './news.ts'
import { type Found, Reads } from './reads.ts'
import { Scopes } from './scopes.ts'
import type { Verifier } from './secret-verifier.ts'
import { snapshotBytes } from './size.ts'
import { Standings } from './standings.ts'

export interface SnapshotOptions {
  readonly catalog: Catalog
  readonly reader: StorageReader
  readonly peppers: Peppers
  readonly monotonic: () => number
  /** How old the facts of a new access may be without a look at their revisions. 0: that look is taken for each request. */
  readonly servedMs: number
  /** How long an access may be held after its facts were read. */
  readonly heldMs: number
  readonly maxEntries: number
  readonly maxBytes: number
}

/** Facts as they were read, compiled when somebody shows that they hold the secret. */
interface Candidate {
  readonly begun: Begun
  readonly found: Found | null
  entry: Entry | null
}

/** `kept`: what is kept will do while it is young. `anew`: only what is read from now on. */
export type Freshness = 'kept' | 'anew'

/** An entry that is used is moved up this often at most: that costs more than all else it takes to find it. */
const MOVED_UP_MS = 1_000

export class Snapshots {
  readonly news: News
  readonly #options: SnapshotOptions
  readonly #entries: LRUCache<string, Entry>
  readonly #reads: Reads
  readonly #scopes = new Scopes()
  readonly #digests: DigestIndex
  readonly #ids: Ids
  readonly #tokens = new Loads<Candidate>()
  readonly #sessions = new Loads<Entry>()
  readonly #checks = new Loads<boolean>()
  readonly #lookups: Lookups
  #turn = 0

  constructor(options: SnapshotOptions) {
    const { maxEntries: max, maxBytes: maxSize, monotonic, heldMs, catalog, reader, peppers } = options
    const standingsSize = Math.ceil(maxSize / 4)
    this.#options = options
    this.news = new News(monotonic, heldMs)
    this.#entries = new LRUCache({
      max,
      maxSize: maxSize - standingsSize,
      sizeCalculation: ({ snapshot, readings }) => snapshotBytes(snapshot, readings.length),
      dispose: (entry, key) => this.#leave(key, entry),
    })
    this.#digests = new DigestIndex(max)
    const standings = new Standings({ catalog, max, maxSize: standingsSize })
    this.#reads = new Reads({ catalog, reader, peppers, standings, scopes: this.#scopes })
    this.#ids = new Ids(max)
    this.#lookups = new Lookups((digests) => this.#reads.ids(digests), max)
  }

  /** What is kept of this token, if it may answer without a look at storage. */
  readyToken(id: string): Entry | null {
    return ofToken(this.#ready(id))
  }

  /** The same, if these bytes of a digest of that token are known to open it alone. `null` says nothing: they may open it all the same. */
  readyOpened(bytes: string, id: string): Entry | null {
    const entry = this.#digests.find(bytes)
    return entry !== null && this.#isYoung(entry, id) ? entry : null
  }

  readySession(user: string): Entry | null {
    return ofSession(this.#ready(sessionKey(user)))
  }

  /**
   * The token of this id, if `endOf` has an end for its secrets. A secret that doesn't match is never remembered, or whoever knows an id could
   * verifier its owner out; nor is anything compiled for it. What is kept may be from before a roll elsewhere, or before a digest was moved to
   * another pepper: so a mismatch is read again, and a verifier that can't tell as well.
   */
  async token(id: string, freshness: Freshness, endOf: (of: Verifier) => number | null): Promise<Opened | null> {
    const since = this.#since(freshness)
    const kept = ofToken(await this.#kept(id, since))
    if (kept === null) {
      if (this.#ids.isUnknown(id, since)) return null
    } else {
      const secretEndsOn = endOf(kept)
      if (secretEndsOn !== null) return { entry: kept, secretEndsOn }
    }
    const wanted = kept === null ? since : this.#since('anew')
    const isCold = kept === null && this.#isKnown(id) && !this.#tokens.isRunning(id)
    const begun = this.#tokens.begin(this.#begin())
    const candidate = await this.#tokens.join(id, wanted, begun, (at) => this.#readToken(id, at, isCold))
    const { found } = candidate
    if (found === null) return null
    const secretEndsOn = endOf(found.verifier)
    return secretEndsOn === null ? null : { entry: this.#admit(id, candidate, found), secretEndsOn }
  }

  /** The tokens that are remembered to have a key of one of these digests. Their secrets decide whether they still have. */
  rememberedIds(digests: readonly string[]): readonly string[] {
    return this.#lookups.remembered(digests)
  }

  /** The tokens that have a key of one of these digests. */
  findIds(digests: readonly string[], freshness: Freshness): Promise<readonly string[]> {
    return this.#lookups.find(digests, this.#since(freshness), this.#begin())
  }

  async session(user: string, freshness: Freshness): Promise<Entry> {
    const key = sessionKey(user)
    const since = this.#since(freshness)
    const kept = ofSession(await this.#kept(key, since))
    if (kept !== null) return kept
    const begun = this.#sessions.begin(this.#begin())
    return this.#sessions.join(key, since, begun, async (at) =>
      this.#keep(key, await this.#reads.session(user, at), at, this.#sessions),
    )
  }

  /** A token's facts as they stand, not kept and not compiled. */
  readFacts(id: string): Promise<CredentialFacts | null> {
    return this.#reads.facts(id)
  }

  /** Called after each write of this process, before its caller hears of it. */
  invalidate(event: WriteEvent): void {
    const { scopes, token } = event
    this.#lookups.invalidate(event)
    for (const loads of [this.#tokens, this.#sessions, this.#checks]) loads.note(scopes)
    for (const scope of scopes) for (const key of this.#scopes.keysOf(scope)) this.#entries.delete(key)
    if (token === undefined) return
    this.#ids.noteRow(token.id)
    if (token.after !== null) this.news.note(token.after.token, token.after.secrets)
  }

  /** The moment of a read that begins now. */
  #begin(): Moment {
    return { at: Math.floor(this.#options.monotonic()), turn: ++this.#turn }
  }

  /** What is kept at this moment, for tests and measurements. */
  get size(): Readonly<Record<'entries' | 'bytes' | 'scopes' | 'lookups' | 'known', number>> {
    const { size: entries, calculatedSize: bytes } = this.#entries
    return { entries, bytes, scopes: this.#scopes.size, lookups: this.#lookups.size, known: this.#ids.known }
  }

  /** The earliest read that may answer: one that began from now on, or while what is kept is young. */
  #since(freshness: Freshness): Moment {
    const at = this.#options.monotonic()
    const { servedMs } = this.#options
    return freshness === 'kept' && servedMs > 0
      ? { at: at - servedMs, turn: 0 }
      : { at: Math.floor(at), turn: this.#turn }
  }

  /** What is kept of this key, where that is young enough to answer without a look at storage. */
  #ready(key: string): Entry | null {
    const entry = this.#entries.peek(key)
    if (entry === undefined || !this.#isYoung(entry, key)) return null
    this.#digests.add(entry)
    return entry
  }

  /** Whether what is kept under this key may answer without a look at storage. If so, it is used. */
  #isYoung(entry: Entry, key: string): boolean {
    const { servedMs, monotonic } = this.#options
    if (servedMs === 0) return false
    const now = monotonic()
    if (!(entry.at >= now - servedMs)) return false // so that a clock that says no number makes nothing young
    if (now - entry.movedUpAt >= MOVED_UP_MS) {
      this.#entries.get(key)
      entry.movedUpAt = Math.floor(now)
    }
    return true
  }

  /** What is kept of this key, if it is fresh enough or its revisions still stand. */
  async #kept(key: string, since: Moment): Promise<Entry | null> {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    if (isSince(entry, since)) return entry
    const begun = this.#checks.begin(this.#begin())
    const stands = await this.#checks.join(key, since, begun, (at) => this.#confirm(key, entry, at))
    const current = this.#entries.peek(key)
    return stands && current !== undefined && isSince(current, since) ? current : null
  }

  async #confirm(key: string, entry: Entry, begun: Begun): Promise<boolean> {
    const { readings } = entry
    const now = await this.#reads.revisions(readings.map(({ scope }) => scope))
    const stands = readings.every(({ revision }, i) => revision === now[i]) && this.#checks.isCurrent(begun, readings)
    if (stands && this.#entries.peek(key) === entry && begun.turn > entry.turn) {
      entry.at = begun.at
      entry.turn = begun.turn
    }
    return stands
  }

  async #readToken(id: string, begun: Begun, isCold: boolean): Promise<Candidate> {
    const found = await this.#reads.token(id, isCold)
    if (found === null) this.#forget(id, begun)
    return { begun, found, entry: null }
  }

  /** There was no such row when that read began. One that was found since stays. */
  #forget(id: string, begun: Begun): void {
    const kept = this.#entries.peek(id)
    if (kept !== undefined && kept.turn > begun.turn) return
    this.#entries.delete(id)
    this.#ids.noteNoRow(id, this.#tokens.isCurrent(begun, null) ? begun : null)
  }

  #isKnown(id: string): boolean {
    return ofToken(this.#entries.peek(id) ?? null) !== null || this.#ids.isKnown(id)
  }

  #admit(id: string, candidate: Candidate, found: Found): Entry {
    candidate.entry ??= this.#reads.compile(found, candidate.begun)
    const { facts } = found
    const key = facts.token.id === id ? facts.token.id : id // of two texts that are the same the one that is kept anyway
    this.#ids.noteShown(key)
    // What another process did to the token is news for the accesses that are held here.
    if (facts.token.status !== 'active' || this.news.has(facts.token.id)) this.news.note(facts.token, facts.secrets)
    return this.#keep(key, candidate.entry, candidate.begun, this.#tokens)
  }

  /** Keeps an entry unless a write overtook its read, or it or a later read is kept already. */
  #keep(key: string, entry: Entry, begun: Begun, loads: Loads<unknown>): Entry {
    if (!loads.isCurrent(begun, entry.readings)) return entry
    const kept = this.#entries.peek(key)
    if (kept !== undefined && kept.turn >= entry.turn) return entry
    this.#entries.set(key, entry)
    this.#ids.noteRow(key)
    if (this.#entries.peek(key) !== entry) return entry
    this.#ids.noteKept(key)
    this.#scopes.link(key, entry.readings)
    return entry
  }

  /** An entry is kept no more, or another is. */
  #leave(key: string, entry: Entry): void {
    this.#scopes.unlink(key, entry.readings)
    this.#digests.remove(entry)
    if (ofToken(entry) !== null) this.#ids.noteShown(key)
  }
}

/** Tokens are kept by their ids alone. Where one is spelt like this key, their kind tells them apart: a session has none. */
function sessionKey(user: string): string {
  return `session ${user}`
}

function ofToken(entry: Entry | null): Entry | null {
  return entry === null || entry.tokenKind === null ? null : entry
}

function ofSession(entry: Entry | null): Entry | null {
  return entry === null || entry.tokenKind !== null ? null : entry
}
