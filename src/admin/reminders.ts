/**
 * Reminders: reports tokens that are about to expire, while somebody can still do something about it.
 */
import type { Token } from '../core/facts.ts'
import { MisuseError } from '../errors.ts'
import { parseReminder, type ReminderInput } from '../schema/reminder.ts'
import type { AdminDeps, ExpiringToken } from './deps.ts'
import { everyItem } from './pages.ts'
import { readClock } from './write.ts'

/** The outcome of a run. */
export interface Reminded {
  /** The `since` of the next run, in epoch milliseconds. Store it before that run. */
  readonly until: number
  /** How many calls of `onExpiring` succeeded. */
  readonly told: number
  /** The events for which `onExpiring` threw. No later run repeats them: retry them yourself. */
  readonly failed: readonly { readonly event: ExpiringToken; readonly error: unknown }[]
}

export interface Reminders {
  /**
   * Calls `onExpiring`, one call after the other and soonest expiry first, for each token whose reminder fell due from `since` until now. For each lead
   * time, a reminder is due that many milliseconds before the token expires, or when the token was last changed, where that is later. So a token made
   * for less than a lead time is reported, as is one whose expiry was moved; one that was changed in another way after its reminder is reported again.
   * A token gets one call in a run, with the shortest of its lead times that fell due. Disabled tokens are reported; revoked and expired ones
   * are not, nor those that were created and expired between two runs.
   *
   * Remembers nothing. Give each run's `until` as the next one's `since`, with the same lead times, and every reminder of an unchanged token is reported
   * once. Two processes that run it report everything twice. A `since` in the future is refused, as after a clock was set back: keep it and
   * try later. What is changed while the clock is behind `since` is missed. Reads every token that expires within the longest lead time. Rejects with
   * `ERR_BAILIWICK_MISUSE` where there is no `onExpiring`.
   *
   * @example
   * ```ts
   * const DAY = 86_400_000
   * let since = Date.now()
   * async function daily() {
   *   const { until } = await bw.tokens.remind({ since, leadTimesMs: [7 * DAY, DAY] })
   *   since = until
   * }
   * ```
   */
  remind(input: ReminderInput): Promise<Reminded>
}

export function createReminders({
  storage,
  clock,
  onExpiring,
}: Pick<AdminDeps, 'storage' | 'clock' | 'onExpiring'>): Reminders {
  return {
    async remind(input) {
      const now = readClock(clock)
      const { since, leadTimesMs } = parseReminder(input, now)
      if (onExpiring === undefined) throw new MisuseError('`tokens.remind` needs the option `onExpiring`')
      const failed: { readonly event: ExpiringToken; readonly error: unknown }[] = []
      let told = 0
      const range = { from: now + 1, before: now + Math.max(...leadTimesMs) }
      for await (const token of everyItem((page) => storage.tokensExpiring(range, page))) {
        const { expiresOn = Number.POSITIVE_INFINITY } = token
        // The shortest: they are in order.
        const leadMs = leadTimesMs.find((lead) => isWithin(dueOn(token, expiresOn, lead), since, now))
        if (leadMs === undefined) continue
        const event = Object.freeze({ token, expiresOn, leadMs })
        try {
          await onExpiring(event)
          told++
        } catch (error) {
          failed.push(Object.freeze({ event, error }))
        }
      }
      return Object.freeze({ until: now, told, failed: Object.freeze(failed) })
    },
  }
}

/** When a reminder is due: not before the last change, since the token may have had another expiry, or none, or not existed. */
function dueOn({ modifiedOn }: Token, expiresOn: number, leadMs: number): number {
  return Math.max(expiresOn - leadMs, modifiedOn)
}

function isWithin(instant: number, since: number, until: number): boolean {
  return since <= instant && instant < until
}
