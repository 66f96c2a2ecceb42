/** What is said of a token in one account, without compiling it, is what its snapshot says there. */
import { expect, test, vi } from 'vitest'
import { compileToken } from '../../src/core/compile.ts'
import { DENY_REASONS, type DenyReason } from '../../src/core/decision.ts'
import { rootEntries } from '../../src/core/roots.ts'
import { brokenRules, brokenRulesOf } from '../../src/core/rules.ts'
import { closedIn } from '../../src/core/snapshot.ts'
import { subjectOf } from './core.ts'
import { encode } from './reference-text.ts'
import { holdsAlways, minutes, times } from './runs.ts'
import { worlds } from './worlds.ts'

vi.setConfig({ testTimeout: minutes(2) })

const RUNGS = DENY_REASONS.slice(DENY_REASONS.indexOf('not_a_member'), DENY_REASONS.indexOf('denied_by_token'))

test('a token is closed in an account as its snapshot has it', () => {
  const counts = new Map<DenyReason | 'open', number>()
  holdsAlways(worlds, 1_500, (world) => {
    for (const credential of world.credentials) {
      if (credential.kind === 'session') continue
      const { token, standings, blockedIn } = credential.facts
      const { roots, fault } = subjectOf(world.on, credential).snapshot
      for (const { id } of world.accounts) {
        const entry = rootEntries(roots).find(({ root }) => root === `account:${encode(id)}`)
        // Of an account whose facts can't be understood no decision is made, so nothing is ready.
        const unread = fault !== null || compileToken(world.on.catalog, token).faults.has(`account:${encode(id)}`)
        if (unread) continue
        const standing = standings.find(({ account }) => account.id === id) ?? null
        const closed = closedIn(token, standing, { blocked: blockedIn.includes(id) })
        expect(closed, JSON.stringify([token, standing])).toBe(entry === undefined ? 'not_a_member' : entry.closed)
        counts.set(closed ?? 'open', (counts.get(closed ?? 'open') ?? 0) + 1)
      }
    }
  })
  for (const one of [...RUNGS, 'open'] as const)
    expect(counts.get(one) ?? 0, `how often: ${one}`).toBeGreaterThanOrEqual(times(25))
})

test('a stored token breaks the rules that its compiled form breaks', () => {
  const seen = { broken: 0, kept: 0 }
  holdsAlways(worlds, 500, ({ on, accounts, credentials }) => {
    for (const credential of credentials) {
      if (credential.kind === 'session') continue
      const { token } = credential.facts
      for (const { tokenRules } of accounts) {
        const broken = brokenRulesOf(token, tokenRules)
        expect(broken).toEqual(brokenRules(compileToken(on.catalog, token), tokenRules))
        expect(broken).toEqual([...broken].sort())
        seen[broken.length > 0 ? 'broken' : 'kept']++
      }
    }
  })
  expect(Math.min(seen.broken, seen.kept)).toBeGreaterThanOrEqual(times(50))
})
