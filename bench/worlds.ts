/**
 * Worlds to measure on, made from a seed: the same facts for every contestant, as storage would return them.
 *
 * Everybody in them is in good standing (nothing suspended, expired or switched off), so that every question is about policies: no contestant
 * but this package knows the other rungs, and a host would ask them once before.
 */
import type { CredentialFacts, Member, Owner, Policy, StandingFacts, Token } from 'bailiwick/core'
import { type Chance, chance } from './random.ts'
import { groupNames } from './vocabulary.ts'

export type Size = 'S' | 'M' | 'L'

interface Measure {
  readonly tokens: number
  readonly accounts: number
  readonly zones: number
}

const SIZES: Readonly<Record<Size, Measure>> = {
  S: { tokens: 20, accounts: 2, zones: 20 },
  M: { tokens: 10_000, accounts: 100, zones: 100 },
  L: { tokens: 100_000, accounts: 1_000, zones: 1_000 },
}

export interface World extends Measure {
  readonly size: Size
  readonly tokens: number
  /** By number: the n-th token with all that its decisions read. Members are shared between the tokens of one owner. */
  readonly facts: readonly CredentialFacts[]
}

/** How many records a zone has. */
export const RECORDS = 100
/** Ranges that conditions are made of: 32 of 16 addresses each. */
export const RANGES: readonly string[] = Array.from({ length: 32 }, (_, n) => `198.51.${n}.${(n % 16) * 16}/28`)

const USERS = 18
const SERVICES = 2
const ROLES = [
  'administrator',
  'administrator',
  'editor',
  'editor',
  'editor',
  'operator',
  'viewer',
  null,
  null,
] as const

export const accountName = (n: number) => `account:a${pad(n, 3)}`
export const zoneName = (account: number, zone: number) => `${accountName(account)}/zone:z${pad(zone, 4)}`
export const recordName = (account: number, zone: number, record: number) =>
  `${zoneName(account, zone)}/record:r${pad(record, 2)}`

export function makeWorld(size: Size): World {
  const measure = SIZES[size]
  const luck = chance(size.charCodeAt(0) * 7_919)
  const members = new Map<string, Member>()
  const memberOf = (account: number, kind: 'user' | 'service', id: string): Member => {
    const key = `${account} ${kind} ${id}`
    const known = members.get(key)
    if (known !== undefined) return known
    const made = makeMember(luck, measure, account, kind, id)
    members.set(key, made)
    return made
  }
  const facts = Array.from({ length: measure.tokens }, (_, n) => makeFacts(luck, measure, n, memberOf))
  return { size, ...measure, facts }
}

type MemberOf = (account: number, kind: 'user' | 'service', id: string) => Member

/** Of ten tokens eight are users' (one of them reaches two accounts), one is a service account's, one the account's own. */
function makeFacts(luck: Chance, measure: Measure, n: number, memberOf: MemberOf): CredentialFacts {
  const home = n % measure.accounts
  const person = Math.floor(n / measure.accounts)
  const idOf = (account: number) => `a${pad(account, 3)}`
  const turn = (home + person) % 10
  const kind = turn < 8 ? 'user' : turn === 8 ? 'service' : 'account'
  const reached = turn === 0 ? [home, (home + 1) % measure.accounts] : [home]
  const user = `u${home}-${person % USERS}`
  const service = `s${person % SERVICES}`
  const owner: Owner =
    kind === 'user' ? { user } : kind === 'service' ? { account: idOf(home), service } : { account: idOf(home) }
  const standings = reached.map((account): StandingFacts => {
    const fixed = { status: 'active', apiAccess: true, tokenRules: {}, revision: 1 } as const
    const member = kind === 'account' ? null : memberOf(account, kind, kind === 'user' ? user : service)
    return { account: { id: idOf(account), name: `Account ${account}`, ...fixed }, member }
  })
  const times = { issuedOn: 2_000, modifiedOn: 2_000, secretIssuedOn: 2_000 }
  const token: Token = {
    id: String(n).padStart(22, '0'),
    name: `token ${n}`,
    owner,
    policies: makePolicies(luck, measure, reached, { most: 4, withCondition: luck.next() < 0.2 }),
    status: 'active',
    apiAccess: null,
    issuedBy: 'host',
    revision: 1,
    ...times,
  }
  const scopes = [
    'user' in owner ? (`user:${user}` as const) : null,
    ...reached.map((a) => `account:${idOf(a)}` as const),
  ]
  const revisions = new Map(scopes.filter((scope) => scope !== null).map((scope) => [scope, 1]))
  return { token, secrets: { digest: '' }, blockedIn: [], user: null, standings, revisions }
}

function makeMember(luck: Chance, measure: Measure, account: number, kind: 'user' | 'service', id: string): Member {
  const role = luck.pick(ROLES)
  return {
    account: `a${pad(account, 3)}`,
    kind,
    id,
    status: 'active',
    since: 1_000,
    readmitted: false,
    roles: role === null ? [] : [role],
    policies: makePolicies(luck, measure, [account], { most: 3, withCondition: false }),
    apiAccess: null,
    revision: 1,
  }
}

/** The first allows, a tenth of the others deny; where asked for, one of them has a condition. */
function makePolicies(
  luck: Chance,
  measure: Measure,
  accounts: readonly number[],
  { most, withCondition }: { readonly most: number; readonly withCondition: boolean },
): readonly Policy[] {
  const count = luck.between(1, most)
  const conditional = withCondition ? luck.below(count) : -1
  const policies = Array.from({ length: count }, (_, p): Policy => {
    const condition = p === conditional ? { condition: { ip: { in: luck.some(RANGES, luck.between(1, 3)) } } } : {}
    const selectors = Array.from({ length: luck.between(1, 20) }, () =>
      makeSelector(luck, measure, luck.pick(accounts)),
    )
    return {
      id: `p${p}`,
      // More of the later ones deny, so that a tenth of all do.
      effect: p > 0 && luck.next() < DENIES_AFTER_FIRST ? 'deny' : 'allow',
      permissionGroups: luck.some(groupNames, luck.between(1, 5)),
      resources: [...new Set(selectors)],
      ...condition,
    }
  })
  // Through JSON, as a row comes out of a database: every text is an object of its own, flat, shared with nobody.
  return JSON.parse(JSON.stringify(policies)) as readonly Policy[]
}

/** Of a token's policies six in ten are not the first: a sixth of them makes a tenth of all. */
const DENIES_AFTER_FIRST = 1 / 6

function makeSelector(luck: Chance, { zones }: Measure, account: number): string {
  const kind = luck.next()
  const zone = luck.below(zones)
  if (kind < 0.02) return accountName(account)
  if (kind < 0.05)
    return kind < 0.03
      ? `${accountName(account)}/zone:*/record:r${pad(luck.below(RECORDS), 2)}`
      : `${accountName(account)}/zone:*`
  if (kind < 0.08) return `${zoneName(account, zone).slice(0, -1)}*`
  if (kind < 0.24) return recordName(account, zone, luck.below(RECORDS))
  return zoneName(account, zone)
}

function pad(n: number, digits: number): string {
  return String(n).padStart(digits, '0')
}
