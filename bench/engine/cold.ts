/** Authenticate with an empty cache, from memory and from SQLite, against reading the same rows. */
import { type Contestant, compete, ROUNDS } from '../harness.ts'
import { nanoseconds, number, type Report } from '../report.ts'
import type { ColdInput } from './cold-run.ts'
import { seedOfM } from './seeded.ts'

const STORAGES = ['memory', 'sqlite'] as const
const NAMES = ['bare SELECTs', 'storage.credential', 'authenticate, cold']

export async function suite(report: Report): Promise<void> {
  const seed = await seedOfM()
  const contestants = STORAGES.map((storage): Contestant => {
    const input: ColdInput = { storage, seed }
    return { name: storage, module: 'engine/cold-run.ts', input }
  })
  const results = await compete(contestants, Math.min(ROUNDS, 3))
  report.heading('authenticate, cold, world M')
  const rows = STORAGES.flatMap((storage) => {
    const figures = results.get(storage)
    return NAMES.flatMap((name) => {
      const ns = figures?.get(name)
      if (ns === undefined) return []
      const ratios = NAMES.slice(0, 2).map((floor) => figures?.get(`${name} / ${floor}`))
      return [
        [`${storage}: ${name}`, nanoseconds(ns), ...ratios.map((one) => (one === undefined ? '' : number(one.median)))],
      ]
    })
  })
  report.table(['', 'per token', '× bare SELECTs', '× storage.credential'], rows)
}
