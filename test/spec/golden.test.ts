/**
 * Who may do what, as a file in git: each line of golden.txt is one request and its outcome, so that a change of access is a diff to be
 * read in review. `UPDATE_GOLDEN=1 npx vitest run test/spec/golden.test.ts` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DENY_REASONS } from '../../src/core/decision.ts'
import type { Account, CredentialFacts, Member, Policy, Token } from '../../src/core/facts.ts'
import { account, accountToken, allow, DAY, decided, deny, holder, member, NOW, session, token } from './building.ts'
import type { Credential } from './vocabulary.ts'

const FILE = new URL('golden.txt', import.meta.url)

/** One request for each way the policies of a token and of its owner can meet. */
const REQUESTS = [
  ['cache.purge', 'account:acme/zone:z1'],
  ['dns.write', 'account:acme/zone:z1/record:TXT,a'],
  ['dns.export', 'account:acme/zone:z1'],
  ['bailiwick.read_members', 'account:acme'],
  ['kv.read', 'account:acme/namespace:n'],
  ['kv.write', 'account:acme/namespace:n'],
  ['cache.purge', 'account:beta/zone:z1'],
  ['cache.purge', 'account:acme'],
  ['bailiwick.read_tokens', 'user:ann'],
] as const

const POLICIES: readonly Policy[] = [
  allow(['purge', 'dns', 'kv'], 'account:acme'),
  deny('dns.write', 'account:acme/zone:z1/record:*'),
]
const OWNER_POLICIES: readonly Policy[] = [
  allow(['purge', 'dns'], 'account:acme'),
  allow('kv.read', 'account:acme'),
  deny('kv.read', 'account:acme/namespace:n'),
  deny('dns.export', 'account:acme/zone:*/record:A,*'),
]

const KINDS = ['person', 'service', 'account', 'session'] as const
type Kind = (typeof KINDS)[number]

interface Situation {
  readonly token?: Partial<Token>
  readonly member?: Partial<Member>
  readonly account?: Partial<Account>
  readonly facts?: Partial<CredentialFacts>
  readonly secretEndsOn?: number
  readonly ip?: string | null
}

/** Of a token itself, where it is used from, and what its account says of it. A session has none of it. */
const TOKEN_STATES: Readonly<Record<string, Situation>> = {
  'in order': {},
  disabled: { token: { status: 'disabled' } },
  revoked: { token: { status: 'revoked' } },
  'not yet valid': { token: { notBefore: NOW + 1 } },
  expired: { token: { expiresOn: NOW } },
  'rolled, overlap over': { secretEndsOn: NOW },
  'rolled, in overlap': { secretEndsOn: NOW + 1 },
  'right address': { token: { condition: { ip: { in: ['203.0.113.0/24'] } } }, ip: '203.0.113.7' },
  'wrong address': { token: { condition: { ip: { in: ['203.0.113.0/24'] } } }, ip: '198.51.100.1' },
  'no address': { token: { condition: { ip: { in: ['203.0.113.0/24'] } } }, ip: null },
  blocked: { facts: { blockedIn: ['acme'] } },
  'breaks a rule': { account: { tokenRules: { requireExpiry: true } } },
  'obeys the rules': { account: { tokenRules: { maxLifetimeMs: 2 * DAY } }, token: { expiresOn: NOW + DAY } },
}

/** Of the principal and its account, where everything else is in order. */
const STANDINGS: Readonly<Record<string, Situation>> = {
  'not a member': { facts: { standings: [] } },
  invited: { member: { status: 'pending' } },
  'joined after the issue': { member: { since: NOW - 1 } },
  're-admitted': { member: { since: NOW - 1, readmitted: true } },
  'member suspended': { member: { status: 'suspended' } },
  'account suspended': { account: { status: 'suspended' } },
  'user suspended': { facts: { user: { id: 'ann', status: 'suspended' } } },
  'lost its rights': { member: { policies: [], roles: [] } },
  'is administrator': { member: { policies: [], roles: ['administrator'] } },
  'unknown role': { member: { roles: ['gone'] } },
  'unknown group': { token: { policies: [...POLICIES, deny('gone', 'account:acme')] } },
  'personal forbidden': { account: { tokenRules: { forbidPersonal: true } } },
}

test('the matrix of access is the one that was reviewed', () => {
  const lines = [...matrix()]
  const text = `${lines.join('\n')}\n`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(FILE, text)
  expect(text).toBe(readFileSync(FILE, 'utf8'))
})

test('every reason of rungs 2 to 9 occurs in it', () => {
  const outcomes = new Set([...matrix()].map((line) => line.slice(line.lastIndexOf(' ') + 1)))
  const first = DENY_REASONS.indexOf('token_disabled')
  expect([...outcomes].sort()).toEqual(['allow', 'error', ...DENY_REASONS.slice(first)].sort())
})

function* matrix(): Generator<string> {
  for (const kind of KINDS) {
    for (const byDefault of [true, false]) {
      for (const own of [null, true, false]) {
        const states = kind === 'session' ? { 'in order': {} } : TOKEN_STATES
        for (const [state, situation] of Object.entries(states)) yield* asked(kind, byDefault, own, state, situation)
      }
    }
  }
  for (const kind of KINDS) {
    for (const [state, situation] of Object.entries(STANDINGS)) yield* asked(kind, true, null, state, situation)
  }
}

function* asked(
  kind: Kind,
  byDefault: boolean,
  own: boolean | null,
  state: string,
  situation: Situation,
): Generator<string> {
  const credential = credentialOf(kind, byDefault, own, situation)
  for (const [permission, resource] of REQUESTS) {
    const outcome = decided(credential, permission, resource, { ip: situation.ip ?? null })
    const switches = `account ${byDefault ? 'on ' : 'off'}  own ${own === null ? '-  ' : own ? 'on ' : 'off'}`
    const columns = [kind.padEnd(7), switches, state.padEnd(22), permission.padEnd(22), resource.padEnd(33), outcome]
    yield columns.join('  ')
  }
}

function credentialOf(kind: Kind, byDefault: boolean, own: boolean | null, situation: Situation): Credential {
  const acme = account({ apiAccess: byDefault, ...situation.account })
  const serves = kind === 'service'
  const principal = member({
    ...{ kind: serves ? 'service' : 'user', id: serves ? 'bot' : 'ann', apiAccess: own },
    ...{ roles: [], policies: OWNER_POLICIES, ...situation.member },
  })
  const { user = null, ...facts } = { standings: [{ account: acme, member: principal }], ...situation.facts }
  if (kind === 'session') return session('ann', { user, standings: facts.standings })
  if (kind === 'account') {
    const { facts: loaded, ...rest } = accountToken({ policies: POLICIES, ...situation.token, apiAccess: own }, acme)
    return {
      ...rest,
      facts: { ...loaded, ...situation.facts, user: null },
      secretEndsOn: situation.secretEndsOn ?? rest.secretEndsOn,
    }
  }
  const owner = serves ? { account: 'acme', service: 'bot' } : { user: 'ann' }
  const policies = [
    ...(situation.token?.policies ?? POLICIES),
    ...(serves ? [] : [allow('bailiwick.read_tokens', 'user:ann')]),
  ]
  const held = token({ ...situation.token, owner, policies })
  return holder(held, { ...facts, user: serves ? null : user }, situation.secretEndsOn)
}
