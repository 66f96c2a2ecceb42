/** The corpus is worth something to a port: whoever reads one rule wrong gets an answer that it doesn't expect. */
import { expect, test } from 'vitest'
import { type Evaluator, evaluator } from './corpus-evaluators.ts'
import { readCatalogs, readWorlds, toCredential } from './corpus-format.ts'
import { MISREADINGS } from './corpus-misreadings.ts'

const catalogs = readCatalogs()
const replayed = [...catalogs.values()].flatMap(({ name, declared }) =>
  readWorlds(name).map((world) => ({ declared, credential: toCredential(world), requests: world.requests })),
)

test('what is not misread at all answers as expected', () => {
  expect(firstSurprise(evaluator(null))).toBe(null)
})

test.each(MISREADINGS)('it is noticed when $name', (misreading) => {
  expect(firstSurprise(evaluator(misreading)), 'no request of the corpus is answered differently').not.toBe(null)
})

test('each misreading is told from the others by its name', () => {
  expect(new Set(MISREADINGS.map(({ name }) => name)).size).toBe(MISREADINGS.length)
})

/** The first request that is answered otherwise, or not at all. */
function firstSurprise(evaluate: Evaluator): string | null {
  for (const { declared, credential, requests } of replayed) {
    for (const request of requests) {
      const got = evaluate(declared, credential, request)
      if (got !== request.expect) return `${got} instead of ${request.expect}`
    }
  }
  return null
}
