/**
 * Limits: how much one token, member or owner may hold. Checked when something is written, so what is stored within the defaults compiles in bounds.
 */
import { conditionKey } from '../core/condition.ts'
import type { Condition } from '../core/facts.ts'
import { knownHere } from '../core/fields.ts'
import { InputError, MisuseError } from '../errors.ts'
import { field, items, type Report, texts } from './reading.ts'

/**
 * How much one token, member, user or account may hold, as counts. Checked when something is written.
 *
 * Two bounds are fixed. A name has at most 8 pairs. One token or member can be compiled up to 16 million characters and 65,536 policies, far beyond the
 * defaults except in contrived cases; beyond that it is stored, and then each question about it throws `ERR_BAILIWICK_STORED_FACT`.
 */
export interface Limits {
  /** Policies per token or member. 100 by default. */
  readonly policies: number
  /** Selectors per token or member, of all its policies together. 1,000 by default. */
  readonly selectors: number
  /** Distinct conditions among the policies of a token or member. Those that mean the same count once. 32 by default. */
  readonly conditions: number
  /** CIDRs per token or member, of its own condition and all its policies together, counted as often as written. 256 by default. */
  readonly cidrs: number
  /** Tokens of one user that are not revoked. 50 by default. */
  readonly tokensPerUser: number
  /** Tokens of one account and its service accounts together that are not revoked. 500 by default. */
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
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw new MisuseError(`unknown limit \`${name}\`${knownHere(name, Object.keys(DEFAULT_LIMITS))}`)
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new MisuseError(`limit \`${name}\` must be a whole number from 1`)
  }
  return Object.freeze({ ...DEFAULT_LIMITS, ...Object.fromEntries(given) })
}

/** The policies that a token or member will have, and the addresses of a token's own condition. Parsed or not. */
export interface Measured {
  readonly policies: unknown
  readonly ip?: unknown
}

/** Reports every exceeded limit. `report` is at the path of the token or member. */
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

/** A condition that can't be compiled counts as a distinct one; it is refused elsewhere. */
function keyOf(condition: unknown, number: number): string | number {
  try {
    return conditionKey(condition as Condition)
  } catch {
    return number
  }
}
