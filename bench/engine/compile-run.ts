/** One process of `compile`: facts in memory, compiled one after another, each compiled form kept as a cache would keep it. */
import assert from 'node:assert/strict'
import type { CredentialFacts } from 'bailiwick/core'
import { type Figures, spreadOf } from '../harness.ts'
import { definition } from '../vocabulary.ts'
import { makeWorld, type Size } from '../worlds.ts'
import { core } from './built.ts'
import * as internals from './internals.ts'
import { SharedStandings } from './shared-standings.ts'

/**
 * `token`: the token's own policies. `shared`: that joined with standings that are compiled once for each principal, as the engine does.
 * `subject`: all from facts, by the built package's `tokenSubject`.
 */
export type CompileWay = 'token' | 'shared' | 'subject'

export interface CompileInput {
  readonly way: CompileWay
  readonly size: Size
  readonly passes: number
}

const ways: Readonly<Record<CompileWay, () => (facts: CredentialFacts) => object>> = {
  token: () => {
    const catalog = internals.defineCatalog(definition)
    return ({ token }) => internals.compileToken(catalog, token)
  },
  shared: () => {
    const shared = new SharedStandings(internals.defineCatalog(definition))
    return (facts) => shared.subjectOf(facts)
  },
  subject: () => {
    const catalog = core.defineCatalog(definition)
    return (facts) => core.tokenSubject(catalog, facts)
  },
}

/**
 * The first pass is kept apart: code is not compiled yet, as in a process that has just begun. Processor time stands beside the clock's, since a busy
 * machine lengthens the one far less; it has the threads of garbage collector and compiler in it.
 */
export async function run({ way, size, passes }: CompileInput): Promise<Figures> {
  const { facts, tokens } = makeWorld(size)
  const taken = Array.from({ length: passes }, () => {
    globalThis.gc?.()
    const compile = ways[way]()
    const held: object[] = []
    const [at, cpu] = [performance.now(), process.cpuUsage()]
    for (const one of facts) held.push(compile(one))
    const wall = performance.now() - at
    const { user, system } = process.cpuUsage(cpu)
    assert.equal(held.length, tokens)
    return { wallUs: 1_000 * wall, processorUs: user + system }
  })
  const [first] = taken
  const warm = taken.length > 1 ? taken.slice(1) : taken
  return {
    'first, wall': (first?.wallUs ?? Number.NaN) / tokens,
    'first, processor': (first?.processorUs ?? Number.NaN) / tokens,
    'warm, wall': spreadOf(warm.map(({ wallUs }) => wallUs)).median / tokens,
    'warm, processor': spreadOf(warm.map(({ processorUs }) => processorUs)).median / tokens,
  }
}
