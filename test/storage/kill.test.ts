/** A process killed in the middle of its writes leaves a database in which every commit is there whole or not at all. */
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import type { Owner } from '../../src/core/facts.ts'
import type { Storage } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { allPages, NOW } from '../../src/testing/contract/fixtures.ts'
import { ended, startChild } from './children.ts'
import { freshFiles } from './databases.ts'

const ROUNDS = 15
const freshFile = freshFiles()

describe('kill -9 in the middle', () => {
  it('leaves nothing half written, and nothing lost that was promised', async () => {
    const path = freshFile()
    let promised = 0
    for (let round = 0; round < ROUNDS; round++) {
      promised = Math.max(promised, await runUntilKilled(path))
      const storage = sqliteStorage(path)
      const found = await checkWhole(storage)
      expect(found).toBeGreaterThanOrEqual(promised)
      expect(found).toBeLessThanOrEqual(promised + 1) // one may have been durable and not yet announced
      promised = found
      await storage.close()
    }
    expect(promised).toBeGreaterThan(ROUNDS)
  })
})

/** The number of the last commit the child announced before it was killed, at a moment of chance. */
async function runUntilKilled(path: string): Promise<number> {
  const child = startChild('kill-child.ts', path)
  const end = ended(child)
  let last = 0
  let commitsLeft = Math.floor(Math.random() * 12)
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'ready') last = Number(line)
    if (commitsLeft === 0) setTimeout(() => child.kill('SIGKILL'), Math.random() * 8)
    commitsLeft -= 1
  }
  const { signal, err } = await end
  expect({ signal, err }).toEqual({ signal: 'SIGKILL', err: '' })
  return last
}

/** Facts, revisions and audit log agree on how many commits there were; answers that number. */
async function checkWhole(storage: Storage): Promise<number> {
  const [commits = 0, ofUser] = await storage.revisions(['account:acme', 'user:u_1'])
  expect(ofUser).toBe(commits)
  expect((await storage.account('acme'))?.revision ?? 0).toBe(commits)
  expect((await storage.member({ account: 'acme', kind: 'user', id: 'u_1' }))?.revision ?? 0).toBe(commits)

  const log = await allPages(100, (page) => storage.audit('account:acme', {}, page))
  expect(log.map(({ after }) => after)).toEqual(Array.from({ length: commits }, (_, i) => commits - i))
  expect((await storage.auditHead('account:acme'))?.sequence ?? 0).toBe(commits)

  const halves: readonly (readonly [Owner, number])[] = [
    [{ account: 'acme' }, 0],
    [{ user: 'u_1' }, 10],
  ]
  for (const [owner, first] of halves) {
    const tokens = await allPages(100, (page) => storage.tokens(owner, page))
    const written = Array.from({ length: commits * 10 }, (_, i) => `t-${Math.floor(i / 10) + 1}-${first + (i % 10)}`)
    expect(tokens.map(({ id }) => id).sort()).toEqual(written.sort())
    for (const { id } of tokens.slice(-40)) expect((await storage.token(id))?.blockedIn).toEqual(['acme'])
  }
  const credentials = await allPages(100, (page) => storage.credentials('acme', { now: NOW }, page))
  expect(credentials.length).toBe(commits * 10) // those of the account; the person's name no account
  return commits
}
