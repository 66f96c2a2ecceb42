/**
 * A snapshot: a compiled token and its standings, joined into what decisions read. Rungs 4 to 7 depend on neither time nor address, so
 * they are climbed here, once for each account, and a decision finds their outcome ready.
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
  type OwnerKind,
  ownerKind,
  type PrincipalFacts,
  type StandingFacts,
  type Token,
} from './facts.ts'
import { type Ground, type Place, placesOf, type Root } from './places.ts'
import { accountsAllowed, EVERYWHERE, reaches } from './reach.ts'
import { brokenRules, type RuledToken, ruled } from './rules.ts'
import { type Sheet, SILENT } from './sheet.ts'
import { checkAccount, checkMember, checkToken, checkUser } from './stored.ts'

/** What those read of a token who don't decide. */
export type SnapshotToken = Pick<CompiledToken, 'id' | 'owner' | 'revision'>

/** All that decisions read: few steps lie between a snapshot and what it holds, since each may be a wait for memory. */
export interface Snapshot extends Ground {
  /** `null` for a session. */
  readonly token: SnapshotToken | null
  /** What the state of the token says to every request. */
  readonly ended: 'token_disabled' | 'token_revoked' | null
  /** When the token is good; `null` is always. */
  readonly window: Window | null
  readonly ownerSuspended: boolean
  /** Where the token may be used from; `null` is everywhere. */
  readonly ip: CompiledIp | null
  /** What the token's policies say of every account, by `account:*`. */
  readonly everywhere: Sheet
  /** Those of the token's policies, as its sheets number them. */
  readonly conditions: readonly CompiledCondition[]
  /** A fault that concerns every account. */
  readonly fault: string | null
}

/** Who asks: a snapshot, and until when the secret it came with is good. */
export interface Subject {
  readonly snapshot: Snapshot
  /** The end of a rolled secret's overlap in epoch milliseconds; `null` for a current secret and for sessions. */
  readonly secretEndsOn: number | null
}

/** The subject of a token's facts. Throws `ERR_BAILIWICK_STORED_FACT` when they can't be understood. */
export function tokenSubject(catalog: Catalog, facts: CredentialFacts, secretEndsOn: number | null = null): Subject {
  const standings = facts.standings.map((standing) => compileStanding(catalog, standing))
  return { snapshot: joinToken(compileToken(catalog, facts.token), standings, facts), secretEndsOn }
}

/** The subject of a logged-in user, who needs no token. */
export function sessionSubject(catalog: Catalog, user: string, facts: PrincipalFacts): Subject {
  const standings = facts.standings.map((standing) => compileStanding(catalog, standing))
  return { snapshot: joinSession(user, standings, facts), secretEndsOn: null }
}

export function joinToken(
  token: CompiledToken,
  standings: readonly Standing[],
  facts: Pick<CredentialFacts, 'user' | 'blockedIn'>,
): Snapshot {
  const { byRoot, conditions } = token.sheets
  const places = new Map<Root, Place>()
  for (const [root, grants] of byRoot) {
    if (root === token.ownRoot) places.set(root, placeOn(root, { grants }))
    // Where nobody stands above it, what it says is only told of.
    else if (isAccount(root)) places.set(root, placeOn(root, { closed: 'not_a_member', grants }))
  }
  const roots = new Set<Root>()
  for (const standing of standings) {
    checkPrincipal(token, standing)
    const { root, rights } = standing
    checkOnce(roots, standing)
    if (!token.reach.has(EVERYWHERE) && !token.reach.has(root)) continue
    const closed = closedToToken(token, standing, facts.blockedIn.includes(standing.account.id))
    const fault = closed === null ? standing.fault : null
    places.set(root, placeOn(root, { closed, grants: byRoot.get(root) ?? SILENT, rights, fault }))
  }
  const fault = token.faults.get(EVERYWHERE) ?? null
  for (const [root, place] of places)
    if (fault !== null && root.startsWith('account:')) places.set(root, { ...place, fault })
  for (const [root, message] of token.faults)
    if (root !== EVERYWHERE) places.set(root, placeOn(root, { fault: message }))
  const { id, owner, revision, ended, window, ip } = token
  return {
    token: { id, owner, revision },
    ended,
    window,
    ownerSuspended: isSuspended(facts),
    ip,
    places: placesOf([...places.values()]),
    ownRoot: token.ownRoot,
    everywhere: byRoot.get(EVERYWHERE) ?? SILENT,
    conditions,
    fault,
  }
}

export function joinSession(
  user: string,
  standings: readonly Standing[],
  facts: Pick<PrincipalFacts, 'user'>,
): Snapshot {
  const places = new Map<Root, Place>()
  const roots = new Set<Root>()
  for (const standing of standings) {
    if (standing.member?.kind !== 'user' || standing.member.id !== user) throw foreign(standing)
    const { root, rights } = standing
    checkOnce(roots, standing)
    const closed = closedToSession(standing)
    places.set(root, placeOn(root, { closed, rights, fault: closed === null ? standing.fault : null }))
  }
  return {
    token: null,
    ended: null,
    window: null,
    ownerSuspended: isSuspended(facts),
    ip: null,
    places: placesOf([...places.values()]),
    ownRoot: rootOfUser(user),
    everywhere: SILENT,
    conditions: NO_CONDITIONS,
    fault: null,
  }
}

/**
 * The first of rungs 4 to 7 that fails for this token in one account, or `null` when all pass: what a decision there would find ready.
 * Asked of facts as they are stored, without a catalog. `standing` is `null` where there is no such account; a `member` that is `null` is
 * no membership, unless the token is the account's own.
 *
 * Does not ask for what is above rung 4 (the token's status, times and addresses, the suspension of its owner), nor whether its policies
 * can be understood: where they can't, a decision throws whatever is said here. Of a token on `account:*` whose owner has more than
 * `MAX_STANDINGS` accounts, a decision knows only so many. Throws `ERR_BAILIWICK_STORED_FACT` for facts that can't
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
  checkPrincipal(token, standing)
  if (!reaches(accountsAllowed(token.policies), standing.account.id)) return 'not_a_member'
  const { issuedOn, apiAccess } = token
  return closedToToken({ ...ruled(token), issuedOn, apiAccess }, standing, blocked)
}

/** What rungs 4 and 5 say to a logged-in user. */
export function closedToSession(standing: Standpoint): DenyReason | null {
  return closedToMember(standing, Infinity) ?? (standing.account.status === 'suspended' ? 'account_suspended' : null)
}

/** What rungs 4 to 7 ask of a token, and of an account and a membership of it. */
type AskedToken = RuledToken & Pick<CompiledToken, 'issuedOn' | 'apiAccess'>
type Standpoint = Pick<Standing, 'account' | 'member'>

/** Rung 4. No membership is younger than a session: `issuedOn` is infinite there. */
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

/** A place of which no more is known than is given here. */
function placeOn(
  root: Root,
  {
    closed = null,
    grants = SILENT,
    rights = null,
    fault = null,
  }: Partial<Pick<Place, 'closed' | 'grants' | 'fault'>> & { readonly rights?: Rights | null },
): Place {
  return { root, closed, grants, rights: rights?.sheet ?? null, conditions: rights?.conditions ?? NO_CONDITIONS, fault }
}

/** Storage handed out a standing of somebody else: joining it would lend their rights. */
function checkPrincipal({ owner }: Pick<CompiledToken, 'owner'>, standing: Standpoint): void {
  const { account, member } = standing
  const kind: OwnerKind = ownerKind(owner)
  const id = 'user' in owner ? owner.user : 'service' in owner ? owner.service : null
  const sameAccount = 'user' in owner || owner.account === account.id
  const samePrincipal =
    kind === 'account' ? member === null : member !== null && member.kind === kind && member.id === id
  if (!sameAccount || !samePrincipal) throw foreign(standing)
}

/** Storage handed out two standings in one account: taking either could drop a deny of the other. */
function checkOnce(roots: Set<Root>, { root, account }: Standing): void {
  if (roots.has(root)) throw new StoredFactError(`storage returned two standings in \`${account.id}\``)
  roots.add(root)
}

function foreign({ account }: Standpoint): StoredFactError {
  return new StoredFactError(`storage returned a standing in \`${account.id}\` that is not the principal's own`)
}

function isSuspended({ user }: Pick<PrincipalFacts, 'user'>): boolean {
  if (user === null) return false
  checkUser(user)
  return user.status === 'suspended'
}
