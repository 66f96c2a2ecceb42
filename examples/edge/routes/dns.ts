/**
 * DNS records. A policy may name a single record, so every question is about the record itself: the one that will exist when creating, the
 * old and the new one when editing, since a rename is two questions.
 */
import { guard } from 'bailiwick/express'
import { json, type Request, type Response, type Router } from 'express'
import { complete, draftsIn } from '../drafts.ts'
import { ApiError, list, respond } from '../envelope.ts'
import { accessOf, type Host, type Names } from '../host.ts'
import { param, query } from '../input.ts'
import { recordId } from '../names.ts'
import { notFound, refusals } from '../refusals.ts'
import type { DnsRecord, Zone } from '../store.ts'
import { zoneOfPath } from './zones.ts'

const BASE = '/zones/:zone/dns_records'

export function dnsRoutes(api: Router, { bw, store }: Host): void {
  const draftOf = draftsIn(store)
  const nameOf = (names: Names, zone: Zone, record: DnsRecord) => names.record(zone.account, zone.id, recordId(record))

  const asItIs = async (req: Request, names: Names) => {
    const draft = draftOf(req)
    return draft?.before == null ? null : nameOf(names, draft.zone, draft.before)
  }
  /** A body that describes no record is a question about the zone: who may write all of it is told what is wrong with the body. */
  const asItWillBe = async (req: Request, names: Names) => {
    const draft = draftOf(req)
    if (draft === null) return null
    const { zone, after } = draft
    return after === null ? names.zone(zone.account, zone.id) : nameOf(names, zone, after)
  }

  const mayRead = guard(bw, 'dns.read', asItIs, refusals('dns.read'))
  const mayCreate = guard(bw, 'dns.write', asItWillBe, refusals('dns.write'))
  const mayRemove = guard(bw, 'dns.write', asItIs, refusals('dns.write'))
  const mayChange = guard.all(
    bw,
    [
      ['dns.write', asItIs],
      ['dns.write', asItWillBe],
    ],
    refusals('dns.write'),
  )

  api.get(BASE, guard.authenticated(bw, refusals()), (req, res) => {
    const access = accessOf(req)
    const zone = store.zones.get(param(req, 'zone'))
    if (zone === null) return list(req, res, [], 100, 5_000)
    const records = store.records.in(zone.id).filter((one) => matches(one, req))
    const mine = access.filter('dns.read', records, (one) => nameOf(bw.name, zone, one))
    list(req, res, mine.map(shown), 100, 5_000)
  })

  api.get(`${BASE}/export`, guard(bw, 'dns.export', zoneOfPath(store), refusals('dns.export')), (req, res) => {
    const records = store.records.in(param(req, 'zone'))
    const lines = records.map(({ name, ttl, type, content }) => `${name}. ${ttl} IN ${type} ${content}\n`)
    res.type('text/plain').send(lines.join(''))
  })

  api.post(BASE, json(), mayCreate, (req, res) => {
    const record = complete(draftOf(req))
    refuseTwin(record)
    store.records.add(record)
    respond(res, shown(record))
  })

  api.get(`${BASE}/:record`, mayRead, (req, res) => respond(res, shown(before(req))))

  const change = (req: Request, res: Response): void => {
    const record = complete(draftOf(req))
    refuseTwin(record)
    if (!store.records.replace(before(req), record)) throw notFound('dns.write')
    respond(res, shown(record))
  }
  api.put(`${BASE}/:record`, json(), mayChange, change)
  api.patch(`${BASE}/:record`, json(), mayChange, change)

  api.delete(`${BASE}/:record`, mayRemove, (req, res) => {
    const record = before(req)
    if (!store.records.remove(record)) throw notFound('dns.write')
    respond(res, { id: record.id })
  })

  /** The record that the guard was asked about. */
  function before(req: Request): DnsRecord {
    const record = draftOf(req)?.before
    if (record == null) throw notFound('dns.read')
    return record
  }

  function refuseTwin({ id, zone, type, name, content }: DnsRecord): void {
    const isTwin = (one: DnsRecord) =>
      one.id !== id && one.type === type && one.name === name && one.content === content
    if (store.records.in(zone).some(isTwin)) throw new ApiError(400, 81058, 'an identical record already exists')
  }
}

/** `name` and `name.exact` are one filter, as two generations of clients spell it; so with `content`. */
function matches(record: DnsRecord, req: Request): boolean {
  const holds = (field: 'type' | 'name' | 'content') =>
    [field, `${field}.exact`].every((filter) => {
      const wanted = query(req, filter)
      return wanted === undefined || record[field].toLowerCase() === wanted.toLowerCase()
    })
  return holds('type') && holds('name') && holds('content')
}

function shown({ id, type, name, content, ttl }: DnsRecord) {
  return {
    id,
    name,
    type,
    content,
    ttl,
    proxied: false,
    proxiable: false,
    comment: null,
    tags: [],
    settings: {},
    meta: {},
  }
}
