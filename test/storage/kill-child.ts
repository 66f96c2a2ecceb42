/**
 * Writes commit after commit, each of many facts that all bear its number, and says the number of each once it is promised to be durable.
 * It ends only by being killed.
 */
import { writeSync } from 'node:fs'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  addToken,
  at,
  blockToken,
  commit,
  entry,
  member,
  putAccount,
  putMember,
  token,
} from '../../src/testing/contract/fixtures.ts'

const TOKENS_PER_COMMIT = 20

const storage = sqliteStorage(process.argv[2] ?? '')
const [begun = 0] = await storage.revisions(['account:acme'])
writeSync(1, 'ready\n')

for (let n = begun + 1; ; n++) {
  const mine = Array.from({ length: TOKENS_PER_COMMIT }, (_, i) => `t-${n}-${i}`)
  const committed = await commit(
    storage,
    at(['account:acme', n - 1], ['user:u_1', n - 1]),
    [
      putAccount(account('acme', { revision: n })),
      ...mine.slice(0, TOKENS_PER_COMMIT / 2).map((id) => addToken(token(id, { account: 'acme' }, { revision: n }))),
      putMember(member('acme', 'u_1', { revision: n })),
      ...mine.slice(TOKENS_PER_COMMIT / 2).map((id) => addToken(token(id, { user: 'u_1' }, { revision: n }))),
      ...mine.map((id) => blockToken('acme', id)),
    ],
    entry('account:acme', { after: n }),
  )
  if (!committed) throw new Error(`commit ${n} was refused`)
  writeSync(1, `${n}\n`)
}
