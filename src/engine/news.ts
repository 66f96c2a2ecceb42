/**
 * Revocations and secret changes that this process has seen, so that accesses already handed out notice them at their next check.
 *
 * They are ordered by the token's own revision: an access passes over what is older than its own facts. Only what is certain is kept, until every access
 * that could predate it is stale anyway.
 */
import { type Denial, denial } from '../core/decision.ts'
import type { Secrets, Token } from '../core/facts.ts'

export interface TokenNews {
  readonly revision: number
  /** Why the token can't be used any more, or `null`. */
  readonly denial: Denial | null
  readonly secrets: Secrets
}

export class News {
  readonly #news = new Map<string, TokenNews & { readonly at: number }>()
  readonly #monotonic: () => number
  readonly #keptMs: number
  /** Grows with every piece of news: an access that saw this version needn't look again. */
  version = 0

  constructor(monotonic: () => number, keptMs: number) {
    this.#monotonic = monotonic
    this.#keptMs = keptMs
  }

  /** What is newer than this revision of the token, or `null`. */
  since(token: string, revision: number): TokenNews | null {
    if (this.#news.size === 0) return null // as nearly always, and every access asks once
    const news = this.#news.get(token)
    return news !== undefined && news.revision > revision ? news : null
  }

  has(token: string): boolean {
    return this.#news.has(token)
  }

  note({ id, revision, status }: Token, secrets: Secrets): void {
    const now = this.#monotonic()
    this.#forget(now)
    if ((this.#news.get(id)?.revision ?? -1) >= revision) return
    this.#news.delete(id) // so that the oldest stay first
    this.#news.set(id, { revision, denial: ended(status), secrets, at: now })
    this.version++
  }

  #forget(now: number): void {
    for (const [id, { at }] of this.#news) {
      if (now - at <= this.#keptMs) return
      this.#news.delete(id)
    }
  }
}

function ended(status: Token['status']): Denial | null {
  if (status === 'active') return null
  return denial(status === 'revoked' ? 'token_revoked' : 'token_disabled')
}
