/**
 * The smallest thing that would change a denial, in words for the person who can do it.
 */
import { match } from 'ts-pattern'
import { type Catalog, chainOf, type Permission } from './catalog.ts'
import type { DenyReason } from './decision.ts'
import { ownerKind } from './facts.ts'
import { EMPTY_TABLE } from './policy-table.ts'
import { readPolicies } from './policy-table-reader.ts'
import { rootOf } from './resource.ts'
import { rootEntries } from './roots.ts'
import type { Subject } from './snapshot.ts'
import { printInstant } from './time.ts'
import type { PolicyTrace } from './trace.ts'

/**
 * What would change this denial, smallest first. Where the owner lacks the right too, it says what the owner needs as well. Promises no allow: a later
 * rung may still refuse.
 */
export function remedy(
  catalog: Catalog,
  subject: Subject,
  reason: DenyReason,
  permission: Permission,
  resource: string,
  policies: readonly PolicyTrace[],
): readonly string[] {
  const { token, window } = subject.snapshot
  const denies = (side: PolicyTrace['side']) =>
    policies
      .filter((policy) => policy.side === side && policy.effect === 'deny' && policy.applies)
      .map(({ id, selector }) => `would pass without the deny policy \`${id}\` on \`${selector}\``)
  const grants = (side: PolicyTrace['side']) =>
    policies
      .filter((policy) => policy.side === side && policy.effect === 'allow' && !policy.applies)
      .map(({ id, condition }) => `policy \`${id}\` would allow it, but ${condition ?? 'does not apply'}`)
  const owner = ownerWords(subject)
  const ownerNeeds = () => [
    ...grants('owner'),
    byGroup(catalog, permission, resource, owner),
    ...byRole(catalog, permission, owner),
  ]
  /** What is in the way at rung 9. */
  const besides = () => {
    if (!isBound(subject, resource)) return []
    const denied = denies('owner')
    if (denied.length > 0) return denied
    return policies.some(({ side, applies }) => side === 'owner' && applies) ? [] : ownerNeeds()
  }
  return match(reason)
    .with('credential_missing', 'credential_malformed', 'credential_unknown', () => ['present a token that exists'])
    .with('token_disabled', () => ['enable the token'])
    .with('token_revoked', () => ['create a new token: a revoked one stays revoked'])
    .with('token_not_yet_valid', () => [`wait until ${printInstant(window?.notBefore ?? 0)}`])
    .with('token_expired', () => [expired(subject)])
    .with('owner_suspended', () => ['lift the suspension of the owning user'])
    .with('address_unknown', () => ["tell the guard how to find the client's address (`ip`)"])
    .with('address_not_allowed', () => [
      "use the token from an address its condition names, or widen the token's `condition.ip`",
    ])
    .with('resource_malformed', () => [shapes(permission)])
    .with('not_a_member', () => membership(subject, resource))
    .with('member_suspended', () => ['lift the suspension of the member'])
    .with('account_suspended', () => ['lift the suspension of the account'])
    .with('api_access_disabled', () => [
      `switch API access on for ${token !== null && ownerKind(token.owner) === 'account' ? 'this token' : 'this member'}, or for the account`,
    ])
    .with('token_blocked', () => ['unblock the token in this account'])
    .with('token_rule_violated', () => [
      "bring the token in line with the account's token rules: `accounts.credentials` says which it breaks (`brokenRules`)",
    ])
    .with('denied_by_token', () => denies('token'))
    .with('denied_to_owner', () => denies('owner'))
    .with('not_granted', () => [
      ...grants('token'),
      byGroup(catalog, permission, resource, 'the token'),
      ...besides().map((step) => `besides: ${step}`),
    ])
    .with('not_granted_to_owner', ownerNeeds)
    .exhaustive()
}

function expired({ snapshot: { window }, secretEndsOn }: Subject): string {
  const expiresOn = window?.expiresOn ?? Infinity
  return expiresOn <= (secretEndsOn ?? Infinity)
    ? `it ended at ${printInstant(expiresOn)}: move \`expiresOn\`, or create a new token`
    : 'this secret was rolled: use the current one'
}

function shapes(permission: Permission): string {
  const names = [...permission.on].map(
    (type) =>
      `\`${chainOf(type)
        .map(({ name }) => `${name}:<id>`)
        .join('/')}\``,
  )
  return `\`${permission.name}\` is asked about ${names.join(' or ')}, each id percent-encoded in the canonical way`
}

function membership(
  { snapshot: { token, roots, everywhere, conditions } }: Subject,
  resource: string,
): readonly string[] {
  const root = rootOf(resource)
  if (root.startsWith('user:')) return [`ask as \`${root}\`: nobody else stands at a person's root`]
  if (token === null) return [`give the user an active membership in \`${root}\``]
  const grants = rootEntries(roots).find((entry) => entry.root === root)?.grants ?? EMPTY_TABLE
  const reached = [grants, everywhere].some((table) =>
    readPolicies(table, conditions).some(({ effect }) => effect === 'allow'),
  )
  if (!reached) return [`give the token an allow policy on \`${root}\` or something in it`]
  return [
    `give the owner an active membership in \`${root}\`; if it is younger than the token, re-admit it with its earlier tokens`,
  ]
}

/** The owner whose rights the token can't exceed, or the user of a session. */
function ownerWords({ snapshot: { token } }: Subject): string {
  if (token === null) return 'this user'
  const { owner } = token
  return `its owner \`${'user' in owner ? owner.user : 'service' in owner ? owner.service : owner.account}\``
}

/** Whether an owner's rights limit the token there. */
function isBound({ snapshot: { roots } }: Subject, resource: string): boolean {
  const root = rootOf(resource)
  return rootEntries(roots).some((entry) => entry.root === root && entry.rights !== null)
}

function byGroup(catalog: Catalog, permission: Permission, resource: string, who: string): string {
  const groups = [...catalog.groups.values()]
    .filter((group) => group.permissions.has(permission) && !group.deprecated)
    .sort((a, b) => a.permissions.size - b.permissions.size)
  const named = groups.length === 0 ? '' : `: ${groups.map((group) => group.name).join(', ')}`
  return `grant ${who} \`${permission.name}\` on \`${resource}\`${named}`
}

function byRole(catalog: Catalog, permission: Permission, who: string): readonly string[] {
  const roles = [...catalog.roles.values()]
    .filter((role) => role.permissions.has(permission) && !role.deprecated)
    .sort((a, b) => a.permissions.size - b.permissions.size)
  return roles.length === 0
    ? []
    : [`or give ${who} a role over the whole account: ${roles.map((role) => role.name).join(', ')}`]
}
