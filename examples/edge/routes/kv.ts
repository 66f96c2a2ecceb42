/**
 * Workers KV: the namespaces of an account, and the values in them. A policy may name one namespace, or the keys of one prefix in it.
 */
import { guard } from 'bailiwick/express'
import { json, type Request, type Router, raw } from 'express'
import { ApiError, list, respond } from '../envelope.ts'
import { accessOf, type Host } from '../host.ts'
import { bodyOf, count, param, query, text } from '../input.ts'
import { readValue } from '../multipart.ts'
import { notFound, refusals } from '../refusals.ts'
import { type Namespace, newId } from '../store.ts'

const BASE = '/accounts/:account/storage/kv/namespaces'
const NAMESPACE = 'account:{account}/namespace:{namespace}'
const KEY = 'account:{account}/namespace:{namespace}/key:{key}'

export function kvRoutes(api: Router, { bw, store }: Host): void {
  const mayCreate = guard(bw, 'kv.create', 'account:{account}', refusals('kv.create'))
  const mayDelete = guard(bw, 'kv.delete', NAMESPACE, refusals('kv.delete'))
  const maySee = guard(bw, 'kv.read', NAMESPACE, refusals('kv.read'))
  const mayRead = guard(bw, 'kv.read', KEY, refusals('kv.read'))
  const mayWrite = guard(bw, 'kv.write', KEY, refusals('kv.write'))

  api.get(BASE, guard.authenticated(bw, refusals()), (req, res) => {
    const access = accessOf(req)
    const namespaces = store.namespaces.in(param(req, 'account'))
    const mine = access.filter('kv.read', namespaces, ({ account, id }) => bw.name.namespace(account, id))
    list(req, res, mine.map(shown))
  })

  api.post(BASE, mayCreate, json(), (req, res) => {
    const namespace = { id: newId(), account: param(req, 'account'), title: text(bodyOf(req), 'title') }
    if (!store.namespaces.add(namespace)) throw new ApiError(400, 10014, 'a namespace of this title already exists')
    respond(res, shown(namespace))
  })

  api.get(`${BASE}/:namespace`, maySee, (req, res) => respond(res, shown(found(req))))

  api.delete(`${BASE}/:namespace`, mayDelete, (req, res) => {
    store.namespaces.remove(found(req).id)
    respond(res, {})
  })

  api.get(`${BASE}/:namespace/keys`, guard.authenticated(bw, refusals()), (req, res) => {
    const access = accessOf(req)
    const namespace = store.namespaces.get(param(req, 'account'), param(req, 'namespace'))
    const after = Buffer.from(query(req, 'cursor') ?? '', 'base64url').toString()
    const prefix = query(req, 'prefix') ?? ''
    const keys = namespace === null ? [] : store.pairs.keys(namespace.id).filter((key) => key.startsWith(prefix))
    const mine = access.filter('kv.read', keys, (key) =>
      bw.name.key(param(req, 'account'), param(req, 'namespace'), key),
    )
    const rest = mine.filter((key) => key > after)
    const page = rest.slice(0, count(req, 'limit', 1_000, 1_000))
    const cursor = page.length < rest.length ? Buffer.from(page.at(-1) ?? '').toString('base64url') : ''
    respond(
      res,
      page.map((name) => ({ name })),
      { count: page.length, cursor },
    )
  })

  api.get(`${BASE}/:namespace/values/:key`, mayRead, (req, res) => {
    const value = store.pairs.get(found(req).id, param(req, 'key'))
    if (value === null) throw notFound('kv.read')
    res.type('application/octet-stream').send(value)
  })

  api.put(`${BASE}/:namespace/values/:key`, mayWrite, raw({ type: () => true, limit: '1mb' }), async (req, res) => {
    const { id } = found(req)
    store.pairs.put(id, param(req, 'key'), await readValue(req))
    respond(res, {})
  })

  api.delete(`${BASE}/:namespace/values/:key`, mayWrite, (req, res) => {
    store.pairs.remove(found(req).id, param(req, 'key'))
    respond(res, {})
  })

  /** The namespace of this very account: the guard judged the name in the path, which may pair an account with another's namespace. */
  function found(req: Request): Namespace {
    const namespace = store.namespaces.get(param(req, 'account'), param(req, 'namespace'))
    if (namespace === null) throw notFound('kv.read')
    return namespace
  }
}

function shown({ id, title }: Namespace) {
  return { id, title, supports_url_encoding: true }
}
