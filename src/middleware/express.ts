/**
 * `guard` for Express 5.
 */
import type { NextFunction, Request, Response } from 'express'
import type { GuardOptions } from './enforce.ts'
import { nodeExchange } from './exchange.ts'

export type { AddressOption } from './client.ts'
export type { Authenticator, GuardOptions } from './enforce.ts'
export type { Granted } from './granted.ts'
export type { RefusalReason, RefusalView, Render, Rendered } from './refusal.ts'

import { type Granted, type Registered, registered } from './granted.ts'
import { type Guard, guardMaker, type Mount } from './guard.ts'

declare global {
  namespace Express {
    interface Request {
      /** What the guard of this route found; `undefined` on a route without a guard. */
      bailiwick: Granted<Registered>
    }
  }
}

interface ExpressMount extends Mount {
  readonly request: Request
  readonly options: readonly [options?: GuardOptions<Request>]
  /** It declares no parameters, so that the handlers beside it keep those that Express infers from the path. */
  readonly middleware: <P>(req: Request<P>, res: Response, next: NextFunction) => Promise<void>
}

/**
 * Guards a route of Express: the next handler runs when the request is allowed, with `req.bailiwick`. Otherwise the guard answers: 401 without a valid
 * credential, 403 for a denial, 404 for a hidden one or an impossible name, 400 for a malformed header, 503 and 500 where there is no answer.
 *
 * @example
 * ```ts
 * app.post('/accounts/:account/zones/:zone/purge_cache', guard(bw, 'cache.purge', 'account:{account}/zone:{zone}'), handler)
 * ```
 */
export const guard: Guard<ExpressMount> = guardMaker<ExpressMount, GuardOptions<Request>>(
  (enforce) => async (req, res, next) => {
    const outcome = await enforce(nodeExchange(req as Request, req, req.params, () => req.route?.path))
    if (!outcome.allowed) {
      const { status, headers, body } = outcome.refusal
      res.status(status).set(headers).end(body)
      return
    }
    req.bailiwick = registered(outcome.granted)
    next()
  },
)
