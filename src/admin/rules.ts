/**
 * What a token to be created meets besides its own text: the rules of accounts, and how many tokens its owner may have.
 * Rung 7 asks for the rules again at every request; here it is only said early.
 */
import { type Account, MAX_STANDINGS, type Owner, type Policy, type Token, type TokenRules } from '../core/facts.ts'
import { decodeId } from '../core/resource.ts'
import { brokenRulesOf, type Rule } from '../core/rules.ts'
import { ConflictError, type InputIssue, NotFoundError } from '../errors.ts'
import type { Limits } from '../schema/limits.ts'
import type { TokenTerms } from '../schema/token.ts'
import type { StorageDirectory } from '../storage/port.ts'
import { needAccount } from './facts.ts'
import { isActive } from './owners.ts'

type NewToken = TokenTerms & { readonly owner: Owner }

/**
 * The accounts whose rules a new token must obey: its owner's account, or those that a user's token names one by one and its owner is a
 * member of. Of others not even a rule is told: whoever gives the name of an account must not learn that it exists.
 */
export async function accountsRuling(storage: StorageDirectory, token: NewToken): Promise<readonly Account[]> {
  const { owner } = token
  if (!('user' in owner)) return present([await storage.account(owner.account)])
  const named = namedAccounts(token.policies)
  const own = (await storage.memberships(owner.user)).filter(({ account }) => named.has(account))
  return present(await Promise.all(own.map(({ account }) => storage.account(account))))
}

/**
 * The accounts whose rules a new token meets without naming them: those its owner is a member of, where it reaches `account:*`. As many as a
 * token is ever loaded with; further ones it doesn't reach.
 */
export async function accountsReached(storage: StorageDirectory, token: NewToken): Promise<readonly Account[]> {
  const { owner } = token
  const roots = allowedRoots(token.policies)
  if (!('user' in owner) || !roots.includes('*')) return []
  const named = namedAccounts(token.policies)
  const own = (await storage.memberships(owner.user)).slice(0, MAX_STANDINGS)
  const others = own.filter(({ account }) => !named.has(account))
  return present(await Promise.all(others.map(({ account }) => storage.account(account))))
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

/** Throws unless this owner, as far as it is known, may have a new token. */
export async function checkOwner(storage: StorageDirectory, owner: Owner): Promise<void> {
  if ('user' in owner) {
    if (!isActive(await storage.user(owner.user)))
      throw new ConflictError('state', `user \`${owner.user}\` is suspended and gets no new token`)
    return
  }
  await needAccount(storage, owner.account)
  if (!('service' in owner)) return
  const { account, service } = owner
  const member = await storage.member({ account, kind: 'service', id: service })
  if (member === null) throw new NotFoundError(`service \`${service}\` is no member of account \`${account}\``)
  if (member.status !== 'active')
    throw new ConflictError(
      'state',
      `service \`${service}\` of account \`${account}\` is suspended and gets no new token`,
    )
}

/** Service accounts share the account's allowance. */
export function countedWith(owner: Owner): Owner {
  return 'user' in owner ? owner : { account: owner.account }
}

/** Whether one more token would be too many, with as many as there are now. */
export function tooManyTokens(owner: Owner, count: number, limits: Limits): readonly InputIssue[] {
  const limit = 'user' in owner ? limits.tokensPerUser : limits.tokensPerAccount
  if (count < limit) return []
  const whose = 'user' in owner ? `user \`${owner.user}\`` : `account \`${owner.account}\` and its service accounts`
  const message = `${whose} would have ${count + 1} tokens, at most ${limit} are allowed; revoke one first`
  return [{ path: ['owner'], code: 'limit_exceeded', message }]
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

const ROOT = /^account:([^/]+)/

function namedAccounts(policies: readonly Policy[]): ReadonlySet<string> {
  return new Set(
    allowedRoots(policies)
      .map(decodeId)
      .filter((id) => id !== null),
  )
}

/** What stands where allows name their account: an id still encoded, or `*`. A deny reaches nothing, so an account that only denies name has no say. */
function allowedRoots(policies: readonly Policy[]): readonly string[] {
  const allows = policies.filter(({ effect }) => effect === 'allow')
  return allows.flatMap(({ resources }) => resources.flatMap((selector) => ROOT.exec(selector)?.[1] ?? []))
}

function present(accounts: readonly (Account | null)[]): readonly Account[] {
  return accounts.filter((account) => account !== null)
}
