/**
 * Who is it? From what was presented to an access: what it claims to be, then the snapshot whose secrets it opens.
 */
import type { Catalog } from '../core/catalog.ts'
import { admission } from '../core/decide.ts'
import { denial } from '../core/decision.ts'
import { encodeId } from '../core/resource.ts'
import { tokenSubject } from '../core/snapshot.ts'
import { type Claim, claimOf } from '../credential/claim.ts'
import type { ImportedKeys } from '../credential/imported.ts'
import type { Peppers } from '../credential/peppers.ts'
import { isStoredFault, MisuseError } from '../errors.ts'
import type { Access } from './access.ts'
import type { Admitted, Identity, Resolved, Session, TokenIdentity } from './admitted.ts'
import type { Decisions } from './decisions.ts'
import type { Entry, Opened } from './entry.ts'
import { type AccessDeps, LiveAccess } from './live-access.ts'
import { owned } from './owned.ts'
import { type ClientAddress, RequestContext } from './request-context.ts'
import { SecretVerifier, type Verifier } from './secret-verifier.ts'
import { reportOf, type SelfReport } from './self.ts'
import type { Freshness, Snapshots } from './snapshots.ts'
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

type Imported = Extract<Claim, { readonly kind: 'imported' }>

/** Whom the trusted host looks through the eyes of. */
export type Viewed = { readonly token: string } | { readonly user: string }

export class Engine {
  readonly #deps: EngineDeps
  readonly #accessDeps: AccessDeps

  constructor(deps: EngineDeps) {
    const { catalog, clock, monotonic, snapshots, report, uses, decisions } = deps
    this.#deps = deps
    this.#accessDeps = {
      ...{ catalog, clock, monotonic, news: snapshots.news, report, uses, decisions },
      resolve: (identity) => this.#resolve(identity, 'anew'),
      endOf: (secrets, identity) => endOf(new SecretVerifier(deps.peppers, secrets), identity),
    }
  }

  /** The access of whoever presented this value. A denial is a value too: ask `access.denial`. */
  authenticate(value: string | null | undefined, ip: ClientAddress, requestId?: string): Promise<Access> {
    return this.#access(this.#accessDeps, this.#identify(value), ip, requestId)
  }

  /** The access of a logged-in user. That they are logged in is the caller's word. */
  async session(user: string, ip: ClientAddress, requestId?: string): Promise<Access> {
    if (encodeId(user) === null) throw new MisuseError('a session needs the id of its `user`: well-formed text')
    return this.#access(this.#accessDeps, { kind: 'session', user }, ip, requestId)
  }

  /** The access a token or a user has, without its credential: the trusted host's "view as". Records no use and reports no decision. */
  async viewAs(of: Viewed, ip: ClientAddress): Promise<Access> {
    const id = 'token' in of ? of.token : of.user
    if (encodeId(id) === null) throw new MisuseError('a view needs the id of a `token` or `user`: well-formed text')
    const identity =
      'token' in of ? ({ kind: 'view', id: owned(id) } as const) : ({ kind: 'session', user: id } as const)
    return this.#access({ ...this.#accessDeps, decisions: null }, identity, ip, undefined)
  }

  /**
   * What a token may know of itself; `null` when no token has this credential. Reads the token anew, whatever is kept of it.
   * Throws `ERR_BAILIWICK_STORED_FACT` when its own facts can't be understood.
   */
  async verify(value: string | null | undefined, ip: ClientAddress): Promise<SelfReport | null> {
    const resolved = await this.#resolve(this.#identify(value), 'anew')
    if (resolved.refused !== null) return null
    const { identity, snapshot } = resolved
    const facts = snapshot.token && (await this.#deps.snapshots.readFacts(snapshot.token.id))
    if (facts === null || identity.kind === 'session') return null
    const secretEndsOn = this.#accessDeps.endOf(facts.secrets, identity)
    if (secretEndsOn === null) return null
    const subject = tokenSubject(this.#deps.catalog, facts, secretEndsOn)
    const context = new RequestContext(ip)
    context.now = this.#deps.clock()
    return reportOf(facts.token, subject.snapshot, admission(subject, context))
  }

  #identify(value: string | null | undefined): Identity {
    if (value === null || value === undefined || value === '') return { kind: 'refused', reason: 'credential_missing' }
    const { prefixes, importedKeys } = this.#deps
    const claim = typeof value === 'string' ? claimOf(value, prefixes, importedKeys) : null
    return claim ?? { kind: 'refused', reason: 'credential_malformed' }
  }

  /** Not async: where nothing has to be waited for, that would make a quarter of all the garbage of a request. */
  #access(deps: AccessDeps, identity: Identity, ip: ClientAddress, requestId: string | undefined): Promise<Access> {
    try {
      const resolved = this.#ready(identity)
      if (resolved !== null) return Promise.resolve(accessOf(deps, identity, resolved, ip, requestId))
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#awaited(deps, identity, ip, requestId)
  }

  async #awaited(
    deps: AccessDeps,
    identity: Identity,
    ip: ClientAddress,
    requestId: string | undefined,
  ): Promise<Access> {
    return accessOf(deps, identity, await this.#resolve(identity, 'kept'), ip, requestId)
  }

  /** The answer without waiting, where what is kept is young and the secret matches it. */
  #ready(identity: Identity): Resolved | null {
    if (identity.kind === 'refused') return { refused: denial(identity.reason) }
    const { snapshots } = this.#deps
    if (identity.kind === 'session') {
      const entry = snapshots.readySession(identity.user)
      return entry === null ? null : this.#session(identity, entry)
    }
    if (identity.kind === 'native') {
      const entry = snapshots.readyOpened(identity.bytes, identity.id)
      if (entry !== null) return this.#admitted(identity, entry, Number.POSITIVE_INFINITY)
    }
    if (identity.kind !== 'imported') {
      const entry = snapshots.readyToken(identity.id)
      if (entry === null) return null
      const secretEndsOn = endOf(entry, identity)
      return secretEndsOn === null ? null : this.#admitted(identity, entry, secretEndsOn)
    }
    for (const id of snapshots.rememberedIds(identity.digests)) {
      const entry = snapshots.readyToken(id)
      if (entry === null) return null // it may be the one that is meant
      const secretEndsOn = endOf(entry, identity)
      if (secretEndsOn !== null && this.#isOpen({ entry, secretEndsOn }))
        return this.#admitted(identity, entry, secretEndsOn)
    }
    return null
  }

  async #resolve(identity: Identity, freshness: Freshness): Promise<Resolved> {
    if (identity.kind === 'refused') return { refused: denial(identity.reason) }
    try {
      if (identity.kind === 'session')
        return this.#session(identity, await this.#deps.snapshots.session(identity.user, freshness))
      const opened =
        identity.kind === 'imported'
          ? await this.#search(identity, freshness)
          : await this.#open(identity, identity.id, freshness)
      const admitted = opened && this.#admitted(identity, opened.entry, opened.secretEndsOn)
      return admitted ?? { refused: denial('credential_unknown') }
    } catch (error) {
      this.#deps.report(error)
      throw error
    }
  }

  /** This token, if what was presented opens it. */
  #open(identity: TokenIdentity, id: string, freshness: Freshness): Promise<Opened | null> {
    return this.#deps.snapshots.token(id, freshness, (of) => endOf(of, identity))
  }

  /**
   * A key without an id may be that of several tokens: the first that it opens and that is of use now, else the first that it opens at all. One that
   * can't be read doesn't stand in the way of another.
   */
  async #search(identity: Imported, freshness: Freshness): Promise<Opened | null> {
    const { snapshots, report } = this.#deps
    let ended: Opened | null = null
    let fault: unknown = null
    /** `null`: the key is not this token's, or not any more. */
    const tryOne = async (id: string): Promise<Opened | 'unreadable' | null> => {
      try {
        const opened = await this.#open(identity, id, freshness)
        ended ??= opened
        return opened
      } catch (error) {
        if (!isStoredFault(error)) throw error
        fault ??= error
        return 'unreadable'
      }
    }
    const answer = (found: Opened | null): Opened | null => {
      if (fault !== null && found === null) throw fault
      if (fault !== null) report(fault)
      return found
    }
    let isOutdated = false
    for (const id of snapshots.rememberedIds(identity.digests)) {
      const tried = await tryOne(id)
      isOutdated = tried === null
      if (tried === null) break
      if (tried !== 'unreadable' && this.#isOpen(tried)) return answer(tried)
    }
    for (const id of await snapshots.findIds(identity.digests, isOutdated ? 'anew' : freshness)) {
      const tried = await tryOne(id)
      if (tried !== null && tried !== 'unreadable' && this.#isOpen(tried)) return answer(tried)
    }
    return answer(ended)
  }

  /** Whether it could let somebody in now, as far as the token's own state tells. */
  #isOpen({ entry, secretEndsOn }: Opened): boolean {
    const now = this.#deps.clock()
    const { ended, window } = entry.snapshot
    return ended === null && now < (window?.expiresOn ?? Infinity) && now < secretEndsOn
  }

  #session(identity: Session, { snapshot, at }: Entry): Admitted {
    return {
      refused: null,
      snapshot,
      secretEndsOn: null,
      identity,
      noted: null,
      goodUntil: at + this.#deps.heldMs,
    }
  }

  /** `null` when the token is of another kind than was presented. */
  #admitted(identity: TokenIdentity, entry: Entry, secretEndsOn: number): Admitted | null {
    const { snapshot, tokenKind, at } = entry
    if (identity.kind === 'native' && tokenKind !== identity.tokenKind) return null
    if (entry.soleDigest === null) this.#renew(entry)
    return {
      refused: null,
      snapshot,
      secretEndsOn: secretEndsOn === Number.POSITIVE_INFINITY ? null : secretEndsOn,
      identity,
      noted: identity.kind === 'view' ? null : entry,
      goodUntil: at + this.#deps.heldMs,
    }
  }

  #renew(entry: Entry): void {
    const { token } = entry.snapshot
    for (const renewal of entry.takeRenewals()) if (token !== null) this.#deps.uses.renew(token.id, renewal)
  }
}

function accessOf(
  deps: AccessDeps,
  identity: Identity,
  resolved: Resolved,
  ip: ClientAddress,
  requestId: string | undefined,
): Access {
  const access = new LiveAccess(deps, identity, resolved, new RequestContext(ip), requestId ?? null)
  if (deps.decisions !== null) access.tellRefusal()
  return access
}

/** Until when what was presented opens this, `null` when it doesn't. The trusted host needs no secret. */
function endOf(of: Verifier, identity: TokenIdentity): number | null {
  if (identity.kind === 'view') return Number.POSITIVE_INFINITY
  if (identity.kind === 'native') return of.endsOnBytes(identity.bytes)
  for (const digest of identity.digests) {
    const end = of.endsOn(digest)
    if (end !== null) return end
  }
  return null
}
