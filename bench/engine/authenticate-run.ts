/** One process of `authenticate`: every token of the seed's world is warm, and the same stream is answered by this package and by the least any key check does. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Figures } from '../harness.ts'
import { isAllowed } from '../oracle.ts'
import { makeStream, type Request, type Spread } from '../requests.ts'
import { makeWorld } from '../worlds.ts'
import { sqlite } from './built.ts'
import { open, type Seed, valuesOf } from './seeded.ts'
import { steady } from './steady.ts'
import { alternate, type Contestant } from './turns.ts'

export interface AuthenticateInput {
  readonly seed: Seed
  readonly spread: Spread
}

/** Short, so that most turns are not interrupted on a machine that others use too. */
const TURNS = { stream: 50_000, perTurn: 100, rounds: 1_500, warmUp: 400 }

export async function run({ seed, spread }: AuthenticateInput): Promise<Figures> {
  const world = makeWorld(seed.size)
  const { requests: moving, freshTexts } = makeStream(world, spread, TURNS.stream, 11)
  const requests = steady(moving)
  const resources = freshTexts()
  const values = Array.from({ length: seed.tokens }, (_, n) => n).map(valuesOf(seed))
  const storage = sqlite.sqliteStorage(seed.database)
  const bw = open(storage)
  const presented = requests.map(({ token }) => values[token] ?? assert.fail('no such token'))
  const known = new Map(values.map((value) => [hash('sha256', value), true]))

  const asks = (name: string, stream: readonly Request[]): Contestant => {
    const expected = stream.map((request) => isAllowed(world, request))
    return {
      name,
      turn: async (from, to) => {
        let right = 0
        for (let i = from; i < to; i++) {
          const request = stream[i]
          const access = await bw.authenticate(presented[i], { ip: request?.ip ?? null })
          if (access.can(request?.permission ?? '', resources[i] ?? '') === expected[i]) right++
        }
        return right
      },
    }
  }
  const all = [asks('authenticate + can', requests), asks('authenticate + can, the address changes', moving)]
  // Answers the whole stream rightly, and warms every token of it.
  for (const { name, turn } of all) assert.equal(await turn(0, TURNS.stream), TURNS.stream, name)

  const figures = await alternate(
    [
      {
        name: 'SHA-256 and Map.get',
        turn: (from, to) => {
          let right = 0
          for (let i = from; i < to; i++) if (known.get(hash('sha256', presented[i] ?? '')) === true) right++
          return right
        },
      },
      {
        name: 'SHA-256 and Map.get, awaited',
        turn: async (from, to) => {
          const check = async (value: string) => known.get(hash('sha256', value)) === true
          let right = 0
          for (let i = from; i < to; i++) if (await check(presented[i] ?? '')) right++
          return right
        },
      },
      {
        name: 'authenticate',
        turn: async (from, to) => {
          let right = 0
          for (let i = from; i < to; i++) {
            const access = await bw.authenticate(presented[i], { ip: requests[i]?.ip ?? null })
            if (access.principal !== null) right++
          }
          return right
        },
      },
      ...all,
    ],
    TURNS,
  )
  await storage.close()
  return figures
}
