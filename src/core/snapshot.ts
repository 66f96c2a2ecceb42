/**
 * A snapshot: a compiled token and its standings, joined into what decisions read. Rungs 4 to 7 depend on neither time nor address, so
 * they are evaluated here, once for each account, and decisions use the outcome.
 */
import { StoredFactError } from '../errors.ts'
import type { Catalog } from './catalog.ts'
import {
  type CompiledToken,
  compileStanding,
  compileToken,
  type Rights,
  rootOfUser,
  type Standing,
  type Window,
} from './compile.ts'
import { type CompiledCondition, type CompiledIp, NO_CONDITIONS } from './condition.ts'
import type { DenyReason } from './decision.ts'
import {
  type CredentialFacts,
  letsIn,
  type Owner,
  ownerId,
  ownerKind,
  type PrincipalFacts,
  type StandingFacts,
  type Token,
} from './facts.ts'
import { EMPTY_TABLE, type PolicyTable } from './policy-table.ts'
import { accountsAllowed, EVERYWHERE, reaches } from './reach.ts'
import { indexRoots, type PrincipalRoots, type Root, type RootEntry } from './roots.ts'
import { brokenRules, type RuledToken, ruled } from './rules.ts'
import { checkAccount, checkMember, checkToken, checkUser } from './stored.ts'

/** The parts of a token that are read outside of decisions. */
export type SnapshotToken = Pick<CompiledToken, 'id' | 'owner' | 'revision'>

/** All that decisions read. Kept flat, since each step to another object may wait for memory. */
export interface Snapshot extends PrincipalRoots {
  /** `null` for a session. */
  readonly token: SnapshotToken | null
  /** The reason that the token's status gives for every request, or `null`. */
  readonly ended: 'token_disabled' | 'token_revoked' | null
  /** When the token is good; `null` is always. */
  readonly window: Window | null
  readonly ownerSuspended: boolean
  /** Where the token may be used from; `null` is everywhere. */
  readonly ip: CompiledIp | null
  /** The token's policies on `account:*`. */
  readonly everywhere: PolicyTable
  /** The conditions of the token's policies, as its tables number them. */
  readonly conditions: readonly CompiledCondition[]
  /** A fault that concerns every account. */
  readonly fault: string | null
}

/** Who asks: a snapshot, and until when the secret that was presented works. */
export interface Subject {
  readonly snapshot: Snapshot
  /** The end of a rolled secret's overlap in epoch milliseconds; `null` for a current secret and for sessions. */
  readonly secretEndsOn: number | null
}

/**
 * The subject of a token's facts, compiled: make it once and ask it often.
 *
 * **Verifies no secret**: that the caller holds this token is your word. `facts.secrets` and `facts.revisions` are not read. `secretEndsOn` is the end, in
 * epoch milliseconds, of the overlap of a rolled secret by which the caller came; `null` for the current one. The facts are not read again: a
 * change to them needs a new subject. Throws `ERR_BAILIWICK_STORED_FACT` when they can't be understood; a name that the catalog doesn't know is
 * thrown only by questions about the accounts it concerns.
 *
 * @example
 * ```ts
 * const { tokenSubject } = await import('bailiwick/core')
 * const facts = await memoryStorage().credential('7hQm2VdXoYpL0sTcRk9bNe')
 * const subject = facts && tokenSubject(catalog, facts)
 * ```
 */
export function tokenSubject(catalog: Catalog, facts: CredentialFacts, secretEndsOn: number | null = null): Subject {
  const standings = facts.standings.map((standing) => compileStanding(catalog, standing))
  return { snapshot: joinToken(compileToken(catalog, facts.token), standings, facts), secretEndsOn }
}

/**
 * The subject of a logged-in user, who needs no token, compiled from all their memberships. That the user is logged in is your word. Throws
 * `ERR_BAILIWICK_STORED_FACT` as `tokenSubject` does, and for a standing of somebody else.
 *
 * @example
 * ```ts
 * const { sessionSubject } = await import('bailiwick/core')
 * const subject = sessionSubject(catalog, 'u_1', await memoryStorage().principal('u_1'))
 * ```
 */
export function sessionSubject(catalog: Catalog, user: string, facts: PrincipalFacts): Subject {
  const standings = facts.standings.map((standing) => compileStanding(catalog, standing))
  return { snapshot: joinSession(user, standings, facts), secretEndsOn: null }
}

export function joinToken(
  token: CompiledToken,
  standings: readonly Standing[],
  facts: Pick<CredentialFacts, 'user' | 'blockedIn'>,
): Snapshot {
  const { byRoot, conditions } = token.tables
  const entries = new Map<Root, RootEntry>()
  for (const [root, grants] of byRoot) {
    if (root === token.ownRoot) entries.set(root, entryFor(root, { grants }))
    // Without a standing there, its policies only matter to `explain`.
    else if (isAccount(root)) entries.set(root, entryFor(root, { closed: 'not_a_member', grants }))
  }
  const seen = new Set<Root>()
  for (const standing of standings) {
    checkPrincipal(token.owner, standing)
    const { root, rights } = standing
    checkOnce(seen, standing)
    if (!token.reach.has(EVERYWHERE) && !token.reach.has(root)) continue
    const closed = closedToToken(token, standing, facts.blockedIn.includes(standing.account.id))
    const fault = closed === null ? standing.fault : null
    entries.set(root, entryFor(root, { closed, grants: byRoot.get(root) ?? EMPTY_TABLE, rights, fault }))
  }
  const fault = token.faults.get(EVERYWHERE) ?? null
  for (const [root, entry] of entries)
    if (fault !== null && root.startsWith('account:')) entries.set(root, { ...entry, fault })
  for (const [root, message] of token.faults)
    if (root !== EVERYWHERE) entries.set(root, entryFor(root, { fault: message }))
  const { id, owner, revision, ended, window, ip } = token
  return {
    token: { id, owner, revision },
    ended,
    window,
    ownerSuspended: isSuspended(facts),
    ip,
    roots: indexRoots([...entries.values()]),
    ownRoot: token.ownRoot,
    everywhere: byRoot.get(EVERYWHERE) ?? EMPTY_TABLE,
    conditions,
    fault,
  }
}

export function joinSession(
  user: string,
  standings: readonly Standing[],
  facts: Pick<PrincipalFacts, 'user'>,
): Snapshot {
  const entries = new Map<Root, RootEntry>()
  const seen = new Set<Root>()
  for (const standing of standings) {
    checkPrincipal({ user }, standing)
    const { root, rights } = standing
    checkOnce(seen, standing)
    const closed = closedToSession(standing)
    entries.set(root, entryFor(root, { closed, rights, fault: closed === null ? standing.fault : null }))
  }
  return {
    token: null,
    ended: null,
    window: null,
    ownerSuspended: isSuspended(facts),
    ip: null,
    roots: indexRoots([...entries.values()]),
    ownRoot: rootOfUser(user),
    everywhere: EMPTY_TABLE,
    conditions: NO_CONDITIONS,
    fault: null,
  }
}

/**
 * The first of rungs 4 to 7 that fails for this token in one account, or `null` when all pass, as a decision there would have it. Works on stored facts,
 * without a catalog. `standing` is `null` where there is no such account; a `member` that is `null` is no membership, unless the account owns the token.
 *
 * Does not look at rungs 1 to 3 (the token's status, times and addresses, the suspension of its owner), nor at whether its policies
 * can be understood: where they can't, a decision throws, whatever this returns. For a token on `account:*` whose owner has more than
 * `MAX_STANDINGS` accounts, a decision knows only that many. Throws `ERR_BAILIWICK_STORED_FACT` for facts that can't
 * be read and for a standing of somebody else.
 */
export function closedIn(
  token: Token,
  standing: StandingFacts | null,
  { blocked }: { readonly blocked: boolean },
): DenyReason | null {
  checkToken(token)
  if (standing === null || (standing.member === null && ownerKind(token.owner) !== 'account')) return 'not_a_member'
  checkAccount(standing.account)
  if (standing.member !== null) checkMember(standing.member)
  if (standing.member !== null && standing.member.account !== standing.account.id) throw foreign(standing)
  checkPrincipal(token.owner, standing)
  if (!reaches(accountsAllowed(token.policies), standing.account.id)) return 'not_a_member'
  const { issuedOn, apiAccess } = token
  return closedToToken({ ...ruled(token), issuedOn, apiAccess }, standing, blocked)
}

/** Rungs 4 and 5 for a logged-in user. */
export function closedToSession(standing: Standpoint): DenyReason | null {
  return closedToMember(standing, Infinity) ?? (standing.account.status === 'suspended' ? 'account_suspended' : null)
}

/** The parts of a token, and of an account and a membership of it, that rungs 4 to 7 look at. */
type AskedToken = RuledToken & Pick<CompiledToken, 'issuedOn' | 'apiAccess'>
type Standpoint = Pick<Standing, 'account' | 'member'>

/** Rung 4. A session is younger than every membership: its `issuedOn` is infinite. */
function closedToMember({ member }: Standpoint, issuedOn: number): DenyReason | null {
  if (member === null) return null
  if (!letsIn(member, issuedOn)) return 'not_a_member'
  return member.status === 'suspended' ? 'member_suspended' : null
}

/** Rungs 4 to 7, for a token that reaches the account. */
function closedToToken(token: AskedToken, standing: Standpoint, blocked: boolean): DenyReason | null {
  const closed = closedToMember(standing, token.issuedOn)
  if (closed !== null) return closed
  const { account, member } = standing
  if (account.status === 'suspended') return 'account_suspended'
  const own = member === null ? token.apiAccess : member.apiAccess
  if (!(own ?? account.apiAccess)) return 'api_access_disabled'
  if (blocked) return 'token_blocked'
  return brokenRules(token, account.tokenRules).length > 0 ? 'token_rule_violated' : null
}

/** Whether a root of selectors is one account. */
function isAccount(root: Root): boolean {
  return root.startsWith('account:') && root !== EVERYWHERE
}

/** An entry with defaults for what isn't given. */
function entryFor(
  root: Root,
  {
    closed = null,
    grants = EMPTY_TABLE,
    rights = null,
    fault = null,
  }: Partial<Pick<RootEntry, 'closed' | 'grants' | 'fault'>> & { readonly rights?: Rights | null },
): RootEntry {
  return { root, closed, grants, rights: rights?.table ?? null, conditions: rights?.conditions ?? NO_CONDITIONS, fault }
}

/** Storage handed out a standing of somebody else: joining it would lend their rights. */
function checkPrincipal(owner: Owner, standing: Standpoint): void {
  const { account, member } = standing
  const kind = ownerKind(owner)
  const isAccounts = 'user' in owner || owner.account === account.id
  const isOwn = member === null ? kind === 'account' : member.kind === kind && member.id === ownerId(owner)
  if (!isAccounts || !isOwn) throw foreign(standing)
}

/** Storage handed out two standings in one account: taking either could drop a deny of the other. */
function checkOnce(seen: Set<Root>, { root, account }: Standing): void {
  if (seen.has(root)) throw new StoredFactError(`storage returned two standings in \`${account.id}\``)
  seen.add(root)
}

function foreign({ account }: Standpoint): StoredFactError {
  return new StoredFactError(`storage returned a standing in \`${account.id}\` that is not the principal's own`)
}

function isSuspended({ user }: Pick<PrincipalFacts, 'user'>): boolean {
  if (user === null) return false
  checkUser(user)
  return user.status === 'suspended'
}
