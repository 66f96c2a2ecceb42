/**
 * All that is wrong with a request, in the order of the ladder: the first reason is put right and the reference asked again, until nothing more can be.
 * So the corpus learns which reasons hide which.
 */
import type { Account, Member, StandingFacts, Token } from '../../src/core/facts.ts'
import { reference } from './reference.ts'
import type { CatalogCase, Credential, Outcome, Question } from './vocabulary.ts'

/** Every reason with every later one that it hides: `token_disabled > token_expired`. */
export function repairs(
  on: CatalogCase,
  credential: Credential,
  question: Question,
  outcome: Outcome,
): readonly string[] {
  const found: Outcome[] = [outcome]
  let at = credential
  while (found.length < 16) {
    const next = repaired(at, question, found.at(-1) ?? 'allow')
    if (next === null) break
    const following = reference(on.declared, next, question)
    if (following === found.at(-1)) break
    found.push(following)
    at = next
  }
  return found.flatMap((first, i) => found.slice(i + 1).map((then) => `${first} > ${then}`))
}

function repaired(credential: Credential, question: Question, reason: Outcome): Credential | null {
  switch (reason) {
    case 'token_disabled':
    case 'token_revoked':
      return withToken(credential, { status: 'active' })
    case 'token_not_yet_valid':
      return withToken(credential, { notBefore: Math.floor(question.now) })
    case 'token_expired': {
      const later = withToken(credential, { expiresOn: Math.floor(question.now) + 1 })
      return later.kind === 'token' ? { ...later, secretEndsOn: Number.POSITIVE_INFINITY } : null
    }
    case 'owner_suspended':
      return credential.kind === 'token'
        ? { ...credential, facts: { ...credential.facts, user: null } }
        : { ...credential, facts: { ...credential.facts, user: null } }
    case 'address_unknown':
    case 'address_not_allowed':
      return withToken(credential, { condition: {} })
    case 'not_a_member':
      return withStandings(credential, ({ member }) => ({ member: { ...member, status: 'active', readmitted: true } }))
    case 'member_suspended':
      return withStandings(credential, () => ({ member: { status: 'active' } }))
    case 'account_suspended':
      return withStandings(credential, () => ({ account: { status: 'active' } }))
    case 'api_access_disabled':
      return withToken(
        withStandings(credential, () => ({ account: { apiAccess: true }, member: { apiAccess: null } })),
        { apiAccess: null },
      )
    case 'token_blocked':
      return credential.kind === 'token' ? { ...credential, facts: { ...credential.facts, blockedIn: [] } } : null
    case 'token_rule_violated':
      return withStandings(credential, () => ({ account: { tokenRules: {} } }))
    default:
      return null
  }
}

function withToken(credential: Credential, changes: Partial<Token>): Credential {
  if (credential.kind === 'session') return credential
  return { ...credential, facts: { ...credential.facts, token: { ...credential.facts.token, ...changes } } }
}

type Changes = { readonly account?: Partial<Account>; readonly member?: Partial<Member> }

function withStandings(credential: Credential, change: (standing: StandingFacts) => Changes): Credential {
  const standings = credential.facts.standings.map((standing): StandingFacts => {
    const changes = change(standing)
    return {
      account: { ...standing.account, ...changes.account },
      member: standing.member && { ...standing.member, ...changes.member },
    }
  })
  return credential.kind === 'token'
    ? { ...credential, facts: { ...credential.facts, standings } }
    : { ...credential, facts: { ...credential.facts, standings } }
}
