/**
 * Asks everything of one case, and says what must come out. The naive evaluator is too slow to be asked a hundred million times, so it is asked once
 * about each policy alone: of a set it says no more than "a deny that applies, else an allow that does", and that is put together here.
 */

import type { StandingFacts } from '../../src/core/index.ts'
import { type Context, decide, type Permission, parseAddress, permissionNamed } from '../../src/core/index.ts'
import { account, accountToken, holder, member, NOW, session, token } from './building.ts'
import { subjectOf } from './core.ts'
import { ACCOUNTS, type Letter, letter, QUESTIONS, TINY } from './exhaustive-world.ts'
import { reference } from './reference.ts'
import type { Credential, Outcome } from './vocabulary.ts'

export type Asker = 'person' | 'service' | 'account' | 'session'

/** Who asks, with which policies: of its token, and as a member of `a`. A person owns the account `ab` as well. */
export interface Case {
  readonly asker: Asker
  readonly token: readonly Letter[]
  readonly member: readonly Letter[]
  readonly role: 'owner' | 'reader' | null
}

/** All that can come out while credentials, members and accounts are in order. */
export const OUTCOMES = [
  'allow',
  'resource_malformed',
  'not_a_member',
  'denied_by_token',
  'not_granted',
  'denied_to_owner',
  'not_granted_to_owner',
] as const satisfies readonly Outcome[]
type Possible = (typeof OUTCOMES)[number]

/** A question as the core takes it. */
export interface Asked {
  readonly place: number
  readonly permission: Permission
  readonly resource: string
  readonly context: Context
  readonly account: (typeof ACCOUNTS)[number]
  readonly isMalformed: boolean
}

const ROLES = {
  owner: letter({ id: 'owner', effect: 'allow', permissionGroups: ['all'], resources: ['account:a', 'account:ab'] }),
  reader: letter({ id: 'reader', effect: 'allow', permissionGroups: ['read'], resources: ['account:a'] }),
}

export const EVERYTHING: readonly Asked[] = QUESTIONS.map((question, place) => ({
  place,
  permission: permissionNamed(TINY.catalog, question.permission),
  resource: question.resource,
  context: { now: question.now, ip: question.ip === null ? null : parseAddress(question.ip) },
  account: ACCOUNTS.find((id) => question.resource.split('/', 1)[0] === `account:${id}`) ?? 'a',
  isMalformed: reference(TINY.declared, session(), question) === 'resource_malformed',
}))

/** What is asked at one instant from nowhere: of policies without conditions there is no more to ask. */
export const UNCONDITIONAL: readonly Asked[] = EVERYTHING.filter(
  ({ context: { now, ip } }) => now === NOW && ip === null,
)

export class Tally {
  cases = 0
  decisions = 0
  readonly outcomes: { [outcome in Possible]?: number } = {}

  add(other: Tally): void {
    this.cases += other.cases
    this.decisions += other.decisions
    for (const one of OUTCOMES) this.outcomes[one] = (this.outcomes[one] ?? 0) + (other.outcomes[one] ?? 0)
  }

  /** Compiles the case and asks these questions. Throws where the core says something else than the reference. */
  compare(of: Case, questions: readonly Asked[]): void {
    const subject = subjectOf(TINY, credentialOf(of))
    const reached = reachOf(of)
    this.cases++
    for (const asked of questions) {
      const expected = expectedOf(of, reached, asked)
      const got = decide(subject, asked.permission, asked.resource, asked.context).reason ?? 'allow'
      if (got !== expected) fail(`the core says ${got}, the reference ${expected}`, of, asked.place)
      this.outcomes[expected] = (this.outcomes[expected] ?? 0) + 1
    }
    this.decisions += questions.length
  }
}

/** Rungs 3, 4, 8 and 9 of the ladder: of the others none fails here. */
export function expectedOf({ asker, token, member, role }: Case, reached: readonly boolean[], asked: Asked): Possible {
  if (asked.isMalformed) return 'resource_malformed'
  const home = asked.account === 'a'
  if (!reached[home ? 0 : 1]) return 'not_a_member'
  if (asker !== 'session') {
    const verdict = verdictOf(token, asked.place)
    if (verdict !== 'allowed') return verdict === 'denied' ? 'denied_by_token' : 'not_granted'
  }
  if (asker === 'account') return 'allow'
  const verdict = home ? verdictOf(member, asked.place) : 'none'
  if (verdict === 'denied') return 'denied_to_owner'
  const byRole = home ? role !== null && ROLES[role].applies[asked.place] === 1 : ROLES.owner.applies[asked.place] === 1
  return verdict === 'allowed' || byRole ? 'allow' : 'not_granted_to_owner'
}

/** Of each account whether the asker stands there, and an allow of its token names it. */
export function reachOf({ asker, token }: Case): readonly boolean[] {
  return ACCOUNTS.map((id) => {
    if (asker === 'session') return true
    if (asker !== 'person' && id !== 'a') return false
    return token.some(({ policy: { effect, resources } }) => {
      const named = resources.map((text) => text.split('/', 1)[0])
      return effect === 'allow' && (named.includes(`account:${id}`) || named.includes('account:*'))
    })
  })
}

function verdictOf(letters: readonly Letter[], place: number): 'denied' | 'allowed' | 'none' {
  let verdict: 'allowed' | 'none' = 'none'
  for (const { policy, applies } of letters) {
    if (applies[place] === 0) continue
    if (policy.effect === 'deny') return 'denied'
    verdict = 'allowed'
  }
  return verdict
}

/** What storage loads for the asker. */
export function credentialOf(of: Case): Credential {
  const { asker, token: held } = of
  const standings = standingsOf(of)
  if (asker === 'session') return session('ann', { standings })
  const policies = held.map(({ policy }) => policy)
  if (asker === 'person') return holder(token({ policies }), { standings })
  if (asker === 'account') return accountToken({ policies }, { id: 'a' })
  return holder(token({ policies, owner: { account: 'a', service: 'ann' } }), { standings })
}

let last: { readonly of: Case; readonly standings: readonly StandingFacts[] } | null = null

/** Many cases have the same member: it is put together once for all that follow each other. */
function standingsOf(of: Case): readonly StandingFacts[] {
  const { asker, member: joined, role } = of
  if (last?.of.member === joined && last.of.role === role && last.of.asker === asker) return last.standings
  const own = { policies: joined.map(({ policy }) => policy), roles: role === null ? [] : [role] }
  const kind = asker === 'service' ? 'service' : 'user'
  const home = { account: account({ id: 'a' }), member: member({ account: 'a', kind, ...own }) }
  const other = { account: account({ id: 'ab' }), member: member({ account: 'ab', roles: ['owner'] }) }
  last = { of, standings: asker === 'service' ? [home] : [home, other] }
  return last.standings
}

/** What to ask again to see it. */
function fail(message: string, of: Case, place: number): never {
  throw new Error(`${message}\n${JSON.stringify(QUESTIONS[place])}\n${JSON.stringify(credentialOf(of))}`)
}
