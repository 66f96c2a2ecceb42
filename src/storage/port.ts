/**
 * What the engine and the administration ask of a database. Readers and writers are separate types: whoever decides can't write a grant.
 *
 * A driver MUST compare text in binary (no case folding, no collation, no trimming), MUST reject with its own error when it has no
 * answer (callers turn that into `ERR_BAILIWICK_STORAGE_UNAVAILABLE`), and MUST NOT return a part of an answer.
 * `storageContract` in `bailiwick/testing` is the executable form of this page.
 */
import type {
  Account,
  CredentialFacts,
  Member,
  MemberKey,
  Owner,
  OwnerKind,
  PrincipalFacts,
  Scope,
  Secrets,
  Token,
  TokenRules,
  User,
} from '../core/facts.ts'

/** What decisions read. The engine receives this and nothing more. */
export interface StorageReader {
  /**
   * The token of this id with everything its decisions need, or `null` where there is no such row.
   *
   * One consistent read: all of it MUST be the state at one instant. A user's token has its owner's standings in the accounts its allow and
   * deny selectors name, and with an `account:*` selector in the first `MAX_STANDINGS` others too. A named account without a row, or in
   * which the owner has no member row, has no standing. A service account's token stands in that account alone, whatever it names; so does
   * an account-owned token, with `member: null`. Standings are in id order. `revisions` MUST hold the owner's scope and that of every
   * account a user's token names or is loaded with; 0 for a scope never written.
   */
  credential(tokenId: string): Promise<CredentialFacts | null>

  /** One user's row and all its standings (at most `MAX_STANDINGS`, in id order), as one consistent read like `credential`. */
  principal(user: string): Promise<PrincipalFacts>

  /** The revisions of these scopes, in order; 0 for a scope never written. */
  revisions(scopes: readonly Scope[]): Promise<readonly number[]>

  /**
   * The ids, in their order, of the tokens that have one of these as their digest, current or previous. Asked for keys that carry no id; one such
   * key may be known by several digests, and so to several tokens.
   */
  tokensByDigest(digests: readonly string[]): Promise<readonly string[]>
}

/** When a token was last let through, in one account or (`null`) at its own user's root. */
export interface TokenUse {
  readonly token: string
  readonly account: string | null
  /** Epoch milliseconds. */
  readonly at: number
  /** The client's address as it is printed, `null` where it wasn't known. */
  readonly from: string | null
}

/** A digest to be replaced by another of the same secret. */
export interface DigestChange {
  readonly token: string
  readonly from: string
  readonly to: string
}

/** What the engine writes besides deciding: no decision depends on it, so it bumps no revision and stands in no log. */
export interface StorageUsage {
  /**
   * Remembers last uses, forward only: one that is not later than what is remembered of its token and account changes nothing. Replaces each
   * `from` that still is the current or the previous digest of its token. What concerns a token that doesn't exist is passed over. One transaction.
   */
  recordUse(batch: { readonly uses: readonly TokenUse[]; readonly digests: readonly DigestChange[] }): Promise<void>
}

/** A page of a list in a stable order. `next` is the cursor of the page after it, `null` on the last. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

/**
 * `limit` is at least 1; `after` is a cursor this driver gave out for the same question. Cursors pass through clients: any other text MUST
 * reject with `InputError`.
 */
export interface PageRequest {
  readonly limit: number
  readonly after?: string
}

/**
 * Which of the credentials that reach an account. All that is given must hold.
 *
 * `unusedSince`, `neverUsed`, `expiresBefore`, `breaks` and `staysOn` are about what may still be used: with one of them no revoked token is
 * listed, not even with `status: 'revoked'`.
 */
export interface CredentialFilter {
  /** The instant at which a token is expired or not. */
  readonly now: number
  readonly owner?: Owner
  readonly kind?: OwnerKind
  /** `active` and `expired` divide the tokens stored as active: expired is `expiresOn <= now`. */
  readonly status?: 'active' | 'disabled' | 'expired' | 'revoked'
  /** Issued before this instant and not used in this account at it or later. */
  readonly unusedSince?: number
  /** Never used in this account. */
  readonly neverUsed?: true
  /** Expires before this instant, or has expired. */
  readonly expiresBefore?: number
  /** Breaks one of these rules, as `brokenRules` of the core has it. */
  readonly breaks?: TokenRules
  /** Works in this account whatever the account's switch says: its member's own switch is on, or for an account-owned token its own. */
  readonly staysOn?: true
}

/**
 * One credential as it stands in one account. A row that can't be read whole MUST NOT hide the others: what of its policies, condition or
 * membership can't be parsed stands as `null` in its place, and the core refuses it.
 */
export interface CredentialRecord {
  readonly token: Token
  /** When the secret before the current one ends; `null` where there is none. Digests are not handed out in lists. */
  readonly overlapEndsOn: number | null
  /** The owner's membership in this account, `null` for a token of the account itself and where there is none. */
  readonly member: Member | null
  /** This one token is blocked in this account. */
  readonly blocked: boolean
  /** The last use in this account. */
  readonly lastUse: { readonly at: number; readonly from: string | null } | null
}

/** What an audit entry is asked for. A term that isn't given asks nothing; a list asks for any of its texts; times are half-open. */
export interface AuditTerms {
  readonly actors?: readonly string[]
  /** Ids of tokens through which it was done. */
  readonly through?: readonly string[]
  readonly actions?: readonly string[]
  readonly targets?: readonly string[]
  readonly since?: number
  readonly until?: number
}

/** Entries for which every term of `is` holds and no term of `not` does: each term of `not` leaves out on its own; `since` and `until` there are one term. */
export interface AuditQuery {
  readonly is?: AuditTerms
  readonly not?: AuditTerms
  /** By sequence. Newest first when not given. */
  readonly order?: 'newest' | 'oldest'
}

/** The last entry of a log. */
export interface AuditHead {
  readonly sequence: number
  readonly hash: string
}

/**
 * What an administrator reads. Lists are in binary order of their ids (as UTF-8; members of one id by kind), the audit log newest first. What
 * is written between two pages MUST NOT make an item come twice or not at all, unless it is the item's own place in the list that was written.
 */
export interface StorageDirectory {
  user(id: string): Promise<User | null>
  account(id: string): Promise<Account | null>
  member(key: MemberKey): Promise<Member | null>
  members(account: string, page: PageRequest): Promise<Page<Member>>
  /** Every membership of one user (kind `user`), all of them. */
  memberships(user: string): Promise<readonly Member[]>
  /** Every member of kind `user` of the account that holds this role, whatever its status. */
  holders(account: string, role: string): Promise<readonly Member[]>
  token(
    id: string,
  ): Promise<{ readonly token: Token; readonly secrets: Secrets; readonly blockedIn: readonly string[] } | null>
  /** Exactly the tokens of this owner, revoked ones among them. */
  tokens(owner: Owner, page: PageRequest): Promise<Page<Token>>
  /** How many of an owner's tokens are not revoked. For `{ account }`: those the account and its service accounts own together. */
  countTokens(owner: Owner): Promise<number>
  /** These accounts, in the order asked; what isn't there is left out. */
  accounts(ids: readonly string[]): Promise<readonly Account[]>
  /** Every token of the account that the account itself owns and whose own switch is on. Rows whose policies can't be read are told like any other. */
  switchedOnTokens(account: string): Promise<readonly Pick<Token, 'id' | 'name' | 'status'>[]>
  /** Every member of the account whose own switch is on, likewise. */
  switchedOnMembers(account: string): Promise<readonly MemberKey[]>
  /**
   * Every credential that can reach the account: the tokens of the account and of its service accounts (also of removed ones), and those
   * tokens of its members of kind user of which an allow policy names this account or `account:*`. Not those of members that are pending, nor
   * those issued before their owner's membership began (`issuedOn < since`) unless it is `readmitted`: they don't reach it. Soonest expiry
   * first with `expiresBefore` or `status: 'expired'`; else longest idle first (the later of issue and last use here) with `unusedSince`;
   * else, and among equals, in order of their ids.
   */
  credentials(account: string, filter: CredentialFilter, page: PageRequest): Promise<Page<CredentialRecord>>
  /** Every token of any owner, revoked ones too, of which a policy, allow or deny, names this account itself. Unreadable ones as in `credentials`. */
  tokensNaming(account: string, page: PageRequest): Promise<Page<Token>>
  /** Every token of any owner that isn't revoked, with `from <= expiresOn < before`, soonest first, then by id. */
  tokensExpiring(range: { readonly from: number; readonly before: number }, page: PageRequest): Promise<Page<Token>>
  /** The last uses of one token: at its user's root first, then by account. */
  tokenUses(token: string): Promise<readonly TokenUse[]>
  /**
   * How many tokens that aren't revoked have a digest that begins with `<scheme>:`, as their current one or as a previous one that ends after
   * `now`.
   */
  countDigests(scheme: string, now: number): Promise<number>
  audit(scope: Scope, query: AuditQuery, page: PageRequest): Promise<Page<AuditEntry>>
  /** The last entry of this scope's log, as the last commit left it: MUST NOT be computed from the entries that are there. `null` before the first. */
  auditHead(scope: Scope): Promise<AuditHead | null>
}

/**
 * One write, as the audit log keeps it. `before` and `after` are the facts changed, never a secret or a digest.
 *
 * `docs/reference/audit-format.md` says how `hash` is made; a storage keeps it and computes nothing.
 */
export interface AuditEntry {
  /** The scope in whose log it stands: the account, or the user for what concerns a user alone. */
  readonly scope: Scope
  /** Its place in that log, from 1 without a gap. */
  readonly sequence: number
  /** Epoch milliseconds, by the clock of the process that wrote it. */
  readonly at: number
  /** Who: `host`, `user:<id>`, `service:<account>/<id>` or `token:<id>`. */
  readonly actor: string
  /** From where, if the host said so: a client address. */
  readonly from?: string
  /** Through which token, if the host said so: its id. */
  readonly through?: string
  /** What, as `noun.verb`: `token.create`, `account.set_api_access`. */
  readonly action: string
  /** On what: `token:<id>`, `user:<id>`, `account:<id>`, `member:<account>/<kind>/<id>`. */
  readonly target: string
  readonly before: unknown
  readonly after: unknown
  /** The hash of the entry before it in this log; empty for the first. */
  readonly previous: string
  readonly hash: string
}

/**
 * One fact put or removed. `put` makes or replaces the whole record of that key; `add` MUST fail the commit when the key exists. A member, a
 * block and the token of an account or its service account MUST fail it where their account doesn't exist; a block also without its token.
 * A token added MUST fail it where another has its digest, current or previous. Removing, blocking and unblocking what is so already changes
 * nothing. Audit entries are appended and, by `prune_audit` alone, removed from the old end of a log; the entry of the same change stays.
 */
export type Write =
  | { readonly kind: 'put_user'; readonly user: User }
  | { readonly kind: 'put_account'; readonly account: Account }
  | { readonly kind: 'put_member'; readonly member: Member }
  | { readonly kind: 'remove_member'; readonly member: MemberKey }
  | { readonly kind: 'add_token'; readonly token: Token; readonly secrets: Secrets }
  /** Without `secrets` those that stand stay, whatever `recordUse` made of them meanwhile; then it MUST fail where there is no such token. */
  | { readonly kind: 'put_token'; readonly token: Token; readonly secrets?: Secrets }
  | { readonly kind: 'block_token'; readonly account: string; readonly token: string }
  | { readonly kind: 'unblock_token'; readonly account: string; readonly token: string }
  /** Removes the entries of this log with a smaller sequence. */
  | { readonly kind: 'prune_audit'; readonly scope: Scope; readonly before: number }

/** A change as the administration hands it over: what it was decided on, what it writes, how it is remembered. */
export interface Change {
  /** Scopes this change was decided on, at the revisions it read. Each MUST be bumped by exactly one. */
  readonly expect: ReadonlyMap<Scope, number>
  readonly writes: readonly Write[]
  readonly audit: AuditEntry
}

export interface StorageWriter {
  /**
   * Applies a change in one transaction: checks that every expected scope stands at the revision given (a scope never written stands at 0)
   * and that the audit entry follows the head of its log (`sequence` is one more, `previous` its hash; 1 and empty in a new log), applies the
   * writes in order, appends the entry, bumps the scopes. `false`, with nothing written, when a scope or the head has moved.
   * On any error nothing is written. When the promise resolves with `true` the change is durable and every later read sees it.
   */
  commit(change: Change): Promise<boolean>
}

/** What whoever caches facts is told after each commit of this process. */
export interface WriteEvent {
  /** Every scope whose decisions may have changed. */
  readonly scopes: readonly Scope[]
  /** The token written, if one was, as it stands from now on; `null` where it isn't certain that it was written. */
  readonly token?: { readonly id: string; readonly after: { readonly token: Token; readonly secrets: Secrets } | null }
}

/** A whole storage, as the composition root takes it. */
export interface Storage extends StorageReader, StorageUsage, StorageDirectory, StorageWriter {
  /** Releases what the driver opened itself. A driver given a connection leaves it open. Afterwards every operation rejects. */
  close(): Promise<void>
}
