/**
 * What the engine and the administration ask of a database. Readers and the writer are separate types: whoever decides can't write.
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
  PrincipalFacts,
  Scope,
  Secrets,
  Token,
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
 * What an administrator reads. Lists are in binary order of their ids (as UTF-8; members of one id by kind), the audit log newest first. What
 * is written between two pages MUST NOT make an item come twice or not at all.
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
  /** Every token of the account that the account itself owns and whose own switch is on. */
  switchedOnTokens(account: string): Promise<readonly Token[]>
  /** Every member of the account whose own switch is on. */
  switchedOnMembers(account: string): Promise<readonly Member[]>
  audit(scope: Scope, page: PageRequest): Promise<Page<AuditEntry>>
}

/** One write, as the audit log keeps it. `before` and `after` are the facts changed, never a secret or a digest. */
export interface AuditEntry {
  /** The scope in whose log it stands: the account, or the user for what concerns a user alone. */
  readonly scope: Scope
  readonly at: number
  /** Who: `host`, `user:<id>`, `service:<account>/<id>` or `token:<id>`. */
  readonly actor: string
  /** From where, if the host said so: a client address. */
  readonly from?: string
  /** What, as `noun.verb`: `token.create`, `account.set_api_access`. */
  readonly action: string
  /** On what: `token:<id>`, `user:<id>`, `account:<id>`, `member:<account>/<kind>/<id>`. */
  readonly target: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * One fact put or removed. `put` makes or replaces the whole record of that key; `add` MUST fail the commit when the key exists. A member, a
 * block and the token of an account or its service account MUST fail it where their account doesn't exist; a block also without its token.
 * Removing, blocking and unblocking what is so already changes nothing.
 */
export type Write =
  | { readonly kind: 'put_user'; readonly user: User }
  | { readonly kind: 'put_account'; readonly account: Account }
  | { readonly kind: 'put_member'; readonly member: Member }
  | { readonly kind: 'remove_member'; readonly member: MemberKey }
  | { readonly kind: 'add_token'; readonly token: Token; readonly secrets: Secrets }
  | { readonly kind: 'put_token'; readonly token: Token; readonly secrets: Secrets }
  | { readonly kind: 'block_token'; readonly account: string; readonly token: string }
  | { readonly kind: 'unblock_token'; readonly account: string; readonly token: string }

/** A change as the administration hands it over: what it was decided on, what it writes, how it is remembered. */
export interface Change {
  /** Scopes this change was decided on, at the revisions it read. Each MUST be bumped by exactly one. */
  readonly expect: ReadonlyMap<Scope, number>
  readonly writes: readonly Write[]
  readonly audit: AuditEntry
}

export interface StorageWriter {
  /**
   * Applies a change in one transaction: checks that every expected scope stands at the revision given (a scope never written stands at 0),
   * applies the writes in order, appends the audit entry, bumps the scopes. `false`, with nothing written, when a scope has moved.
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
export interface Storage extends StorageReader, StorageDirectory, StorageWriter {
  /** Releases what the driver opened itself. A driver given a connection leaves it open. Afterwards every operation rejects. */
  close(): Promise<void>
}
