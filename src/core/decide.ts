/**
 * Decides one request. Pure and synchronous: the answer depends on the arguments alone.
 *
 * The ladder of `docs/reference/semantics.md`, in its order: the first rung that fails is the reason. No allocation: this runs on every
 * request.
 */
import { MisuseError, StoredFactError } from '../errors.ts'
import type { Permission } from './catalog.ts'
import { type Context, ipHolds, TRUE } from './condition.ts'
import { ALLOW, type Decision, type DenyReason, denial } from './decision.ts'
import { ParsedName } from './parsed-name.ts'
import { EMPTY_TABLE, type PolicyTable, type Verdict, verdictOf } from './policy-table.ts'
import { stateAt } from './roots.ts'
import type { Snapshot, Subject } from './snapshot.ts'

/** One serves all requests: `decide` is synchronous, so nothing comes between parsing a name and reading it. */
const parsed = new ParsedName()

/**
 * Whether this subject has this permission on the resource of this name, at the time and from the address of `context`.
 *
 * A resource that is no canonical name, or of a type the permission isn't on, is a denial: `resource_malformed`. Throws `ERR_BAILIWICK_MISUSE` when `now` is
 * no finite number, and `ERR_BAILIWICK_STORED_FACT` when something stored that concerns the account asked about can't be understood. Checks no secret,
 * and not where `permission` came from: take it from the catalog the subject was compiled with.
 *
 * @example
 * ```ts
 * const { decide, parseAddress, permissionNamed, tokenSubject } = await import('bailiwick/core')
 * const facts = await memoryStorage().credential('7hQm2VdXoYpL0sTcRk9bNe')
 * if (facts !== null) {
 *   const context = { now: Date.now(), ip: parseAddress('203.0.113.9') }
 *   const asked = permissionNamed(catalog, 'cache.purge')
 *   console.log(decide(tokenSubject(catalog, facts), asked, 'account:acme/zone:z1', context).effect)
 * }
 * ```
 */
export function decide(subject: Subject, permission: Permission, resource: string, context: Context): Decision {
  const stopped = admission(subject, context)
  if (stopped !== null) return denial(stopped)
  if (!parsed.parse(permission, resource)) return denial('resource_malformed')
  const { snapshot } = subject
  const state = stateAt(snapshot, parsed)
  if (state === null) {
    if (snapshot.fault !== null && resource.startsWith('account:')) throw new StoredFactError(snapshot.fault)
    return denial('not_a_member')
  }
  if (state.fault !== null) throw new StoredFactError(state.fault)
  if (state.closed !== null) return denial(state.closed)
  if (snapshot.token !== null) {
    const verdict = ofToken(snapshot, state.grants, permission, context)
    if (verdict !== 'allowed') return denial(verdict === 'denied' ? 'denied_by_token' : 'not_granted')
  }
  if (state.rights === null) {
    // The one allow without a policy: a user's own session at that user's own root. What is retired is granted to nobody.
    if (permission.retired) return denial('not_granted_to_owner')
  } else {
    const verdict = verdictOf(state.rights, state.conditions, parsed, permission, context)
    if (verdict !== 'allowed') return denial(verdict === 'denied' ? 'denied_to_owner' : 'not_granted_to_owner')
  }
  return ALLOW
}

/** Rung 8: what the token's policies say of this root, and by `account:*` of every account. A `user` root is no account. */
function ofToken(snapshot: Snapshot, grants: PolicyTable, permission: Permission, context: Context): Verdict {
  const { everywhere, conditions } = snapshot
  const here = verdictOf(grants, conditions, parsed, permission, context)
  if (here === 'denied' || everywhere === EMPTY_TABLE || !parsed.text.startsWith('account:')) return here
  const said = verdictOf(everywhere, conditions, parsed, permission, context)
  return said === 'none' ? here : said
}

/** Rungs 2 and 3 without `resource_malformed`: the first that fails, or `null`. Throws `ERR_BAILIWICK_MISUSE` for a bad `now`. */
export function admission({ snapshot, secretEndsOn }: Subject, context: Context): DenyReason | null {
  const { now } = context
  if (!Number.isFinite(now)) throw new MisuseError(`\`now\` must be epoch milliseconds, not \`${now}\``)
  const { ended, window, ownerSuspended } = snapshot
  if (ended !== null) return ended
  if (window !== null && now < window.notBefore) return 'token_not_yet_valid'
  if (window !== null && now >= window.expiresOn) return 'token_expired'
  if (secretEndsOn !== null && now >= secretEndsOn) return 'token_expired'
  if (ownerSuspended) return 'owner_suspended'
  if (snapshot.ip === null) return null
  const { ip } = context
  if (ip === null) return 'address_unknown'
  return ipHolds(snapshot.ip, ip) === TRUE ? null : 'address_not_allowed'
}
