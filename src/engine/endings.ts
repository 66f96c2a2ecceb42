/**
 * Tokens that this process saw end, so that an access held since before is refused at its next check.
 *
 * An ending is forgotten when every access that could predate it is stale anyway.
 */
import type { Denial, DenyReason } from '../core/decision.ts'
import { denial } from '../core/decision.ts'

export type Ending = Extract<DenyReason, 'token_disabled' | 'token_revoked'>

export class Endings {
  readonly #ended = new Map<string, { readonly denial: Denial; readonly at: number }>()
  readonly #monotonic: () => number
  readonly #keptMs: number
  /** Moves with every change: an access that saw this version needn't look again. */
  version = 0

  constructor(monotonic: () => number, keptMs: number) {
    this.#monotonic = monotonic
    this.#keptMs = keptMs
  }

  of(token: string): Denial | null {
    return this.#ended.get(token)?.denial ?? null
  }

  note(token: string, ending: Ending | null): void {
    const now = this.#monotonic()
    for (const [id, { at }] of this.#ended) {
      if (now - at <= this.#keptMs) break
      this.#ended.delete(id)
    }
    const known = this.#ended.get(token)
    if (ending === null ? known === undefined : known?.denial.reason === ending) return
    this.#ended.delete(token)
    if (ending !== null) this.#ended.set(token, { denial: denial(ending), at: now })
    this.version++
  }
}
