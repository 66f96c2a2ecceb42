/**
 * The rules of docs/reference/semantics.md, written to be read: no index, no cache, nothing compiled. Each question reads the raw facts and the raw
 * catalog again and climbs the ladder in the order of the text. Whatever `src/core` answers, it must be this.
 */
import { BUILT_IN, type CatalogDefinition, type PermissionDefinition } from '../../src/core/catalog-types.ts'
import type { DenyReason } from '../../src/core/decision.ts'
import type { CredentialFacts, IpCondition, Member, Policy, StandingFacts } from '../../src/core/facts.ts'
import {
  type Address,
  covers,
  encode,
  inRange,
  type Pair,
  readAddress,
  readName,
  readRange,
  typesOf,
} from './reference-text.ts'
import type { Credential, Outcome, Question } from './vocabulary.ts'

export interface Asked {
  readonly permission: string
  readonly name: readonly Pair[]
  readonly now: number
  readonly ip: Address | null
}

export function reference(catalog: CatalogDefinition, credential: Credential, question: Question): Outcome {
  const { facts } = credential
  const token = credential.kind === 'token' ? credential.facts.token : null
  const owner = credential.kind === 'token' ? credential.facts.token.owner : { user: credential.user }
  const { permission, now } = question
  const ip = question.ip === null ? null : readAddress(question.ip)

  // 2. The credential by itself.
  if (token?.status === 'disabled') return 'token_disabled'
  if (token?.status === 'revoked') return 'token_revoked'
  if (token?.notBefore !== undefined && now < token.notBefore) return 'token_not_yet_valid'
  if (token?.expiresOn !== undefined && now >= token.expiresOn) return 'token_expired'
  if (credential.kind === 'token' && now >= credential.secretEndsOn) return 'token_expired'
  if ('user' in owner && facts.user?.status === 'suspended') return 'owner_suspended'

  // 3. Where it is used from, and on what.
  const from = token?.condition?.ip
  if (from !== undefined && ip === null) return 'address_unknown'
  if (from !== undefined && ipHolds(from, ip) === false) return 'address_not_allowed'
  const name = nameFor(catalog, permission, question.resource)
  const root = name?.[0]
  if (name === null || root === undefined) return 'resource_malformed'
  const asked: Asked = { permission, name, now, ip }

  // 4. Who has no business at this root. What can't be understood is not skipped: it might have been a deny.
  if (token?.policies.some((policy) => namesRoot(policy, root) && !understood(catalog, policy))) return 'error'
  if (root.type === 'user') {
    if (!('user' in owner) || owner.user !== root.id) return 'not_a_member'
    if (token === null) return permissionNamed(catalog, permission)?.retired ? 'not_granted_to_owner' : 'allow'
    return refusal(catalog, token.policies, asked, 'denied_by_token', 'not_granted') ?? 'allow'
  }
  if (token !== null && !token.policies.some((p) => p.effect === 'allow' && namesRoot(p, root))) return 'not_a_member'
  if ('account' in owner && owner.account !== root.id) return 'not_a_member'
  const standing = facts.standings.find(({ account }) => account.id === root.id)
  if (standing === undefined) return 'not_a_member'
  const { account, member } = standing
  const isAccountOwned = !('user' in owner) && !('service' in owner)
  if (isAccountOwned !== (member === null)) return 'not_a_member'
  if (member?.status === 'pending') return 'not_a_member'
  if (token !== null && member !== null && member.since > token.issuedOn && !member.readmitted) return 'not_a_member'
  if (member?.status === 'suspended') return 'member_suspended'

  // 5. The account.
  if (account.status === 'suspended') return 'account_suspended'

  // 6. The principal's own switch, else the account's: for tokens only.
  if (token !== null && !((member ?? token).apiAccess ?? account.apiAccess)) return 'api_access_disabled'
  if (credential.kind === 'token' && credential.facts.blockedIn.includes(account.id)) return 'token_blocked'

  // 7. The account's rules: for tokens only.
  if (token !== null && breaksRule(token, account.tokenRules)) return 'token_rule_violated'

  // 8. What the token may do.
  if (member !== null && !memberUnderstood(catalog, member)) return 'error'
  const refused = token && refusal(catalog, token.policies, asked, 'denied_by_token', 'not_granted')
  if (refused !== null) return refused

  // 9. What its owner may do today.
  if (member === null) return 'allow'
  return refusal(catalog, rights(catalog, member), asked, 'denied_to_owner', 'not_granted_to_owner') ?? 'allow'
}

/** Deny overrides; default deny. `null`: neither. */
function refusal<D extends DenyReason>(
  catalog: CatalogDefinition,
  policies: readonly Policy[],
  asked: Asked,
  denied: D,
  notGranted: D,
): D | null {
  const applying = policies.filter((policy) => applies(catalog, policy, asked))
  if (applying.some(({ effect }) => effect === 'deny')) return denied
  return applying.some(({ effect }) => effect === 'allow') ? null : notGranted
}

/** The policy contains the permission, a selector covers the resource, and the condition holds; unknown, it holds for a deny. */
export function applies(catalog: CatalogDefinition, policy: Policy, { permission, name, now, ip }: Asked): boolean {
  const beneath = policy.effect === 'deny' && permissionNamed(catalog, permission)?.deep === true
  if (!contains(catalog, policy, permission)) return false
  if (!policy.resources.some((selector) => covers(selector, name, beneath))) return false
  const { notBefore, expiresOn, ip: from } = policy.condition ?? {}
  if (notBefore !== undefined && now < notBefore) return false
  if (expiresOn !== undefined && now >= expiresOn) return false
  const holds = from === undefined || ipHolds(from, ip)
  return holds === 'unknown' ? policy.effect === 'deny' : holds
}

function ipHolds(condition: IpCondition, ip: Address | null): boolean | 'unknown' {
  if (ip === null) return 'unknown'
  const within = (ranges: readonly string[]) => ranges.some((range) => inRange(ip, readRange(range)))
  return (condition.in === undefined || within(condition.in)) && !within(condition.notIn ?? [])
}

/** `dns.*` and `*.read` stand for each permission of that area or verb but the built-in ones; what is retired matches nothing. */
function contains(catalog: CatalogDefinition, policy: Policy, permission: string): boolean {
  if (permissionNamed(catalog, permission)?.retired) return false
  const [area, verb] = permission.split('.')
  const entries = area === 'bailiwick' ? [permission] : [permission, `${area}.*`, `*.${verb}`]
  const groups = (policy.permissionGroups ?? []).map((id) => own(catalog.groups, id))
  const grouped = groups.flatMap((group) => (group === undefined || group.retired ? [] : group.permissions))
  return policy.permissions?.includes(permission) || grouped.some((entry) => entries.includes(entry))
}

/** The policies of a member and its roles. A role grants its groups over the whole account; a retired one nothing. */
export function rights(catalog: CatalogDefinition, { account, roles, policies }: Member): readonly Policy[] {
  const resources = [`account:${encode(account)}`]
  const ofRoles = roles.map((id): Policy => {
    const role = own(catalog.roles, id)
    return { id, effect: 'allow', permissionGroups: role === undefined || role.retired ? [] : role.groups, resources }
  })
  return [...ofRoles, ...policies]
}

function breaksRule(token: CredentialFacts['token'], rules: StandingFacts['account']['tokenRules']): boolean {
  const lifetime = (token.expiresOn ?? Number.POSITIVE_INFINITY) - token.secretIssuedOn
  const ranges = token.condition?.ip?.in?.map(readRange)
  const narrow = ranges?.every(({ family, length }) => length >= (family === 4 ? 8 : 32)) ?? false
  if (rules.maxLifetimeMs !== undefined && lifetime > rules.maxLifetimeMs) return true
  if (rules.requireExpiry && token.expiresOn === undefined) return true
  if (rules.requireIp && !narrow) return true
  return rules.forbidPersonal === true && 'user' in token.owner
}

/** Whether a selector of the policy begins at this root. */
function namesRoot(policy: Policy, root: Pair): boolean {
  return policy.resources.some((selector) => covers(selector, [root], true))
}

/** Every group, permission and type it names is in the catalog, and the types nest as its selectors say. */
function understood(catalog: CatalogDefinition, { permissionGroups, permissions, resources }: Policy): boolean {
  return (
    (permissionGroups ?? []).every((id) => own(catalog.groups, id) !== undefined) &&
    (permissions ?? []).every((id) => permissionNamed(catalog, id) !== undefined) &&
    resources.every((selector) => areNested(catalog, typesOf(selector)))
  )
}

function memberUnderstood(catalog: CatalogDefinition, { roles, policies }: Member): boolean {
  const knownRoles = roles.every((id) => own(catalog.roles, id) !== undefined)
  return knownRoles && policies.every((policy) => understood(catalog, policy))
}

/** The pairs of the text when it is a canonical name of a type the permission is on, and each id obeys its pattern. */
function nameFor(catalog: CatalogDefinition, permission: string, text: string): readonly Pair[] | null {
  const name = readName(text) ?? []
  const types = name.map(({ type }) => type)
  const isOn = [permissionNamed(catalog, permission)?.on ?? []].flat().includes(types.at(-1) ?? '')
  const obeys = ({ type, id }: Pair) => {
    const pattern = own(catalog.resources, type)?.id
    return pattern === undefined || new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(id)
  }
  return isOn && areNested(catalog, types) && name.every(obeys) ? name : null
}

/** The first is a root, and each other lives in the one before. */
function areNested(catalog: CatalogDefinition, types: readonly string[]): boolean {
  return types.every((type, i) =>
    i === 0 ? type === 'account' || type === 'user' : own(catalog.resources, type)?.in === types[i - 1],
  )
}

function permissionNamed(catalog: CatalogDefinition, name: string): PermissionDefinition | undefined {
  return own<PermissionDefinition>(catalog.permissions, name) ?? own<PermissionDefinition>(BUILT_IN, name)
}

function own<T>(record: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
