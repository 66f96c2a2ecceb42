/**
 * The smallest thing that would change a denial, in words for the person who can do it.
 */
import { type Catalog, chainOf, type Group, type Permission, type Role } from './catalog.ts'
import type { DenyReason } from './decision.ts'
import { ownerId, ownerKind } from './facts.ts'
import { EMPTY_TABLE } from './policy-table.ts'
import { readPolicies } from './policy-table-reader.ts'
import { rootOf } from './resource.ts'
import { type Root, type RootEntry, rootEntries } from './roots.ts'
import type { Subject } from './snapshot.ts'
import { printInstant } from './time.ts'
import type { PolicyTrace } from './trace.ts'

/** What was asked and denied. */
export interface Asked {
  readonly catalog: Catalog
  readonly subject: Subject
  readonly permission: Permission
  readonly resource: string
  /** The policies that have something to say about it. */
  readonly policies: readonly PolicyTrace[]
}

/**
 * What would change this denial, smallest first. Where the owner lacks the right too, it says what the owner needs as well. Promises no allow: a later
 * rung may still refuse.
 */
export function remedy(reason: DenyReason, asked: Asked): readonly string[] {
  const steps = STEPS[reason]
  return typeof steps === 'string' ? [steps] : steps(asked)
}

const PRESENT = 'present a token that exists'

const STEPS: Readonly<Record<DenyReason, string | ((asked: Asked) => readonly string[])>> = {
  credential_missing: PRESENT,
  credential_malformed: PRESENT,
  credential_unknown: PRESENT,
  token_disabled: 'enable the token',
  token_revoked: 'create a new token: a revoked one stays revoked',
  token_not_yet_valid: ({ subject }) => [`wait until ${printInstant(subject.snapshot.window?.notBefore ?? 0)}`],
  token_expired: ({ subject }) => [expired(subject)],
  owner_suspended: 'lift the suspension of the owning user',
  address_unknown: "tell the guard how to find the client's address (`ip`)",
  address_not_allowed: "use the token from an address its condition names, or widen the token's `condition.ip`",
  resource_malformed: ({ permission }) => [shapes(permission)],
  not_a_member: ({ subject, resource }) => [membership(subject, rootOf(resource))],
  member_suspended: 'lift the suspension of the member',
  account_suspended: 'lift the suspension of the account',
  api_access_disabled: ({ subject: { snapshot } }) => {
    const isAccounts = snapshot.token !== null && ownerKind(snapshot.token.owner) === 'account'
    return [`switch API access on for this ${isAccounts ? 'token' : 'member'}, or for the account`]
  },
  token_blocked: 'unblock the token in this account',
  token_rule_violated:
    "bring the token in line with the account's token rules: `accounts.credentials` says which it breaks (`brokenRules`)",
  denied_by_token: (asked) => denies(asked, 'token'),
  not_granted: (asked) => [
    ...grants(asked, 'token'),
    byGroup(asked, 'the token'),
    ...besides(asked).map((step) => `besides: ${step}`),
  ],
  denied_to_owner: (asked) => denies(asked, 'owner'),
  not_granted_to_owner: ownerNeeds,
}

function denies({ policies }: Asked, side: PolicyTrace['side']): readonly string[] {
  return policies
    .filter((policy) => policy.side === side && policy.effect === 'deny' && policy.applies)
    .map(({ id, selector }) => `would pass without the deny policy \`${id}\` on \`${selector}\``)
}

function grants({ policies }: Asked, side: PolicyTrace['side']): readonly string[] {
  return policies
    .filter((policy) => policy.side === side && policy.effect === 'allow' && !policy.applies)
    .map(({ id, condition }) => `policy \`${id}\` would allow it, but ${condition ?? 'does not apply'}`)
}

function ownerNeeds(asked: Asked): readonly string[] {
  const owner = ownerWords(asked.subject)
  return [...grants(asked, 'owner'), byGroup(asked, owner), ...byRole(asked, owner)]
}

/** What is in the way at rung 9, where an owner's rights limit the token. */
function besides(asked: Asked): readonly string[] {
  if ((entryOf(asked.subject, rootOf(asked.resource))?.rights ?? null) === null) return []
  const denied = denies(asked, 'owner')
  if (denied.length > 0) return denied
  return asked.policies.some(({ side, applies }) => side === 'owner' && applies) ? [] : ownerNeeds(asked)
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

function membership(subject: Subject, root: Root): string {
  const { token, everywhere, conditions } = subject.snapshot
  if (root.startsWith('user:')) return `ask as \`${root}\`: nobody else stands at a person's root`
  const member = `an active membership in \`${root}\``
  if (token === null) return `give the user ${member}`
  const grants = entryOf(subject, root)?.grants ?? EMPTY_TABLE
  const isReached = [grants, everywhere].some((table) =>
    readPolicies(table, conditions).some(({ effect }) => effect === 'allow'),
  )
  return isReached
    ? `give the owner ${member}; if it is younger than the token, re-admit it with its earlier tokens`
    : `give the token an allow policy on \`${root}\` or something in it`
}

function entryOf({ snapshot }: Subject, root: Root): RootEntry | undefined {
  return rootEntries(snapshot.roots).find((entry) => entry.root === root)
}

/** The owner whose rights the token can't exceed, or the user of a session. */
function ownerWords({ snapshot: { token } }: Subject): string {
  return token === null ? 'this user' : `its owner \`${ownerId(token.owner)}\``
}

function byGroup({ catalog, permission, resource }: Asked, who: string): string {
  const named = holding(catalog.groups, permission)
  return `grant ${who} \`${permission.name}\` on \`${resource}\`${named === '' ? '' : `: ${named}`}`
}

function byRole({ catalog, permission }: Asked, who: string): readonly string[] {
  const named = holding(catalog.roles, permission)
  return named === '' ? [] : [`or give ${who} a role over the whole account: ${named}`]
}

/** The names of those that hold it and may be granted, smallest first. */
function holding(all: ReadonlyMap<string, Group | Role>, permission: Permission): string {
  return [...all.values()]
    .filter(({ permissions, deprecated }) => permissions.has(permission) && !deprecated)
    .sort((a, b) => a.permissions.size - b.permissions.size)
    .map(({ name }) => name)
    .join(', ')
}
