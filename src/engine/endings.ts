/**
 * What this process saw happen to tokens, so that an access held since before hears of it at its next check: that the token ended, or that
 * the secret it came with no longer opens it.
 *
 * It is forgotten when every access that could predate it is stale anyway.
 */
import { type Denial, type DenyReason, denial } from '../core/decision.ts'
import type { Secrets } from '../core/facts.ts'

export type Ending = Extract<DenyReason, 'token_disabled' | 'token_revoked'>

/** How a token was last seen here. */
interface Seen {
  readonly denial: Denial | null
  /** `null` where it isn't certain what opens it. */
  readonly secrets: Secrets | null
}

export class Endings {
  readonly #seen = new Map<string, Seen & { readonly at: number }>()
  readonly #monotonic: () => number
  readonly #keptMs: number
  /** Moves with every change: an access that saw this version needn't look again. */
  version = 0

  constructor(monotonic: () => number, keptMs: number) {
    this.#monotonic = monotonic
    this.#keptMs = keptMs
  }

  of(token: string): Seen | null {
    return this.#seen.get(token) ?? null
  }

  note(token: string, ending: Ending | null, secrets: Secrets | null): void {
    const now = this.#monotonic()
    for (const [id, { at }] of this.#seen) {
      if (now - at <= this.#keptMs) break
      this.#seen.delete(id)
    }
    this.#seen.delete(token) // so that the oldest stay first
    this.#seen.set(token, { denial: ending === null ? null : denial(ending), secrets, at: now })
    this.version++
  }
}
