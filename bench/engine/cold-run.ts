/** One process of `cold`: tokens of world M that a cache has never seen, against what it takes to have their rows from the same storage. */
import assert from 'node:assert/strict'
import type { CredentialFacts } from 'bailiwick/core'
import Database from 'libsql'
import type { Figures } from '../harness.ts'
import { sqlite } from './built.ts'
import { idOf, memoryOf, open, type Seed, valuesOf } from './seeded.ts'
import { alternate, type Contestant } from './turns.ts'

export interface ColdInput {
  readonly storage: 'memory' | 'sqlite'
  readonly seed: Seed
}

/** Standings are shared from the first token on, as in a process that has just begun: a turn is long enough for some of that. */
const TURNS = { stream: 2_000, perTurn: 100, rounds: 41, warmUp: 8 }

export async function run({ storage: kind, seed }: ColdInput): Promise<Figures> {
  const nth = valuesOf(seed)
  // Spread over all accounts and owners of the world.
  const values = Array.from({ length: TURNS.stream }, (_, n) => nth((n * 4_999) % seed.tokens))
  assert.equal(new Set(values).size, values.length)
  const ids = values.map(idOf)
  const storage = kind === 'memory' ? await memoryOf(seed, ids) : sqlite.sqliteStorage(seed.database)
  let bw = open(storage)
  const read: Contestant = {
    name: 'storage.credential',
    turn: async (from, to) => {
      let found = 0
      for (let n = from; n < to; n++) if ((await storage.credential(ids[n] ?? '')) !== null) found++
      return found
    },
  }
  const authenticate: Contestant = {
    name: 'authenticate, cold',
    prepare: () => {
      bw = open(storage)
    },
    turn: async (from, to) => {
      let admitted = 0
      for (let n = from; n < to; n++) if ((await bw.authenticate(values[n])).denial === null) admitted++
      return admitted
    },
  }
  const bare = kind === 'sqlite' ? [await bareSelects(seed.database, ids, (id) => storage.credential(id))] : []
  const figures = await alternate([...bare, read, authenticate], TURNS)
  await storage.close()
  return figures
}

/** The same rows, each by its key with a statement that is prepared once, and nothing made of them. */
async function bareSelects(
  path: string,
  ids: readonly string[],
  factsOf: (id: string) => Promise<CredentialFacts | null>,
): Promise<Contestant> {
  const database = new Database(path)
  const rowsOf = (sql: string) => {
    const statement = database.prepare(sql)
    return (...values: string[]) => statement.all(...values).length
  }
  const token = rowsOf('SELECT * FROM bailiwick_tokens WHERE id = ?')
  const blocks = rowsOf('SELECT * FROM bailiwick_token_blocks WHERE token = ?')
  const user = rowsOf('SELECT * FROM bailiwick_users WHERE id = ?')
  const account = rowsOf('SELECT * FROM bailiwick_accounts WHERE id = ?')
  const member = rowsOf('SELECT * FROM bailiwick_members WHERE account = ? AND id = ? AND kind = ?')
  const scope = rowsOf('SELECT * FROM bailiwick_scopes WHERE scope = ?')
  const asked = await Promise.all(
    ids.map(async (id) => {
      const facts = (await factsOf(id)) ?? assert.fail('no such token')
      const { owner } = facts.token
      return {
        id,
        user: 'user' in owner ? owner.user : null,
        standings: facts.standings,
        scopes: [...facts.revisions.keys()],
      }
    }),
  )
  return {
    name: 'bare SELECTs',
    turn: (from, to) => {
      let found = 0
      for (let n = from; n < to; n++) {
        const one = asked[n] ?? assert.fail()
        let rows = token(one.id)
        blocks(one.id)
        if (one.user !== null) user(one.user)
        for (const standing of one.standings) {
          rows += account(standing.account.id)
          if (standing.member !== null) rows += member(standing.account.id, standing.member.id, standing.member.kind)
        }
        for (const name of one.scopes) scope(name)
        const expected = 1 + one.standings.length + one.standings.filter((standing) => standing.member !== null).length
        if (rows === expected) found++
      }
      return found
    },
  }
}
