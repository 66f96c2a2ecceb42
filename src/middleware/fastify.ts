/**
 * `guard` for Fastify 5: a hook, best for `onRequest`, before the body is parsed.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GuardOptions } from './enforce.ts'
import { nodeExchange } from './exchange.ts'

export type { AddressOption } from './client.ts'
export type { Authenticator, GuardOptions } from './enforce.ts'
export type { Granted } from './granted.ts'
export type { RefusalReason, RefusalView, Render, Rendered } from './refusal.ts'

import { type Granted, type Registered, registered } from './granted.ts'
import { type Guard, guardMaker, type Mount } from './guard.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the guard of this route found; `undefined` on a route without a guard. */
    bailiwick: Granted<Registered>
  }
}

interface FastifyMount extends Mount {
  readonly request: FastifyRequest
  readonly options: readonly [options?: GuardOptions<FastifyRequest>]
  readonly middleware: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
}

/**
 * Guards a route of Fastify: the handler runs when the request is allowed, with `request.bailiwick`. Otherwise the guard answers: 401 without a valid
 * credential, 403 for a denial, 404 for a hidden one or an impossible name, 400 for a malformed header, 503 and 500 where there is no answer.
 *
 * @example
 * ```ts
 * app.post('/accounts/:account/zones/:zone/purge_cache', { onRequest: guard(bw, 'cache.purge', 'account:{account}/zone:{zone}') }, handler)
 * ```
 */
export const guard: Guard<FastifyMount> = guardMaker<FastifyMount, GuardOptions<FastifyRequest>>(
  (enforce) => async (request, reply) => {
    const outcome = await enforce(nodeExchange(request, request.raw, request.params, () => request.routeOptions.url))
    if (outcome.allowed) {
      request.bailiwick = registered(outcome.granted)
      return
    }
    const { status, headers, body } = outcome.refusal
    return reply.code(status).headers(headers).send(body)
  },
)
