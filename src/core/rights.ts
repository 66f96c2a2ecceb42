/**
 * What a member may do in an account, as data: each allow with where it comes from and the denies that limit it. Worked out from policies and roles,
 * without asking about single resources.
 */
import { StoredFactError } from '../errors.ts'
import type { Catalog, Permission } from './catalog.ts'
import { compileStanding, memberPolicies } from './compile.ts'
import type { CompiledCondition } from './condition.ts'
import type { DenyReason } from './decision.ts'
import type { Condition, Member, StandingFacts } from './facts.ts'
import { Denials, type Except, type Fate, fateOf, type Held } from './fate.ts'
import { type CompiledPolicy, permissionsIn, withoutRepeats } from './policy.ts'
import { overriddenInWords, rightInWords, rightsInWords } from './rights-words.ts'
import { closedToSession } from './snapshot.ts'

/** Where a right comes from. */
export type RightSource =
  | {
      readonly kind: 'role'
      readonly id: string
      readonly name: string
      /** The groups of the role that hold these permissions. */
      readonly groups: readonly string[]
    }
  | { readonly kind: 'policy'; readonly id: string }

/** Permissions that one role or policy gives on the same resources, limited by the same denies. */
export interface Right {
  readonly permissions: readonly string[]
  /** Selectors: each covers what it names and everything beneath it, of the types that the permission is on. */
  readonly resources: readonly string[]
  /** When it is given: while this is known to hold. `null` is always. */
  readonly condition: Condition | null
  readonly from: RightSource
  readonly except: readonly Except[]
  /** `may cache.purge, dns.write on account:acme and all beneath it (role Administrator)` */
  readonly words: string
}

/** What a role or policy gives without effect, since deny policies without a condition take all of it away. */
export interface Overridden {
  readonly permissions: readonly string[]
  readonly resources: readonly string[]
  readonly from: RightSource
  /** The ids of the deny policies. */
  readonly by: readonly string[]
  readonly words: string
}

export interface MemberRights {
  /**
   * What stops the member at rung 4 or 5, or `null`: `not_a_member` (pending), `member_suspended` or `account_suspended`. The rights are listed
   * all the same: they are what would come back.
   */
  readonly closed: DenyReason | null
  readonly rights: readonly Right[]
  readonly overridden: readonly Overridden[]
  /** All of it, a line each. */
  readonly words: string
}

/**
 * What a member may do in an account. A request is allowed when nothing is `closed` and some right gives it (it has the permission, one of its
 * resources covers the name, its condition holds) and none of that right's `except` applies. That is how a session of the member is decided; a
 * token is held to its own policies too.
 *
 * Looks neither at whether the user is suspended as a whole, nor at the API switch, which binds tokens alone. A deny is in `except` when its selector
 * meets the right's, whatever patterns ids obey; a right that several denies take away only together is not `overridden`.
 * Throws `ERR_BAILIWICK_STORED_FACT` when a stored fact can't be understood, such as a name the catalog doesn't know: it might be a deny.
 *
 * @example
 * ```ts
 * const { memberRights } = await import('bailiwick/core')
 * const { standings } = await memoryStorage().principal('u_1')
 * for (const { account, member } of standings) if (member !== null) console.log(memberRights(catalog, { account, member }).words)
 * ```
 */
export function memberRights(catalog: Catalog, standing: StandingFacts & { readonly member: Member }): MemberRights {
  const compiled = compileStanding(catalog, standing)
  const { policies, fault } = memberPolicies(catalog, standing.member)
  if (fault !== null) throw new StoredFactError(fault)
  const held = heldBy(catalog, standing.member, policies.map(withoutRepeats))
  const denials = new Denials(held)
  const parents = new Set([...catalog.types.values()].map(({ parent }) => parent))
  const told = held
    .filter(({ policy }) => policy.effect === 'allow')
    .map((allow) => {
      const beneath = allow.policy.selectors.some(({ type }) => parents.has(type))
      const fates = permissionsIn(catalog, allow.policy.permissions).map((permission) =>
        fateOf(allow.policy, permission, denials),
      )
      return { rights: rightsOf(allow, fates, beneath), overridden: overriddenOf(allow, fates, beneath) }
    })
  const closed = closedToSession(compiled)
  const rights = Object.freeze(told.flatMap((one) => one.rights))
  const overridden = Object.freeze(told.flatMap((one) => one.overridden))
  return Object.freeze({ closed, rights, overridden, words: rightsInWords(closed, rights, overridden) })
}

/** The compiled policies begin with one for each role; those after them are the member's own. */
function heldBy(catalog: Catalog, member: Member, policies: readonly CompiledPolicy[]): readonly Held[] {
  const roles = [...new Set(member.roles)]
  return policies.map((policy, i) => {
    const role = catalog.roles.get(roles[i] ?? '') ?? null
    const stored = member.policies[i - roles.length]?.condition
    return {
      policy,
      role,
      condition: policy.condition === null || isAlways(policy.condition) ? null : (stored ?? null),
    }
  })
}

function isAlways({ notBefore, expiresOn, ip }: CompiledCondition): boolean {
  return notBefore === Number.NEGATIVE_INFINITY && expiresOn === Number.POSITIVE_INFINITY && ip === null
}

function rightsOf(allow: Held, fates: readonly Fate[], beneath: boolean): readonly Right[] {
  const kept = fates.filter((fate) => fate.kept.length > 0)
  return alike(kept, ({ kept, except }) => [kept, except]).map(([{ kept, except }, permissions]) => {
    const right = {
      permissions: namesOf(permissions),
      resources: Object.freeze(kept),
      condition: allow.condition,
      from: sourceOf(allow, permissions),
      except: Object.freeze(except),
    }
    return Object.freeze({ ...right, words: rightInWords(right, beneath) })
  })
}

function overriddenOf(allow: Held, fates: readonly Fate[], beneath: boolean): readonly Overridden[] {
  const lost = fates.filter((fate) => fate.lost.length > 0)
  return alike(lost, ({ lost, by }) => [lost, by]).map(([{ lost, by }, permissions]) => {
    const overridden = {
      permissions: namesOf(permissions),
      resources: Object.freeze(lost),
      from: sourceOf(allow, permissions),
      by: Object.freeze(by),
    }
    return Object.freeze({ ...overridden, words: overriddenInWords(overridden, beneath) })
  })
}

/** Groups the permissions that are limited in the same way. */
function alike(
  fates: readonly Fate[],
  shared: (fate: Fate) => unknown,
): readonly (readonly [Fate, readonly Permission[]])[] {
  const groups = new Map<string, readonly [Fate, Permission[]]>()
  for (const fate of fates) {
    const key = JSON.stringify(shared(fate))
    const [, permissions] = groups.get(key) ?? []
    if (permissions === undefined) groups.set(key, [fate, [fate.permission]])
    else permissions.push(fate.permission)
  }
  return [...groups.values()]
}

function namesOf(permissions: readonly Permission[]): readonly string[] {
  return Object.freeze(permissions.map(({ name }) => name).sort())
}

function sourceOf({ policy, role }: Held, permissions: readonly Permission[]): RightSource {
  if (role === null) return Object.freeze({ kind: 'policy', id: policy.id })
  const groups = role.groups.filter((group) => permissions.some((permission) => group.permissions.has(permission)))
  return Object.freeze({
    kind: 'role',
    id: role.id,
    name: role.name,
    groups: Object.freeze(groups.map(({ id }) => id)),
  })
}
