/**
 * An account's rules for tokens (rung 7). They depend on neither time nor address: a rule is about the token, not about a request.
 */
import { parseCidr } from './address.ts'
import { type Owner, ownerKind, type Token, type TokenRules } from './facts.ts'

export type Rule = keyof TokenRules

/** The parts of a token that rules look at. */
export interface RuledToken {
  readonly owner: Owner
  /** Infinite for a token without one. */
  readonly expiresOn: number
  readonly secretIssuedOn: number
  readonly ipIsNarrow: boolean
}

/** The rules that a token breaks, in the order of their names. */
export function brokenRules(token: RuledToken, rules: TokenRules): readonly Rule[] {
  const broken: Rule[] = []
  if (rules.forbidPersonal === true && ownerKind(token.owner) === 'user') broken.push('forbidPersonal')
  if (rules.maxLifetimeMs !== undefined && token.expiresOn - token.secretIssuedOn > rules.maxLifetimeMs)
    broken.push('maxLifetimeMs')
  if (rules.requireExpiry === true && token.expiresOn === Number.POSITIVE_INFINITY) broken.push('requireExpiry')
  if (rules.requireIp === true && !token.ipIsNarrow) broken.push('requireIp')
  return broken
}

/** The rules that a stored token breaks, in the order of their names. Rung 7 asks the same of its compiled form. */
export function brokenRulesOf(
  token: Pick<Token, 'owner' | 'condition' | 'expiresOn' | 'secretIssuedOn'>,
  rules: TokenRules,
): readonly Rule[] {
  return brokenRules(ruled(token), rules)
}

/** The parts of a stored token that rules look at. */
export function ruled({
  owner,
  condition,
  expiresOn = Number.POSITIVE_INFINITY,
  secretIssuedOn,
}: Pick<Token, 'owner' | 'condition' | 'expiresOn' | 'secretIssuedOn'>): RuledToken {
  return { owner, expiresOn, secretIssuedOn, ipIsNarrow: isNarrow(condition?.ip?.in) }
}

/** Whether this is a list of ranges, none wider than /8 (IPv4) or /32 (IPv6). Stored text that can't be read is no such list. */
export function isNarrow(list: unknown): boolean {
  return Array.isArray(list) && list.every(isNarrowRange)
}

function isNarrowRange(text: unknown): boolean {
  if (typeof text !== 'string') return false
  const cidr = parseCidr(text)
  return !('fault' in cidr) && cidr.prefixLength >= (cidr.network.family === 4 ? 8 : 32)
}
