/**
 * The rules of accounts, applied to a token that is created or changed. Pure. Rung 7 applies them again at every request; here a break is only refused early.
 */
import { type Account, MAX_STANDINGS, type Member, type Owner, type Token, type TokenRules } from '../core/facts.ts'
import { accountsAllowed } from '../core/reach.ts'
import { brokenRulesOf, type Rule } from '../core/rules.ts'
import type { InputIssue } from '../errors.ts'
import type { TokenTerms } from '../schema/token.ts'

/** What there is of a token before it is made. */
type NewToken = TokenTerms & { readonly owner: Owner }

/**
 * Ids of the accounts whose rules a token must obey when it is written: its owner's account, or those that a user's token names literally and its owner is
 * a member of. A deny reaches nothing, so an account that only denies name doesn't count. Rules of others are not applied: whoever names an account must
 * not learn from a refusal that it exists.
 */
export function accountsRuling({ owner, policies }: NewToken, memberships: readonly Member[]): readonly string[] {
  if (!('user' in owner)) return [owner.account]
  const { named } = accountsAllowed(policies)
  return memberships.map(({ account }) => account).filter((account) => named.has(account))
}

/**
 * Ids of the accounts whose rules apply to a token on `account:*` without its naming them: those its owner is a member of, up to the number that
 * a token is ever loaded with.
 */
export function accountsReached({ owner, policies }: NewToken, memberships: readonly Member[]): readonly string[] {
  const { everywhere, named } = accountsAllowed(policies)
  if (!('user' in owner) || !everywhere) return []
  const loaded = memberships.slice(0, MAX_STANDINGS).map(({ account }) => account)
  return loaded.filter((account) => !named.has(account))
}

/** Ids of all accounts whose rules apply to the token, in either way. */
export function accountsMet(token: NewToken, memberships: readonly Member[]): readonly string[] {
  return [...accountsRuling(token, memberships), ...accountsReached(token, memberships)]
}

/** An account that a token reaches but is refused in, since it breaks these rules. */
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
  return [...accounts].sort(byId).flatMap((account) => brokenRulesOf(ruled, account.tokenRules).map(issueOf(account)))
}

/**
 * The rules that a change breaks, of accounts that the token must obey after it. What it broke there before is no fault of the change: such a
 * token can still be edited, or nobody could mend it. An account that it didn't reach before had no rule it could have broken.
 */
export function rulesNewlyBroken(
  before: Token,
  after: Token,
  accounts: readonly Account[],
  memberships: readonly Member[],
): readonly InputIssue[] {
  const met = new Set(accountsMet(before, memberships))
  const ruling = new Set(accountsRuling(after, memberships))
  return [...accounts].sort(byId).flatMap((account) => {
    const { id, tokenRules } = account
    if (!ruling.has(id)) return []
    const known = met.has(id) ? brokenRulesOf(before, tokenRules) : []
    const broken = brokenRulesOf(after, tokenRules).filter((rule) => !known.includes(rule))
    return broken.map(issueOf(account))
  })
}

function issueOf({ id, tokenRules }: Account): (rule: Rule) => InputIssue {
  return (rule) => {
    const [path, message] = TOLD[rule](tokenRules)
    return { path, code: 'rule_violated', message: `account \`${id}\` ${message}` }
  }
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
