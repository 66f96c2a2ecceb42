/**
 * Reminders: the host is told of tokens that are about to expire, while somebody can still do something about it.
 */
import type { Token } from '../core/facts.ts'
import { MisuseError } from '../errors.ts'
import { parseReminder, type ReminderInput } from '../schema/reminder.ts'
import type { AdminDeps, ExpiringToken } from './deps.ts'
import { everyItem } from './pages.ts'
import { readClock } from './write.ts'

/** What came of a run. */
export interface Reminded {
  /** What to give as `since` next time, and not before this is kept. Epoch milliseconds. */
  readonly until: number
  /** How many times `onExpiring` was called and did not throw. */
  readonly told: number
  /** Of which tokens it threw. They are not told of again: whoever wants that does it. */
  readonly failed: readonly { readonly event: ExpiringToken; readonly error: unknown }[]
}

export interface Reminders {
  /**
   * Calls `onExpiring`, one after the other and soonest expiry first, for each token whose reminder fell due from `since` until now: a reminder
   * is due `lead` milliseconds before its token expires, for each lead time, or when the token was changed last, where that is later. So a token
   * made for less than the lead time is told of, and one whose expiry was moved; one changed in another way after its reminder is told of again.
   * A token gets one call in a run, with the shortest of its lead times that fell due. Disabled tokens are told of, revoked and expired ones
   * are not, nor those that were created and expired between two runs.
   *
   * Remembers nothing: with each run's `until` as the next one's `since`, and the same lead times, every reminder of a token that isn't
   * changed is told of once. Two processes that do it tell everything twice. A `since` in the future is refused, as after a clock was set
   * back: keep it and try later. What is changed while the clock is behind `since` is missed. Reads every token that expires within the longest
   * lead time. Throws `ERR_BAILIWICK_MISUSE` where there is no `onExpiring`.
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

/** Before it was changed last, a token may have had another expiry, or none, or not been there. */
function dueOn({ modifiedOn }: Token, expiresOn: number, leadMs: number): number {
  return Math.max(expiresOn - leadMs, modifiedOn)
}

function isWithin(instant: number, since: number, until: number): boolean {
  return since <= instant && instant < until
}
