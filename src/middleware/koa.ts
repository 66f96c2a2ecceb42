/**
 * `guard` for Koa 3, with a router that sets `ctx.params`.
 */
import type { Context, Middleware } from 'koa'
import type { CatalogShape } from '../core/catalog-types.ts'
import type { GuardOptions } from './enforce.ts'
import { nodeExchange } from './exchange.ts'

export type { AddressOption } from './client.ts'
export type { Authenticator, GuardOptions } from './enforce.ts'
export type { Granted } from './granted.ts'
export type { RefusalReason, RefusalView, Render, Rendered } from './refusal.ts'

import type { Granted } from './granted.ts'
import { type Guard, guardMaker, type Mount } from './guard.ts'

interface KoaMount extends Mount {
  readonly request: Context
  readonly options: readonly [options?: GuardOptions<Context>]
  readonly middleware: Middleware<State<this['shape']>>
}
type State<S> = { bailiwick: S extends CatalogShape ? Granted<S> : never }

/**
 * Guards a route of Koa: the next middleware runs when the request is allowed, with `ctx.state.bailiwick`. Otherwise the guard answers: 401 without a valid
 * credential, 403 for a denial, 404 for a hidden one or an impossible name, 400 for a malformed header, 503 and 500 where there is no answer.
 *
 * @example
 * ```ts
 * router.post('/accounts/:account/zones/:zone/purge_cache', guard(bw, 'cache.purge', 'account:{account}/zone:{zone}'), handler)
 * ```
 */
export const guard: Guard<KoaMount> = guardMaker<KoaMount, GuardOptions<Context>>((enforce) => async (ctx, next) => {
  const outcome = await enforce(nodeExchange(ctx, ctx.req, ctx.params, () => ctx._matchedRoute))
  if (!outcome.allowed) {
    const { status, headers, body } = outcome.refusal
    ctx.status = status
    ctx.set(headers)
    ctx.body = body
    return
  }
  ctx.state.bailiwick = outcome.granted
  await next()
})
