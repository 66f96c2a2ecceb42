/**
 * Reports decisions to `onDecision` after they were made: every denial, and each allow of a permission marked `audit`.
 *
 * A request only queues what was decided; the event is put together when it is delivered. Nothing `onDecision` does can change or delay an answer: no
 * request awaits it, and what it throws goes to `onError`.
 */
import { type Address, printAddress } from '../core/address.ts'
import type { Catalog, Permission } from '../core/catalog.ts'
import type { Decision } from '../core/decision.ts'
import { ParsedName } from '../core/parsed-name.ts'
import { MAX_NAME_LENGTH } from '../core/resource.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { type PolicyTrace, traces } from '../core/trace.ts'
import { withoutCredentials } from '../masking.ts'
import type { Principal } from './admitted.ts'

/**
 * One decision, for the host's log. It says more than a caller may know. Frozen.
 *
 * Credentials that bailiwick issued are taken out wherever a client put one. An imported key has no shape to be recognised by: where a client puts one in
 * place of a name or a request id, it is in `resource` or `requestId`. Keep these events where such a key may be kept.
 */
export interface DecisionEvent {
  /** When it was decided, in epoch milliseconds. */
  readonly at: number
  readonly decision: Decision
  /** `null` where the credential was refused as a whole, before any question. */
  readonly permission: string | null
  /** The resource that was asked about, cut after 4,096 characters; `null` where there was none, or it could not be named. */
  readonly resource: string | null
  /** `null` where it isn't known who asked: the credential is missing, malformed or unknown. */
  readonly principal: Principal | null
  readonly address: string | null
  /** What the host gave as `requestId`. */
  readonly requestId: string | null
  /** Every policy that concerns the request, as in `explain`. */
  readonly policies: readonly PolicyTrace[]
  /** How many decisions were dropped between the last event and this one because too many were waiting. */
  readonly dropped: number
}

/** What is queued of a decision during the request. */
export interface Decided {
  readonly at: number
  readonly decision: Decision
  readonly permission: Permission | null
  readonly resource: string | null
  readonly principal: Principal | null
  readonly ip: Address | null
  readonly requestId: string | null
  /** The snapshot it was decided on; `null` where there was none. */
  readonly snapshot: Snapshot | null
}

export interface DecisionsOptions {
  readonly catalog: Catalog
  readonly tell: (event: DecisionEvent) => unknown
  /** Runs a function after the current work is done. */
  readonly defer: (run: () => void) => void
  /** Hears what `tell` throws or rejects with. */
  readonly report: (error: unknown) => void
}

/** How many decisions may wait, including those whose promise hasn't settled: a host's function may be slow, or never end. */
const MAX_WAITING = 10_000
/** How many are delivered in one turn, so that a flood of denials leaves time for other work. */
const PER_TURN = 20

export class Decisions {
  readonly #options: DecisionsOptions
  readonly #waiting: (Decided & { readonly dropped: number })[] = []
  /** How many promises of `onDecision` haven't settled. */
  #unsettled = 0
  #dropped = 0

  constructor(options: DecisionsOptions) {
    this.#options = options
  }

  note(decided: Decided): void {
    if (this.#waiting.length + this.#unsettled >= MAX_WAITING) {
      this.#dropped++
      return
    }
    this.#waiting.push({ ...decided, dropped: this.#dropped })
    this.#dropped = 0
    if (this.#waiting.length === 1) this.#options.defer(() => this.#deliver())
  }

  #deliver(): void {
    const { defer } = this.#options
    // Taken from the queue one by one, so that what is noted meanwhile sees the queue as it is and schedules nothing twice.
    for (let told = 0; told < PER_TURN; told++) {
      const [next] = this.#waiting
      if (next === undefined) return
      this.#tell(next)
      this.#waiting.shift()
    }
    if (this.#waiting.length > 0) defer(() => this.#deliver())
  }

  #tell(next: Decided & { readonly dropped: number }): void {
    const { catalog, tell, report } = this.#options
    try {
      const answer = tell(eventOf(catalog, next))
      if (answer !== undefined) this.#follow(Promise.resolve(answer).catch(report))
    } catch (error) {
      report(error)
    }
  }

  #follow(telling: Promise<unknown>): void {
    this.#unsettled++
    void telling.finally(() => {
      this.#unsettled--
    })
  }
}

function eventOf(catalog: Catalog, decided: Decided & { readonly dropped: number }) {
  const { ip, permission, resource, snapshot, requestId, ...rest } = decided
  const { at, decision, principal, dropped } = rest
  const parsed = new ParsedName()
  const meets = snapshot !== null && permission !== null && resource !== null && parsed.parse(permission, resource)
  return Object.freeze({
    at,
    decision,
    permission: permission?.name ?? null,
    resource: shown(resource),
    principal: shownPrincipal(principal),
    address: ip === null ? null : printAddress(ip),
    requestId: shown(requestId),
    policies: Object.freeze(meets ? traces(catalog, snapshot, parsed, permission, { now: at, ip }) : []),
    dropped,
  })
}

/** The host chooses the ids of users, and may use a credential as one. */
function shownPrincipal(principal: Principal | null): Principal | null {
  return principal?.kind === 'session' ? { ...principal, user: withoutCredentials(principal.user) } : principal
}

/** Text from a client, who may have put a credential where a name belongs. */
function shown(text: unknown): string | null {
  return typeof text === 'string' ? withoutCredentials(text.slice(0, MAX_NAME_LENGTH)) : null
}
