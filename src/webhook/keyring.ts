/**
 * Keeps public keys that are fetched from elsewhere: when one is needed, at most once a minute, and one request at a time.
 *
 * Anybody can send an identifier nobody knows, so an unknown one causes at most one fetch a minute. Where fetching fails, the keys fetched before stay
 * trusted.
 */
import type { KeyObject } from 'node:crypto'
import type { Keys } from './keys.ts'

/** `unavailable`: it isn't among the kept keys and the last fetch failed, so nobody can say whether it exists. */
export type Found = KeyObject | 'unknown' | 'unavailable'

/** Finds the key of an identifier. */
export type FindKey = (id: string) => Promise<Found>

/** What a source answers. `tag` names this state of its keys; given it back, the source may answer `unchanged`. */
export type Sourced = 'unchanged' | { readonly keys: Keys; readonly tag: string | null }

/** Where keys come from. Rejects when they can't be fetched. */
export type KeySource = (tag: string | null, signal: AbortSignal) => Promise<Sourced>

/** The age after which keys are fetched again, so that a withdrawn one goes. If that fails, the old ones stay trusted. */
const FRESH_MS = 60 * 60_000
/** The least time from one fetch to the next, whoever causes it. */
const APART_MS = 60_000
/** How long a fetch may take. GitHub waits 30 seconds for the answer to its delivery. */
const ANSWER_MS = 5_000

interface KeyringOptions {
  readonly source: KeySource
  readonly monotonic: () => number
  /** Hears why keys could not be fetched. */
  readonly onError: (error: unknown) => void
}

export function keyring({ source, monotonic, onError }: KeyringOptions): FindKey {
  let kept: Keys = new Map()
  let tag: string | null = null
  let freshUntil = Number.NEGATIVE_INFINITY
  let nextAt = Number.NEGATIVE_INFINITY
  let failed = false
  let running: Promise<void> | null = null

  const ask = async (now: number): Promise<void> => {
    try {
      const sourced = await inTime((signal) => source(tag, signal))
      if (sourced !== 'unchanged') {
        if (sourced.keys.size === 0) throw new Error('there is no public key of ECDSA P-256 among them')
        kept = sourced.keys
        tag = sourced.tag
      }
      freshUntil = now + FRESH_MS
      failed = false
    } catch (cause) {
      failed = true
      onError(new Error('the public keys of secret scanning could not be had', { cause }))
    } finally {
      running = null
    }
  }

  return async (id) => {
    const now = monotonic()
    if (!kept.has(id) || now >= freshUntil) {
      if (running === null && now >= nextAt) {
        nextAt = now + APART_MS
        running = ask(now)
      }
      await running
    }
    return kept.get(id) ?? (failed ? 'unavailable' : 'unknown')
  }
}

/** A source that never answers would keep everybody waiting who joined the fetch. */
function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${ANSWER_MS} ms`))
      control.abort()
    }, ANSWER_MS)
    work(control.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
