/** The two targets that end in a decision: policies as callers write them, and facts as a broken database may return them. */
import assert from 'node:assert/strict'
import { permissionNamed } from '../../src/core/catalog.ts'
import { decide } from '../../src/core/decide.ts'
import { explain } from '../../src/core/explain.ts'
import type { CredentialFacts, StandingFacts, Token } from '../../src/core/facts.ts'
import { tokenSubject } from '../../src/core/snapshot.ts'
import { isBailiwickError } from '../../src/errors.ts'
import { DEFAULT_LIMITS } from '../../src/schema/limits.ts'
import { parseTokenCreate } from '../../src/schema/token.ts'
import { EDGE } from '../spec/catalogs.ts'
import { answer } from '../spec/core.ts'
import { reference } from '../spec/reference.ts'
import type { Question } from '../spec/vocabulary.ts'
import type { Fuzzed } from './loop.ts'

const NOW = 1_800_000_000_000

const QUESTIONS: readonly Question[] = [
  { permission: 'dns.read', resource: 'account:acme/zone:z1', now: NOW, ip: '203.0.113.9' },
  { permission: 'dns.read', resource: 'account:acme/zone:z1/record:A,a', now: NOW, ip: null },
  { permission: 'dns.export', resource: 'account:acme/zone:z1', now: NOW + 1, ip: '2001:db8::1' },
  { permission: 'kv.read', resource: 'account:acme/namespace:logs-1/value:a', now: NOW, ip: '::ffff:10.0.0.1' },
  { permission: 'kv.clear', resource: 'account:acme', now: NOW, ip: '203.0.113.9' },
  { permission: 'dns.read', resource: 'account:other/zone:z1', now: NOW, ip: '203.0.113.9' },
  { permission: 'dns.legacy', resource: 'account:acme/zone:z1', now: NOW, ip: '203.0.113.9' },
]

const WORDS = [
  ...['allow', 'deny', 'dns', 'kv', 'purge', 'read', 'old', 'dns.read', 'dns.export', 'kv.clear', 'dns.legacy'],
  ...[
    'account:acme',
    'account:*',
    'account:acme/zone:*',
    'account:acme/zone:z1/record:*',
    'account:acme/namespace:logs-*',
  ],
  ...['user:u_1', 'account:other', 'account:acme/gone:x', '203.0.113.0/24', '2001:db8::/32', '::/0', '10.0.0.0/8'],
  ...[
    'ip',
    'in',
    'notIn',
    'notBefore',
    'expiresOn',
    'permissions',
    'permissionGroups',
    'resources',
    'condition',
    'effect',
  ],
  ...[
    '2027-01-01T00:00:00Z',
    'active',
    'revoked',
    'pending',
    'administrator',
    'reader',
    'gone',
    'u_1',
    'acme',
    'service',
  ],
]

const member = {
  account: 'acme',
  kind: 'user',
  id: 'u_1',
  status: 'active',
  since: 0,
  readmitted: false,
  roles: ['administrator'],
  policies: [],
  apiAccess: null,
  revision: 1,
} as const
const account = { id: 'acme', name: 'Acme', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 } as const
const standing: StandingFacts = { account, member }

const token: Token = {
  id: 't_1',
  name: 'test',
  owner: { user: 'u_1' },
  policies: [
    { id: 'p1', effect: 'allow', permissionGroups: ['dns', 'kv'], resources: ['account:acme'] },
    {
      id: 'p2',
      effect: 'deny',
      permissions: ['dns.export'],
      resources: ['account:acme/zone:z1/record:A,*'],
      condition: { ip: { in: ['203.0.113.0/24'], notIn: ['203.0.113.9/32'] }, notBefore: NOW },
    },
  ],
  status: 'active',
  apiAccess: null,
  issuedOn: 1,
  issuedBy: 'host',
  modifiedOn: 1,
  secretIssuedOn: 1,
  revision: 1,
}

const stored = (of: Pick<CredentialFacts, 'token' | 'standings'>): CredentialFacts => ({
  user: null,
  blockedIn: [],
  secrets: { digest: 'sha256:x' },
  revisions: new Map(),
  ...of,
})

const seeds = (value: unknown) => JSON.stringify(value)

/** JSON is read, as a host does with a body: what is accepted compiles, is read back as itself, and decides as the rules say. */
export const policies: Fuzzed = {
  longest: 20_000,
  isJson: true,
  words: WORDS,
  seeds: [
    seeds({ owner: { user: 'u_1' }, name: 'x', policies: token.policies.map(({ id: _, ...policy }) => policy) }),
    seeds({
      owner: { account: 'acme', service: 'bot' },
      name: 'x',
      policies: [{ effect: 'allow', permissions: ['dns.read'], resources: ['account:acme/zone:a*'] }],
      condition: { ip: { in: ['10.0.0.0/8'] } },
      notBefore: '2026-01-01T00:00:00Z',
      expiresOn: '2028-01-01T00:00:00.0009Z',
    }),
    seeds({ owner: { account: 'acme' }, name: 'x', policies: [], apiAccess: true }),
  ],
  run(text) {
    const input = jsonOf(text)
    let draws = 0
    const context = {
      catalog: EDGE.catalog,
      limits: DEFAULT_LIMITS,
      random: (bytes: number) => new Uint8Array(bytes).fill(++draws),
    }
    const terms = unlessOurs(() => parseTokenCreate(input, context), 'ERR_BAILIWICK_INPUT')
    if (terms === null) return
    const again = parseTokenCreate(JSON.parse(JSON.stringify(terms)), context)
    assert.deepEqual(again, terms, 'what is stored is its own spelling')
    const { owner } = terms
    const of = 'user' in owner ? standing : 'service' in owner ? serviceStanding(owner) : { account, member: null }
    const facts = stored({
      token: { ...token, ...terms },
      standings: 'user' in owner || owner.account === 'acme' ? [of] : [],
    })
    agrees(facts)
  },
}

function serviceStanding({ service }: { readonly service: string }): StandingFacts {
  return { account, member: { ...member, kind: 'service', id: service } }
}

/** Nothing about a row is trusted: it is understood whole and decides as the rules say, or it is an error. */
export const facts: Fuzzed = {
  longest: 20_000,
  isJson: true,
  words: WORDS,
  seeds: [
    seeds({ token, standings: [standing] }),
    seeds({ token: { ...token, owner: { account: 'acme' }, apiAccess: true }, standings: [{ account, member: null }] }),
    seeds({
      token: { ...token, owner: { user: 'u_1' }, condition: { ip: { in: ['203.0.113.0/24'] } }, expiresOn: NOW + 1 },
      standings: [{ account: { ...account, tokenRules: { requireIp: true, maxLifetimeMs: 10 } }, member }],
    }),
  ],
  run(text) {
    const given = jsonOf(text)
    if (typeof given !== 'object' || given === null || !('token' in given) || !('standings' in given)) return
    if (!Array.isArray(given.standings) || !given.standings.every(isStandingShaped)) return
    if (typeof given.token !== 'object' || given.token === null) return
    const accounts = given.standings.map(({ account }) => account.id)
    if (new Set(accounts).size < accounts.length) return // an error of its own: `test/core/closed.test.ts`
    agrees(stored(given as Pick<CredentialFacts, 'token' | 'standings'>))
  },
}

/** A storage gives rows and joins them: their fields may be anything. */
function isStandingShaped(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('account' in value) || !('member' in value)) return false
  const isRow = (row: unknown) => typeof row === 'object' && row !== null
  return isRow(value.account) && (value.member === null || isRow(value.member))
}

function agrees(facts: CredentialFacts): void {
  const credential = { kind: 'token', facts, secretEndsOn: Number.POSITIVE_INFINITY } as const
  const understood = unlessOurs(() => tokenSubject(EDGE.catalog, facts), 'ERR_BAILIWICK_STORED_FACT')
  if (understood === null) return
  for (const question of QUESTIONS) {
    const outcome = answer(EDGE, credential, question)
    assert.equal(outcome, reference(EDGE.declared, credential, question), `${question.permission} ${question.resource}`)
    if (outcome === 'error') continue
    const permission = permissionNamed(EDGE.catalog, question.permission)
    const context = { now: question.now, ip: null }
    const explained = explain(EDGE.catalog, understood, permission, question.resource, context)
    assert.equal(
      explained.decision,
      decide(understood, permission, question.resource, context),
      'explain agrees with decide',
    )
  }
}

function unlessOurs<T>(work: () => T, code: string): T | null {
  try {
    return work()
  } catch (error) {
    if (isBailiwickError(error) && error.code === code) return null
    throw error
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
