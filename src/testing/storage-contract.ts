/**
 * The contract of `storage/port.ts` as tests, for the drivers in this package and for yours.
 */
import type { Storage } from '../storage/port.ts'
import { auditClauses } from './contract/audit.ts'
import { commitClauses } from './contract/commit.ts'
import { credentialClauses } from './contract/credential.ts'
import { credentialsClauses } from './contract/credentials.ts'
import { directoryClauses } from './contract/directory.ts'
import type { Clauses } from './contract/fixtures.ts'
import { letInClauses } from './contract/let-in.ts'
import { lifetimeClauses } from './contract/lifetime.ts'
import { reachClauses } from './contract/reach.ts'
import { reachingClauses } from './contract/reaching.ts'
import { usageClauses } from './contract/usage.ts'
import { valueClauses } from './contract/values.ts'

/** `describe` and `it` of vitest, jest, `node:test` or another runner. */
export interface TestFunctions {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

const SECTIONS: Readonly<Record<string, Clauses>> = {
  commit: commitClauses,
  credential: credentialClauses,
  reach: reachClauses,
  directory: directoryClauses,
  reaching: reachingClauses,
  'let in': letInClauses,
  credentials: credentialsClauses,
  usage: usageClauses,
  audit: auditClauses,
  values: valueClauses,
  lifetime: lifetimeClauses,
}

/**
 * Declares the tests that every storage must pass, with the test runner you hand in: some ninety cases about commits, consistent reads, lists and
 * their pages, last uses, audit logs, hostile text and closing.
 *
 * `makeStorage` is called once for each test and must give a storage that is empty and shares nothing with the others; the test closes it. Writes
 * that several connections do at the same instant are not tested, nor is speed, nor that a commit survives a power cut. Throws nothing itself: what is
 * wrong with a storage fails a test.
 *
 * @example
 * ```ts
 * const { describe, it } = await import('node:test')
 * const { storageContract } = await import('bailiwick/testing')
 * describe('memory', () => storageContract({ describe, it }, () => memoryStorage()))
 * ```
 */
export function storageContract({ describe, it }: TestFunctions, makeStorage: () => Storage | Promise<Storage>): void {
  for (const [section, clauses] of Object.entries(SECTIONS)) {
    describe(section, () => {
      for (const [name, holds] of Object.entries(clauses)) {
        it(name, async () => {
          const storage = await makeStorage()
          try {
            await holds(storage)
          } finally {
            await storage.close()
          }
        })
      }
    })
  }
}
