/** What the fuzzer has kept breaks no law; and the fuzzer finds what only its counters lead to. */
import { describe, expect, test } from 'vitest'
import { readCorpus } from './corpus.ts'
import { importTargets } from './instrument.ts'
import { fuzz } from './loop.ts'
import { TARGETS } from './targets.ts'

describe('the corpus', () => {
  test.each(Object.entries(TARGETS))('of %s breaks no law', (name, { run, seeds }) => {
    const kept = readCorpus(name)
    expect(kept.length).toBeGreaterThan(3)
    for (const input of [...seeds, ...kept]) run(input)
  })
})

describe('the fuzzer', () => {
  const planted = (branches: Uint32Array) => (text: string) => {
    for (let i = 0; i < 6; i++) {
      if (text[i] !== 'secret'[i]) return
      branches[i] = 1
    }
    throw new Error('found')
  }
  const target = { seeds: ['x'], words: [...'secrt'], longest: 20, isJson: false }
  const budget = { seed: 1, executions: 100_000 }

  test('goes where its counters lead it, and makes what it found small', () => {
    const branches = new Uint32Array(6)
    const { failure } = fuzz({ ...target, run: planted(branches) }, branches, budget)
    expect(failure?.input).toBe('secret')
  })

  test('finds nothing of it where they count nothing', () => {
    expect(fuzz({ ...target, run: planted(new Uint32Array(6)) }, new Uint32Array(1), budget).failure).toBeNull()
  })

  test('keeps one input for each way through', () => {
    const branches = new Uint32Array(2)
    const run = (text: string): void => {
      branches[text.includes('a') ? 0 : 1] = 1
    }
    const { corpus } = fuzz({ ...target, run }, branches, { seed: 1, executions: 5_000 })
    expect(corpus.map((text) => text.includes('a')).sort()).toEqual([false, true])
  })

  test('counts the branches of the source that a target runs', async () => {
    const { module, branches, close } = await importTargets()
    try {
      const covered = (input: string): number => {
        branches.fill(0)
        module.TARGETS.names?.run(input)
        return branches.filter((rounds) => rounds > 0).length
      }
      expect(covered('account:%C3%A9')).toBeGreaterThan(covered('x'))
    } finally {
      close()
    }
  })
})
