/**
 * Keeps keys that come from elsewhere: asked for when they are needed, seldom, and one request at a time.
 *
 * Anybody can send an identifier nobody knows. So one is asked about at most once a minute, and keys that were had once go on working
 * while no newer ones can be had.
 */
import type { KeyObject } from 'node:crypto'
import type { Keys } from './keys.ts'

/** `unavailable`: it isn't among what is kept, and newer keys could not be had, so nobody can say whether it exists. */
export type Found = KeyObject | 'unknown' | 'unavailable'

/** Finds the key of an identifier. */
export type FindKey = (id: string) => Promise<Found>

/** What a source answers. `tag` names this state of its keys; asked with it, the source may say that they are unchanged. */
export type Sourced = 'unchanged' | { readonly keys: Keys; readonly tag: string | null }

/** Where keys come from. Rejects when they can't be had. */
export type KeySource = (tag: string | null, signal: AbortSignal) => Promise<Sourced>

/** How old kept keys may be without asking again: what GitHub withdraws must not be trusted for ever. */
const FRESH_MS = 60 * 60_000
/** The least time from one request to the next, whoever causes it. */
const APART_MS = 60_000
/** GitHub itself waits 30 seconds for our answer. */
const ANSWER_MS = 5_000

interface KeyringOptions {
  readonly source: KeySource
  readonly monotonic: () => number
  /** Told why keys could not be had. */
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

/** A source that never answers would keep everybody waiting who joined it. */
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
