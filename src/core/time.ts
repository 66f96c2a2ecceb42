/**
 * Reads RFC 3339 text as whole epoch milliseconds, and prints it.
 *
 * One range holds everywhere: 0001-01-01 to the end of 9999 in UTC, what RFC 3339 can spell in any offset. So every time that is
 * accepted can be printed, and every time that is printed can be read.
 */
import { MisuseError } from '../errors.ts'

const FIRST = Date.parse('0001-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')
const DATE_TIME = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,30}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Whether a number is a time here: whole milliseconds within the years 0001 to 9999. */
export function isInstant(ms: number): boolean {
  return Number.isInteger(ms) && ms >= FIRST && ms <= LAST
}

/**
 * Reads an RFC 3339 `date-time` as epoch milliseconds, or `null`. Strict: upper-case `T` and `Z`, a date that the calendar has, no
 * leap second and no 24:00. Fractions finer than a millisecond round to the side given: `up` for `notBefore` and `down` for
 * `expiresOn`, the stricter side of each. At most 30 fraction digits.
 */
export function parseInstant(text: string, round: 'up' | 'down'): number | null {
  const match = DATE_TIME.exec(text)
  if (!match) return null
  const [, dateTime, fraction = '', offset] = match
  const local = `${dateTime}.${fraction.slice(0, 3).padEnd(3, '0')}`
  const asUtc = Date.parse(`${local}Z`)
  // `Date` carries 30 February over into March and 24:00 into the next day: then it prints another text.
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString() !== `${local}Z`) return null
  const finer = round === 'up' && /[1-9]/.test(fraction.slice(3)) ? 1 : 0
  const ms = Date.parse(local + offset) + finer
  return isInstant(ms) ? ms : null
}

/** RFC 3339 in UTC, with three fraction digits or, at a whole second, none. Throws `MisuseError` for what is no time (`isInstant`). */
export function printInstant(ms: number): string {
  if (!isInstant(ms))
    throw new MisuseError(`\`${ms}\` is not a whole number of milliseconds within the years 0001 to 9999`)
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
