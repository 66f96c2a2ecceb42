/** Two administrators, each in a process of its own, who change one thing at the same time. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Admin } from '../../src/admin/admin.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { PURGE, refused, type World, world } from './helpers.ts'
import { slowed } from './turns.ts'

const NEW = { owner: { user: 'ann' }, name: 'n', policies: [{ ...PURGE, id: 'first' }] } as const

const turns = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 20 })

async function proved(w: World): Promise<void> {
  for (const log of [{ user: 'ann' }, { account: 'acme' }])
    expect(await w.admin.audit.verify(log)).toMatchObject({ ok: true })
}

describe.each([
  ['memory', memoryStorage, 150],
  ['sqlite', () => sqliteStorage(':memory:'), 30],
] as const)('over %s', (_name, storage, numRuns) => {
  test('no policy that one of them adds is lost to the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 8 }), turns, async (whose, turns) => {
        const w = await world({ storage: storage(), through: slowed(turns) })
        const { id } = (await w.admin.tokens.create(NEW)).token
        const edits = whose.map((first, i) =>
          (first ? w.admin : w.other).tokens.addPolicies(id, [{ ...PURGE, id: `p${i}` }]),
        )
        const done = await Promise.all(edits)
        const token = await w.admin.tokens.get(id)
        expect(token?.policies.map((policy) => policy.id).sort()).toEqual(['first', ...whose.map((_, i) => `p${i}`)])
        expect(token?.revision).toBe(1 + whose.length)
        expect(done.map(({ revision }) => revision).sort()).toEqual(whose.map((_, i) => i + 2))
        await proved(w)
        await w.storage.close()
      }),
      { numRuns },
    )
  })

  test('of those who edit what they have seen, one does and the others are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 6 }), turns, async (count, turns) => {
        const w = await world({ storage: storage(), through: slowed(turns) })
        const { id, revision } = (await w.admin.tokens.create(NEW)).token
        const edits = Array.from({ length: count }, (_, i) =>
          (i % 2 === 0 ? w.admin : w.other).tokens.update(id, { name: `name ${i}`, ifRevision: revision }),
        )
        const outcomes = await Promise.all(
          edits.map((edit) =>
            edit.then(
              ({ name }) => name,
              () => refused(edit),
            ),
          ),
        )
        const winners = outcomes.filter((outcome) => outcome !== 'revision')
        expect(winners).toHaveLength(1)
        expect(await w.admin.tokens.get(id)).toMatchObject({ name: winners[0], revision: revision + 1 })
        await proved(w)
        await w.storage.close()
      }),
      { numRuns },
    )
  })

  test('whatever the two do, each change is made on what stood before it, and the log says so', async () => {
    const edit = fc.constantFrom<(admin: Admin, id: string) => Promise<unknown>>(
      (admin, id) => admin.tokens.update(id, { name: 'x' }),
      (admin, id) => admin.tokens.update(id, { name: 'y', expiresOn: '2030-01-01T00:00:00Z' }),
      (admin, id) => admin.tokens.addPolicies(id, [PURGE]),
      (admin, id) => admin.tokens.removePolicies(id, ['first']),
      (admin, id) => admin.tokens.disable(id),
      (admin, id) => admin.tokens.roll(id, { overlapMs: 5 }),
      (admin, id) => admin.accounts.blockToken('acme', id),
      (admin) => admin.audit.prune({ user: 'ann' }, { before: 0 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { maxLength: 5 }),
        fc.array(edit, { maxLength: 5 }),
        turns,
        async (a, b, turns) => {
          const w = await world({ storage: storage(), through: slowed(turns) })
          const { id } = (await w.admin.tokens.create(NEW)).token
          await Promise.allSettled([...a.map((one) => one(w.admin, id)), ...b.map((one) => one(w.other, id))])
          const entries = (await w.log('user:ann')).toReversed()
          for (const [i, entry] of entries.entries()) if (i > 0) expect(entry.before).toEqual(entries[i - 1]?.after)
          expect(entries.at(-1)?.after).toMatchObject({ revision: entries.length })
          await proved(w)
          await w.storage.close()
        },
      ),
      { numRuns },
    )
  })
})
