/** A world for the tests of this room: a storage, a clock that stands still, randomness that repeats, and all that was told. */
import { type Admin, createAdmin } from '../../src/admin/admin.ts'
import type { AdminDeps, AdminStorage } from '../../src/admin/deps.ts'
import type { Scope } from '../../src/core/facts.ts'
import { createImportedKeys, type ImportedKeyOptions } from '../../src/credential/imported.ts'
import { createPeppers, type PepperOptions } from '../../src/credential/peppers.ts'
import type { BailiwickError, InputIssue } from '../../src/errors.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/schema/limits.ts'
import type { PolicyInput } from '../../src/schema/policy.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { AuditEntry, Storage, WriteEvent } from '../../src/storage/port.ts'
import { EDGE } from '../spec/catalogs.ts'

export const { catalog } = EDGE
export const OWNER_ROLE = catalog.ownerRole.id
export const START = Date.UTC(2026, 10, 21)
export const PURGE: PolicyInput = { effect: 'allow', permissionGroups: ['purge'], resources: ['account:acme/zone:a'] }

export interface World {
  readonly admin: Admin
  /** Another administration over the same storage, as another process would have it. */
  readonly other: Admin
  readonly storage: Storage
  /** What the hook was told after commits. */
  readonly events: WriteEvent[]
  /** What it was told where nothing had to be written. */
  readonly unwritten: WriteEvent[]
  /** Moves the clock. */
  pass(ms: number): void
  now(): number
  /** Every audit entry of these scopes, newest first. */
  log(...scopes: Scope[]): Promise<readonly AuditEntry[]>
}

export interface Settings {
  readonly storage?: Storage
  /** What the administration is given in place of the storage. */
  readonly through?: (storage: Storage) => AdminStorage
  readonly limits?: Partial<Limits>
  readonly peppers?: PepperOptions
  readonly importedKeys?: ImportedKeyOptions
  readonly onExpiring?: AdminDeps['onExpiring']
}

export function emptyWorld(settings: Settings = {}): World {
  const { storage = memoryStorage(), through = (same) => same, limits = {}, onExpiring } = settings
  let now = START
  const events: WriteEvent[] = []
  const unwritten: WriteEvent[] = []
  const make = (seed: number) => {
    let committed = false
    const seen = through(storage)
    const commit: AdminStorage['commit'] = async (change) => {
      committed = true
      const done = await seen.commit(change)
      committed = done
      return done
    }
    return createAdmin({
      catalog,
      storage: { ...seen, commit },
      limits: { ...DEFAULT_LIMITS, ...limits },
      prefix: 'bwk',
      peppers: createPeppers(settings.peppers, () => now),
      importedKeys: createImportedKeys(settings.importedKeys),
      ...(onExpiring !== undefined && { onExpiring }),
      clock: () => now,
      random: seeded(seed),
      afterWrite: (event) => {
        ;(committed ? events : unwritten).push(event)
        committed = false
      },
    })
  }
  return {
    admin: make(1),
    other: make(2),
    storage,
    events,
    unwritten,
    pass: (ms) => {
      now += ms
    },
    now: () => now,
    log: async (...scopes) => {
      const pages = await Promise.all(scopes.map((scope) => storage.audit(scope, {}, { limit: 1_000 })))
      return pages.flatMap(({ items }) => items)
    },
  }
}

/** With account `acme`, its owner `ann`, a member `bob` and a service account `bot`. */
export async function world(settings: Settings = {}): Promise<World> {
  const made = emptyWorld(settings)
  await made.admin.accounts.create({ id: 'acme', name: 'Acme', owner: 'ann' })
  await made.admin.members.add('acme', { user: 'bob', roles: ['reader'] })
  await made.admin.members.add('acme', { service: 'bot', policies: [PURGE] })
  made.events.length = 0
  return made
}

/** A small xorshift: the same bytes for the same seed, and no two calls alike. */
export function seeded(seed: number): (bytes: number) => Uint8Array {
  let state = seed
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 0xff
  }
  return (bytes) => Uint8Array.from({ length: bytes }, next)
}

/** What a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<BailiwickError> {
  const [result] = await Promise.allSettled([call])
  if (result.status === 'rejected' && isOurs(result.reason)) return result.reason
  throw result.status === 'rejected' ? result.reason : new Error('nothing was refused')
}

/** A refusal in one word: the kind of a conflict, the codes of an input's issues, or else the code. */
export async function refused(call: Promise<unknown>): Promise<string> {
  const error = await refusal(call)
  if (error.code === 'ERR_BAILIWICK_CONFLICT') return error.kind
  return error.code === 'ERR_BAILIWICK_INPUT' ? error.issues.map(printIssue).join(', ') : error.code
}

function printIssue({ path, code }: InputIssue): string {
  return `${path.join('.')} ${code}`
}

function isOurs(error: unknown): error is BailiwickError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_BAILIWICK_')
}
