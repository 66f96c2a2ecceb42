/**
 * Every state of the ladder: all that can be wrong with a token, its owner, a membership and an account, each with each, and in each state
 * a question for every way the last rungs can go. The reference is asked about all of it.
 */
import { afterAll, expect, test, vi } from 'vitest'
import type { Account, Member, Token } from '../../src/core/index.ts'
import { DENY_REASONS } from '../../src/core/index.ts'
import { account, allow, deny, holder, member, NOW, session, token } from './building.ts'
import { EDGE } from './catalogs.ts'
import { outcome, subjectOf } from './core.ts'
import { reference } from './reference.ts'
import type { Credential, Outcome, Question, TokenCredential } from './vocabulary.ts'

vi.setConfig({ testTimeout: 300_000 })

const POLICIES = [allow(['purge', 'dns', 'kv'], 'account:acme'), deny('kv.write', 'account:acme')]
const MEMBER_POLICIES = [allow(['dns', 'kv'], 'account:acme'), deny('dns.write', 'account:acme')]

/** An allow, each denial of rungs 8 and 9, a name that is none, another account, and the caller's own root. */
const ASKED = [
  ['dns.read', 'account:acme/zone:a'],
  ['kv.write', 'account:acme/namespace:a'],
  ['bailiwick.read_audit', 'account:acme'],
  ['dns.write', 'account:acme/zone:a'],
  ['cache.purge', 'account:acme/zone:a'],
  ['dns.read', 'account:acme/zone:A'],
  ['dns.read', 'account:beta/zone:a'],
  ['bailiwick.read_tokens', 'user:ann'],
] as const
const QUESTIONS: readonly Question[] = ASKED.flatMap(([permission, resource]) =>
  [null, '203.0.113.7', '198.51.100.1'].map((ip) => ({ permission, resource, now: NOW, ip })),
)

const ISSUED = token().issuedOn
const WITHIN = { condition: { ip: { in: ['203.0.113.0/24'] } } }
const STATUSES: readonly Partial<Token>[] = [{}, { status: 'disabled' }, { status: 'revoked' }]
const WINDOWS: readonly Partial<Token>[] = [{}, { notBefore: NOW + 1 }, { expiresOn: NOW }]
const ADDRESSES: readonly Partial<Token>[] = [{}, WITHIN]
const ENDS = [Number.POSITIVE_INFINITY, NOW]
const USERS = [null, { id: 'ann', status: 'active' }, { id: 'ann', status: 'suspended' }] as const

const MEMBERSHIPS: readonly (Partial<Member> | null)[] = [
  null,
  {},
  { status: 'pending' },
  { status: 'suspended' },
  { since: ISSUED },
  { since: ISSUED + 1 },
  { since: ISSUED + 1, readmitted: true },
  { since: ISSUED + 1, readmitted: true, status: 'suspended' },
  { roles: ['gone'] },
]
const SWITCHES = [null, true, false].flatMap((own) => [true, false].map((apiAccess) => ({ own, apiAccess })))
const BLOCKED = [[], ['acme']]
const ACCOUNTS: readonly Partial<Account>[] = (['active', 'suspended'] as const).flatMap((status) =>
  [{}, { requireExpiry: true }].map((tokenRules) => ({ status, tokenRules })),
)

const seen = new Map<Outcome, number>()

test("a person's token in every state", () => {
  expect(compared(heldBy({ user: 'ann' }))).toBe(36 * 3 * 9 * 48 * QUESTIONS.length)
})

test("a service account's token in every state", () => {
  expect(compared(heldBy({ account: 'acme', service: 'ann' }))).toBe(36 * 9 * 48 * QUESTIONS.length)
})

test("an account's token in every state", () => {
  expect(compared(heldBy({ account: 'acme' }))).toBe(36 * 48 * QUESTIONS.length)
})

test('a session in every state', () => {
  expect(compared(sessions())).toBe(3 * 9 * 4 * 2 * QUESTIONS.length)
})

test('each outcome from rung 2 on was reached', () => {
  const reasons = DENY_REASONS.slice(DENY_REASONS.indexOf('token_disabled'))
  for (const one of ['allow', 'error', ...reasons] as const) expect(seen.get(one) ?? 0, one).toBeGreaterThan(100)
})

afterAll(() => {
  const decisions = [...seen.values()].reduce((sum, count) => sum + count, 0)
  console.log(`${decisions} decisions, compiled = naive: ${[...seen].map((entry) => entry.join(' ')).join(', ')}`)
})

function compared(credentials: Iterable<Credential>): number {
  let decisions = 0
  for (const credential of credentials) {
    const subject = subjectOf(EDGE, credential)
    for (const question of QUESTIONS) {
      const expected = reference(EDGE.declared, credential, question)
      const got = outcome(EDGE, subject, question)
      if (got !== expected) {
        const asked = `${JSON.stringify(question)}\n${JSON.stringify(credential)}`
        throw new Error(`the core says ${got}, the reference ${expected}\n${asked}`)
      }
      seen.set(got, (seen.get(got) ?? 0) + 1)
      decisions++
    }
  }
  return decisions
}

/** Tokens of this owner in each state of their own, in each standing. */
function* heldBy(owner: Token['owner']): Generator<TokenCredential> {
  const ofUser = 'user' in owner
  const policies = ofUser ? [...POLICIES, allow('bailiwick.read_tokens', 'user:ann')] : POLICIES
  const states = STATUSES.flatMap((status) =>
    WINDOWS.flatMap((window) =>
      ADDRESSES.flatMap((address) => ENDS.map((end) => ({ of: { ...status, ...window, ...address }, end }))),
    ),
  )
  for (const { own, apiAccess } of SWITCHES) {
    const isAccountOwned = !ofUser && !('service' in owner)
    for (const { standing, user } of isAccountOwned ? [ALONE] : standings(ofUser ? 'user' : 'service', own)) {
      for (const changes of ACCOUNTS) {
        const acme = account({ apiAccess, ...changes })
        const facts = { user, standings: standing === null ? [] : [{ account: acme, member: standing.member }] }
        for (const blockedIn of BLOCKED) {
          for (const { of, end } of states) {
            const held = token({ owner, policies, ...of, apiAccess: isAccountOwned ? own : null })
            yield holder(held, { ...facts, blockedIn }, end)
          }
        }
      }
    }
  }
}

function* sessions(): Generator<Credential> {
  for (const { standing, user } of standings('user', null)) {
    for (const changes of ACCOUNTS) {
      for (const apiAccess of [true, false]) {
        const acme = account({ apiAccess, ...changes })
        yield session('ann', { user, standings: standing === null ? [] : [{ account: acme, member: standing.member }] })
      }
    }
  }
}

const ALONE = { standing: { member: null }, user: null }

/** Each membership of each user; a service account is no user. */
function standings(kind: Member['kind'], apiAccess: boolean | null) {
  return MEMBERSHIPS.flatMap((changes) =>
    (kind === 'user' ? USERS : [null]).map((user) => ({
      user,
      standing:
        changes === null
          ? null
          : { member: member({ kind, roles: [], policies: MEMBER_POLICIES, apiAccess, ...changes }) },
    })),
  )
}
