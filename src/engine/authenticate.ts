/**
 * Who is it? From what was presented to an access: the shape and checksum, then the snapshot whose digest matches.
 */
import { type Address, parseAddress } from '../core/address.ts'
import type { Catalog } from '../core/catalog.ts'
import { admission } from '../core/decide.ts'
import { denial } from '../core/decision.ts'
import { type OwnerKind, ownerKind, type Secrets } from '../core/facts.ts'
import { encodeId } from '../core/resource.ts'
import { tokenSubject } from '../core/snapshot.ts'
import { digest, sameDigest } from '../credential/digest.ts'
import { OWNER_KIND, parseCredential } from '../credential/format.ts'
import { MisuseError } from '../errors.ts'
import { type Access, LiveAccess, type Resolved } from './access.ts'
import { reportOf, type SelfReport } from './self.ts'
import type { Entry, Freshness, Snapshots } from './snapshots.ts'

export interface EngineDeps {
  readonly catalog: Catalog
  readonly snapshots: Snapshots
  readonly prefixes: ReadonlySet<string>
  readonly clock: () => number
  readonly monotonic: () => number
  readonly heldMs: number
  /** Told of stored facts that can't be understood, besides the request that met them. */
  readonly report: (error: unknown) => void
}

/** What an access is made from, without the secret: an access may be held long, and inspected. */
type Identity = { readonly kind: 'refused'; readonly reason: 'credential_missing' | 'credential_malformed' } | Known

type Known = { readonly kind: 'session'; readonly user: string } | TokenIdentity

type TokenIdentity =
  | { readonly kind: 'credential'; readonly owner: OwnerKind; readonly id: string; readonly digest: string }
  | { readonly kind: 'token'; readonly id: string }

/** An address as text; `null` and what is no address are the same: unknown. */
export type ClientAddress = string | null | undefined

export class Engine {
  readonly #deps: EngineDeps

  constructor(deps: EngineDeps) {
    this.#deps = deps
  }

  /** The access of whoever presented this value. A denial is a value too: ask `access.denial`. */
  authenticate(value: string | null | undefined, ip: ClientAddress): Promise<Access> {
    return this.#access(this.#identify(value), ip)
  }

  /** The access of a logged-in user. That they are logged in is the caller's word. */
  async session(user: string, ip: ClientAddress): Promise<Access> {
    if (encodeId(user) === null) throw new MisuseError('a session needs the id of its `user`: well-formed text')
    return this.#access({ kind: 'session', user }, ip)
  }

  /** The access a token has, without its secret: the trusted host's "view as". */
  async viewAs(id: string, ip: ClientAddress): Promise<Access> {
    if (encodeId(id) === null) throw new MisuseError('a view needs the id of a `token` or `user`: well-formed text')
    return this.#access({ kind: 'token', id }, ip)
  }

  /**
   * What a token is told of itself; `null` when no token has this credential. Reads the token anew, whatever is kept of it.
   * Throws `ERR_BAILIWICK_STORED_FACT` when its own facts can't be understood.
   */
  async verify(value: string | null | undefined, ip: ClientAddress): Promise<SelfReport | null> {
    const identity = this.#identify(value)
    const resolved = await this.#resolve(identity, 'anew')
    if (identity.kind !== 'credential' || resolved.refused !== null) return null
    const facts = await this.#deps.snapshots.readFacts(identity.id)
    const secretEndsOn = facts === null ? null : secretEnd(facts.secrets, identity)
    if (facts === null || secretEndsOn === null) return null
    const subject = tokenSubject(this.#deps.catalog, facts, secretEndsOn)
    return reportOf(facts.token, subject.snapshot, admission(subject, { now: this.#deps.clock(), ip: readAddress(ip) }))
  }

  #identify(value: string | null | undefined): Identity {
    if (value === null || value === undefined || value === '') return { kind: 'refused', reason: 'credential_missing' }
    const parsed = typeof value === 'string' ? parseCredential(value, this.#deps.prefixes) : null
    if (parsed === null) return { kind: 'refused', reason: 'credential_malformed' }
    const { kind, id, secret } = parsed
    return { kind: 'credential', owner: OWNER_KIND[kind], id, digest: digest(kind, id, secret) }
  }

  async #access(identity: Identity, ip: ClientAddress): Promise<Access> {
    const { catalog, clock, monotonic, snapshots, report } = this.#deps
    const resolve = (freshness: Freshness) => this.#resolve(identity, freshness)
    const resolved = this.#ready(identity) ?? (await resolve('kept'))
    return new LiveAccess(
      { catalog, clock, monotonic, news: snapshots.news, report, resolve },
      resolved,
      readAddress(ip),
    )
  }

  /** The answer without waiting, where what is kept is young and the secret matches it. */
  #ready(identity: Identity): Resolved | null {
    if (identity.kind === 'refused') return { refused: denial(identity.reason) }
    const { snapshots } = this.#deps
    const entry =
      identity.kind === 'session' ? snapshots.readySession(identity.user) : snapshots.readyToken(identity.id)
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

  #find(identity: Known, freshness: Freshness): Promise<Entry | null> {
    const { snapshots } = this.#deps
    if (identity.kind === 'session') return snapshots.session(identity.user, freshness)
    return snapshots.token(identity.id, freshness, (secrets) => secretEnd(secrets, identity) !== null)
  }

  /** `null` when the entry is not this identity's: its secret doesn't match, or it is of another kind. */
  #resolved(identity: Known, { snapshot, secrets, read }: Entry): Resolved | null {
    const goodUntil = read.at + this.#deps.heldMs
    if (identity.kind === 'session') {
      const principal = { kind: 'session', user: identity.user } as const
      return {
        refused: null,
        subject: { snapshot, secretEndsOn: Infinity },
        principal,
        goodUntil,
        secretEnd: () => Infinity,
      }
    }
    const { token } = snapshot
    const secretEndsOn = secrets === null ? null : secretEnd(secrets, identity)
    if (token === null || secretEndsOn === null) return null
    if (identity.kind === 'credential' && ownerKind(token.owner) !== identity.owner) return null
    const principal = { kind: 'token', id: token.id, owner: token.owner } as const
    const end = (secrets: Secrets) => secretEnd(secrets, identity)
    return { refused: null, subject: { snapshot, secretEndsOn }, principal, goodUntil, secretEnd: end }
  }
}

/** Until when this identity's secret is good, `null` when it is none of these. The trusted host needs no secret. */
function secretEnd({ digest: current, previous }: Secrets, identity: TokenIdentity): number | null {
  if (identity.kind === 'token' || sameDigest(current, identity.digest)) return Number.POSITIVE_INFINITY
  return previous !== undefined && sameDigest(previous.digest, identity.digest) ? previous.endsOn : null
}

function readAddress(ip: ClientAddress): Address | null {
  return typeof ip === 'string' ? parseAddress(ip) : null
}
