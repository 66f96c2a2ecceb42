/** A small world in memory storage, written straight through the port, and an engine over it whose clocks are the test's. */
import { defineCatalog } from '../../src/core/define.ts'
import type { Account, CredentialFacts, Member, Policy, Scope, Secrets, Token } from '../../src/core/facts.ts'
import { digest } from '../../src/credential/digest.ts'
import { printCredential } from '../../src/credential/format.ts'
import { createImportedKeys, type ImportedKeyOptions } from '../../src/credential/imported.ts'
import { createPeppers, type Peppers } from '../../src/credential/peppers.ts'
import { Engine } from '../../src/engine/authenticate.ts'
import { type DecisionEvent, Decisions } from '../../src/engine/decisions.ts'
import { Snapshots } from '../../src/engine/snapshots.ts'
import { Uses } from '../../src/engine/uses.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { Storage, StorageReader, StorageUsage, Write } from '../../src/storage/port.ts'

export const catalog = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' }, 'dns.write': { on: 'zone' }, 'dns.export': { on: 'zone', audit: true } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})

export const EPOCH = Date.parse('2026-06-01T00:00:00Z')
/** How long an access may be held, and how long a kept snapshot is served unasked. */
export const HELD_MS = 6_000
export const SERVED_MS = 3_000
const PREFIX = 'bwk'

export function idOf(n: number): string {
  return String(n).padStart(22, '0')
}

export function secretOf(n: number): string {
  return String(n).padStart(43, '0')
}

/** The credential of user token `n` with its `generation`th secret. */
export function credentialOf(n: number, generation = 0): string {
  return printCredential(PREFIX, 'u', idOf(n), secretOf(generation))
}

export function secretsOf(n: number, generation = 0, previous?: Secrets['previous']): Secrets {
  const current = digest('u', idOf(n), secretOf(generation))
  return previous === undefined ? { digest: current } : { digest: current, previous }
}

export function account(id: string, change: Partial<Account> = {}): Account {
  return { id, name: id, status: 'active', apiAccess: true, tokenRules: {}, revision: 1, ...change }
}

export function member(id: string, change: Partial<Member> = {}): Member {
  const key = { account: 'acme', kind: 'user', id } as const
  const state = {
    status: 'active',
    since: EPOCH,
    readmitted: false,
    roles: ['owner'],
    policies: [],
    apiAccess: null,
  } as const
  return { ...key, ...state, revision: 1, ...change }
}

export function allow(...resources: string[]): Policy {
  return { id: 'p1', effect: 'allow', permissionGroups: ['dns'], resources }
}

export function token(n: number, change: Partial<Token> = {}): Token {
  return {
    id: idOf(n),
    name: `token ${n}`,
    owner: { user: 'u_1' },
    policies: [allow('account:acme')],
    status: 'active',
    apiAccess: null,
    issuedOn: EPOCH,
    issuedBy: 'host',
    modifiedOn: EPOCH,
    secretIssuedOn: EPOCH,
    revision: 1,
    ...change,
  }
}

/** What the administration tells after it wrote a token. */
export function written(token: Token, secrets: Secrets = secretsOf(1)) {
  return { id: token.id, after: { token, secrets } }
}

/** Commits writes as another process would: whatever the revisions are, and telling this one's engine nothing. */
export async function write(storage: Storage, scopes: readonly Scope[], ...writes: Write[]): Promise<void> {
  const revisions = await storage.revisions(scopes)
  const scope = scopes[0] ?? 'account:acme'
  const head = await storage.auditHead(scope)
  const sequence = (head?.sequence ?? 0) + 1
  const audit = {
    scope,
    sequence,
    previous: head?.hash ?? '',
    hash: `hash of ${sequence}`,
    at: EPOCH,
    actor: 'host',
    action: 'test.write',
    target: 'x',
    before: null,
    after: null,
  }
  const expect = new Map(scopes.map((scope, i) => [scope, revisions[i] ?? 0]))
  if (!(await storage.commit({ expect, writes, audit }))) throw new Error('the test raced with itself')
}

/** Account `acme` with member `u_1` and token 1. */
export async function seeded(): Promise<Storage> {
  const storage = memoryStorage()
  await write(
    storage,
    ['account:acme', 'user:u_1'],
    { kind: 'put_account', account: account('acme') },
    { kind: 'put_member', member: member('u_1') },
    { kind: 'add_token', token: token(1), secrets: secretsOf(1) },
  )
  return storage
}

/** How long a use waits to be written. */
export const FLUSH_MS = 1_000

/** Time that moves when the test says so, and what is to happen in it. */
export class VirtualTime {
  now = 0
  #timers: { readonly at: number; readonly run: () => void }[] = []

  readonly schedule = (run: () => void, ms: number) => {
    const timer = { at: this.now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    }
  }

  pass(ms: number): void {
    this.now += ms
    const due = this.#timers.filter(({ at }) => at <= this.now)
    this.#timers = this.#timers.filter(({ at }) => at > this.now)
    for (const { run } of due) run()
  }

  get timers(): number {
    return this.#timers.length
  }
}

export interface Rig {
  readonly engine: Engine
  readonly snapshots: Snapshots
  readonly uses: Uses
  readonly reports: unknown[]
  /** What `onDecision` was told, where the rig has it. */
  readonly events: DecisionEvent[]
  readonly time: VirtualTime
  /** The wall clock and the monotonic clock together. */
  pass(ms: number): void
}

export interface RigOptions {
  readonly servedMs?: number
  readonly maxEntries?: number
  readonly maxBytes?: number
  readonly maxPending?: number
  readonly sink?: StorageUsage
  readonly peppers?: Peppers
  readonly importedKeys?: ImportedKeyOptions
  readonly decisions?: boolean
  /** In place of the clocks that `pass` moves. */
  readonly clock?: () => number
  readonly monotonic?: () => number
}

const NOWHERE: StorageUsage = { recordUse: async () => {} }

export function rig(reader: StorageReader, options: RigOptions = {}): Rig {
  const time = new VirtualTime()
  const reports: unknown[] = []
  const events: DecisionEvent[] = []
  const { monotonic = () => time.now, clock = () => EPOCH + 1_000 + time.now } = options
  const report = (error: unknown) => reports.push(error)
  const { servedMs = SERVED_MS, maxEntries = 100, maxBytes = 1e8, maxPending = 100, sink = NOWHERE } = options
  const { peppers = createPeppers(undefined, clock) } = options
  const uses = new Uses({ sink, flushMs: FLUSH_MS, maxPending, schedule: time.schedule, report })
  const tell = (event: DecisionEvent) => void events.push(event)
  const decisions = options.decisions === true ? new Decisions({ catalog, tell, defer: queueMicrotask, report }) : null
  const snapshots = new Snapshots({
    catalog,
    reader,
    peppers,
    monotonic,
    servedMs,
    heldMs: HELD_MS,
    maxEntries,
    maxBytes,
  })
  const engine = new Engine({
    catalog,
    snapshots,
    prefixes: new Set([PREFIX]),
    importedKeys: createImportedKeys(options.importedKeys),
    peppers,
    uses,
    decisions,
    clock,
    monotonic,
    heldMs: HELD_MS,
    report,
  })
  return { engine, snapshots, uses, reports, events, time, pass: (ms) => time.pass(ms) }
}

/** Counts what the engine reads, and lets a test hold an answer back after it was read. */
export class WatchedReader implements StorageReader {
  readonly #inner: StorageReader
  readonly reads: string[] = []
  hold: Promise<void> | null = null
  fail = false

  constructor(inner: StorageReader) {
    this.#inner = inner
  }

  credential(id: string) {
    return this.#read('credential', this.#inner.credential(id))
  }

  principal(user: string) {
    return this.#read('principal', this.#inner.principal(user))
  }

  revisions(scopes: readonly Scope[]) {
    return this.#read('revisions', this.#inner.revisions(scopes))
  }

  tokensByDigest(digests: readonly string[]) {
    return this.#read('tokensByDigest', this.#inner.tokensByDigest(digests))
  }

  async #read<T>(what: string, asked: Promise<T>): Promise<T> {
    this.reads.push(what)
    const read = await asked
    await this.hold
    if (this.fail) throw new Error('connection lost to db.internal:5432')
    return read
  }
}

/** Changes what the reads of tokens find, by their number among all. */
export function changed(storage: Storage, change: (facts: CredentialFacts, read: number) => CredentialFacts | null) {
  let reads = 0
  const reader: StorageReader = {
    principal: (user) => storage.principal(user),
    revisions: (scopes) => storage.revisions(scopes),
    tokensByDigest: (digests) => storage.tokensByDigest(digests),
    async credential(id) {
      const facts = await storage.credential(id)
      return facts && change(facts, reads++)
    },
  }
  return reader
}
