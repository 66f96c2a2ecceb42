/**
 * Limits: how much one token, one member, one owner may hold. They are checked at write, so what is stored within the defaults compiles in bounds.
 */
import { conditionKey } from '../core/condition.ts'
import type { Condition } from '../core/facts.ts'
import { InputError, MisuseError } from '../errors.ts'
import { field, items, type Report, texts } from './reading.ts'

/**
 * How deep a name may be is not among them: 8 pairs, always. Nor is how much of one token or member can be compiled: 16 million characters and 65,536
 * policies, far more than the defaults allow but in contrived cases. What is more is stored and then refused with `ERR_BAILIWICK_STORED_FACT` wherever it
 * is asked about.
 */
export interface Limits {
  /** Policies per token or member. */
  readonly policies: number
  /** Selectors per token or member: those of all its policies together. */
  readonly selectors: number
  /** Distinct conditions among the policies of a token or member. Conditions that mean the same are one. */
  readonly conditions: number
  /** CIDRs per token or member: those of its own condition and of all its policies together, each as often as it is written. */
  readonly cidrs: number
  /** Tokens of one user that are not revoked. */
  readonly tokensPerUser: number
  /** Tokens of one account and its service accounts together that are not revoked. */
  readonly tokensPerAccount: number
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  policies: 100,
  selectors: 1_000,
  conditions: 32,
  cidrs: 256,
  tokensPerUser: 50,
  tokensPerAccount: 500,
})

/** The defaults with the host's own in their place. Throws `ERR_BAILIWICK_MISUSE` for an unknown limit or one that is no whole number from 1. */
export function limitsFrom(own: Partial<Limits>): Limits {
  const given = Object.entries(own).filter(([, limit]) => limit !== undefined)
  for (const [name, limit] of given) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new MisuseError(`unknown limit \`${name}\``)
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new MisuseError(`limit \`${name}\` must be a whole number from 1`)
  }
  return Object.freeze({ ...DEFAULT_LIMITS, ...Object.fromEntries(given) })
}

/** The policies of a token or member as they will stand, and the addresses of a token's own condition: parsed, or half read. */
export interface Measured {
  readonly policies: unknown
  readonly ip?: unknown
}

/** Reports every limit that is exceeded. `report` stands at the token or member. */
export function checkLimits({ policies, ip }: Measured, limits: Limits, report: Report): void {
  const all = items(policies)
  const conditions = all.map((policy) => field(policy, 'condition')).filter((condition) => condition !== undefined)
  const ofPolicies = conditions.reduce<number>((sum, condition) => sum + countCidrs(field(condition, 'ip')), 0)
  const atPolicies = report.at('policies')
  check('policies', all.length, atPolicies)
  check('selectors', countSelectors(all), atPolicies)
  check('conditions', new Set(conditions.map(keyOf)).size, atPolicies)
  check('cidrs', ofPolicies + countCidrs(ip), ofPolicies > 0 ? atPolicies : report.at('condition', 'ip'))

  function check(what: 'policies' | 'selectors' | 'conditions' | 'cidrs', count: number, at: Report): void {
    if (count > limits[what]) at.issue('limit_exceeded', `${count} ${NAMES[what]}, at most ${limits[what]} are allowed`)
  }
}

/** Refuses lists of values for slots of a template that are longer than a token may have selectors, before any of them is read. */
export function checkSlots(slots: unknown, names: Iterable<string>, { selectors }: Limits): void {
  const counts = [...names].map((name) => ({ name, count: items(field(slots, name)).length }))
  const issues = counts.filter(({ count }) => count > selectors)
  if (issues.length === 0) return
  throw new InputError(
    issues.map(({ name, count }) => ({
      path: ['slots', name],
      code: 'limit_exceeded',
      message: `${count} values, at most ${selectors} selectors are allowed`,
    })),
  )
}

const NAMES = {
  policies: 'policies',
  selectors: 'selectors',
  conditions: 'distinct conditions',
  cidrs: 'CIDRs',
} as const

export function countSelectors(policies: readonly unknown[]): number {
  return policies.reduce<number>((sum, policy) => sum + texts(field(policy, 'resources')).size, 0)
}

function countCidrs(ip: unknown): number {
  return items(field(ip, 'in')).length + items(field(ip, 'notIn')).length
}

/** A condition that can't be compiled is refused elsewhere; here it is one of its own. */
function keyOf(condition: unknown, number: number): string | number {
  try {
    return conditionKey(condition as Condition)
  } catch {
    return number
  }
}
