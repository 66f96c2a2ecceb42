/**
 * Policies: names and selectors as callers write them, checked against the catalog, into the one form that is stored.
 *
 * A policy that the record already has, with the same id and the same content, is no new grant: it may name what was deprecated or retired since, and so may
 * have become vacuous. Everything else about it is checked.
 */
import { z } from 'zod'
import type { Catalog, Group, Permission } from '../core/catalog.ts'
import type { CatalogShape, PermissionName } from '../core/catalog-types.ts'
import type { Effect, Policy, Token } from '../core/facts.ts'
import { shorten } from '../core/nearest.ts'
import {
  canMatter,
  faultInWords,
  type Holder,
  isFault,
  misplacement,
  parseSelector,
  type Selector,
} from '../core/selector.ts'
import { type ConditionInput, conditionShape } from './condition.ts'
import { checkLimits, countSelectors, type Limits } from './limits.ts'
import { field, items, Report, read, record, sortedSet, textLeaf, texts } from './reading.ts'

/**
 * One policy: effect × (groups or single permissions) × selectors × optional condition. Lists are sets.
 *
 * A selector is a name such as `account:acme/zone:z1`, where an id may be `*` and the last may be a prefix such as `logs-*`. It covers everything beneath it
 * too. A policy without an `id` gets a random one.
 */
export type PolicyInput<S extends CatalogShape = CatalogShape> = {
  readonly id?: string
  readonly effect: Effect
  readonly resources: readonly string[]
  readonly condition?: ConditionInput
} & (
  | { readonly permissionGroups: readonly S['groups'][]; readonly permissions?: never }
  | { readonly permissions: readonly PermissionName<S>[]; readonly permissionGroups?: never }
)

/** What is needed to read policies. */
export interface PolicyContext {
  readonly catalog: Catalog
  readonly limits: Limits
  /** Makes the ids of policies. */
  readonly random: (bytes: number) => Uint8Array
}

/** Where the policies will be. `holder` is `null` where the owner itself could not be read. */
export interface Place {
  readonly holder: Holder | null
  /** The policies on the record now: one repeated unchanged is no new grant. */
  readonly stored: readonly Policy[]
}

const POLICY_ID = /^[A-Za-z0-9_-]{1,64}$/

/** Bounds how many names are read before a list is refused. */
const MAX_NAMES = 1_000

const policyShape = record({
  id: textLeaf((text) =>
    POLICY_ID.test(text) ? text : { code: 'bad_id', message: 'must be 1 to 64 characters of A-Z a-z 0-9 _ -' },
  ).optional(),
  effect: z.enum(['allow', 'deny']),
  permissionGroups: z.array(z.string()).min(1).max(MAX_NAMES).optional(),
  permissions: z.array(z.string()).min(1).max(MAX_NAMES).optional(),
  resources: z.array(z.string()).min(1),
  condition: conditionShape.optional(),
})

/** The shape alone: `checkPolicies` looks at the meaning. */
export const policiesShape = z.array(policyShape)

type Shaped = z.output<typeof policyShape>

/** Reads policies to add to those of a token, and returns only the new ones. */
export function parseAddedPolicies(input: unknown, token: Token, context: PolicyContext): readonly Policy[] {
  const { owner: holder, policies: stored, condition } = token
  const shaped = read(policiesShape.min(1), input, ['policies'], (value, report) => {
    checkPolicies(value, { holder, stored: [] }, context, report)
    for (const [i, policy] of items(value).entries())
      if (stored.some(({ id }) => id === field(policy, 'id'))) reportDuplicate(report.at(i))
    const toArgument = new Report((_path, code, message) => report.issue(code, message))
    checkLimits({ policies: [...stored, ...items(value)], ip: condition?.ip }, context.limits, toArgument)
  })
  return toPolicies(shaped, stored, context)
}

/** Reads the ids of policies to remove from a token, and returns what is left. */
export function parseRemovedPolicies(input: unknown, { policies }: Token): readonly Policy[] {
  const ids = read(z.array(z.string()).min(1), input, ['policyIds'], (value, report) => {
    const found = texts(value)
    const known = policies.map(({ id }) => id)
    for (const [id, i] of found) if (!known.includes(id)) report.at(i).unknown('unknown_policy', 'policy', id, known)
    if (known.length > 0 && known.every((id) => found.has(id)))
      report.issue('empty_list', 'would leave the token without a policy; disable or revoke it instead')
  })
  return Object.freeze(policies.filter(({ id }) => !ids.includes(id)))
}

/** The stored form: lists deduplicated and sorted, an id for each policy, everything frozen. */
export function toPolicies(
  shaped: readonly Shaped[],
  beside: readonly Policy[],
  { random }: Pick<PolicyContext, 'random'>,
): readonly Policy[] {
  const taken = new Set([...beside.map(({ id }) => id), ...shaped.flatMap(({ id }) => id ?? [])])
  return Object.freeze(shaped.map((policy) => toPolicy(policy, policy.id ?? newId(random, taken))))
}

/** Checks the meaning of a list of policies; its shape, and limits over the whole record, are checked elsewhere. `report` is at the path of the list. */
export function checkPolicies(value: unknown, place: Place, context: PolicyContext, report: Report): void {
  const policies = items(value)
  const seen = new Set<string>()
  // Beyond a limit the list is refused as a whole; comparing every group with every selector of it would only cost time.
  const tooMany = countSelectors(policies) > context.limits.selectors || policies.length > context.limits.policies
  for (const [i, policy] of policies.entries()) {
    const id = field(policy, 'id')
    if (typeof id === 'string' && seen.has(id)) reportDuplicate(report.at(i))
    if (typeof id === 'string') seen.add(id)
    if (!tooMany) checkPolicy(policy, place, context.catalog, report.at(i))
  }
}

function reportDuplicate(report: Report): void {
  report.at('id').issue('duplicate_id', 'another policy has this id')
}

/** A name in a policy, and the permissions it means. */
interface Named {
  readonly at: Report
  readonly name: string
  readonly permissions: Iterable<Permission>
}

function checkPolicy(policy: unknown, { holder, stored }: Place, catalog: Catalog, report: Report): void {
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) return
  const [groups, permissions] = [field(policy, 'permissionGroups'), field(policy, 'permissions')]
  if ((groups === undefined) === (permissions === undefined)) {
    const needed = 'needs either `permissionGroups` or `permissions`'
    if (groups === undefined) report.issue('required', needed)
    else report.issue('conflicting_fields', `${needed}, not both`)
  }
  const old = stored.find(({ id }) => id === field(policy, 'id'))
  const repeated = old !== undefined && isAlike(policy, old)
  const names = [
    ...readNames(groups, catalog.groups, 'group', repeated, report.at('permissionGroups')),
    ...readNames(permissions, catalog.permissions, 'permission', repeated, report.at('permissions')),
  ]
  const selectors = readSelectors(field(policy, 'resources'), holder, catalog, report.at('resources'))
  const effect = field(policy, 'effect')
  if (repeated || (effect !== 'allow' && effect !== 'deny')) return
  const understood = {
    names: names.filter((named) => named !== null),
    selectors: selectors.filter((selector) => selector !== null),
  }
  // A selector that isn't understood may be the one that a group needs, so no group is reported as vacuous then.
  if (understood.selectors.length === selectors.length && selectors.length > 0)
    for (const { at, name, permissions } of understood.names)
      if (!understood.selectors.some(({ selector }) => canMatter(permissions, selector, effect)))
        at.issue('vacuous_grant', `\`${name}\` can match none of the selectors: it is on no type at or beneath theirs`)
  if (understood.names.length === names.length && names.length > 0)
    for (const { at, selector } of understood.selectors)
      if (!understood.names.some(({ permissions }) => canMatter(permissions, selector, effect)))
        at.issue('vacuous_grant', `\`${shorten(selector.text)}\` is matched by nothing that the policy names`)
}

/** `null` stands for a name that was refused. */
function readNames(
  list: unknown,
  known: ReadonlyMap<string, Group | Permission>,
  what: 'group' | 'permission',
  repeated: boolean,
  report: Report,
): readonly (Named | null)[] {
  return [...texts(list)].map(([name, i]) => {
    const at = report.at(i)
    const entry = known.get(name)
    if (entry === undefined && what === 'permission' && name.includes('*')) {
      at.issue(
        'unknown_permission',
        `\`${shorten(name)}\`: a wildcard stands only in the definition of a group; name permissions, or a group`,
      )
      return null
    }
    if (entry === undefined) {
      at.unknown(`unknown_${what}`, what === 'group' ? 'permission group' : 'permission', name, known.keys())
      return null
    }
    if (refuseOutdated(entry, name, repeated, at)) return null
    return { at, name, permissions: 'permissions' in entry ? entry.permissions : [entry] }
  })
}

/** Reports a name that can't be granted anew, and returns whether it did. `held` names are granted already. */
export function refuseOutdated(
  { deprecated, retired }: { readonly deprecated: boolean; readonly retired: boolean },
  name: string,
  held: boolean,
  at: Report,
): boolean {
  if (held || !(deprecated || retired)) return false
  if (retired) at.issue('retired', `\`${name}\` is retired and matches nothing`)
  else at.issue('deprecated', `\`${name}\` is deprecated and can't be granted anew`)
  return true
}

/** `null` is a selector that was refused. */
function readSelectors(
  list: unknown,
  holder: Holder | null,
  catalog: Catalog,
  report: Report,
): readonly ({ readonly at: Report; readonly selector: Selector } | null)[] {
  return [...texts(list)].map(([text, i]) => {
    const at = report.at(i)
    const selector = parseSelector(catalog, text)
    if (isFault(selector)) {
      at.issue('bad_selector', faultInWords(selector, catalog, at.suggest))
      return null
    }
    const wrong = holder === null ? null : misplacement(selector, holder)
    if (wrong !== null) at.issue('misplaced_selector', `\`${shorten(text)}\`: ${wrong}`)
    return { at, selector }
  })
}

/** Whether two policies mean the same grant. One that can't be serialised (a list that holds itself) is like none. */
function isAlike(policy: unknown, old: Policy): boolean {
  try {
    return content(policy) === content(old)
  } catch {
    return false
  }
}

/** A policy without its id, in one spelling: equal for policies that mean the same grant. */
function content(policy: unknown): string {
  const list = (name: string) => [...texts(field(policy, name)).keys()].sort()
  return JSON.stringify([
    field(policy, 'effect'),
    list('permissionGroups'),
    list('permissions'),
    list('resources'),
    field(policy, 'condition') ?? null,
  ])
}

function toPolicy({ effect, permissionGroups, permissions, resources, condition }: Shaped, id: string): Policy {
  return Object.freeze({
    id,
    effect,
    ...(permissionGroups !== undefined && { permissionGroups: sortedSet(permissionGroups) }),
    ...(permissions !== undefined && { permissions: sortedSet(permissions) }),
    resources: sortedSet(resources),
    ...(condition !== undefined && { condition }),
  })
}

/** A new id, different from those taken even where the source repeats itself. */
function newId(random: PolicyContext['random'], taken: Set<string>): string {
  const drawn = Buffer.from(random(9)).toString('base64url')
  let id = drawn
  for (let copy = 2; taken.has(id); copy++) id = `${drawn}-${copy}`
  taken.add(id)
  return id
}
