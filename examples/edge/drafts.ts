/**
 * What a DNS request is about: the record as it is, and as it would become. Worked out once for each request, so that the guard and the
 * handler can't see two different things.
 */
import type { Request } from 'express'
import { ApiError } from './envelope.ts'
import { bodyOf, param } from './input.ts'
import { recordName, recordType } from './names.ts'
import { type DnsRecord, newId, type Store, type Zone } from './store.ts'

export interface Draft {
  readonly zone: Zone
  /** The record of the path; `null` where the path names none. */
  readonly before: DnsRecord | null
  /** The record the body describes; `null` where it describes none. */
  readonly after: DnsRecord | null
}

/** Reads drafts for one store. `null` where the zone or the record of the path doesn't exist. */
export function draftsIn(store: Store): (req: Request) => Draft | null {
  const drafts = new WeakMap<Request, Draft | null>()
  return (req) => {
    const known = drafts.get(req)
    if (known !== undefined) return known
    const draft = read(store, req)
    drafts.set(req, draft)
    return draft
  }
}

/** The draft of a request that the guard let through. */
export function complete(draft: Draft | null): DnsRecord {
  if (draft?.after == null) throw new ApiError(400, 9005, 'a record needs a `type`, a `name` and a `content`')
  return draft.after
}

function read(store: Store, req: Request): Draft | null {
  const zone = store.zones.get(param(req, 'zone'))
  if (zone === null) return null
  if (req.params.record === undefined) return { zone, before: null, after: described(zone, bodyOf(req), null) }
  const before = store.records.get(zone.id, param(req, 'record'))
  // PATCH keeps what the body leaves out, PUT replaces the whole.
  return before === null
    ? null
    : { zone, before, after: described(zone, bodyOf(req), req.method === 'PATCH' ? before : null, before.id) }
}

function described(
  zone: Zone,
  body: Readonly<Record<string, unknown>>,
  keep: DnsRecord | null,
  id: string = newId(),
): DnsRecord | null {
  const type = body.type === undefined && keep !== null ? keep.type : recordType(body.type)
  const name = body.name === undefined && keep !== null ? keep.name : recordName(body.name, zone.name)
  const content = body.content ?? keep?.content
  const ttl = body.ttl ?? keep?.ttl ?? 1
  if (type === null || name === null || typeof content !== 'string' || content === '') return null
  return typeof ttl === 'number' && Number.isInteger(ttl) && ttl >= 1
    ? { id, zone: zone.id, type, name, content, ttl }
    : null
}
