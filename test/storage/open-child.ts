/** Opens a storage at each path it is told, writes one account there, and says so. */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { account, entry, putAccount, write } from '../../src/testing/contract/fixtures.ts'

const id = process.argv[2] ?? ''
writeSync(1, 'ready\n')

for await (const path of createInterface({ input: process.stdin })) {
  const storage = sqliteStorage(path)
  await write(storage, [putAccount(account(id))], entry(`account:${id}`))
  await storage.close()
  writeSync(1, `opened ${path}\n`)
}
