/**
 * Grants that are broader than they need be, as far as the text of a token alone can tell.
 */
import { type Catalog, isAtOrBeneath, type Permission, type ResourceType } from './catalog.ts'
import { tokenPolicies } from './compile.ts'
import type { Token } from './facts.ts'
import { permissionsIn, withoutRepeats } from './policy.ts'
import { EVERYWHERE } from './reach.ts'
import type { Selector } from './selector.ts'

/** Permissions that a token's policy gives on a whole account, or on all of them. */
export interface BroadGrant {
  /** The policy's id. */
  readonly policy: string
  /** The selector: `account:acme`, or `account:*`. */
  readonly resource: string
  readonly permissions: readonly string[]
  /** What is given, and what could be named instead. */
  readonly words: string
}

/**
 * The grants of a token that could have named something narrower: on a whole account, every permission that is asked about things in it but
 * never about the account itself; on `account:*` every permission, since accounts could have been named.
 *
 * A grant listed here is not wrong, and one that isn't listed is not narrow. It means that the policy's resource stands at the root while
 * the permission would have taken a resource beneath. It does not mean that the token uses less, nor that its owner may do so much today: what
 * the owner may is not asked, conditions are not looked at and denies are not subtracted. A wildcard beneath the root
 * (`account:acme/zone:*`) is not listed, nor is a person's own root.
 *
 * Throws `ERR_BAILIWICK_STORED_FACT` for a token that can't be understood, such as one naming a group that the catalog doesn't know.
 */
export function broadGrants(catalog: Catalog, token: Token): readonly BroadGrant[] {
  const found = tokenPolicies(catalog, token)
    .filter(({ effect }) => effect === 'allow')
    .map(withoutRepeats)
    .flatMap(({ id, permissions, selectors }) =>
      selectors.flatMap((selector) => broad(id, selector, permissionsIn(catalog, permissions))),
    )
  return Object.freeze(found)
}

function broad(policy: string, { text, type }: Selector, permissions: readonly Permission[]): readonly BroadGrant[] {
  if (type.name !== 'account') return []
  const everywhere = text === EVERYWHERE
  const given = permissions.filter(({ on }) => {
    const within = [...on].filter((one) => isAtOrBeneath(one, type))
    return within.length > 0 && (everywhere || !on.has(type))
  })
  if (given.length === 0) return []
  const names = given.map(({ name }) => name).sort()
  const words = everywhere
    ? `policy \`${policy}\` gives ${names.join(', ')} in every account of its owner, also in those yet to come: name those that are meant`
    : `policy \`${policy}\` gives ${names.join(', ')} on all of ${text}: ${names.length === 1 ? 'it is' : 'they are'} asked about ${typesOf(given, type)}, so name those that are meant`
  return [Object.freeze({ policy, resource: text, permissions: Object.freeze(names), words })]
}

/** The types in an account that these permissions are on. */
function typesOf(permissions: readonly Permission[], account: ResourceType): string {
  const types = permissions.flatMap(({ on }) => [...on].filter((type) => isAtOrBeneath(type, account)))
  return [...new Set(types.map(({ name }) => name))].sort().join(', ')
}
