/**
 * An access that hears of what happens to its token. Made once for a request, asked as often as one likes; asking is synchronous and reads
 * nothing but memory.
 */
import { type Catalog, type Permission, permissionNamed } from '../core/catalog.ts'
import type { CatalogShape } from '../core/catalog-types.ts'
import { admission, decide } from '../core/decide.ts'
import { ALLOW, type Decision, type Denial, type DenyReason, denial } from '../core/decision.ts'
import { type Explanation, explain, explainRefused, textOf } from '../core/explain.ts'
import type { Secrets } from '../core/facts.ts'
import { rootOf } from '../core/resource.ts'
import type { RootIndex } from '../core/roots.ts'
import type { Subject } from '../core/snapshot.ts'
import { AccessStaleError, DeniedError, MisuseError } from '../errors.ts'
import type { Access, GuardReason, Question } from './access.ts'
import {
  type Admitted,
  type Identity,
  type Principal,
  principalOf,
  type Resolved,
  type TokenIdentity,
} from './admitted.ts'
import type { Decisions } from './decisions.ts'
import type { News, TokenNews } from './news.ts'
import { owned } from './owned.ts'
import type { RequestContext } from './request-context.ts'
import { unlessStoredFault } from './secret-verifier.ts'
import type { Noted, Uses } from './uses.ts'

export interface AccessDeps {
  readonly catalog: Catalog
  readonly clock: () => number
  readonly monotonic: () => number
  readonly news: News
  /** Told of stored facts that can't be understood, besides whoever asked about them. */
  readonly report: (error: unknown) => void
  readonly uses: Uses
  /** `null` where nobody is to hear of decisions. */
  readonly decisions: Decisions | null
  /** Finds out anew who this is. */
  readonly resolve: (identity: Identity) => Promise<Resolved>
  /** Until when these secrets let this one in; `null` when they don't. */
  readonly endOf: (secrets: Secrets, identity: TokenIdentity) => number | null
}

/** Under which `console.log` looks for how to print an object. */
const INSPECTED: unique symbol = Symbol.for('nodejs.util.inspect.custom')

export class LiveAccess implements Access {
  readonly #deps: AccessDeps
  readonly #identity: Identity
  readonly #context: RequestContext
  readonly #requestId: string | null
  #resolved: Resolved
  #newsSeen = -1
  #refreshes = 0
  #landed = 0
  #ended: Denial | null = null
  /** The refusal of the access as a whole that was told: it isn't told again with each question. */
  #toldReason: DenyReason | null = null

  constructor(
    deps: AccessDeps,
    identity: Identity,
    resolved: Resolved,
    context: RequestContext,
    requestId: string | null,
  ) {
    this.#deps = deps
    this.#identity = identity
    this.#resolved = resolved
    this.#context = context
    this.#requestId = requestId
  }

  get denial(): Denial | null {
    const current = this.#current()
    if ('effect' in current) return current
    const reason = admission(current, this.#context)
    return reason === null ? null : denial(reason)
  }

  get principal(): Principal | null {
    return this.#resolved.refused === null ? principalOf(this.#resolved) : null
  }

  /** Who this is, and why it is refused if it is. Printing an access changes nothing of it and never throws. */
  [INSPECTED](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const { now } = this.#context
    let denied: string | null
    try {
      denied = this.denial?.reason ?? null
    } catch {
      denied = 'no answer until it is refreshed'
    }
    this.#context.now = now
    return `Access ${inspect({ principal: this.principal, denial: denied }, options)}`
  }

  can(permission: string, resource: string): boolean {
    return this.check(permission, resource) === ALLOW
  }

  check(permission: string, resource: string): Decision {
    const asked = permissionNamed(this.#deps.catalog, permission)
    const current = this.#current()
    const decision = 'effect' in current ? current : this.#decide(current, asked, resource)
    this.#remember(decision, asked, resource)
    return decision
  }

  checkAll(questions: readonly Question<CatalogShape>[]): Decision {
    if (!Array.isArray(questions) || !questions.every((question) => Array.isArray(question)))
      throw new MisuseError('`checkAll` needs a list of pairs: a permission and a resource')
    const asked = questions.map(([permission, resource]) => ({
      permission: permissionNamed(this.#deps.catalog, permission),
      resource,
    }))
    if (asked.length === 0) throw new MisuseError('asked about nothing: `checkAll` needs at least one question')
    const current = this.#current()
    for (const { permission, resource } of asked) {
      const decision = 'effect' in current ? current : this.#decide(current, permission, resource)
      if (decision.effect === 'allow') continue
      this.#remember(decision, permission, resource)
      return decision
    }
    for (const { permission, resource } of asked) this.#remember(ALLOW, permission, resource)
    return ALLOW
  }

  filter<T>(permission: string, items: readonly T[], nameOf: (item: T) => string): T[] {
    const asked = permissionNamed(this.#deps.catalog, permission)
    const current = this.#current()
    if ('effect' in current) return []
    const roots = new Set<string>()
    const allowed = items.filter((item) => {
      const resource = nameOf(item)
      const isAllowed = this.#decide(current, asked, resource) === ALLOW
      if (isAllowed) roots.add(rootOf(resource))
      return isAllowed
    })
    for (const root of roots) this.#noteUse(root)
    return allowed
  }

  require(permission: string, resource: string): void {
    const { reason } = this.check(permission, resource)
    if (reason !== null) throw new DeniedError(reason, permission, textOf(resource))
  }

  explain(permission: string, resource: string): Explanation {
    const asked = permissionNamed(this.#deps.catalog, permission)
    const current = this.#current()
    if ('effect' in current) return explainRefused(current, asked, resource, this.#context)
    try {
      return explain(this.#deps.catalog, current, asked, resource, this.#context)
    } catch (error) {
      this.#deps.report(error)
      throw error
    }
  }

  refuse(permission: string, reason: GuardReason): Denial {
    const refused = permissionNamed(this.#deps.catalog, permission)
    if (reason !== 'not_a_member' && reason !== 'resource_malformed')
      throw new MisuseError('a guard refuses as `not_a_member` or `resource_malformed`')
    this.#context.now = this.#deps.clock()
    this.#tell(denial(reason), refused, null)
    return denial(reason)
  }

  /** Tells of the refusal of this access as a whole, if it is refused so. */
  tellRefusal(): void {
    let refused: Denial | null
    try {
      refused = this.denial
    } catch {
      return // no answer yet, and so nothing to tell: whoever asks this access meets the error
    }
    if (refused === null) return
    this.#tell(refused, null, null)
    this.#toldReason = refused.reason
  }

  async refresh(): Promise<void> {
    const begun = ++this.#refreshes
    const resolved = await this.#deps.resolve(this.#identity)
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

  /** What is done after a decision, and never changes it. */
  #remember(decision: Decision, permission: Permission, resource: string): void {
    if (decision === ALLOW) this.#noteUse(resource)
    if (this.#deps.decisions !== null && (decision === ALLOW ? permission.audit : decision.reason !== this.#toldReason))
      this.#tell(decision, permission, resource)
  }

  #noteUse(resource: string): void {
    const resolved = this.#resolved
    if (resolved.refused !== null || resolved.noted === null) return
    const { uses } = this.#deps
    const context = this.#context
    if (!uses.isNoted(resolved.noted, resource, context.given, context))
      this.#noteAnew(resolved, resolved.noted, resource)
  }

  #noteAnew({ snapshot: { token, roots } }: Admitted, noted: Noted, resource: string): void {
    const { uses } = this.#deps
    const { now, given, ip } = this.#context
    const from = ip === null ? null : given
    if (from !== given && uses.isNoted(noted, resource, from, this.#context)) return // text that is no address
    if (token !== null) uses.note(token.id, noted, keptRoot(roots, resource), from, ip, now)
  }

  #tell(decision: Decision, permission: Permission | null, resource: string | null): void {
    const { now: at, ip } = this.#context
    const { principal } = this
    const requestId = this.#requestId
    const snapshot = this.#resolved.refused === null && this.#ended === null ? this.#resolved.snapshot : null
    this.#deps.decisions?.note({ at, decision, permission, resource, principal, ip, requestId, snapshot })
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
    return resolved
  }

  /** Takes in what this process learned of the token since the facts of this access were read: it ended, or other secrets open it. */
  #hear(news: News): void {
    const resolved = this.#resolved
    const { version } = news
    this.#ended = null
    if (resolved.refused === null && resolved.identity.kind !== 'session') {
      const { token } = resolved.snapshot
      const heard = token && news.since(token.id, token.revision)
      if (heard !== null) this.#take(heard, resolved, resolved.identity)
    }
    this.#newsSeen = version // last: news that can't be understood are met again by the next question
  }

  /**
   * The token ended, other secrets open it than those this access came by, or they open it for another time. Where that can't be told they may be old.
   * What was read of everything else is as old as before, so news may end an access, and never give it more time.
   */
  #take(heard: TokenNews, resolved: Admitted, identity: TokenIdentity): void {
    const end = unlessStoredFault(() => this.#deps.endOf(heard.secrets, identity))
    if (end === null) this.#ended = denial('credential_unknown')
    else if (heard.denial !== null) this.#ended = heard.denial
    else if (end === undefined)
      throw new AccessStaleError('the secrets of this token have changed: `await access.refresh()`')
    else if (end < (resolved.secretEndsOn ?? Number.POSITIVE_INFINITY))
      this.#resolved = { ...resolved, secretEndsOn: end }
  }
}

/**
 * The root of this name, as the text that the snapshot holds where that is quickly found: a later use is compared with it, and its decision will have
 * just read it.
 */
function keptRoot(roots: RootIndex, resource: string): string {
  const root = rootOf(resource)
  if (roots !== null && 'get' in roots) return owned(root)
  for (let entry = roots; entry !== null; entry = entry.next) if (entry.root === root) return entry.root
  return owned(root)
}
