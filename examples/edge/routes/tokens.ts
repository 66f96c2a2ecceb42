/**
 * A token asks about itself. It needs no grant for that: whoever holds a token may know whether it works, and until when.
 */
import { guard } from 'bailiwick/express'
import type { Request, Response, Router } from 'express'
import { ApiError, respond } from '../envelope.ts'
import { accessOf, type Host } from '../host.ts'
import { param } from '../input.ts'
import { refusals } from '../refusals.ts'

export function tokenRoutes(api: Router, { bw }: Host): void {
  const holdsToken = guard.authenticated(bw, refusals())

  api.get('/user/tokens/verify', holdsToken, (req, res) => verify(req, res, null))
  api.get('/accounts/:account/tokens/verify', holdsToken, (req, res) => verify(req, res, param(req, 'account')))

  /** Each family verifies at its own door, as in the API this one is shaped like: clients tell the families apart by it. */
  async function verify(req: Request, res: Response, account: string | null): Promise<void> {
    const { principal } = accessOf(req)
    const home = principal?.kind === 'token' && 'account' in principal.owner ? principal.owner.account : null
    const token = principal?.kind === 'token' && home === account ? await bw.tokens.get(principal.id) : null
    if (token === null) throw new ApiError(401, 1000, 'Invalid API Token')
    const { id, status, notBefore, expiresOn } = token
    const dates = { ...inText('not_before', notBefore), ...inText('expires_on', expiresOn) }
    const message = { code: 10000, message: 'This API Token is valid and active', type: null }
    respond(res, { id, status, ...dates }, undefined, [message])
  }
}

function inText(name: string, at: number | undefined) {
  return at === undefined ? {} : { [name]: new Date(at).toISOString() }
}
