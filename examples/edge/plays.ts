/**
 * The demo as data: who asks for what, and what must come of it. `cases.ts`, `governance.ts` and `incident.ts` are written in these words; the demo prints
 * them, the tests run them.
 */
import type { DenyReason, Question } from 'bailiwick'
import type { Running } from './app.ts'
import type { Shape } from './host.ts'
import type { Cast, Holder } from './scenario.ts'

/** Why a request must be refused: what the host knows, whether or not the client is told. */
export interface Refused {
  readonly reason: DenyReason
  /** What the route asks of the library. */
  readonly about: Question<Shape>
}

/** One request over HTTP and its outcome. */
export interface Ask {
  /** Whose token is presented. */
  readonly as: Holder | 'rolled' | 'nobody'
  /** Method and path under /client/v4. `{x}` stands for the id that an earlier request kept as `x`. */
  readonly request: string
  readonly body?: unknown
  readonly status: number
  readonly refused?: Refused
  /** How many rows the list must hold. */
  readonly rows?: number
  /** Keeps the id of the result under this name. */
  readonly keep?: string
  /** What the table says of it. */
  readonly note?: string
}

/** Something that happens to the host, then requests. */
export interface Scene {
  readonly title: string
  /** Returns the secret that came of it, if any: it is presented by whoever asks as `rolled`. */
  readonly act?: (running: Running, cast: Cast) => Promise<string | undefined>
  readonly asks: readonly Ask[]
}

/** A refusal the client is told the reason of. */
export const forbidden = (reason: DenyReason, ...about: Question<Shape>) => ({
  status: 403,
  refused: { reason, about },
})
/** A refusal that looks like a thing that isn't there: the ids of zones tell strangers nothing. */
export const hidden = (reason: DenyReason, ...about: Question<Shape>) => ({ status: 404, refused: { reason, about } })

export const purge = (zone: string) => ({
  request: `POST /zones/${zone}/purge_cache`,
  body: { purge_everything: true },
})

export const RULES = '/accounts/acme/firewall/access_rules/rules'
export const blocked = {
  mode: 'block',
  configuration: { target: 'ip', value: '203.0.113.66' },
  notes: 'too many logins',
}

export const SHOP = '/zones/shop/dns_records'
export const CHALLENGE = '_acme-challenge.shop.example'
export const record = (type: string, name: string) => ({
  type,
  name,
  content: type === 'A' ? '192.0.2.66' : 'proof',
  ttl: 60,
})

export const KV = '/accounts/acme/storage/kv/namespaces'
