/**
 * The traffic of a site, as a monitoring tool reads it.
 */
import { guard } from 'bailiwick/express'
import type { Router } from 'express'
import { respond } from '../envelope.ts'
import type { Host } from '../host.ts'
import { param } from '../input.ts'
import { refusals } from '../refusals.ts'
import { zoneOfPath } from './zones.ts'

const NONE = { requests: 0, cached: 0, bytes: 0, threats: 0 }

export function analyticsRoutes(api: Router, { bw, store }: Host): void {
  const mayRead = guard(bw, 'analytics.read', zoneOfPath(store), refusals('analytics.read'))

  api.get('/zones/:zone/analytics/dashboard', mayRead, (req, res) => {
    const { requests, cached, bytes, threats } = store.zones.traffic(param(req, 'zone')) ?? NONE
    const totals = {
      requests: { all: requests, cached, uncached: requests - cached },
      bandwidth: { all: bytes },
      threats: { all: threats },
    }
    respond(res, { totals, timeseries: [] })
  })
}
