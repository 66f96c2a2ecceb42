/**
 * The rules of accounts, as a token to be created meets them. Pure. Rung 7 asks for them again at every request; here it is only said early.
 */
import { type Account, MAX_STANDINGS, type Member, type Owner, type Token, type TokenRules } from '../core/facts.ts'
import { accountsAllowed } from '../core/reach.ts'
import { brokenRulesOf, type Rule } from '../core/rules.ts'
import type { InputIssue } from '../errors.ts'
import type { TokenTerms } from '../schema/token.ts'

type NewToken = TokenTerms & { readonly owner: Owner }

/**
 * Ids of the accounts whose rules a new token must obey: its owner's account, or those that a user's token names one by one and its owner is
 * a member of. A deny reaches nothing, so an account that only denies name has no say. Of others not even a rule is told: whoever gives the name of an account must not learn that it exists.
 */
export function accountsRuling({ owner, policies }: NewToken, memberships: readonly Member[]): readonly string[] {
  if (!('user' in owner)) return [owner.account]
  const { named } = accountsAllowed(policies)
  return memberships.map(({ account }) => account).filter((account) => named.has(account))
}

/**
 * Ids of the accounts whose rules a new token meets without naming them: those its owner is a member of, where it reaches `account:*`. As many
 * as a token is ever loaded with; further ones it doesn't reach.
 */
export function accountsReached({ owner, policies }: NewToken, memberships: readonly Member[]): readonly string[] {
  const { everywhere, named } = accountsAllowed(policies)
  if (!('user' in owner) || !everywhere) return []
  const loaded = memberships.slice(0, MAX_STANDINGS).map(({ account }) => account)
  return loaded.filter((account) => !named.has(account))
}

/** An account that a token reaches and in which it is of no use, since it breaks these rules. */
export interface BlockedIn {
  readonly account: string
  readonly rules: readonly Rule[]
}

/** Of these accounts, in order of their ids, those whose rules the token breaks. */
export function blockedBy(token: Token, accounts: readonly Account[]): readonly BlockedIn[] {
  const broken = [...accounts].sort(byId).map(({ id, tokenRules }) => ({
    account: id,
    rules: Object.freeze(brokenRulesOf(token, tokenRules)),
  }))
  return Object.freeze(broken.filter(({ rules }) => rules.length > 0).map((one) => Object.freeze(one)))
}

/** Every rule that the token breaks, by account and rule. */
export function rulesBroken(token: NewToken, accounts: readonly Account[], now: number): readonly InputIssue[] {
  const ruled = { ...token, secretIssuedOn: now }
  return [...accounts].sort(byId).flatMap(({ id, tokenRules }) =>
    brokenRulesOf(ruled, tokenRules).map((rule) => {
      const [path, message] = TOLD[rule](tokenRules)
      return { path, code: 'rule_violated', message: `account \`${id}\` ${message}` }
    }),
  )
}

const TOLD: Readonly<Record<Rule, (rules: TokenRules) => readonly [path: readonly string[], message: string]>> = {
  maxLifetimeMs: ({ maxLifetimeMs }) => [
    ['expiresOn'],
    `wants tokens to expire within ${maxLifetimeMs} milliseconds of their issue`,
  ],
  requireExpiry: () => [['expiresOn'], 'wants tokens to expire'],
  requireIp: () => [
    ['condition', 'ip', 'in'],
    'wants tokens bound to addresses, in ranges no wider than /8 (IPv4) or /32 (IPv6)',
  ],
  forbidPersonal: () => [['owner'], 'forbids tokens that belong to a person'],
}

function byId(a: Account, b: Account): number {
  return a.id < b.id ? -1 : 1
}
