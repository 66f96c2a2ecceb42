/** What compiles behind and in front of a guard, and what must not. Compiled by `npm run check:types`; never run. */
import type Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import type { Hono } from 'hono'
import type { Bailiwick } from '../../src/bailiwick.ts'
import type { Catalog } from '../../src/core/catalog.ts'
import type { CatalogShape } from '../../src/core/catalog-types.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { nameBuilders } from '../../src/core/names.ts'
import { guard as expressGuard } from '../../src/middleware/express.ts'
import { guard as fastifyGuard } from '../../src/middleware/fastify.ts'
import { guard as fetchGuard } from '../../src/middleware/fetch.ts'
import { guard as honoGuard } from '../../src/middleware/hono.ts'
import { guard as koaGuard } from '../../src/middleware/koa.ts'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' }, record: { in: 'zone' }, namespace: { in: 'account' } },
  permissions: {
    'cache.purge': { on: 'zone' },
    'dns.write': { on: ['zone', 'record'] },
    'kv.read': { on: 'namespace' },
  },
  groups: { all: { name: 'All', permissions: ['cache.*', 'dns.*', 'kv.*'] } },
  roles: { administrator: { name: 'Administrator', owner: true, groups: ['all'] } },
})
type Shape = typeof catalog extends Catalog<infer S extends CatalogShape> ? S : never
declare const bw: Bailiwick<Shape>

const PATH = '/accounts/:account/zones/:zone'
const ZONE = 'account:{account}/zone:{zone}'

export function names() {
  const r = nameBuilders(catalog)
  const zone: `account:${string}/zone:${string}` = r.zone('acme', 'z1')
  // @ts-expect-error a zone needs two ids
  r.zone('acme')
  // @ts-expect-error and no more
  r.zone('acme', 'z1', 'x')
  // @ts-expect-error ids are text
  r.zone('acme', 1)
  // @ts-expect-error no such type
  r.zon('acme', 'z1')
  return [zone, r.record('acme', 'z1', 'www')]
}

export function demands() {
  expressGuard(bw, 'dns.write', 'account:{account}/zone:{zone}/record:{record}')
  expressGuard(bw, 'cache.purge', async (_req, r) => r.zone('acme', 'z1'))
  expressGuard(bw, 'cache.purge', () => null)
  // @ts-expect-error no such permission
  expressGuard(bw, 'cache.prge', ZONE)
  // @ts-expect-error a namespace is no zone
  expressGuard(bw, 'cache.purge', 'account:{account}/namespace:{n}')
  // @ts-expect-error a zone is in an account
  expressGuard(bw, 'cache.purge', 'zone:{zone}')
  // @ts-expect-error the builder names another type
  expressGuard(bw, 'cache.purge', (_req, r) => r.namespace('acme', 'n1'))
  // @ts-expect-error a builder says null, not nothing
  expressGuard(bw, 'cache.purge', () => {})
  // @ts-expect-error no such option
  expressGuard(bw, 'cache.purge', ZONE, { hidden: true })
  // @ts-expect-error an address is text
  expressGuard(bw, 'cache.purge', ZONE, { ip: () => 1 })

  expressGuard.all(bw, [
    ['cache.purge', ZONE],
    ['kv.read', (_req, r) => r.namespace('acme', 'n1')],
  ])
  // @ts-expect-error the second is on a namespace
  expressGuard.all(bw, [['cache.purge', ZONE], ['kv.read', ZONE]]) // biome-ignore format: one line, or the error is elsewhere
  // @ts-expect-error no such permission
  expressGuard.all(bw, [['cache.prge', ZONE]])
  expressGuard.authenticated(bw, { session: (req) => req.get('x-user') ?? null })
}

export function inExpress(app: express.Express) {
  app.post(PATH, expressGuard(bw, 'cache.purge', ZONE), (req, res) => {
    const account: string = req.params.account // as Express reads it off the path
    res.json([account, req.bailiwick.access.denial, req.bailiwick.decision.effect])
  })
  app.use(expressGuard.authenticated(bw))
  express.Router().get('/', expressGuard.authenticated(bw, { ip: (req) => req.ip ?? null }))
}

export function inFastify() {
  const app = fastify()
  app.post(PATH, { preHandler: fastifyGuard(bw, 'cache.purge', ZONE) }, async (request) => request.bailiwick.decision)
  app.post<{ Params: { account: string } }>(
    PATH,
    { onRequest: [fastifyGuard(bw, 'cache.purge', ZONE)] },
    async (request) => [request.params.account, request.bailiwick.access.principal],
  )
  app.addHook('onRequest', fastifyGuard.authenticated(bw))
}

export function inHono(app: Hono) {
  app.post(PATH, honoGuard(bw, 'cache.purge', ZONE), (c) => {
    const access = c.get('access')
    access.can('dns.write', 'account:acme/zone:z1')
    // @ts-expect-error no such permission
    access.can('dns.rite', 'account:acme/zone:z1')
    // @ts-expect-error another type
    c.var.access.can('kv.read', 'account:acme/zone:z1')
    return c.json([c.get('decision'), c.req.param('zone')])
  })
}

export function inKoa(router: Router) {
  router.post(PATH, koaGuard(bw, 'cache.purge', ZONE), (ctx) => {
    const { access } = ctx.state.bailiwick
    access.can('dns.write', 'account:acme/zone:z1')
    // @ts-expect-error no such permission
    access.can('dns.rite', 'account:acme/zone:z1')
    ctx.body = ctx.params.zone
  })
}

export function inFetch() {
  const params = () => ({ account: 'acme', zone: 'z1' })
  const handle = fetchGuard(bw, 'cache.purge', ZONE, { ip: 'none', params })((_request, { access }, env: Env) => {
    access.can('kv.read', 'account:acme/namespace:n1')
    // @ts-expect-error no such permission
    access.can('dns.rite', 'account:acme/zone:z1')
    return new Response(env.name)
  })
  handle(new Request('http://localhost'), { name: 'x' })
  // @ts-expect-error the rest of the handler's arguments
  handle(new Request('http://localhost'))
  // @ts-expect-error a request doesn't say where it came from
  fetchGuard(bw, 'cache.purge', 'account:acme/zone:z1')
  // @ts-expect-error nor do other options
  fetchGuard(bw, 'cache.purge', 'account:acme/zone:z1', { hide: true })
  // @ts-expect-error nor for a credential alone
  fetchGuard.authenticated(bw)
}

interface Env {
  readonly name: string
}
