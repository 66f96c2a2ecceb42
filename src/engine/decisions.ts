/**
 * Tells the host of decisions, after they were made: every denial, and each allow of a permission marked `audit`.
 *
 * A request only puts down what was decided; the event is put together when it is delivered. Nothing the host's function does can change or
 * hold up an answer: no request awaits it, and what it throws is reported.
 */
import { type Address, printAddress } from '../core/address.ts'
import type { Catalog, Permission } from '../core/catalog.ts'
import type { Decision } from '../core/decision.ts'
import { MAX_NAME_LENGTH } from '../core/resource.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { type PolicyTrace, traces } from '../core/trace.ts'
import { Walk } from '../core/walk.ts'
import { withoutCredentials } from '../masking.ts'
import type { Principal } from './admitted.ts'

/**
 * One decision, for the host's log: it says more than a caller may know. Frozen.
 *
 * A credential of ours is taken out wherever a client put one. An imported key has no shape that it could be told by: a client that puts one where
 * a name or a request id belongs, puts it into `resource` or `requestId`. Keep these events where such a key may be kept.
 */
export interface DecisionEvent {
  /** When it was decided, in epoch milliseconds. */
  readonly at: number
  readonly decision: Decision
  /** `null` where the credential was refused as a whole, before anything was asked. */
  readonly permission: string | null
  /** As it was asked about, cut after 4,096 characters; `null` where none was, or none could be named. */
  readonly resource: string | null
  /** `null` where nobody is known: a credential that is missing, malformed or unknown. */
  readonly principal: Principal | null
  readonly address: string | null
  /** What the host gave as `requestId`. */
  readonly requestId: string | null
  /** Every policy that names the permission and meets the resource, as `explain` has them. */
  readonly policies: readonly PolicyTrace[]
  /** How many decisions could not be told between the last event and this one: too many were waiting. */
  readonly dropped: number
}

/** What is put down of a decision while the request waits. */
export interface Decided {
  readonly at: number
  readonly decision: Decision
  readonly permission: Permission | null
  readonly resource: string | null
  readonly principal: Principal | null
  readonly ip: Address | null
  readonly requestId: string | null
  /** What it was decided on; `null` where that was not asked. */
  readonly snapshot: Snapshot | null
}

export interface DecisionsOptions {
  readonly catalog: Catalog
  readonly tell: (event: DecisionEvent) => unknown
  /** Runs something when the work at hand is done. */
  readonly defer: (run: () => void) => void
  /** Told of what `tell` throws, or rejects with. */
  readonly report: (error: unknown) => void
}

/** How many decisions may wait to be told, together with those whose telling hasn't ended: a host's function may be slow, or never end. */
const MOST_WAITING = 10_000
/** So that a flood of denials leaves the process time for other work. */
const PER_TURN = 20

export class Decisions {
  readonly #options: DecisionsOptions
  readonly #waiting: (Decided & { readonly dropped: number })[] = []
  /** How many promises of the host's function haven't settled. */
  #unsettled = 0
  #dropped = 0

  constructor(options: DecisionsOptions) {
    this.#options = options
  }

  note(decided: Decided): void {
    if (this.#waiting.length + this.#unsettled >= MOST_WAITING) {
      this.#dropped++
      return
    }
    this.#waiting.push({ ...decided, dropped: this.#dropped })
    this.#dropped = 0
    if (this.#waiting.length === 1) this.#options.defer(() => this.#deliver())
  }

  #deliver(): void {
    const { defer } = this.#options
    // They leave one by one, so that what is noted meanwhile finds the queue as it is and schedules nothing twice.
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
  const walk = new Walk()
  const meets = snapshot !== null && permission !== null && resource !== null && walk.read(permission, resource)
  return Object.freeze({
    at,
    decision,
    permission: permission?.name ?? null,
    resource: shown(resource),
    principal: shownPrincipal(principal),
    address: ip === null ? null : printAddress(ip),
    requestId: shown(requestId),
    policies: Object.freeze(meets ? traces(catalog, snapshot, walk, permission, { now: at, ip }) : []),
    dropped,
  })
}

/** The id of a person is the host's to give, who may take a credential for one. */
function shownPrincipal(principal: Principal | null): Principal | null {
  return principal?.kind === 'session' ? { ...principal, user: withoutCredentials(principal.user) } : principal
}

/** Text of a client, who may have put a credential where a name belongs. */
function shown(text: unknown): string | null {
  return typeof text === 'string' ? withoutCredentials(text.slice(0, MAX_NAME_LENGTH)) : null
}
