/**
 * Worker scripts. A binding hands a script every key of a KV namespace, so an upload is one question about the script and one about each
 * namespace it binds, all of them answered from the same snapshot.
 */
import { guard } from 'bailiwick/express'
import { type Request, type Router, raw } from 'express'
import { ApiError, respond } from '../envelope.ts'
import { accessOf, type Host } from '../host.ts'
import { param } from '../input.ts'
import { notFound, refusals, refused } from '../refusals.ts'
import type { Script } from '../store.ts'
import { type Binding, readUpload } from '../uploads.ts'

const BASE = '/accounts/:account/workers/scripts'
const SCRIPT = 'account:{account}/script:{script}'

export function workerRoutes(api: Router, { bw, store }: Host): void {
  const mayRead = guard(bw, 'worker.read', SCRIPT, refusals('worker.read'))
  const mayWrite = guard(bw, 'worker.write', SCRIPT, refusals('worker.write'))

  api.get(BASE, guard.authenticated(bw, refusals()), (req, res) => {
    const access = accessOf(req)
    const scripts = store.scripts.in(param(req, 'account'))
    const mine = access.filter('worker.read', scripts, ({ account, name }) => bw.name.script(account, name))
    respond(res, mine.map(shown))
  })

  api.put(`${BASE}/:script`, mayWrite, raw({ type: () => true, limit: '1mb' }), async (req, res) => {
    const { content, bindings } = await readUpload(req)
    askToBind(req, bindings)
    const script = {
      account: param(req, 'account'),
      name: param(req, 'script'),
      content,
      bindings: JSON.stringify(bindings),
    }
    store.scripts.put(script)
    respond(res, shown(script))
  })

  api.get(`${BASE}/:script`, mayRead, (req, res) => {
    res.type('application/javascript').send(found(req).content)
  })

  api.get(`${BASE}/:script/settings`, mayRead, (req, res) => {
    respond(res, { bindings: JSON.parse(found(req).bindings) })
  })

  api.delete(`${BASE}/:script`, mayWrite, (req, res) => {
    if (!store.scripts.remove(param(req, 'account'), param(req, 'script'))) throw notFound('worker.write')
    respond(res, {})
  })

  /** The other side of each binding. How many there are is known when the upload is read, which is after the guard let it in. */
  function askToBind(req: Request, bindings: readonly Binding[]): void {
    const account = param(req, 'account')
    for (const { namespace_id } of bindings) {
      if (namespace_id === undefined) continue
      const { reason } = accessOf(req).check('kv.bind', bw.name.namespace(account, namespace_id))
      if (reason !== null) throw refused(reason, 'worker.write', 'kv.bind')
      if (store.namespaces.get(account, namespace_id) === null)
        throw new ApiError(400, 10041, `there is no namespace \`${namespace_id}\``)
    }
  }

  function found(req: Request): Script {
    const script = store.scripts.get(param(req, 'account'), param(req, 'script'))
    if (script === null) throw notFound('worker.read')
    return script
  }
}

function shown({ name }: Script) {
  return { id: name, handlers: ['fetch'] }
}
