/**
 * Reports what was found, each value once and a few at a time, and says of each whether it was a token of this service.
 */
import { hash } from 'node:crypto'
import { isBailiwickError } from '../errors.ts'
import type { Alert, Evidence } from './alerts.ts'

/** What the webhook needs of `createBailiwick(…)`. */
export interface LeakReporter {
  readonly tokens: {
    /** Ends whatever this value opens, and takes it out of the evidence. Reporting it again changes nothing. */
    reportLeaked(
      value: string,
      evidence: Evidence,
      origin: { readonly by: 'host'; readonly from: string },
    ): Promise<{
      readonly outcome: 'revoked' | 'overlap_ended' | 'already_ended' | 'unknown'
      readonly token: string | null
    }>
  }
}

/** A token of this service that was found, and what became of it. Holds no part of the value. */
export interface FoundLeak {
  readonly outcome: 'revoked' | 'overlap_ended' | 'already_ended'
  /** The token's id. Inform its owner. */
  readonly token: string
  readonly evidence: Evidence
}

/** GitHub's feedback on one alert. The hash and not the value: a response may be logged anywhere. */
export interface Label {
  /** SHA-256 of the value, in hex. */
  readonly token_hash: string
  readonly token_type: string
  readonly label: 'true_positive' | 'false_positive'
}

const AT_ONCE = 8
/** After this many failures in a row, storage is taken to be down. */
const GIVE_UP_AFTER = 2 * AT_ONCE

const ORIGIN = { by: 'host', from: 'github secret scanning' } as const

/** The callbacks. Neither may throw. */
export interface Listeners {
  readonly onLeak: (leak: FoundLeak) => void
  readonly onError: (error: unknown) => void
}

/**
 * A label for each alert, in order, or `null` when storage gave no answer about some value. Even then the others are reported, until storage has failed
 * so often in a row that it must be down. When one fails for another reason, the others are reported and that error is thrown at the end: one bad row
 * must not keep the other tokens alive.
 */
export async function report(
  { tokens }: LeakReporter,
  alerts: readonly Alert[],
  { onLeak, onError }: Listeners,
): Promise<readonly Label[] | null> {
  const evidence = new Map<string, Evidence>()
  for (const alert of alerts) if (!evidence.has(alert.token)) evidence.set(alert.token, alert.evidence)

  const ours = new Set<string>()
  const faults: unknown[] = []
  let isComplete = true
  let failuresInARow = 0

  const waiting = evidence.entries()
  const work = async (): Promise<void> => {
    for (const [value, found] of waiting) {
      try {
        const { outcome, token } = await tokens.reportLeaked(value, found, ORIGIN)
        if (outcome !== 'unknown') ours.add(value)
        if (outcome !== 'unknown' && token !== null) onLeak(Object.freeze({ outcome, token, evidence: found }))
        failuresInARow = 0
      } catch (error) {
        onError(error)
        if (!isStorageFailure(error)) {
          faults.push(error)
          continue
        }
        isComplete = false
        if (++failuresInARow >= GIVE_UP_AFTER) return
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))

  if (faults.length > 0) throw faults[0]
  if (!isComplete) return null
  return alerts.map(({ token, type }) => ({
    token_hash: hash('sha256', token, 'hex'),
    token_type: type,
    label: ours.has(token) ? 'true_positive' : 'false_positive',
  }))
}

function isStorageFailure(error: unknown): boolean {
  return isBailiwickError(error) && error.code === 'ERR_BAILIWICK_STORAGE_UNAVAILABLE'
}
