/**
 * The three forms of a guard, made once for every framework: one demand, several at one instant, or a valid credential alone.
 */
import type { CatalogShape, PermissionName } from '../core/catalog-types.ts'
import { type Fields, fieldFault } from '../core/fields.ts'
import { MisuseError } from '../errors.ts'
import { type Demand, readDemand, type Target } from './demand.ts'
import { type Authenticator, type Enforce, enforcer, type GuardOptions } from './enforce.ts'
import { warnOnce } from './warning.ts'

/** What differs between frameworks: the request, the options, and the middleware, which may name the shape of the catalog as `this['shape']`. */
export interface Mount {
  readonly shape: unknown
  readonly request: unknown
  readonly options: readonly unknown[]
  readonly middleware: unknown
}
type Mounted<M extends Mount, S extends CatalogShape> = (M & { readonly shape: S })['middleware']

export interface Guard<M extends Mount> {
  /**
   * Lets a request through to the handler when its credential may do this to the resource of the route, and otherwise answers it with
   * problem JSON: 401 for no credential or one that is refused · 400 for a malformed Authorization header · 403 for a denial · 404 for a resource whose
   * name can't exist, and for every denial that `hide` hides · 503 with `Retry-After` when storage gives no answer · 500 for a stored fact that can't
   * be understood.
   *
   * Throws `ERR_BAILIWICK_MISUSE` at once for an unknown permission, a pattern that doesn't fit it, or a bad option. What your own functions throw at a
   * request, and the misuse that shows only then (the route lacks a parameter of the pattern), goes to the framework's error handling. The method
   * makes no difference: a guarded HEAD or OPTIONS needs the same right. Does not check that the resource exists, nor what the handler then does.
   */
  <S extends CatalogShape, P extends PermissionName<S>>(
    bw: Authenticator<S>,
    permission: P,
    resource: Target<S, P, M['request']>,
    ...options: M['options']
  ): Mounted<M, S>
  /** Needs all of several permissions, decided at one instant on the same facts. Answers and throws like the form above; the first denial counts. */
  all<S extends CatalogShape>(
    bw: Authenticator<S>,
    demands: readonly Demand<S, M['request']>[],
    ...options: M['options']
  ): Mounted<M, S>
  /**
   * Needs a valid credential or session and nothing more: 400, 401, 403 (the token's own address condition), 500 or 503 otherwise. What the caller may
   * see is then for the handler to ask: `access.can(…)`, `access.filter(…)`.
   */
  authenticated<S extends CatalogShape>(bw: Authenticator<S>, ...options: M['options']): Mounted<M, S>
}

/** `params` is for the fetch guard alone: elsewhere the framework has the parameters. */
const OPTIONS: Fields = {
  session: 'function?',
  hide: 'flag?',
  ip: "'none' or function?",
  extract: 'function?',
  requestId: 'function?',
  render: 'function?',
  params: 'function?',
}

const ARGUMENTS =
  'a guard takes first what `createBailiwick` made, then what it guards: `guard(bw, permission, resource)`'

function isAuthenticator(bw: unknown): bw is Authenticator {
  return typeof bw === 'object' && bw !== null && 'catalog' in bw && 'authenticate' in bw && 'session' in bw
}

/** Makes the `guard` of one framework. `mount` gets the parameters that its patterns need. */
export function guardMaker<M extends Mount, O extends GuardOptions<M['request']>>(
  mount: (
    enforce: Enforce<M['request']>,
    options: O | undefined,
    params: readonly string[],
  ) => Mounted<M, CatalogShape>,
): Guard<M> {
  const warn = warnOnce()
  const make = (bw: Authenticator, demands: readonly Demand<CatalogShape, M['request']>[], options?: O) => {
    if (!isAuthenticator(bw)) throw new MisuseError(ARGUMENTS)
    const fault = fieldFault('the options of a guard', options ?? {}, OPTIONS)
    if (fault !== null) throw new MisuseError(fault)
    const read = demands.map((demand) => readDemand(bw.catalog, demand, warn))
    const params = read.flatMap((demand) => demand.params)
    return mount(enforcer(bw, read, options ?? {}, warn), options, params)
  }
  const guard = (
    bw: Authenticator,
    permission: string,
    resource: Target<CatalogShape, string, M['request']>,
    options?: O,
  ) => make(bw, [[permission, resource]], options)
  const all = (bw: Authenticator, demands: readonly Demand<CatalogShape, M['request']>[], options?: O) => {
    const pairs: unknown = demands
    if (!Array.isArray(pairs) || pairs.length === 0 || !pairs.every((pair) => Array.isArray(pair)))
      throw new MisuseError('`guard.all` needs a list of at least one pair: a permission and a resource')
    return make(bw, demands, options)
  }
  const authenticated = (bw: Authenticator, options?: O) => make(bw, [], options)
  return Object.assign(guard, { all, authenticated }) as unknown as Guard<M>
}
