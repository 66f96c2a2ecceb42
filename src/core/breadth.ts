/**
 * Grants that are broader than they need be, as far as the text of a token shows.
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
 * The grants of a token that could have named something narrower: on a whole account, every permission that is on types in it but not on
 * the account itself; on `account:*`, every permission, since accounts could have been named.
 *
 * A grant listed here is not wrong, and one that isn't listed is not narrow. Listed means that the policy names the whole account while the permission
 * could have been given on a resource in it. It looks at the token's text alone: not at what it uses, what its owner may do, conditions or
 * denies. A wildcard beneath the root (`account:acme/zone:*`) is not listed, nor is a person's own root.
 *
 * Throws `ERR_BAILIWICK_STORED_FACT` for a token that can't be understood, such as one naming a group that the catalog doesn't know.
 *
 * @example
 * ```ts
 * const { broadGrants } = await import('bailiwick/core')
 * const token = await bw.tokens.get('7hQm2VdXoYpL0sTcRk9bNe')
 * for (const { words } of token === null ? [] : broadGrants(catalog, token)) console.log(words)
 * ```
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
