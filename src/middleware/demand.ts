/**
 * What a route demands: a permission, and how to find the resource.
 */
import { type Catalog, permissionNamed } from '../core/catalog.ts'
import type { CatalogShape, PermissionName, ResourceFor } from '../core/catalog-types.ts'
import { type Names, nameBuilders } from '../core/names.ts'
import { InputError, MisuseError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { fillPattern, type Pattern, paramsOf, parsePattern } from './pattern.ts'
import { absentParam } from './route.ts'
import type { Warn } from './warning.ts'

/** Finds the resource where the route doesn't have all ids. `null` refuses the request as `not_a_member`, like an account the caller isn't in. */
export type ResourceBuilder<S extends CatalogShape, P extends PermissionName<S>, Q> = (
  request: Q,
  names: Names<S>,
) => ResourceFor<S, P> | null | Promise<ResourceFor<S, P> | null>

/** A pattern such as `account:{account}/zone:{zone}`, or a builder. */
export type Target<S extends CatalogShape, P extends PermissionName<S>, Q> =
  | ResourceFor<S, P>
  | ResourceBuilder<S, P, Q>

/** One question of `guard.all`. Here and in `guard` the pattern is not hidden behind a name, so that an error of the compiler shows it first. */
export type Demand<S extends CatalogShape, Q> = {
  [P in PermissionName<S>]: readonly [permission: P, resource: ResourceFor<S, P> | ResourceBuilder<S, P, Q>]
}[PermissionName<S>]

export type ReadDemand<Q> = PatternDemand<Q> | LookUpDemand<Q>

export interface PatternDemand<Q> {
  readonly permission: string
  readonly looksUp: false
  /** The parameters of the route that it needs. */
  readonly params: readonly string[]
  readonly locate: (exchange: Exchange<Q>) => Located
}

interface LookUpDemand<Q> {
  readonly permission: string
  readonly looksUp: true
  readonly params: readonly string[]
  readonly locate: (exchange: Exchange<Q>) => Promise<Located>
}

/** Whether it is a pattern, filled from the route without waiting. */
export function isFilled<Q>(demand: ReadDemand<Q>): demand is PatternDemand<Q> {
  return !demand.looksUp
}

export type Located = { readonly name: string } | { readonly refused: 'resource_malformed' | 'not_a_member' }

/** Throws `ERR_BAILIWICK_MISUSE` when the catalog has no such permission, or the pattern is wrong for it. */
export function readDemand<Q>(
  catalog: Catalog,
  [permission, resource]: Demand<CatalogShape, Q>,
  warn: Warn,
): ReadDemand<Q> {
  permissionNamed(catalog, permission)
  if (typeof resource !== 'string' && typeof resource !== 'function')
    throw new MisuseError(`the guard of \`${permission}\` needs a resource pattern or a builder`)
  return typeof resource === 'function'
    ? lookUp(permission, resource, nameBuilders(catalog))
    : fill(permission, parsePattern(catalog, permission, resource), warn)
}

function fill<Q>(permission: string, pattern: Pattern, warn: Warn): PatternDemand<Q> {
  const locate = ({ params, route }: Exchange<Q>): Located => {
    const name = fillPattern(pattern, params, (param) => absentParam(param, route(), warn))
    return name === null ? { refused: 'resource_malformed' } : { name }
  }
  return { permission, looksUp: false, params: paramsOf(pattern), locate }
}

function lookUp<Q>(
  permission: string,
  build: ResourceBuilder<CatalogShape, string, Q>,
  names: Names<CatalogShape>,
): LookUpDemand<Q> {
  const locate = async ({ request }: Exchange<Q>): Promise<Located> => {
    try {
      const name = await build(request, names)
      return name === null || name === undefined ? { refused: 'not_a_member' } : { name }
    } catch (error) {
      if (error instanceof InputError) return { refused: 'resource_malformed' } // ids that no name can hold
      throw error
    }
  }
  return { permission, looksUp: true, params: [], locate }
}
