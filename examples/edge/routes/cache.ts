/**
 * Purging what the edge keeps of a site: the call every deploy script makes, and the first one people wanted a small token for.
 */
import { guard } from 'bailiwick/express'
import { json, type Router } from 'express'
import { ApiError, respond } from '../envelope.ts'
import type { Host } from '../host.ts'
import { bodyOf, param } from '../input.ts'
import { refusals } from '../refusals.ts'
import { zoneOfPath } from './zones.ts'

const WHAT = ['purge_everything', 'files', 'tags', 'hosts', 'prefixes']

export function cacheRoutes(api: Router, { bw, store }: Host): void {
  const mayPurge = guard(bw, 'cache.purge', zoneOfPath(store), refusals('cache.purge'))

  api.post('/zones/:zone/purge_cache', mayPurge, json(), (req, res) => {
    const body = bodyOf(req)
    if (!WHAT.some((what) => what in body)) throw new ApiError(400, 1012, `a purge needs one of ${WHAT.join(', ')}`)
    store.zones.purge(param(req, 'zone'), body)
    respond(res, { id: param(req, 'zone') })
  })
}
