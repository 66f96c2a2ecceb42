/**
 * Conditions: when and from where a policy or a token holds, compiled once and answered in three values.
 *
 * Parts combine by Kleene's *and*: false beats unknown, unknown beats true. Unknown is an answer of its own, and the caller decides what it
 * means: an allow doesn't apply, a deny does.
 */
import { StoredFactError } from '../errors.ts'
import { type Address, type Cidr, compileRanges, contains, parseCidr, type Ranges } from './address.ts'
import type { Condition, IpCondition } from './facts.ts'
import { isInstant } from './time.ts'

/** The facts of one request. `now` is epoch milliseconds; `ip` is `null` when the client's address isn't known. */
export interface Context {
  readonly now: number
  readonly ip: Address | null
}

/** Ordered so that Kleene's *and* of two is the smaller one. */
export const FALSE = 0
export const UNKNOWN = 1
export const TRUE = 2
export type Truth = typeof FALSE | typeof UNKNOWN | typeof TRUE

/** A missing edge of time is infinite. */
export interface CompiledCondition {
  readonly notBefore: number
  readonly expiresOn: number
  readonly ip: CompiledIp | null
}

export const NO_CONDITIONS: readonly CompiledCondition[] = Object.freeze([])

/** At least one of the two is present. */
export interface CompiledIp {
  readonly in: Ranges | null
  readonly notIn: Ranges | null
}

/**
 * Compiles a stored condition; without parts it always holds. Throws `StoredFactError` when anything in it can't be understood:
 * an unknown key, a bad CIDR, an empty list, an `ip` without lists, a time that is none, a window that never opens.
 * Does not count CIDRs: limits are checked when something is written.
 */
export function compileCondition(condition: Condition): CompiledCondition {
  checkKeys(condition, ['ip', 'notBefore', 'expiresOn'], 'a condition')
  const notBefore = condition.notBefore === undefined ? -Infinity : checkTime(condition.notBefore, 'notBefore')
  const expiresOn = condition.expiresOn === undefined ? Infinity : checkTime(condition.expiresOn, 'expiresOn')
  if (notBefore >= expiresOn) throw new StoredFactError('a condition ends (`expiresOn`) before it begins (`notBefore`)')
  return { notBefore, expiresOn, ip: condition.ip === undefined ? null : compileIp(condition.ip) }
}

/** Whether the condition holds in this context. Allocates nothing. Does not check that `now` is finite: the caller must. */
export function holds(condition: CompiledCondition, context: Context): Truth {
  const time = condition.notBefore <= context.now && context.now < condition.expiresOn ? TRUE : FALSE
  const ip = condition.ip === null ? TRUE : ipHolds(condition.ip, context.ip)
  return time < ip ? time : ip
}

/** The address part alone. Without an address it is unknown, whatever the lists say: otherwise an absent address could allow more than a present one. */
export function ipHolds(condition: CompiledIp, address: Address | null): Truth {
  if (address === null) return UNKNOWN
  if (condition.in !== null && !contains(condition.in, address)) return FALSE
  if (condition.notIn !== null && contains(condition.notIn, address)) return FALSE
  return TRUE
}

/**
 * A text that is equal for two conditions exactly when they have the same window and their lists mean the same sets of addresses,
 * however these are ordered, repeated, nested, split or spelt. Throws as `compileCondition` does.
 */
export function conditionKey(condition: Condition): string {
  return keyOf(compileCondition(condition))
}

/** The same text of a condition that is compiled. */
export function keyOf({ notBefore, expiresOn, ip }: CompiledCondition): string {
  return JSON.stringify([notBefore, expiresOn, ip?.in ?? null, ip?.notIn ?? null]) // an infinite edge becomes null
}

function compileIp(ip: IpCondition): CompiledIp {
  checkKeys(ip, ['in', 'notIn'], 'the `ip` of a condition')
  if (ip.in === undefined && ip.notIn === undefined)
    throw new StoredFactError('the `ip` of a condition has neither `in` nor `notIn`')
  return {
    in: ip.in === undefined ? null : compileList(ip.in, 'in'),
    notIn: ip.notIn === undefined ? null : compileList(ip.notIn, 'notIn'),
  }
}

function compileList(list: readonly unknown[], name: string): Ranges {
  if (!Array.isArray(list) || list.length === 0) {
    throw new StoredFactError(`\`ip.${name}\` of a condition is not a list of at least one CIDR`)
  }
  return compileRanges(list.map((text: unknown) => readCidr(text, name)))
}

function readCidr(text: unknown, name: string): Cidr {
  if (typeof text !== 'string')
    throw new StoredFactError(`\`ip.${name}\` of a condition holds something that is not text`)
  const cidr = parseCidr(text)
  if ('fault' in cidr)
    throw new StoredFactError(`\`${text.slice(0, 64)}\` in \`ip.${name}\` of a condition ${cidr.message}`)
  return cidr
}

function checkTime(ms: number, name: string): number {
  if (isInstant(ms)) return ms
  throw new StoredFactError(`\`${name}\` of a condition is not a time in whole epoch milliseconds`)
}

/** A part that isn't known here may narrow the condition, so it is never skipped. */
function checkKeys(value: unknown, known: readonly string[], what: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StoredFactError(`${what} is not an object`)
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new StoredFactError(`${what} has an unknown part \`${unknown.slice(0, 64)}\``)
}
