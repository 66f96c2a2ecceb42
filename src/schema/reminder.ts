/**
 * The input of `tokens.remind`.
 */
import { z } from 'zod'
import { isInstant } from '../core/time.ts'
import { notBeforeShape, type TimeInput } from './condition.ts'
import { field, leaf, read, record } from './reading.ts'

export interface ReminderInput {
  /** The `until` of the previous run. Not in the future. */
  readonly since: TimeInput
  /** How many milliseconds before its expiry a token's reminders are due: 1 to 20 different values. */
  readonly leadTimesMs: readonly number[]
}

const MAX_LEAD_TIMES = 20

const leadShape = leaf<number>((value) =>
  typeof value === 'number' && value >= 1 && isInstant(value)
    ? value
    : { code: 'bad_lead', message: 'must be a whole number of milliseconds from 1' },
)

const reminderShape = record({ since: notBeforeShape, leadTimesMs: z.array(leadShape).min(1).max(MAX_LEAD_TIMES) })

/** Lead times come out shortest first, each once. */
export function parseReminder(
  input: unknown,
  now: number,
): { readonly since: number; readonly leadTimesMs: readonly number[] } {
  const { since, leadTimesMs } = read(reminderShape, input, [], (value, report) => {
    const since = field(value, 'since')
    if (typeof since === 'number' && since > now) report.at('since').issue('bad_time', 'must not be in the future')
  })
  return { since, leadTimesMs: [...new Set(leadTimesMs)].sort((a, b) => a - b) }
}
