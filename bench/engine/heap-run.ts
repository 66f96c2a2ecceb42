/**
 * One process of `heap`: every token of world M is read from a file, so that all text in it is new and nobody else's, compiled and kept; what was
 * read is dropped. A small world goes the same way first, so that code is compiled before anything is counted.
 */
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { Storage } from 'bailiwick'
import type { Figures } from '../harness.ts'
import { definition } from '../vocabulary.ts'
import { sqlite } from './built.ts'
import { claimOf, createImportedKeys, createPeppers, defineCatalog, Snapshots } from './internals.ts'
import { idOf, open, type Seed, valuesOf } from './seeded.ts'
import { SharedStandings } from './shared-standings.ts'

/** `core`: compiled forms alone. `cache`: the engine's cache, from the sources, which tells what it counts. `package`: the whole of the built package. */
export type HeapWay = 'core' | 'cache' | 'package'

export interface HeapInput {
  readonly way: HeapWay
  readonly small: Seed
  readonly seed: Seed
}

/** Keeps compiled forms. */
interface Holder {
  readonly load: (value: string) => Promise<void>
  /** Asked when all are loaded. */
  readonly assertHeld: (values: readonly string[]) => Promise<Figures>
}

const HOUR = 3_600_000

const holders: Readonly<Record<HeapWay, (storage: Storage) => Holder>> = {
  core(storage) {
    const shared = new SharedStandings(defineCatalog(definition))
    const held: object[] = []
    return {
      load: async (value) => {
        const facts = await storage.credential(idOf(value))
        assert.ok(facts)
        held.push(shared.subjectOf(facts))
      },
      assertHeld: async (values) => {
        assert.equal(held.length, values.length)
        return {}
      },
    }
  },

  cache(storage) {
    const monotonic = () => performance.now()
    const bounds = { servedMs: HOUR, heldMs: HOUR, maxEntries: 50_000, maxBytes: 2 ** 34 }
    const peppers = createPeppers(undefined, Date.now)
    const catalog = defineCatalog(definition)
    const snapshots = new Snapshots({ catalog, reader: storage, peppers, monotonic, ...bounds })
    return {
      // As the engine does: the secret opens it, and what is left to be taken is taken.
      load: async (value) => {
        const claim = claimOf(value, new Set(['bwk']), createImportedKeys())
        assert.ok(claim?.kind === 'native')
        const opened = await snapshots.token(claim.id, 'kept', (of) => of.endsOnBytes(claim.bytes))
        assert.equal(opened?.entry.takeRenewals().length, 0)
      },
      assertHeld: async (values) => {
        const { entries, bytes } = snapshots.size
        assert.equal(entries, values.length)
        return { counted: bytes / entries }
      },
    }
  },

  package(storage) {
    let reads = 0
    const counting: Storage = {
      ...storage,
      credential: (id) => {
        reads++
        return storage.credential(id)
      },
    }
    const bw = open(counting)
    const load = async (value: string) => assert.equal((await bw.authenticate(value)).denial, null)
    return {
      load,
      assertHeld: async (values) => {
        for (const value of values) await load(value)
        assert.equal(reads, values.length, 'each token is read once')
        return {}
      },
    }
  },
}

export async function run({ way, small, seed }: HeapInput): Promise<Figures> {
  await fill(way, small)
  const { empty, full, figures } = await fill(way, seed)
  return { 'bytes per token': (full - empty) / seed.tokens, ...figures }
}

async function fill(way: HeapWay, seed: Seed) {
  const storage = sqlite.sqliteStorage(seed.database)
  const nth = valuesOf(seed)
  const holder = holders[way](storage)
  const empty = await heap()
  for (let n = 0; n < seed.tokens; n++) await holder.load(nth(n))
  const full = await heap()
  const figures = await holder.assertHeld(Array.from({ length: seed.tokens }, (_, n) => nth(n)))
  await storage.close()
  return { empty, full, figures }
}

/** `external` counts array buffers too. */
async function heap(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    await setImmediate()
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
