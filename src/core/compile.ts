/**
 * Compiles facts. Everything that can fail fails here, so that `decide` meets nothing it can't understand.
 *
 * A name the catalog no longer declares is kept as a fault of the accounts it concerns, and asking about those throws. Anything else that can't
 * be understood is an error of the whole credential.
 */
import { StoredFactError } from '../errors.ts'
import { type Bits, bitsOf, unionOf } from './bits.ts'
import type { Catalog } from './catalog.ts'
import { type CompiledCondition, type CompiledIp, compileCondition } from './condition.ts'
import type { Account, Condition, Member, Owner, Policy, StandingFacts, Token } from './facts.ts'
import type { CompiledPolicy } from './policy.ts'
import { EMPTY_TABLE, type PolicyTable } from './policy-table.ts'
import { type PolicyTables, writeTables } from './policy-table-writer.ts'
import { accountName, decodeId, printName, rootOf } from './resource.ts'
import type { Root } from './roots.ts'
import { isNarrow } from './rules.ts'
import { type Holder, isFault, misplacement, type Selector } from './selector.ts'
import { sharedBy } from './shared.ts'
import { checkAccount, checkMember, checkToken } from './stored.ts'

/** Half-open in epoch milliseconds; a missing edge is infinite. */
export interface Window {
  readonly notBefore: number
  readonly expiresOn: number
}

export interface CompiledToken {
  readonly id: string
  readonly owner: Owner
  readonly ended: 'token_disabled' | 'token_revoked' | null
  /** `null` where there is neither a beginning nor an end. */
  readonly window: Window | null
  readonly ip: CompiledIp | null
  /** Whether `requireIp` is met: a token-level `in` with no range wider than /8 or /32. */
  readonly ipIsNarrow: boolean
  readonly expiresOn: number
  readonly issuedOn: number
  readonly secretIssuedOn: number
  readonly revision: number
  readonly apiAccess: boolean | null
  readonly tables: PolicyTables
  /** The root of the owning user; `null` where the owner is no user. */
  readonly ownRoot: Root | null
  /** The roots some allow policy names. */
  readonly reach: ReadonlySet<Root>
  /** What can't be understood, by the root it concerns. */
  readonly faults: ReadonlyMap<Root, string>
}

/** A member's roles and policies in the account, compiled. */
export interface Rights {
  readonly table: PolicyTable
  readonly conditions: readonly CompiledCondition[]
}

/** One principal's account, membership and rights there. `member` is `null` where the account itself is the principal. */
export interface Standing {
  readonly root: Root
  readonly account: Pick<Account, 'id' | 'status' | 'apiAccess' | 'tokenRules'>
  readonly member: Pick<Member, 'kind' | 'id' | 'status' | 'since' | 'readmitted' | 'apiAccess'> | null
  /** `null` where the account itself owns the token: nothing else limits it. */
  readonly rights: Rights | null
  readonly fault: string | null
}

/** The policies of a token. Throws `ERR_BAILIWICK_STORED_FACT` when one of them can't be understood. */
export function tokenPolicies(catalog: Catalog, token: Token): readonly CompiledPolicy[] {
  const { policies, faults } = readToken(catalog, token)
  for (const fault of faults.values()) throw new StoredFactError(fault)
  return policies
}

export function compileToken(catalog: Catalog, token: Token): CompiledToken {
  const { policies, faults, reach, window } = readToken(catalog, token)
  const { notBefore, expiresOn, ip } = window
  return {
    id: token.id,
    owner: token.owner,
    ended: token.status === 'active' ? null : token.status === 'revoked' ? 'token_revoked' : 'token_disabled',
    window: token.notBefore === undefined && token.expiresOn === undefined ? null : { notBefore, expiresOn },
    ip,
    ipIsNarrow: isNarrow(token.condition?.ip?.in),
    expiresOn,
    issuedOn: token.issuedOn,
    secretIssuedOn: token.secretIssuedOn,
    revision: token.revision,
    apiAccess: token.apiAccess,
    tables: writeTables(policies, sharedBy(catalog).deep),
    ownRoot: 'user' in token.owner ? sharedBy(catalog).root(rootOfUser(token.owner.user)) : null,
    reach,
    faults,
  }
}

/** What in a token can't be understood, by the root it concerns. Throws as `compileToken` does, but compiles no policy tables. */
export function tokenFaults(catalog: Catalog, token: Token): ReadonlyMap<Root, string> {
  return readToken(catalog, token).faults
}

function readToken(catalog: Catalog, token: Token): Compiled & { readonly window: CompiledCondition } {
  checkToken(token)
  const { policies, faults, reach } = compilePolicies(catalog, token.policies, token.owner, `token \`${token.id}\``)
  return { policies, faults, reach, window: compileCondition({ ...token.condition, ...timesOf(token) }) }
}

export function compileStanding(catalog: Catalog, { account, member }: StandingFacts): Standing {
  checkAccount(account)
  const { id, status, apiAccess, tokenRules } = account
  const root = sharedBy(catalog).root(rootOfAccount(account))
  const standing = { root, account: { id, status, apiAccess, tokenRules } }
  if (member === null) return { ...standing, member, rights: null, fault: null }
  checkMember(member)
  if (member.account !== id) throw new StoredFactError(`the stored ${nameOf(member)} belongs to another account`)
  const { policies, fault } = memberPolicies(catalog, member)
  const { byRoot, conditions } = writeTables(policies, sharedBy(catalog).deep)
  const { kind, id: memberId, status: memberStatus, since, readmitted, apiAccess: own } = member
  return {
    ...standing,
    member: { kind, id: memberId, status: memberStatus, since, readmitted, apiAccess: own },
    rights: { table: byRoot.get(standing.root) ?? EMPTY_TABLE, conditions },
    fault,
  }
}

function rootOfAccount({ id }: Pick<Account, 'id'>): Root {
  const root = accountName(id)
  if (root === null) throw new StoredFactError('a stored account has an id that no name can spell')
  return root
}

export function rootOfUser(id: string): Root {
  const root = printName([{ type: 'user', id }])
  if (root === null) throw new StoredFactError('a stored user has an id that no name can spell')
  return root
}

/** The policies a member has: one for each role, then its own. A fault where one of them can't be understood. */
export function memberPolicies(
  catalog: Catalog,
  member: Member,
): { readonly policies: readonly CompiledPolicy[]; readonly fault: string | null } {
  const where = nameOf(member)
  const roles = compileRoles(catalog, member, where)
  const own = compilePolicies(catalog, member.policies, member, where)
  const [fault = null] = [...roles.faults.values(), ...own.faults.values()]
  return { policies: [...roles.policies, ...own.policies], fault }
}

function nameOf(member: Member): string {
  return `member \`${member.id}\` of \`${member.account}\``
}

function timesOf({ notBefore, expiresOn }: Token): Pick<Condition, 'notBefore' | 'expiresOn'> {
  return { ...(notBefore !== undefined && { notBefore }), ...(expiresOn !== undefined && { expiresOn }) }
}

interface Compiled {
  readonly policies: readonly CompiledPolicy[]
  readonly faults: ReadonlyMap<Root, string>
  /** The roots some allow policy names, those of policies with a fault among them. */
  readonly reach: ReadonlySet<Root>
}

/** A role gives its groups over the whole account. It becomes one allow policy, with an id by which `explain` can say where a right comes from. */
function compileRoles(catalog: Catalog, member: Member, where: string): Omit<Compiled, 'reach'> {
  const shared = sharedBy(catalog)
  const faults = new Map<Root, string>()
  const policies: CompiledPolicy[] = []
  const account = shared.selector(accountName(member.account) ?? '')
  if (isFault(account)) throw new StoredFactError(`the account of the stored ${where} has no name`)
  for (const id of new Set(member.roles)) {
    const role = catalog.roles.get(id)
    if (role === undefined) faults.set(account.text, `the stored ${where} holds unknown role \`${id}\``)
    else
      policies.push({
        id: `role:${id}`,
        effect: 'allow',
        permissions: shared.bitsOf(role.permissions),
        selectors: [account],
        condition: null,
      })
  }
  return { policies, faults }
}

function compilePolicies(catalog: Catalog, policies: readonly Policy[], holder: Holder, where: string): Compiled {
  const shared = sharedBy(catalog)
  const compiled: CompiledPolicy[] = []
  const faults = new Map<Root, string>()
  const reach = new Set<Root>()
  /** The roots that selectors of this holder may have. */
  const allowed = new Set<Root>()
  for (const policy of policies) {
    const selectors: Selector[] = []
    const unknown: string[] = []
    /** The roots of its selectors. One may come twice where they alternate. */
    const roots: Root[] = []
    for (const text of policy.resources) {
      const selector = shared.selector(text)
      if (isFault(selector)) {
        if (selector.fault !== 'unknown' || readRoot(text) === null)
          throw new StoredFactError(
            `a stored policy of ${where} has a selector that can't be understood: ${selector.message}`,
          )
        unknown.push(selector.message)
        continue
      }
      selectors.push(selector)
      if (selector.root === roots.at(-1)) continue
      if (!allowed.has(selector.root)) checkPlace(selector, holder, where)
      allowed.add(selector.root)
      roots.push(selector.root)
    }
    const permissions = permissionsOf(catalog, policy, unknown)
    const condition = policy.condition === undefined ? null : shared.condition(policy.condition)
    const isUnderstood = unknown.length === 0
    if (isUnderstood) compiled.push({ id: policy.id, effect: policy.effect, permissions, selectors, condition })
    for (const root of isUnderstood ? roots : policy.resources.map(rootOf)) {
      if (policy.effect === 'allow') reach.add(root)
      if (!isUnderstood) faults.set(root, `a stored policy of ${where}: ${[...new Set(unknown)].join('; ')}`)
    }
  }
  return { policies: compiled, faults, reach }
}

/** A selector where none may be was not written by this package: refusing the credential is better than guessing what it was meant to cover. */
function checkPlace(selector: Selector, holder: Holder, where: string): void {
  const wrong = misplacement(selector, holder)
  if (wrong !== null) throw new StoredFactError(`a stored policy of ${where} has a misplaced selector: ${wrong}`)
}

function permissionsOf(catalog: Catalog, policy: Policy, unknown: string[]): Bits {
  const shared = sharedBy(catalog)
  const sets: Bits[] = []
  for (const id of policy.permissionGroups ?? []) {
    const group = catalog.groups.get(id)
    if (group === undefined) unknown.push(`unknown permission group \`${id}\``)
    else sets.push(shared.bitsOf(group.permissions))
  }
  for (const name of policy.permissions ?? []) {
    const permission = catalog.permissions.get(name)
    if (permission === undefined) unknown.push(`unknown permission \`${name}\``)
    else if (!permission.retired) sets.push(bitsOf([permission.index]))
  }
  return unionOf(sets)
}

/** The root of a selector whose types the catalog may not know; `null` when it has none that can be read. */
function readRoot(text: string): Root | null {
  const root = rootOf(text)
  const id = /^(?:account|user):(.*)$/s.exec(root)?.[1]
  return id !== undefined && (id === '*' || decodeId(id) !== null) ? root : null
}
