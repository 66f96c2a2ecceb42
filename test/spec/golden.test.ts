/**
 * Who may do what, as a file in git: each line of golden.txt is one request and its outcome, so that a change of access is a diff to be
 * read in review. `UPDATE_GOLDEN=1 npx vitest run test/spec/golden.test.ts` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DENY_REASONS } from '../../src/core/decision.ts'
import type { Account, CredentialFacts, Member, Policy, Token } from '../../src/core/facts.ts'
import { account, accountToken, allow, DAY, decided, deny, holder, member, NOW, session, token } from './building.ts'
import { EDGE } from './catalogs.ts'
import type { Credential, Outcome } from './vocabulary.ts'

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
type Request = readonly [permission: string, resource: string]

/** A thing of each type. */
const NAMES: Readonly<Record<string, string>> = {
  account: 'account:acme',
  user: 'user:ann',
  zone: 'account:acme/zone:z1',
  record: 'account:acme/zone:z1/record:TXT,a',
  namespace: 'account:acme/namespace:n',
  value: 'account:acme/namespace:n/value:v',
}

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

/** Nothing is in the way of a permission but the permission itself. */
const RIGHTS = allow([...EDGE.catalog.permissions.keys()], 'account:acme')
const EVERYTHING: Situation = { token: { policies: [RIGHTS] }, member: { policies: [RIGHTS] } }

const UNTOUCHED: Switches = { byDefault: true, own: null }
const SWITCHES: readonly Switches[] = [true, false].flatMap((byDefault) =>
  [null, true, false].map((own) => ({ byDefault, own })),
)

const UPDATE = 'UPDATE_GOLDEN=1 npx vitest run test/spec/golden.test.ts'

test('the matrix of access is the one that was reviewed', () => {
  const text = [...matrix()].map((line) => `${printed(line)}\n`).join('')
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(FILE, text)
  expect(text, `access changed: read the diff and, if it is meant, write it with \`${UPDATE}\``).toBe(
    readFileSync(FILE, 'utf8'),
  )
})

test('no two lines ask the same', () => {
  const asked = [...matrix()].map(({ outcome: _, ...line }) => JSON.stringify(line))
  expect(new Set(asked).size).toBe(asked.length)
})

/** How many lines each outcome, permission, kind, switch and state has: a name with none fails by itself. */
const lines = [...matrix()]
const COVERAGE = {
  outcome: counts(['allow', 'error', ...DENY_REASONS.slice(DENY_REASONS.indexOf('token_disabled'))], 'outcome'),
  permission: counts([...EDGE.catalog.permissions.keys()], 'permission'),
  type: counts([...EDGE.catalog.types.keys()], 'type'),
  kind: counts(KINDS, 'kind'),
  'standing of a person': counts(Object.keys(STANDINGS), 'state', ({ kind }) => kind === 'person'),
  'standing of a service account': counts(Object.keys(STANDINGS), 'state', ({ kind }) => kind === 'service'),
  'standing in a session': counts(Object.keys(STANDINGS), 'state', ({ kind }) => kind === 'session'),
}

describe.each(Object.entries(COVERAGE))('each %s occurs in it', (_, found) => {
  test.each(Object.entries(found))('%s', (name, count) => {
    expect(count, `no line of the matrix has ${name}`).toBeGreaterThan(0)
  })
})

test.each(KINDS.filter((kind) => kind !== 'session'))('%s: each token state under each switch', (kind) => {
  for (const switches of SWITCHES) {
    for (const state of Object.keys(TOKEN_STATES)) {
      const found = lines.filter(
        (line) => line.kind === kind && line.switches === printSwitches(switches) && line.state === state,
      )
      expect(found.length, `${kind} ${printSwitches(switches)} ${state}`).toBeGreaterThanOrEqual(REQUESTS.length)
    }
  }
})

test('each permission is allowed to somebody, but what is retired', () => {
  for (const { name, retired } of EDGE.catalog.permissions.values()) {
    const allowed = lines.some(({ permission, outcome }) => permission === name && outcome === 'allow')
    expect(allowed, name).toBe(!retired)
  }
})

function counts(
  names: readonly string[],
  field: keyof Line,
  of: (line: Line) => boolean = () => true,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    names.map((name) => [name, lines.filter((line) => of(line) && line[field] === name).length]),
  )
}

interface Line {
  readonly kind: Kind
  readonly switches: string
  readonly state: string
  readonly permission: string
  readonly resource: string
  /** Of the resource. */
  readonly type: string
  readonly outcome: Outcome
}

interface Switches {
  readonly byDefault: boolean
  readonly own: boolean | null
}

function printed({ kind, switches, state, permission, resource, outcome }: Line): string {
  return [kind.padEnd(7), switches, state.padEnd(22), permission.padEnd(22), resource.padEnd(33), outcome].join('  ')
}

function printSwitches({ byDefault, own }: Switches): string {
  return `account ${byDefault ? 'on ' : 'off'}  own ${own === null ? '-  ' : own ? 'on ' : 'off'}`
}

function* matrix(): Generator<Line> {
  for (const kind of KINDS) {
    for (const switches of SWITCHES) {
      const states = kind === 'session' ? { 'in order': {} } : TOKEN_STATES
      for (const [state, situation] of Object.entries(states)) yield* asked(kind, switches, state, situation, REQUESTS)
    }
  }
  for (const kind of KINDS) {
    for (const [state, situation] of Object.entries(STANDINGS))
      yield* asked(kind, UNTOUCHED, state, situation, REQUESTS)
  }
  for (const kind of KINDS) yield* asked(kind, UNTOUCHED, 'may do everything', EVERYTHING, everyPermission())
}

/** Each permission of the catalog about a thing of each type it is on. */
function* everyPermission(): Generator<Request> {
  for (const { name, on } of EDGE.catalog.permissions.values()) {
    for (const { name: type } of on) yield [name, NAMES[type] ?? type]
  }
}

function* asked(
  kind: Kind,
  switches: Switches,
  state: string,
  situation: Situation,
  requests: Iterable<Request>,
): Generator<Line> {
  const credential = credentialOf(kind, switches, situation)
  for (const [permission, resource] of requests) {
    const outcome = decided(credential, permission, resource, { ip: situation.ip ?? null })
    const type = resource.split('/').at(-1)?.split(':', 1)[0] ?? ''
    yield { kind, switches: printSwitches(switches), state, permission, resource, type, outcome }
  }
}

function credentialOf(kind: Kind, { byDefault, own }: Switches, situation: Situation): Credential {
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
