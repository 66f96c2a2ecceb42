/**
 * Gathers what decisions about one principal need, over synchronous look-ups: written once for all synchronous drivers.
 *
 * The driver must make sure that all answers come from the state at one instant.
 */
import type { Account, Member, PrincipalFacts, Scope, StandingFacts, Token, User } from '../core/facts.ts'
import { MAX_STANDINGS, ownerScope } from '../core/facts.ts'
import { accountsNamed } from '../core/reach.ts'
import { compareBinary } from './order.ts'

/** Looks up many keys at once, since a statement costs a database more than a row. What isn't there is left out. */
export interface Lookup {
  user(id: string): User | null
  accounts(ids: readonly string[]): readonly Account[]
  /** The memberships of one principal in these accounts. */
  members(kind: Member['kind'], id: string, accounts: readonly string[]): readonly Member[]
  /** The first `limit` memberships of a person, in binary order of the account. */
  memberships(user: string, limit: number): readonly Member[]
  /** In order; 0 for a scope never written. */
  revisions(scopes: readonly Scope[]): readonly number[]
}

/** One user, and its standings wherever it is a member. */
export function userFacts(look: Lookup, user: string): PrincipalFacts {
  const members = look.memberships(user, MAX_STANDINGS)
  return {
    user: look.user(user),
    standings: standingsOf(look, members),
    revisions: revisionsOf(look, `user:${user}`, accountsOf(members)),
  }
}

/** The owner of a token, and its standings wherever the token reaches. */
export function ownerFacts(look: Lookup, token: Token): PrincipalFacts {
  const { owner } = token
  const scope = ownerScope(owner)
  if ('user' in owner) {
    const { everywhere, named } = accountsNamed(token.policies)
    const members = membersWithin(look, owner.user, everywhere, named)
    return {
      user: look.user(owner.user),
      standings: standingsOf(look, members),
      revisions: revisionsOf(look, scope, [...named, ...accountsOf(members)]),
    }
  }
  // Whatever its selectors say, such a token has a standing in its own account alone.
  const standings =
    'service' in owner
      ? standingsOf(look, look.members('service', owner.service, [owner.account]))
      : look.accounts([owner.account]).map((account) => ({ account, member: null }))
  return { user: null, standings, revisions: revisionsOf(look, scope, []) }
}

/** Always includes the named accounts, even where the owner has more than `MAX_STANDINGS`. */
function membersWithin(look: Lookup, user: string, everywhere: boolean, named: ReadonlySet<string>): readonly Member[] {
  const first = everywhere ? look.memberships(user, MAX_STANDINGS) : []
  const loaded = new Set(accountsOf(first))
  const missing = [...named].filter((account) => !loaded.has(account))
  return [...first, ...look.members('user', user, missing)].sort((a, b) => compareBinary(a.account, b.account))
}

function standingsOf(look: Lookup, members: readonly Member[]): readonly StandingFacts[] {
  const accounts = new Map(look.accounts(accountsOf(members)).map((account) => [account.id, account]))
  return members.flatMap((member) => {
    const account = accounts.get(member.account)
    return account === undefined ? [] : [{ account, member }]
  })
}

function accountsOf(members: readonly Member[]): readonly string[] {
  return members.map((member) => member.account)
}

function revisionsOf(look: Lookup, owner: Scope, accounts: readonly string[]): ReadonlyMap<Scope, number> {
  const scopes = [...new Set<Scope>([owner, ...accounts.map((account): Scope => `account:${account}`)])]
  const revisions = look.revisions(scopes)
  return new Map(scopes.map((scope, i) => [scope, revisions[i] ?? 0]))
}
