/**
 * `guard` for Hono 4.
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { CatalogShape } from '../core/catalog-types.ts'
import type { GuardOptions } from './enforce.ts'
import { webExchange } from './exchange.ts'

export type { AddressOption } from './client.ts'
export type { Authenticator, GuardOptions } from './enforce.ts'
export type { Granted } from './granted.ts'
export type { RefusalReason, RefusalView, Render, Rendered } from './refusal.ts'

import type { Granted } from './granted.ts'
import { type Guard, guardMaker, type Mount } from './guard.ts'

interface HonoMount extends Mount {
  readonly request: Context
  readonly options: readonly [options?: GuardOptions<Context>]
  readonly middleware: MiddlewareHandler<Env<this['shape']>>
}
type Env<S> = { Variables: S extends CatalogShape ? Granted<S> : never }

/**
 * Guards a route of Hono: the next handler runs when the request is allowed, with `c.get('access')` and `c.get('decision')`. Otherwise the guard answers:
 * 401 without a valid credential, 403 for a denial, 404 for a hidden one or an impossible name, 400 for a malformed header, 503 and 500 where
 * there is no answer.
 *
 * The address is the socket's where Hono runs on Node; elsewhere it is unknown without the `ip` option.
 *
 * @example
 * ```ts
 * app.post('/accounts/:account/zones/:zone/purge_cache', guard(bw, 'cache.purge', 'account:{account}/zone:{zone}'), handler)
 * ```
 */
export const guard: Guard<HonoMount> = guardMaker<HonoMount, GuardOptions<Context>>((enforce) => async (c, next) => {
  const outcome = await enforce(
    webExchange(c, c.req.raw, {
      params: c.req.param(),
      remoteAddress: socketAddress(c.env),
      route: () => c.req.routePath,
    }),
  )
  if (!outcome.allowed) {
    const { status, headers, body } = outcome.refusal
    return c.body(body, status, headers)
  }
  c.set('access', outcome.granted.access)
  c.set('decision', outcome.granted.decision)
  return next()
})

/** From the bindings of `@hono/node-server`; `null` on other servers. */
function socketAddress(env: unknown): string | null {
  const bindings = env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
  return bindings?.incoming?.socket?.remoteAddress ?? null
}
