/**
 * Reminders: the host is told of tokens that are about to expire, while somebody can still do something about it.
 */
import type { Token } from '../core/facts.ts'
import { MisuseError } from '../errors.ts'
import { parseReminder, type ReminderInput } from '../schema/reminder.ts'
import type { Page } from '../storage/port.ts'
import type { AdminDeps } from './deps.ts'
import { readClock } from './write.ts'

/** A token that expires in at most `leadMs` milliseconds. */
export interface ExpiringToken {
  readonly token: Token
  /** Whole epoch milliseconds. */
  readonly expiresOn: number
  /** Which of the lead times has come, in milliseconds. */
  readonly leadMs: number
}

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
   * Calls `onExpiring`, one after the other, for each token whose reminder fell due from `since` until now: a reminder is due `lead`
   * milliseconds before its token expires, for each lead time. A token gets one call in a run, with the shortest of its lead times that fell due.
   * Disabled tokens are told of, revoked and expired ones are not.
   *
   * Remembers nothing: with each run's `until` as the next one's `since`, and the same lead times, every reminder is told of once. Two
   * processes that do it tell everything twice. Throws `ERR_BAILIWICK_MISUSE` where there is no `onExpiring`.
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

const PAGE = 500

export function createReminders({
  storage,
  clock,
  onExpiring,
}: Pick<AdminDeps, 'storage' | 'clock' | 'onExpiring'>): Reminders {
  return {
    async remind(input) {
      const { since, leadTimesMs } = parseReminder(input)
      if (onExpiring === undefined) throw new MisuseError('`tokens.remind` needs the option `onExpiring`')
      const now = readClock(clock)
      const failed: { readonly event: ExpiringToken; readonly error: unknown }[] = []
      let told = 0
      for (const leadMs of leadTimesMs) {
        const range = { from: Math.max(since + leadMs, now + 1), before: now + leadMs }
        for await (const { token, expiresOn } of expiring(range)) {
          // Told already under the first of its lead times: they are in order.
          const due = leadTimesMs.find((lead) => since <= expiresOn - lead && expiresOn - lead < now)
          if (due !== leadMs) continue
          const event = Object.freeze({ token, expiresOn, leadMs })
          try {
            await onExpiring(event)
            told++
          } catch (error) {
            failed.push(Object.freeze({ event, error }))
          }
        }
      }
      // A clock set back must not let the next run tell again what was told before.
      return Object.freeze({ until: Math.max(since, now), told, failed: Object.freeze(failed) })
    },
  }

  async function* expiring(range: { readonly from: number; readonly before: number }) {
    if (range.from >= range.before) return
    for (let after: string | null | undefined; after !== null; ) {
      const from: string | undefined = after
      const page: Page<Token> = await storage.tokensExpiring(range, {
        limit: PAGE,
        ...(from !== undefined && { after: from }),
      })
      for (const token of page.items) if (token.expiresOn !== undefined) yield { token, expiresOn: token.expiresOn }
      after = page.next
    }
  }
}
