/**
 * `guard` for web-standard handlers: `Request` in, `Response` out.
 */
import type { CatalogShape } from '../core/catalog-types.ts'
import { MisuseError } from '../errors.ts'
import type { AddressOption } from './client.ts'
import type { GuardOptions } from './enforce.ts'
import { webExchange } from './exchange.ts'

export type { AddressOption } from './client.ts'
export type { Authenticator, GuardOptions } from './enforce.ts'
export type { Granted } from './granted.ts'
export type { RefusalReason, RefusalView, Render, Rendered } from './refusal.ts'

import type { Granted } from './granted.ts'
import { type Guard, guardMaker, type Mount } from './guard.ts'

type Params = Readonly<Record<string, string | undefined>>

export interface FetchGuardOptions extends GuardOptions<Request> {
  /** A `Request` doesn't say where it came from. Give the client's address, or `'none'`: then tokens bound to addresses are refused. */
  readonly ip: AddressOption<Request>
  /** The parameters of the route, decoded once: `URLPattern` leaves its groups encoded. The handler is given these same values. */
  readonly params?: (request: Request) => Params
}

interface FetchMount extends Mount {
  readonly request: Request
  readonly options: readonly [options: FetchGuardOptions]
  readonly middleware: Wrap<this['shape']>
}
type Wrap<S> = <A extends readonly unknown[]>(
  handler: (request: Request, granted: FetchGranted<S>, ...rest: A) => Response | Promise<Response>,
) => (request: Request, ...rest: A) => Promise<Response>
/** What a guarded handler is given. */
export type FetchGranted<S> = (S extends CatalogShape ? Granted<S> : never) & { readonly params: Params }

/**
 * Guards a web-standard handler, which runs when the request is allowed: `handler(request, { access, decision, params }, ...rest)`. Otherwise the guard
 * answers: 401 without a valid credential, 403 for a denial, 404 for a hidden one or an impossible name, 400 for a malformed header, 503 and 500
 * where there is no answer.
 *
 * Throws `ERR_BAILIWICK_MISUSE` at once without `ip`, and without `params` where a pattern needs some.
 *
 * @example
 * ```ts
 * const purge = guard(bw, 'cache.purge', 'account:{account}/zone:{zone}', { params, ip })((request, { access }) => new Response('purged'))
 * ```
 */
export const guard: Guard<FetchMount> = guardMaker<FetchMount, FetchGuardOptions>((enforce, options, needed) => {
  if (typeof options?.ip !== 'function' && options?.ip !== 'none')
    throw new MisuseError("a fetch guard needs the option `ip`: a function, or 'none'")
  const { params: read } = options
  if (read === undefined && needed.length > 0)
    throw new MisuseError(`the pattern needs \`${needed.join('`, `')}\`: give the option \`params\``)
  return (handler) =>
    async (request, ...rest) => {
      const params = read?.(request) ?? {}
      const outcome = await enforce(webExchange(request, request, { params, remoteAddress: null, route: () => null }))
      if (outcome.allowed) return handler(request, { ...outcome.granted, params }, ...rest)
      const { body, ...init } = outcome.refusal
      return new Response(body, init)
    }
})
