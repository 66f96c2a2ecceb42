/** Authenticate and ask, warm, against one SHA-256 of the credential and one `Map.get` on the same stream. */
import { type Contestant, compete } from '../harness.ts'
import { nanoseconds, number, type Report } from '../report.ts'
import type { AuthenticateInput } from './authenticate-run.ts'
import { seedOfM } from './seeded.ts'

const NAMES = [
  'SHA-256 and Map.get',
  'SHA-256 and Map.get, awaited',
  'authenticate',
  'authenticate + can',
  'authenticate + can, the address changes',
]

export async function suite(report: Report): Promise<void> {
  const seed = await seedOfM()
  const contestants = (['uniform', 'zipf'] as const).map((spread): Contestant => {
    const input: AuthenticateInput = { seed, spread }
    return { name: spread, module: 'engine/authenticate-run.ts', input }
  })
  const results = await compete(contestants)
  report.heading('authenticate and ask, warm, world M')
  const rows = NAMES.map((name) => {
    const cells = contestants.flatMap(({ name: spread }) => {
      const figures = results.get(spread)
      const [ns, sync, awaited] = [name, `${name} / ${NAMES[0]}`, `${name} / ${NAMES[1]}`].map((one) =>
        figures?.get(one),
      )
      return [
        ns === undefined ? '' : nanoseconds(ns),
        ...[sync, awaited].map((one) => (one === undefined ? '' : number(one.median))),
      ]
    })
    return [name, ...cells]
  })
  report.table(['', 'uniform', '× floor', '× awaited', 'Zipf', '× floor', '× awaited'], rows)
}
