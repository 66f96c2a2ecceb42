/**
 * A world in storage, with credentials that open its tokens: made once for a run, through the package's own doors, and read by every contestant's
 * process from the same file.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bailiwick, BailiwickOptions, CatalogShape, Change, PolicyInput, Storage, Write } from 'bailiwick'
import { definition } from '../vocabulary.ts'
import { makeWorld, type Size } from '../worlds.ts'
import { front, memory, sqlite } from './built.ts'

/** Where the file and its credentials are. Goes through JSON. */
export interface Seed {
  readonly size: Size
  readonly database: string
  /** One credential after another, in the order of the world's tokens. */
  readonly values: string
  readonly tokens: number
  readonly accounts: readonly string[]
}

/** Facts are served from memory for as long as a measurement takes, so that what is warm stays so. */
const FRESHNESS = { mode: 'bounded', maxStalenessMs: 3_600_000 } as const
/** Room for all of world M, however its snapshots are counted. */
const CACHE = { maxEntries: 50_000, maxBytes: 2 ** 34 }
/** Last uses are noted and not written while something is measured: `last-use` measures that. */
const LAST_USE = { flushMs: 3_600_000, maxPending: 1_000_000 }
const LIMITS = { tokensPerUser: 1_000, tokensPerAccount: 1_000 }

export function open(storage: Storage, options: Partial<BailiwickOptions<CatalogShape>> = {}): Bailiwick<CatalogShape> {
  const catalog = front.defineCatalog(definition)
  return front.createBailiwick({ catalog, storage, freshness: FRESHNESS, cache: CACHE, lastUse: LAST_USE, ...options })
}

/** Makes the seed. The folder is gone when the process ends. */
export async function makeSeed(size: Size): Promise<Seed> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const world = makeWorld(size)
  const storage = memory.memoryStorage()
  const accounts = new Map(
    world.facts.flatMap(({ standings }) => standings.map(({ account }) => [account.id, account])),
  )
  for (const account of accounts.values()) {
    const members = new Set(
      world.facts.flatMap(({ standings }) =>
        standings.flatMap(({ member }) => (member?.account === account.id ? member : [])),
      ),
    )
    await put(storage, account.id, [
      { kind: 'put_account', account },
      ...[...members].map((member): Write => ({ kind: 'put_member', member })),
    ])
  }
  const bw = open(storage, { limits: LIMITS })
  const values: string[] = []
  const ids: string[] = []
  for (const { token } of world.facts) {
    const { owner, name, policies } = token
    const made = await bw.tokens.create({ owner, name, policies: policies as readonly PolicyInput[] })
    values.push(made.value)
    ids.push(made.token.id)
  }
  const places = { database: join(folder, 'seed.db'), values: join(folder, 'values') }
  const seed = { size, ...places, tokens: values.length, accounts: [...accounts.keys()] }
  const file = sqlite.sqliteStorage(seed.database)
  await copy(storage, file, seed.accounts, ids)
  await file.close()
  writeFileSync(seed.values, values.join(''))
  return seed
}

let made: Promise<Seed> | null = null

/** The seed of world M, made when the first suite asks for it. */
export function seedOfM(): Promise<Seed> {
  made ??= makeSeed('M')
  return made
}

/** The credential of the n-th token, as text of its own. */
export function valuesOf({ values, tokens }: Seed): (n: number) => string {
  const all = readFileSync(values)
  const length = all.length / tokens
  assert.ok(Number.isInteger(length), 'all credentials have one length')
  return (n) => all.toString('latin1', n * length, (n + 1) * length)
}

/** The facts of these tokens in memory, as they stand in the file. */
export async function memoryOf({ database, accounts }: Seed, ids: readonly string[]): Promise<Storage> {
  const file = sqlite.sqliteStorage(database)
  const storage = memory.memoryStorage()
  await copy(file, storage, accounts, ids)
  await file.close()
  return storage
}

/** Credentials name their tokens: prefix, kind, then the id. */
export function idOf(value: string): string {
  return value.slice('bwk_u_'.length, 'bwk_u_'.length + 22)
}

async function copy(from: Storage, to: Storage, accounts: readonly string[], ids: readonly string[]): Promise<void> {
  for (const id of accounts) {
    const account = await from.account(id)
    assert.ok(account)
    const { items } = await from.members(id, { limit: 10_000 })
    await put(to, id, [
      { kind: 'put_account', account },
      ...items.map((member): Write => ({ kind: 'put_member', member })),
    ])
  }
  const writes: Write[] = []
  for (const id of ids) {
    const record = await from.token(id)
    assert.ok(record)
    writes.push({ kind: 'add_token', token: record.token, secrets: record.secrets })
  }
  await put(to, 'tokens', writes)
}

/** One change, in the log of an account of this name. */
async function put(storage: Storage, account: string, writes: readonly Write[]): Promise<void> {
  const scope = `account:${account}` as const
  const what = { scope, at: 0, actor: 'host', action: 'bench.fill', target: scope, before: null, after: null }
  const change: Change = {
    expect: new Map([[scope, 0]]),
    writes,
    audit: { ...what, sequence: 1, previous: '', hash: 'bench' },
  }
  assert.equal(await storage.commit(change), true)
}
