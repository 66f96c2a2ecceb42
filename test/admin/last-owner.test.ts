import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Storage } from '../../src/storage/port.ts'
import { emptyWorld, OWNER_ROLE, refusal, type World } from './helpers.ts'
import { ACCOUNTS, everything, SCOPES } from './operations.ts'
import { slowed } from './turns.ts'

const RUNS = 400
const IMPORTS = { importedKeys: { sha256: true } } as const

/** Asked of the rows themselves, without the help of the room under test. */
async function ownerless(storage: Storage): Promise<readonly string[]> {
  const found: string[] = []
  for (const account of ACCOUNTS) {
    if ((await storage.account(account)) === null) continue
    const { items } = await storage.members(account, { limit: 100 })
    const owners = await Promise.all(
      items.map(
        async ({ kind, id, status, roles }) =>
          kind === 'user' &&
          status === 'active' &&
          roles.includes(OWNER_ROLE) &&
          (await storage.user(id))?.status !== 'suspended',
      ),
    )
    if (!owners.includes(true)) found.push(account)
  }
  return found
}

async function settled(call: Promise<unknown>): Promise<'done' | string> {
  const [result] = await Promise.allSettled([call])
  if (result.status === 'fulfilled') return 'done'
  const error = await refusal(Promise.reject(result.reason))
  return 'kind' in error ? error.kind : error.code
}

async function start(w: World): Promise<void> {
  await w.admin.accounts.create({ id: 'acme', name: 'A', owner: 'ann' })
  await w.admin.members.add('acme', { user: 'bob', roles: [OWNER_ROLE] })
}

test('no operation leaves an account without an active owner, and none that is refused writes', async () => {
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(everything, { maxLength: 25 }), async (operations) => {
      const w = emptyWorld(IMPORTS)
      await start(w)
      for (const operation of operations) {
        const before = await w.log(...SCOPES)
        const outcome = await settled(operation.run(w.admin, []))
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        expect(await ownerless(w.storage), operation.text).toEqual([])
        if (outcome !== 'done') expect(await w.log(...SCOPES)).toEqual(before)
      }
    }),
    { numRuns: RUNS },
  )
  expect(outcomes.get('last_owner')).toBeGreaterThan(RUNS / 40)
  expect(outcomes.get('done')).toBeGreaterThan(RUNS)
})

test('nor do two at once, from two processes', async () => {
  let refusals = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(everything, everything), { maxLength: 12 }),
      fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 20 }),
      async (pairs, turns) => {
        const w = emptyWorld({ ...IMPORTS, through: slowed(turns) })
        await start(w)
        for (const [a, b] of pairs) {
          const done = await Promise.all([settled(a.run(w.admin, [])), settled(b.run(w.other, []))])
          refusals += done.filter((outcome) => outcome === 'last_owner').length
          expect(await ownerless(w.storage), `${a.text} | ${b.text}`).toEqual([])
        }
      },
    ),
    { numRuns: RUNS },
  )
  expect(refusals).toBeGreaterThan(RUNS / 10)
})
