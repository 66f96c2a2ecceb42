/** Random worlds of the specification as they lie in a storage, an administration over it, and what a decision there says. */
import fc from 'fast-check'
import { type Admin, createAdmin } from '../../src/admin/admin.ts'
import { chained } from '../../src/admin/chain.ts'
import type { MemberKey, Scope, Token } from '../../src/core/facts.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'
import { createPeppers } from '../../src/credential/peppers.ts'
import { DEFAULT_LIMITS } from '../../src/schema/limits.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { Page, Storage, Write } from '../../src/storage/port.ts'
import { answer } from '../spec/core.ts'
import { times } from '../spec/runs.ts'
import type { CatalogCase, Outcome, Question } from '../spec/vocabulary.ts'
import type { World } from '../spec/worlds.ts'
import { seeded } from './helpers.ts'

export interface StoredWorld {
  readonly on: CatalogCase
  readonly storage: Storage
  readonly admin: Admin
  readonly tokens: readonly Token[]
  readonly accounts: readonly string[]
  readonly members: readonly MemberKey[]
  /** The clock of the administration. */
  at(now: number): void
  /** Writes past the administration, as `putInto`. */
  put(...writes: readonly Write[]): Promise<void>
  /** What a decision on this token says. */
  decided(token: string, question: Question): Promise<Outcome>
  /** The same of a member's session. */
  permitted(user: string, question: Question): Promise<Outcome>
}

/** Writes past every administration, as another program would: nobody's revision moves. */
export async function putInto(storage: Storage, ...writes: readonly Write[]): Promise<void> {
  const scope: Scope = 'account:test'
  const [revision = 0] = await storage.revisions([scope])
  const entry = { scope, at: 0, actor: 'host', action: 'test.write', target: scope, before: null, after: null }
  const audit = chained(entry, await storage.auditHead(scope))
  if (!(await storage.commit({ expect: new Map([[scope, revision]]), writes, audit }))) throw new Error('refused')
}

export async function storedWorld({ on, accounts, credentials }: World): Promise<StoredWorld> {
  const storage = memoryStorage()
  let now = 0
  const put = (...writes: readonly Write[]) => putInto(storage, ...writes)
  const held = credentials.flatMap((one) => (one.kind === 'token' ? one.facts : []))
  const members = new Map(
    credentials
      .flatMap(({ facts }) => facts.standings.flatMap(({ member }) => member ?? []))
      .map((member) => [JSON.stringify([member.account, member.kind, member.id]), member]),
  )
  await put(
    ...accounts.map((account): Write => ({ kind: 'put_account', account })),
    ...[...members.values()].map((member): Write => ({ kind: 'put_member', member })),
    ...credentials.flatMap(({ facts: { user } }): Write[] => (user === null ? [] : [{ kind: 'put_user', user }])),
    ...held.flatMap(({ token, blockedIn }): Write[] => [
      { kind: 'add_token', token, secrets: { digest: token.id } },
      ...blockedIn.map((account): Write => ({ kind: 'block_token', account, token: token.id })),
    ]),
  )
  const admin = createAdmin({
    catalog: on.catalog,
    storage,
    limits: DEFAULT_LIMITS,
    prefix: 'bwk',
    peppers: createPeppers(undefined, () => now),
    importedKeys: createImportedKeys(),
    clock: () => now,
    random: seeded(1),
    afterWrite: () => {},
  })
  return {
    on,
    storage,
    admin,
    tokens: held.map(({ token }) => token),
    accounts: accounts.map(({ id }) => id),
    members: [...members.values()],
    at: (instant) => {
      now = instant
    },
    put,
    async decided(token, question) {
      const facts = await storage.credential(token)
      if (facts === null) throw new Error('no such token')
      return answer(on, { kind: 'token', facts, secretEndsOn: Number.POSITIVE_INFINITY }, question)
    },
    async permitted(user, question) {
      return answer(on, { kind: 'session', user, facts: await storage.principal(user) }, question)
    },
  }
}

/** Every item of a list, page after page, and no page over its limit. */
export async function everything<T>(
  list: (page: { limit: number; after?: string | null }) => Promise<Page<T>>,
  limit = 1_000,
): Promise<readonly T[]> {
  const items: T[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page: Page<T> = await list({ limit, after: after ?? null })
    if (page.items.length > limit) throw new Error('a page holds too many')
    items.push(...page.items)
    after = page.next
  }
  return items
}

/** Runs a property and tells of the smallest failure in its own words: a whole world printed is more than one can read. */
export async function always<T>(drawn: fc.Arbitrary<T>, runs: number, property: (of: T) => Promise<void>) {
  const found = await fc.check(fc.asyncProperty(drawn, property), { numRuns: times(runs) })
  if (!found.failed) return
  const cause = found.errorInstance
  throw new Error(
    `seed ${found.seed}, after ${found.numRuns} runs: ${cause instanceof Error ? cause.message : cause}`,
    {
      cause,
    },
  )
}
