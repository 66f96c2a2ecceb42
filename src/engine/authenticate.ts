/**
 * Who is it? From what was presented to an access: what it claims to be, then the snapshot whose secrets it opens.
 */
import { parseAddress } from '../core/address.ts'
import type { Catalog } from '../core/catalog.ts'
import { admission } from '../core/decide.ts'
import { denial } from '../core/decision.ts'
import { ownerKind, type Secrets } from '../core/facts.ts'
import { encodeId } from '../core/resource.ts'
import { tokenSubject } from '../core/snapshot.ts'
import { type Claim, claimOf } from '../credential/claim.ts'
import { OWNER_KIND } from '../credential/format.ts'
import type { ImportedKeys } from '../credential/imported.ts'
import type { Peppers } from '../credential/peppers.ts'
import { MisuseError } from '../errors.ts'
import { type Access, type AccessDeps, type Caller, LiveAccess, type Resolved } from './access.ts'
import type { Decisions } from './decisions.ts'
import { Lock } from './lock.ts'
import { reportOf, type SelfReport } from './self.ts'
import type { Entry, Freshness, Snapshots } from './snapshots.ts'
import type { Uses } from './uses.ts'

export interface EngineDeps {
  readonly catalog: Catalog
  readonly snapshots: Snapshots
  readonly prefixes: ReadonlySet<string>
  readonly importedKeys: ImportedKeys
  readonly peppers: Peppers
  readonly uses: Uses
  /** `null` where the host doesn't want to hear of decisions. */
  readonly decisions: Decisions | null
  readonly clock: () => number
  readonly monotonic: () => number
  readonly heldMs: number
  /** Told of stored facts that can't be understood, besides the request that met them. */
  readonly report: (error: unknown) => void
}

/** What an access is made from, without the secret: an access may be held long, and inspected. */
type Identity = { readonly kind: 'refused'; readonly reason: 'credential_missing' | 'credential_malformed' } | Known

type Known = { readonly kind: 'session'; readonly user: string } | TokenIdentity

/** A claim, or the id of a token for which the trusted host speaks. */
type TokenIdentity = Claim | { readonly kind: 'view'; readonly id: string }

/** An address as text; `null` and what is no address are the same: unknown. */
export type ClientAddress = string | null | undefined

/** Whom the trusted host looks through the eyes of. */
export type Viewed = { readonly token: string } | { readonly user: string }

export class Engine {
  readonly #deps: EngineDeps
  readonly #accessDeps: AccessDeps

  constructor(deps: EngineDeps) {
    const { catalog, clock, monotonic, snapshots, report, uses, decisions } = deps
    this.#deps = deps
    this.#accessDeps = { catalog, clock, monotonic, news: snapshots.news, report, uses, decisions }
  }

  /** The access of whoever presented this value. A denial is a value too: ask `access.denial`. */
  authenticate(value: string | null | undefined, ip: ClientAddress, requestId?: string): Promise<Access> {
    return this.#access(this.#accessDeps, this.#identify(value), callerAt(ip, requestId))
  }

  /** The access of a logged-in user. That they are logged in is the caller's word. */
  async session(user: string, ip: ClientAddress, requestId?: string): Promise<Access> {
    if (encodeId(user) === null) throw new MisuseError('a session needs the id of its `user`: well-formed text')
    return this.#access(this.#accessDeps, { kind: 'session', user }, callerAt(ip, requestId))
  }

  /** The access a token or a user has, without its credential: the trusted host's "view as". No use of it, and nothing to be told of. */
  async viewAs(of: Viewed, ip: ClientAddress): Promise<Access> {
    const id = 'token' in of ? of.token : of.user
    if (encodeId(id) === null) throw new MisuseError('a view needs the id of a `token` or `user`: well-formed text')
    const identity = 'token' in of ? ({ kind: 'view', id } as const) : ({ kind: 'session', user: id } as const)
    return this.#access({ ...this.#accessDeps, decisions: null }, identity, callerAt(ip, undefined))
  }

  /**
   * What a token is told of itself; `null` when no token has this credential. Reads the token anew, whatever is kept of it.
   * Throws `ERR_BAILIWICK_STORED_FACT` when its own facts can't be understood.
   */
  async verify(value: string | null | undefined, ip: ClientAddress): Promise<SelfReport | null> {
    const resolved = await this.#resolve(this.#identify(value), 'anew')
    if (resolved.refused !== null || resolved.principal.kind !== 'token') return null
    const facts = await this.#deps.snapshots.readFacts(resolved.principal.id)
    const secretEndsOn = facts === null ? null : resolved.secretEnd(facts.secrets)
    if (facts === null || secretEndsOn === null) return null
    const subject = tokenSubject(this.#deps.catalog, facts, secretEndsOn)
    const context = { now: this.#deps.clock(), ip: callerAt(ip, undefined).ip }
    return reportOf(facts.token, subject.snapshot, admission(subject, context))
  }

  #identify(value: string | null | undefined): Identity {
    if (value === null || value === undefined || value === '') return { kind: 'refused', reason: 'credential_missing' }
    const { prefixes, importedKeys } = this.#deps
    const claim = typeof value === 'string' ? claimOf(value, prefixes, importedKeys) : null
    return claim ?? { kind: 'refused', reason: 'credential_malformed' }
  }

  async #access(deps: AccessDeps, identity: Identity, caller: Caller): Promise<Access> {
    const resolve = (freshness: Freshness) => this.#resolve(identity, freshness)
    const access = new LiveAccess(deps, resolve, this.#ready(identity) ?? (await resolve('kept')), caller)
    if (deps.decisions !== null) access.tellRefusal()
    return access
  }

  /** The answer without waiting, where what is kept is young and the secret matches it. */
  #ready(identity: Identity): Resolved | null {
    if (identity.kind === 'refused') return { refused: denial(identity.reason) }
    const { snapshots } = this.#deps
    if (identity.kind === 'session') {
      const entry = snapshots.readySession(identity.user)
      return entry === null ? null : this.#resolved(identity, entry)
    }
    const id = identity.kind === 'imported' ? snapshots.rememberedId(identity.plains) : identity.id
    const entry = id === null ? null : snapshots.readyToken(id)
    return entry === null ? null : this.#resolved(identity, entry)
  }

  async #resolve(identity: Identity, freshness: Freshness): Promise<Resolved> {
    if (identity.kind === 'refused') return { refused: denial(identity.reason) }
    try {
      const entry = await this.#find(identity, freshness)
      return (entry === null ? null : this.#resolved(identity, entry)) ?? { refused: denial('credential_unknown') }
    } catch (error) {
      this.#deps.report(error)
      throw error
    }
  }

  async #find(identity: Known, freshness: Freshness): Promise<Entry | null> {
    const { snapshots } = this.#deps
    if (identity.kind === 'session') return snapshots.session(identity.user, freshness)
    const admits = (lock: Lock) => endOf(lock, identity) !== null
    if (identity.kind !== 'imported') return snapshots.token(identity.id, freshness, admits)
    const remembered = snapshots.rememberedId(identity.plains)
    const entry = remembered === null ? null : await snapshots.token(remembered, freshness, admits)
    if (entry !== null) return entry
    const id = await snapshots.findId(identity.plains, freshness)
    return id === null ? null : snapshots.token(id, freshness, admits)
  }

  /** `null` when the entry is not this identity's: its secret doesn't match, or it is of another kind. */
  #resolved(identity: Known, { snapshot, lock, noted, read }: Entry): Resolved | null {
    const goodUntil = read.at + this.#deps.heldMs
    if (identity.kind === 'session') {
      const principal = { kind: 'session', user: identity.user } as const
      const subject = { snapshot, secretEndsOn: Infinity }
      return { refused: null, subject, principal, noted: null, goodUntil, secretEnd: () => Infinity }
    }
    const { token } = snapshot
    const secretEndsOn = lock === null ? null : endOf(lock, identity)
    if (token === null || lock === null || secretEndsOn === null) return null
    if (identity.kind === 'native' && ownerKind(token.owner) !== OWNER_KIND[identity.tokenKind]) return null
    for (const renewal of lock.renewals.splice(0)) this.#deps.uses.renew(token.id, renewal)
    return {
      refused: null,
      subject: { snapshot, secretEndsOn },
      principal: { kind: 'token', id: token.id, owner: token.owner },
      noted: identity.kind === 'view' ? null : noted,
      goodUntil,
      secretEnd: (secrets: Secrets) => endOf(new Lock(this.#deps.peppers, secrets), identity),
    }
  }
}

/** Until when what was presented opens this lock, `null` when it doesn't. The trusted host needs no secret. */
function endOf(lock: Lock, identity: TokenIdentity): number | null {
  if (identity.kind === 'view') return Number.POSITIVE_INFINITY
  if (identity.kind === 'native') return lock.endsOn(identity.plain)
  for (const plain of identity.plains) {
    const end = lock.endsOn(plain)
    if (end !== null) return end
  }
  return null
}

function callerAt(ip: ClientAddress, requestId: string | undefined): Caller {
  const address = typeof ip === 'string' ? parseAddress(ip) : null
  return { ip: address, from: address === null ? null : (ip ?? null), requestId: requestId ?? null }
}
