/**
 * What the engine and the administration need from a database. Readers and writers are separate types: what decides can't write a grant.
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
   * One consistent read: all of it MUST be the state at one instant. A user's token has its owner's standings in the accounts that its allow and
   * deny selectors name, and with an `account:*` selector in the first `MAX_STANDINGS` others too. A named account without a row, or in
   * which the owner has no member row, has no standing. A service account's token has a standing in its own account alone, whatever it names; so has
   * an account-owned token, with `member: null`. Standings are in id order. `revisions` MUST hold the owner's scope and that of every
   * account a user's token names or is loaded with; 0 for a scope never written.
   */
  credential(tokenId: string): Promise<CredentialFacts | null>

  /** One user's row and all its standings (at most `MAX_STANDINGS`, in id order), as one consistent read like `credential`. */
  principal(user: string): Promise<PrincipalFacts>

  /** The revisions of these scopes, in order; 0 for a scope never written. */
  revisions(scopes: readonly Scope[]): Promise<readonly number[]>

  /**
   * The ids, in order, of the tokens that have one of these digests, current or previous. For keys that carry no id: one such key may be known by several
   * digests, and so belong to several tokens.
   */
  tokensByDigest(digests: readonly string[]): Promise<readonly string[]>
}

/** When a token was last let through, in one account or (`account: null`) at its own user's root. */
export interface TokenUse {
  readonly token: string
  readonly account: string | null
  /** Epoch milliseconds. */
  readonly at: number
  /** The client's address in its canonical spelling; `null` where it wasn't known. */
  readonly from: string | null
}

/** A digest to be replaced by another of the same secret. */
export interface DigestChange {
  readonly token: string
  readonly from: string
  readonly to: string
}

/** What the engine writes. No decision depends on it, so it bumps no revision and is in no audit log. */
export interface StorageUsage {
  /**
   * Stores last uses, forward only: one that is not later than the stored use of its token and account changes nothing. Replaces each digest `from` that
   * still is the current or the previous one of its token. Skips what concerns a token that doesn't exist. One transaction.
   */
  recordUse(batch: { readonly uses: readonly TokenUse[]; readonly digests: readonly DigestChange[] }): Promise<void>
}

/** A page of a list in a stable order. `next` is the cursor of the page after it, `null` on the last. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

/**
 * `limit` is at least 1; `after` is a cursor that this driver returned for the same query. Cursors pass through clients: any other text MUST
 * reject with `InputError`.
 */
export interface PageRequest {
  readonly limit: number
  readonly after?: string
}

/**
 * Which of the credentials that reach an account to list. Every given field must hold. Times are epoch milliseconds.
 *
 * `unusedSince`, `neverUsed`, `expiresBefore`, `breaks` and `staysOn` are about what may still be used: with one of them no revoked token is
 * listed, not even with `status: 'revoked'`.
 */
export interface CredentialFilter {
  /** The instant by which a token is expired or not. */
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
  /** Breaks one of these rules, as `brokenRules` of the core decides. */
  readonly breaks?: TokenRules
  /** Works in this account whatever the account's switch says: its member's own switch is on, or that of an account-owned token. */
  readonly staysOn?: true
}

/**
 * One credential, as listed for one account. A row that can't be read whole MUST NOT hide the others: policies, conditions or parts of a
 * membership that can't be parsed are `null`, and the core refuses them.
 */
export interface CredentialRecord {
  readonly token: Token
  /** Epoch milliseconds: when the secret before the current one ends; `null` where there is none. Lists hold no digests. */
  readonly overlapEndsOn: number | null
  /** The owner's membership in this account, `null` for a token of the account itself and where there is none. */
  readonly member: Member | null
  /** Whether this token is blocked in this account. */
  readonly blocked: boolean
  /** The last use in this account; `at` is epoch milliseconds. */
  readonly lastUse: { readonly at: number; readonly from: string | null } | null
}

/** Terms of a query for audit entries. A term that isn't given matches everything; a list means any of its texts; `since <= at < until`. */
export interface AuditTerms {
  readonly actors?: readonly string[]
  /** Ids of the tokens through which it was done. */
  readonly through?: readonly string[]
  readonly actions?: readonly string[]
  readonly targets?: readonly string[]
  readonly since?: number
  readonly until?: number
}

/** Entries for which every term of `is` holds and no term of `not` does. In `not`, each term excludes by itself; `since` and `until` are one term. */
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
 * What the administration reads. Lists are in binary order of their ids (as UTF-8; members of one id by kind), the audit log newest first. A write between
 * two pages MUST NOT make an item appear twice or not at all, unless it moved that item in the list.
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
  /** Every token that the account itself owns and whose own switch is on. A row whose policies can't be read is listed like any other. */
  switchedOnTokens(account: string): Promise<readonly Pick<Token, 'id' | 'name' | 'status'>[]>
  /** Every member of the account whose own switch is on, likewise. */
  switchedOnMembers(account: string): Promise<readonly MemberKey[]>
  /**
   * Every credential that can reach the account: the tokens of the account and of its service accounts (also of removed ones), and those
   * tokens of its members of kind user that have an allow policy naming this account or `account:*`. Not those of pending members, nor
   * those issued before their owner's membership began (`issuedOn < since`) unless it is `readmitted`: they don't reach it. Soonest expiry
   * first with `expiresBefore` or `status: 'expired'`; else longest idle first (the later of issue and last use here) with `unusedSince`;
   * else, and among equals, in order of their ids.
   */
  credentials(account: string, filter: CredentialFilter, page: PageRequest): Promise<Page<CredentialRecord>>
  /** Every token of any owner, revoked ones too, with a policy, allow or deny, that names this account literally. Unreadable ones as in `credentials`. */
  tokensNaming(account: string, page: PageRequest): Promise<Page<Token>>
  /** Every token of any owner that isn't revoked, with `from <= expiresOn < before`, soonest first, then by id. */
  tokensExpiring(range: { readonly from: number; readonly before: number }, page: PageRequest): Promise<Page<Token>>
  /** The last uses of one token: at its user's root first, then by account. */
  tokenUses(token: string): Promise<readonly TokenUse[]>
  /**
   * How many tokens that aren't revoked have a digest that begins with `<scheme>:`, either the current one or a previous one that ends after
   * `now`.
   */
  countDigests(scheme: string, now: number): Promise<number>
  audit(scope: Scope, query: AuditQuery, page: PageRequest): Promise<Page<AuditEntry>>
  /** The head of this scope's log, `null` before the first entry. MUST be stored by each commit, and not computed from the entries. */
  auditHead(scope: Scope): Promise<AuditHead | null>
}

/**
 * One write, in the audit log. `before` and `after` are the facts changed, never a secret or a digest.
 *
 * `docs/reference/audit-format.md` says how `hash` is made. A storage keeps it and computes nothing.
 */
export interface AuditEntry {
  /** The scope in whose log it is: the account, or the user for what concerns a user alone. */
  readonly scope: Scope
  /** Its number in that log, from 1 without a gap. */
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
 * block and the token of an account or its service account MUST fail it where their account doesn't exist; a block also where its token doesn't.
 * An added token MUST fail it where another one has its digest, current or previous. Removing, blocking or unblocking what is so already changes
 * nothing. Audit entries are appended. Only `prune_audit` removes any, from the old end of a log, and never the entry of the same change.
 */
export type Write =
  | { readonly kind: 'put_user'; readonly user: User }
  | { readonly kind: 'put_account'; readonly account: Account }
  | { readonly kind: 'put_member'; readonly member: Member }
  | { readonly kind: 'remove_member'; readonly member: MemberKey }
  | { readonly kind: 'add_token'; readonly token: Token; readonly secrets: Secrets }
  /** Without `secrets` the stored ones stay, including what `recordUse` changed meanwhile; then it MUST fail where there is no such token. */
  | { readonly kind: 'put_token'; readonly token: Token; readonly secrets?: Secrets }
  | { readonly kind: 'block_token'; readonly account: string; readonly token: string }
  | { readonly kind: 'unblock_token'; readonly account: string; readonly token: string }
  /** Removes the entries of this log with a smaller sequence than `before`. */
  | { readonly kind: 'prune_audit'; readonly scope: Scope; readonly before: number }

/** A change from the administration: the revisions it was decided on, what it writes, and its audit entry. */
export interface Change {
  /** Scopes this change was decided on, at the revisions it read. Each MUST be bumped by exactly one. */
  readonly expect: ReadonlyMap<Scope, number>
  readonly writes: readonly Write[]
  readonly audit: AuditEntry
}

export interface StorageWriter {
  /**
   * Applies a change in one transaction: checks that every expected scope has the given revision (a scope never written has 0)
   * and that the audit entry follows the head of its log (`sequence` is one more, `previous` its hash; 1 and empty in a new log), applies the
   * writes in order, appends the entry, bumps the scopes. `false`, with nothing written, when a scope or the head has moved.
   * On any error nothing is written. When the promise resolves with `true` the change is durable and every later read sees it.
   */
  commit(change: Change): Promise<boolean>
}

/** What caches are notified of after each commit of this process. */
export interface WriteEvent {
  /** Every scope whose decisions may have changed. */
  readonly scopes: readonly Scope[]
  /** The written token, if one was. `after` is what it is from now on; `null` where it isn't certain that it was written. */
  readonly token?: { readonly id: string; readonly after: { readonly token: Token; readonly secrets: Secrets } | null }
}

/** A whole storage, as the composition root takes it. */
export interface Storage extends StorageReader, StorageUsage, StorageDirectory, StorageWriter {
  /** Closes what the driver opened itself; a connection that it was given stays open. Afterwards every operation rejects. */
  close(): Promise<void>
}
