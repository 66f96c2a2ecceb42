/**
 * Sites. A client knows a site by its id alone, so the guard's builder looks up whose it is; a list shows the sites the token may see.
 */
import { guard } from 'bailiwick/express'
import { json, type Request, type Router } from 'express'
import { ApiError, list, respond } from '../envelope.ts'
import { accessOf, type Host, type Names } from '../host.ts'
import { bodyOf, fields, param, query, text } from '../input.ts'
import { domainName } from '../names.ts'
import { notFound, refusals } from '../refusals.ts'
import { newId, type Store, type Zone } from '../store.ts'

/** The zone of `/zones/:zone`. `null` where there is none: the guard refuses that exactly as it refuses somebody else's zone. */
export function zoneOfPath(store: Store) {
  return async (req: Request, names: Names) => {
    const zone = store.zones.get(param(req, 'zone'))
    return zone === null ? null : names.zone(zone.account, zone.id)
  }
}

export function zoneRoutes(api: Router, { bw, store }: Host): void {
  const zone = zoneOfPath(store)

  api.get('/zones', guard.authenticated(bw, refusals()), (req, res) => {
    const access = accessOf(req)
    const zones = store.zones.all().filter((one) => matches(one, req))
    const mine = access.filter('zone.read', zones, (one) => bw.name.zone(one.account, one.id))
    list(req, res, mine.map(shown), 20, 50)
  })

  api.post('/zones', json(), guard(bw, 'zone.create', accountOfBody, refusals('zone.create')), (req, res) => {
    const name = domainName(text(bodyOf(req), 'name'))
    if (name === null) throw new ApiError(400, 1105, 'this is not the name of a domain')
    const added = { id: newId(), account: accountIn(req), name }
    if (!store.zones.add(added)) throw new ApiError(400, 1061, `${name} already exists`)
    respond(res, shown(added))
  })

  api.get('/zones/:zone', guard(bw, 'zone.read', zone, refusals('zone.read')), (req, res) => {
    const found = store.zones.get(param(req, 'zone'))
    if (found === null) throw notFound('zone.read')
    respond(res, shown(found))
  })

  api.delete('/zones/:zone', guard(bw, 'zone.delete', zone, refusals('zone.delete')), (req, res) => {
    store.zones.remove(param(req, 'zone'))
    respond(res, { id: param(req, 'zone') })
  })
}

/** The account a new zone is for. */
function accountOfBody(req: Request, names: Names) {
  const id = accountIn(req)
  return id === '' ? null : names.account(id)
}

function accountIn(req: Request): string {
  const { id } = fields(bodyOf(req).account)
  return typeof id === 'string' ? id : ''
}

function matches({ name, account }: Zone, req: Request): boolean {
  return name === (query(req, 'name')?.toLowerCase() ?? name) && account === (query(req, 'account.id') ?? account)
}

/** `id` first: some clients read the answer as text. */
function shown({ id, account, name }: Zone) {
  return { id, name, status: 'active', paused: false, type: 'full', account: { id: account } }
}
