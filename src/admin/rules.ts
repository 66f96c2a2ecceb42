/**
 * What a token to be created meets besides its own text: the rules of accounts, and how many tokens its owner may have.
 * Rung 7 asks for the rules again at every request; here it is only said early.
 */
import { parseCidr } from '../core/address.ts'
import { type Account, type Owner, ownerKind, type Policy, type TokenRules } from '../core/facts.ts'
import { decodeId } from '../core/resource.ts'
import type { InputIssue } from '../errors.ts'
import type { Limits } from '../schema/limits.ts'
import type { TokenTerms } from '../schema/token.ts'
import type { StorageDirectory } from '../storage/port.ts'

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
export function brokenRules(token: NewToken, accounts: readonly Account[], now: number): readonly InputIssue[] {
  return accounts
    .flatMap((account) =>
      broken(token, account.tokenRules, now).map(([rule, path, message]) => ({
        key: JSON.stringify([account.id, rule]),
        issue: { path, code: 'rule_violated', message: `account \`${account.id}\` ${message}` },
      })),
    )
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ issue }) => issue)
}

type Broken = readonly [rule: keyof TokenRules, path: readonly string[], message: string]

function broken(token: NewToken, rules: TokenRules, now: number): readonly Broken[] {
  const { maxLifetimeMs, requireExpiry, requireIp, forbidPersonal } = rules
  const found: Broken[] = []
  if (maxLifetimeMs !== undefined && (token.expiresOn ?? Infinity) - now > maxLifetimeMs)
    found.push([
      'maxLifetimeMs',
      ['expiresOn'],
      `wants tokens to expire within ${maxLifetimeMs} milliseconds of their issue`,
    ])
  if (requireExpiry === true && token.expiresOn === undefined)
    found.push(['requireExpiry', ['expiresOn'], 'wants tokens to expire'])
  if (requireIp === true && !isNarrow(token.condition?.ip?.in))
    found.push([
      'requireIp',
      ['condition', 'ip', 'in'],
      'wants tokens bound to addresses, in ranges no wider than /8 (IPv4) or /32 (IPv6)',
    ])
  if (forbidPersonal === true && ownerKind(token.owner) === 'user')
    found.push(['forbidPersonal', ['owner'], 'forbids tokens that belong to a person'])
  return found
}

/** No range of the list is wider than /8 (IPv4) or /32 (IPv6), and there is a list. */
function isNarrow(list: readonly string[] | undefined): boolean {
  return (
    list?.every((text) => {
      const cidr = parseCidr(text)
      return !('fault' in cidr) && cidr.prefixLength >= (cidr.network.family === 4 ? 8 : 32)
    }) === true
  )
}

const ROOT = /^account:([^/]+)/

/** A deny reaches nothing, so an account that only denies name has no say. */
function namedAccounts(policies: readonly Policy[]): ReadonlySet<string> {
  const roots = policies
    .filter(({ effect }) => effect === 'allow')
    .flatMap(({ resources }) => resources.map((selector) => decodeId(ROOT.exec(selector)?.[1] ?? '')))
  return new Set(roots.filter((id) => id !== null))
}

function present(accounts: readonly (Account | null)[]): readonly Account[] {
  return accounts.filter((account) => account !== null)
}
