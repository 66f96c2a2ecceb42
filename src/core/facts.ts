/**
 * What storage knows: plain, frozen data. The core reads it and never changes it; times are whole epoch milliseconds.
 * A stored fact is not trusted to have the shape declared here: `compile` checks what it reads.
 */

export type Effect = 'allow' | 'deny'

/** Client addresses, as CIDR text. The address must be in `in`, where that is given, and not in `notIn`. */
export interface IpCondition {
  readonly in?: readonly string[]
  readonly notIn?: readonly string[]
}

/** Half-open in time, in epoch milliseconds: `notBefore <= now < expiresOn`. */
export interface Condition {
  readonly ip?: IpCondition
  readonly notBefore?: number
  readonly expiresOn?: number
}

/** Effect × (groups or single permissions) × selectors × optional condition. Lists are sets: order and duplicates never matter. */
export interface Policy {
  readonly id: string
  readonly effect: Effect
  /** Exactly one of `permissionGroups` and `permissions` is present. */
  readonly permissionGroups?: readonly string[]
  readonly permissions?: readonly string[]
  readonly resources: readonly string[]
  readonly condition?: Condition
}

/** A person known to the host. No row means active: the host need not mirror its users. */
export interface User {
  readonly id: string
  readonly status: 'active' | 'suspended'
}

/** Rules that every token must obey in an account. One that breaks a rule is refused there; it isn't deleted, and works elsewhere. */
export interface TokenRules {
  /** Milliseconds that `expiresOn` minus `secretIssuedOn` may not exceed. A token without an expiry exceeds any. */
  readonly maxLifetimeMs?: number
  readonly requireExpiry?: boolean
  /** Asks for a token-level `condition.ip.in` with no range wider than /8 (IPv4) or /32 (IPv6). */
  readonly requireIp?: boolean
  readonly forbidPersonal?: boolean
}

export interface Account {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'suspended'
  /** The default of every principal in this account that has no switch of its own. */
  readonly apiAccess: boolean
  readonly tokenRules: TokenRules
  readonly revision: number
}

/** A membership is keyed (account, kind, id): a person and a service account of the same id are two. */
export interface MemberKey {
  readonly account: string
  readonly kind: 'user' | 'service'
  readonly id: string
}

export interface Member extends MemberKey {
  readonly status: 'pending' | 'active' | 'suspended'
  /** Epoch milliseconds: when this membership began. Tokens issued earlier don't work here, unless `readmitted`. */
  readonly since: number
  /** The account's owner let the member's earlier tokens back in. */
  readonly readmitted: boolean
  readonly roles: readonly string[]
  readonly policies: readonly Policy[]
  /** The member's own switch; `null` follows the account's. */
  readonly apiAccess: boolean | null
  readonly revision: number
}

/** Who a token belongs to: a person, a service account, or the account itself. Immutable. */
export type Owner =
  | { readonly user: string }
  | { readonly account: string; readonly service: string }
  | { readonly account: string }

/** A token as it is stored. Its times are epoch milliseconds; a `notBefore` or `expiresOn` that is absent is no bound. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly owner: Owner
  readonly policies: readonly Policy[]
  readonly condition?: { readonly ip?: IpCondition }
  /** Epoch milliseconds: the first at which it works. */
  readonly notBefore?: number
  /** Epoch milliseconds: the first at which it works no more. */
  readonly expiresOn?: number
  readonly status: 'active' | 'disabled' | 'revoked'
  /** The token's own switch, for account-owned tokens; `null` follows the account's (and is the only value for other owners). */
  readonly apiAccess: boolean | null
  /** Epoch milliseconds: when it was created. */
  readonly issuedOn: number
  /** The actor that created it, as the audit log prints it. */
  readonly issuedBy: string
  /** Epoch milliseconds: when it was changed last. */
  readonly modifiedOn: number
  /** Epoch milliseconds: when the current secret was issued, at creation or by the last roll. */
  readonly secretIssuedOn: number
  /** Where its secret was found, if somebody reported it. Such a token is revoked. */
  readonly leak?: Leak
  readonly revision: number
}

/** A secret found where it must not be. */
export interface Leak {
  /** Epoch milliseconds: when it was reported. */
  readonly at: number
  /** Who or what found it: `github:commit`. */
  readonly source: string
  readonly url?: string
}

/** Digests at rest. `previous` is the secret before the last roll, good until `endsOn` (epoch milliseconds). */
export interface Secrets {
  readonly digest: string
  readonly previous?: { readonly digest: string; readonly endsOn: number }
}

/** `account:<id>` or `user:<id>`, with the raw id: what has a revision and an audit log. A write bumps every scope whose decisions it can change. */
export type Scope = `account:${string}` | `user:${string}`

/** One principal's account and, unless the account itself is the principal, its membership there. */
export interface StandingFacts {
  readonly account: Account
  readonly member: Member | null
}

/** Everything that decisions about one principal need, from one consistent read, with the revision of every scope it depends on. */
export interface PrincipalFacts {
  /** The owning user, or `null` where there is no row (active) or the owner is no user. */
  readonly user: User | null
  readonly standings: readonly StandingFacts[]
  readonly revisions: ReadonlyMap<Scope, number>
}

export interface CredentialFacts extends PrincipalFacts {
  readonly token: Token
  readonly secrets: Secrets
  /** Ids of the accounts whose owners blocked this one token. */
  readonly blockedIn: readonly string[]
}

/** A user's token on `account:*` is loaded with at most this many of its owner's accounts; in the rest it is `not_a_member`. */
export const MAX_STANDINGS = 1_000

/**
 * Whether a membership lets in what was issued at this time (rung 4). A pending one lets nobody in. One that is younger is another
 * membership, unless the owner re-admitted the member with its earlier tokens.
 */
export function letsIn(
  { status, since, readmitted }: Pick<Member, 'status' | 'since' | 'readmitted'>,
  issuedOn: number,
): boolean {
  return status !== 'pending' && (readmitted || issuedOn >= since)
}

export type OwnerKind = 'user' | 'service' | 'account'

export function ownerKind(owner: Owner): OwnerKind {
  if ('user' in owner) return 'user'
  return 'service' in owner ? 'service' : 'account'
}

/** The id of a person, of a service account, or of the account that is its own principal. */
export function ownerId(owner: Owner): string {
  if ('user' in owner) return owner.user
  return 'service' in owner ? owner.service : owner.account
}

/** The scope whose revision a write to a token of this owner bumps. */
export function ownerScope(owner: Owner): Scope {
  return 'user' in owner ? `user:${owner.user}` : `account:${owner.account}`
}
