/**
 * Members as callers write them: one to add, and changes to an existing one.
 */
import { z } from 'zod'
import type { CatalogShape } from '../core/catalog-types.ts'
import type { Member, MemberKey, Policy } from '../core/facts.ts'
import { idShape, keyFrom, type MemberName, nameFields, needsOneOf } from './ids.ts'
import { checkLimits } from './limits.ts'
import {
  checkPolicies,
  type PolicyContext,
  type PolicyInput,
  policiesShape,
  refuseOutdated,
  toPolicies,
} from './policy.ts'
import { field, type Report, read, record, sortedSet, texts } from './reading.ts'
import { ifRevisionShape } from './token.ts'

/** A member to add: a user of the host, or a service account, which is created by this. */
export type MemberInput<S extends CatalogShape = CatalogShape> = MemberName & {
  readonly roles?: readonly S['roles'][]
  /** Their selectors must name this account. */
  readonly policies?: readonly PolicyInput<S>[]
  /** `pending` for an invitation, which `accept` makes active; people only. Active when not given. */
  readonly status?: 'active' | 'pending'
  /** The member's own switch. `null`, the default, follows the account's. */
  readonly apiAccess?: boolean | null
  /** Whether tokens issued to the member before this membership work in this account. `false` by default. */
  readonly readmit?: boolean
}

/** Changes to a member: each given field replaces the stored one as a whole. */
export interface MemberChanges<S extends CatalogShape = CatalogShape> {
  readonly roles?: readonly S['roles'][]
  readonly policies?: readonly PolicyInput<S>[]
  /** Refuses the change unless the member has this revision. */
  readonly ifRevision?: number
}

const grants = { roles: z.array(z.string()).optional(), policies: policiesShape.optional() }

const addShape = record({
  ...nameFields,
  ...grants,
  status: z.enum(['active', 'pending']).optional(),
  apiAccess: z.boolean().nullable().optional(),
  readmit: z.boolean().optional(),
})

/** What a caller decides about a new member. */
export interface NewMember extends Pick<Member, 'status' | 'readmitted' | 'roles' | 'policies' | 'apiAccess'> {
  readonly key: MemberKey
}

/** Reads a member to add. Does not know whether the account exists or has this member already. */
export function parseMemberAdd(account: string, input: unknown, context: PolicyContext): NewMember {
  const shaped = read(addShape, input, [], (value, report) => {
    needsOneOf(value, ['user', 'service'], (message) => report.issue('bad_member', message))
    const [user, service] = [field(value, 'user'), field(value, 'service')].map((id) => idShape.safeParse(id).data)
    checkGrants(value, keyFrom(account, { user, service }), { roles: [], policies: [] }, context, report)
    if (service !== undefined && field(value, 'status') === 'pending')
      report.at('status').issue('bad_value', 'nobody invites a service account: it can only be `active`')
  })
  const { status = 'active', apiAccess = null, readmit = false, roles = [], policies = [] } = shaped
  return Object.freeze({
    key: keyFrom(account, shaped),
    status,
    readmitted: readmit,
    roles: sortedSet(roles),
    policies: toPolicies(policies, [], context),
    apiAccess,
  })
}

const changesShape = record({ ...grants, ifRevision: ifRevisionShape })

/** Reads changes to a member, and returns the roles and policies that it will have. Does not compare the revision. */
export function parseMemberUpdate(
  input: unknown,
  stored: Member,
  context: PolicyContext,
): Pick<Member, 'roles' | 'policies'> & { readonly ifRevision: number | undefined } {
  const shaped = read(changesShape, input, [], (value, report) => checkGrants(value, stored, stored, context, report))
  return Object.freeze({
    roles: shaped.roles === undefined ? stored.roles : sortedSet(shaped.roles),
    policies: shaped.policies === undefined ? stored.policies : toPolicies(shaped.policies, [], context),
    ifRevision: shaped.ifRevision,
  })
}

const readmittedShape = z.boolean()

export function parseReadmitted(input: unknown): boolean {
  return read(readmittedShape, input, ['readmitted'])
}

/** A role that the member already holds is no new grant, just like a policy that is repeated unchanged. */
function checkGrants(
  value: unknown,
  holder: MemberKey,
  stored: { readonly roles: readonly string[]; readonly policies: readonly Policy[] },
  context: PolicyContext,
  report: Report,
): void {
  const { catalog, limits } = context
  for (const [id, i] of texts(field(value, 'roles'))) {
    const at = report.at('roles', i)
    const role = catalog.roles.get(id)
    if (role === undefined) at.unknown('unknown_role', 'role', id, catalog.roles.keys())
    else refuseOutdated(role, id, stored.roles.includes(id), at)
  }
  const policies = field(value, 'policies')
  if (policies === undefined) return
  checkPolicies(policies, { holder, stored: stored.policies }, context, report.at('policies'))
  checkLimits({ policies }, limits, report)
}
