/** One process of `worth`: the same stream answered from the cache, without it, with a look at revisions each time. */
import assert from 'node:assert/strict'
import type { Bailiwick, CatalogShape, Storage } from 'bailiwick'
import type { Figures } from '../harness.ts'
import { isAllowed } from '../oracle.ts'
import { makeStream, type Spread } from '../requests.ts'
import { makeWorld } from '../worlds.ts'
import { sqlite } from './built.ts'
import { idOf, memoryOf, open, type Seed, valuesOf } from './seeded.ts'
import { steady } from './steady.ts'
import { alternate, type Contestant } from './turns.ts'

export interface WorthInput {
  readonly storage: 'memory' | 'sqlite'
  readonly seed: Seed
  readonly spread: Spread
}

const TURNS = { stream: 20_000, perTurn: 20, rounds: 300, warmUp: 60 }

export async function run({ storage: kind, seed, spread }: WorthInput): Promise<Figures> {
  const world = makeWorld(seed.size)
  const { requests: moving, freshTexts } = makeStream(world, spread, TURNS.stream, 12)
  const requests = steady(moving)
  const resources = freshTexts()
  const expected = requests.map((request) => isAllowed(world, request))
  const values = Array.from({ length: seed.tokens }, (_, n) => n).map(valuesOf(seed))
  const presented = requests.map(({ token }) => values[token] ?? assert.fail('no such token'))
  const storage: Storage =
    kind === 'memory' ? await memoryOf(seed, values.map(idOf)) : sqlite.sqliteStorage(seed.database)

  const contestant = (name: string, bw: Bailiwick<CatalogShape>): Contestant => ({
    name,
    turn: async (from, to) => {
      let right = 0
      for (let i = from; i < to; i++) {
        const request = requests[i]
        const access = await bw.authenticate(presented[i], { ip: request?.ip ?? null })
        if (access.can(request?.permission ?? '', resources[i] ?? '') === expected[i]) right++
      }
      return right
    },
  })
  const warm = open(storage)
  const strict = open(storage, { freshness: { mode: 'strict', maxStalenessMs: 3_600_000 } })
  for (const bw of [warm, strict]) for (const value of new Set(presented)) await bw.authenticate(value)
  const figures = await alternate(
    [
      contestant('hit', warm),
      contestant('hit, strict', strict),
      contestant('no cache', open(storage, { cache: { maxEntries: 1 } })),
    ],
    TURNS,
  )
  await storage.close()
  return figures
}
