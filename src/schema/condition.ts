/**
 * Conditions: CIDR lists and times as callers write them, into the one spelling that is stored.
 */
import { z } from 'zod'
import { parseCidr, printCidr } from '../core/address.ts'
import type { Condition, IpCondition } from '../core/facts.ts'
import { shorten } from '../core/nearest.ts'
import { isInstant, parseInstant } from '../core/time.ts'
import { always, field, leaf, type Report, record, sortedSet, textLeaf } from './reading.ts'

/** RFC 3339 text such as `2027-01-01T00:00:00Z`, whole epoch milliseconds, or a `Date`. */
export type TimeInput = string | number | Date

/** CIDRs such as `203.0.113.0/24` or `2001:db8::/32`: no host bits, no zone ids, no ports. */
export interface IpConditionInput {
  /** The client's address must be in one of these. */
  readonly in?: readonly string[]
  /** The client's address must be in none of these. */
  readonly notIn?: readonly string[]
}

/** Holds while `notBefore <= now < expiresOn` and `ip` holds. Fractions finer than a millisecond are rounded to the stricter side. */
export interface ConditionInput {
  readonly ip?: IpConditionInput
  readonly notBefore?: TimeInput
  readonly expiresOn?: TimeInput
}

const BAD_TIME = {
  code: 'bad_time',
  message:
    'must be RFC 3339 text such as `2027-01-01T00:00:00Z`, whole epoch milliseconds or a `Date`, in the years 0001 to 9999',
}

const SECONDS = {
  code: 'bad_time',
  message:
    'reads as seconds: times are epoch milliseconds. If it is of 1970 to 1973 in milliseconds, write it as RFC 3339 text',
}

/** Whether a number is probably meant as seconds: as milliseconds it would be a time between 1970 and 1973. */
function isSeconds(value: unknown): boolean {
  return typeof value === 'number' && value >= 1e9 && value < 1e11
}

function timeShape(round: 'up' | 'down') {
  return leaf<number>((value) => {
    if (value === undefined) return { code: 'required', message: 'is required' }
    if (isSeconds(value)) return SECONDS
    const ms = typeof value === 'string' ? parseInstant(value, round) : value instanceof Date ? value.getTime() : value
    return typeof ms === 'number' && isInstant(ms) ? ms : BAD_TIME
  })
}

/** Rounded to the stricter side: a token may begin later and end sooner than written, never the reverse. */
export const notBeforeShape = timeShape('up')
export const expiresOnShape = timeShape('down')

const cidrShape = textLeaf((text) => {
  const cidr = parseCidr(text)
  return 'fault' in cidr ? { code: 'bad_cidr', message: `\`${shorten(text)}\` ${cidr.message}` } : printCidr(cidr)
})

const cidrsShape = z.array(cidrShape).min(1).transform(sortedSet)

const ipShape = always(record({ in: cidrsShape.optional(), notIn: cidrsShape.optional() }), (value, report) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  if (field(value, 'in') === undefined && field(value, 'notIn') === undefined)
    report.issue('required', 'needs `in` or `notIn`')
}).transform(
  (ip): IpCondition =>
    Object.freeze({ ...(ip.in !== undefined && { in: ip.in }), ...(ip.notIn !== undefined && { notIn: ip.notIn }) }),
)

/** A condition without parts always holds, and becomes `undefined`: it isn't stored. */
export const conditionShape = always(
  record({ ip: ipShape.optional(), notBefore: notBeforeShape.optional(), expiresOn: expiresOnShape.optional() }),
  (value, report) => checkWindow(field(value, 'notBefore'), field(value, 'expiresOn'), report.at('expiresOn')),
).transform(({ ip, notBefore, expiresOn }): Condition | undefined =>
  ip === undefined && notBefore === undefined && expiresOn === undefined
    ? undefined
    : Object.freeze({
        ...(ip !== undefined && { ip }),
        ...(notBefore !== undefined && { notBefore }),
        ...(expiresOn !== undefined && { expiresOn }),
      }),
)

/** The condition of a token as a whole, without times: those are fields of the token itself. Without parts it becomes `null`. */
export const tokenConditionShape = record({ ip: ipShape.optional() }).transform(
  ({ ip }): { readonly ip: IpCondition } | null => (ip === undefined ? null : Object.freeze({ ip })),
)

/** Refuses a window that never opens. Takes times that are read already, and passes over anything else. */
export function checkWindow(notBefore: unknown, expiresOn: unknown, report: Report): void {
  if (typeof notBefore !== 'number' || typeof expiresOn !== 'number') return
  if (notBefore >= expiresOn) report.issue('empty_window', '`expiresOn` must be after `notBefore`')
}
