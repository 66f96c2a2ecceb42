/**
 * An access: what one credential, or one session, may do from one address. Made once for a request, asked as often as one likes;
 * asking is synchronous and reads nothing but memory.
 */
import type { Address } from '../core/address.ts'
import { type Catalog, type Permission, permissionNamed } from '../core/catalog.ts'
import type { CatalogShape, PermissionName, ResourceFor } from '../core/catalog-types.ts'
import { admission, decide } from '../core/decide.ts'
import { ALLOW, type Decision, type Denial, denial } from '../core/decision.ts'
import { type Explanation, explain, explainRefused } from '../core/explain.ts'
import type { Owner, Secrets } from '../core/facts.ts'
import type { Subject } from '../core/snapshot.ts'
import { AccessStaleError, DeniedError, MisuseError } from '../errors.ts'
import type { News } from './news.ts'

/** Who asks, once it is known: a token and whose it is, or a logged-in user. */
export type Principal =
  | { readonly kind: 'token'; readonly id: string; readonly owner: Owner }
  | { readonly kind: 'session'; readonly user: string }

/**
 * What a credential or session may do.
 *
 * An access is good until the token or the overlap of its secret ends, a revocation in this process, or `maxStalenessMs` after its facts were
 * read, whichever is first. Past the last, every call throws `ERR_BAILIWICK_ACCESS_STALE` until `refresh()`: it never reloads by itself.
 *
 * Every call throws `ERR_BAILIWICK_MISUSE` for a permission the catalog doesn't declare, denied credential or not, and
 * `ERR_BAILIWICK_STORED_FACT` where what is stored about the account can't be understood.
 */
export interface Access<S extends CatalogShape = CatalogShape> {
  /** Why the credential is refused whatever it asks (rungs 1 to 3, but for the resource's name), or `null`. */
  readonly denial: Denial | null
  /** `null` where the credential is refused at rung 1. */
  readonly principal: Principal | null
  /** Whether it may. Allocates nothing. */
  can<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): boolean
  /** Whether it may, and if not why. One of a fixed set of frozen values. */
  check<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): Decision
  /** Several questions at one instant: the first denial, or an allow when all are allowed. */
  checkAll(questions: readonly Question<S>[]): Decision
  /** Returns when it may, throws `ERR_BAILIWICK_DENIED` when not. */
  require<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): void
  /** The answer, the policies that made it and what would change it: for the host and its owners, not for the caller. */
  explain<P extends PermissionName<S>>(permission: P, resource: ResourceFor<S, P>): Explanation
  /** Reads the facts anew, and the credential's own state with them. */
  refresh(): Promise<void>
}

/** One permission and one resource it is on. */
export type Question<S extends CatalogShape> = {
  [P in PermissionName<S>]: readonly [permission: P, resource: ResourceFor<S, P>]
}[PermissionName<S>]

/** What a credential turned out to be: refused at rung 1, or a subject and how long its facts may be held. */
export type Resolved =
  | { readonly refused: Denial }
  | {
      readonly refused: null
      readonly subject: Subject
      readonly principal: Principal
      readonly goodUntil: number
      /** Until when these secrets let it in; `null` when they don't. */
      readonly secretEnd: (secrets: Secrets) => number | null
    }

export interface AccessDeps {
  readonly catalog: Catalog
  readonly clock: () => number
  readonly monotonic: () => number
  readonly news: News
  /** Told of stored facts that can't be understood, besides whoever asked about them. */
  readonly report: (error: unknown) => void
  /** Finds out again who this is. */
  readonly resolve: (freshness: 'anew') => Promise<Resolved>
}

export class LiveAccess implements Access {
  readonly #deps: AccessDeps
  /** One context for all checks, so that a check allocates none: `decide` never keeps it. */
  readonly #context: { now: number; readonly ip: Address | null }
  #resolved: Resolved
  #newsSeen = -1
  #refreshes = 0
  #landed = 0
  #ended: Denial | null = null

  constructor(deps: AccessDeps, resolved: Resolved, ip: Address | null) {
    this.#deps = deps
    this.#resolved = resolved
    this.#context = { now: 0, ip }
  }

  get denial(): Denial | null {
    const current = this.#current()
    if ('effect' in current) return current
    const reason = admission(current, this.#context)
    return reason === null ? null : denial(reason)
  }

  get principal(): Principal | null {
    return this.#resolved.refused === null ? this.#resolved.principal : null
  }

  can(permission: string, resource: string): boolean {
    return this.check(permission, resource) === ALLOW
  }

  check(permission: string, resource: string): Decision {
    const asked = permissionNamed(this.#deps.catalog, permission)
    const current = this.#current()
    return 'effect' in current ? current : this.#decide(current, asked, resource)
  }

  checkAll(questions: readonly Question<CatalogShape>[]): Decision {
    const asked = questions.map(([permission, resource]) => ({
      permission: permissionNamed(this.#deps.catalog, permission),
      resource,
    }))
    if (asked.length === 0) throw new MisuseError('asked about nothing: `checkAll` needs at least one question')
    const current = this.#current()
    if ('effect' in current) return current
    for (const { permission, resource } of asked) {
      const decision = this.#decide(current, permission, resource)
      if (decision.effect === 'deny') return decision
    }
    return ALLOW
  }

  require(permission: string, resource: string): void {
    const { reason } = this.check(permission, resource)
    if (reason !== null) throw new DeniedError(reason)
  }

  explain(permission: string, resource: string): Explanation {
    const asked = permissionNamed(this.#deps.catalog, permission)
    const current = this.#current()
    return 'effect' in current
      ? explainRefused(current, asked, resource, this.#context)
      : explain(this.#deps.catalog, current, asked, resource, this.#context)
  }

  async refresh(): Promise<void> {
    const begun = ++this.#refreshes
    const resolved = await this.#deps.resolve('anew')
    if (begun < this.#landed) return // one that began later has landed already
    this.#landed = begun
    this.#resolved = resolved
    this.#newsSeen = -1
  }

  #decide(subject: Subject, permission: Permission, resource: string): Decision {
    try {
      return decide(subject, permission, resource, this.#context)
    } catch (error) {
      this.#deps.report(error)
      throw error
    }
  }

  /** Sets the instant of this call. What refuses the access as a whole, or the subject to ask about. */
  #current(): Subject | Denial {
    const { clock, monotonic, news } = this.#deps
    this.#context.now = clock()
    if (!Number.isFinite(this.#context.now)) throw new MisuseError('the clock must return epoch milliseconds')
    if (this.#newsSeen !== news.version) this.#hear(news)
    const resolved = this.#resolved
    if (resolved.refused !== null) return resolved.refused
    if (this.#ended !== null) return this.#ended
    if (!(monotonic() < resolved.goodUntil))
      throw new AccessStaleError('this access was held too long: `await access.refresh()`')
    return resolved.subject
  }

  /** Takes in what this process learned of the token since the facts of this access were read: it ended, or other secrets open it. */
  #hear(news: News): void {
    this.#newsSeen = news.version
    this.#ended = null
    const resolved = this.#resolved
    if (resolved.refused !== null || resolved.principal.kind === 'session') return
    const { snapshot, secretEndsOn } = resolved.subject
    const heard = news.since(resolved.principal.id, snapshot.token?.revision ?? Infinity)
    if (heard === null) return
    const end = resolved.secretEnd(heard.secrets)
    this.#ended = heard.denial ?? (end === null ? denial('credential_unknown') : null)
    if (end !== null && end !== secretEndsOn) this.#resolved = { ...resolved, subject: { snapshot, secretEndsOn: end } }
  }
}
