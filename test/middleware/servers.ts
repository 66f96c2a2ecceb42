/** One application on each framework's real server, told once: the same routes, guarded by that framework's own `guard`. */
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import { type Context, Hono } from 'hono'
import Koa from 'koa'
import type { GuardOptions } from '../../src/middleware/enforce.ts'
import { guard as expressGuard } from '../../src/middleware/express.ts'
import { guard as fastifyGuard } from '../../src/middleware/fastify.ts'
import { guard as fetchGuard } from '../../src/middleware/fetch.ts'
import type { Granted } from '../../src/middleware/granted.ts'
import type { Guard, Mount } from '../../src/middleware/guard.ts'
import { guard as honoGuard } from '../../src/middleware/hono.ts'
import { guard as koaGuard } from '../../src/middleware/koa.ts'

/** Any framework's guard, seen alike: requests and middleware are whatever they are. */
interface AnyMount extends Mount {
  readonly request: unknown
  readonly options: readonly [options?: GuardOptions<unknown>]
}
export type AnyGuard = Guard<AnyMount>

/** What the host's functions need of a request, in the words of this framework. */
export interface Tools {
  readonly guard: AnyGuard
  readonly header: (request: unknown, name: string) => string | null
  readonly param: (request: unknown, name: string) => string
}

export interface Route {
  /** Below `/<name>`: `/:account/:zone` unless given. */
  readonly path?: string
  readonly make: (tools: Tools) => unknown
}
export type Routes = Readonly<Record<string, Route>>

/** Called where the handler of a route runs. */
export type Ran = (route: string, granted: Granted) => void

export interface Framework {
  readonly name: string
  /** Whether it tells the guard which parameters a route has. */
  readonly tellsRoutes: boolean
  readonly start: (routes: Routes, ran: Ran) => Promise<Running>
}

export interface Running {
  readonly port: number
  readonly close: () => Promise<void>
}

const pathOf = (name: string, route: Route) => `/${name}${route.path ?? '/:account/:zone'}`

const EXPRESS: Framework = {
  name: 'express',
  tellsRoutes: true,
  start(routes, ran) {
    const app = express()
    const tools: Tools = {
      guard: expressGuard as unknown as AnyGuard,
      header: (request, name) => (request as express.Request).get(name) ?? null,
      param: (request, name) => String((request as express.Request).params[name]),
    }
    for (const [name, route] of Object.entries(routes))
      app.all(pathOf(name, route), route.make(tools) as express.RequestHandler, (req, res) => {
        ran(name, req.bailiwick)
        res.send('ok')
      })
    app.use(((_error, _req, res, _next) => {
      res.status(500).send('crashed')
    }) satisfies express.ErrorRequestHandler)
    return listen(createServer(app))
  },
}

const FASTIFY: Framework = {
  name: 'fastify',
  tellsRoutes: true,
  async start(routes, ran) {
    const app = fastify()
    const tools: Tools = {
      guard: fastifyGuard as unknown as AnyGuard,
      header: (request, name) => {
        const value = (request as fastify.FastifyRequest).headers[name]
        return typeof value === 'string' ? value : null
      },
      param: (request, name) => String(((request as fastify.FastifyRequest).params as Record<string, unknown>)[name]),
    }
    app.setErrorHandler((_error, _request, reply) => reply.code(500).send('crashed'))
    for (const [at, [name, route]] of Object.entries(routes).entries()) {
      const hook = route.make(tools) as ReturnType<typeof fastifyGuard>
      app.all(pathOf(name, route), at % 2 === 0 ? { preHandler: hook } : { onRequest: hook }, async (request) => {
        ran(name, request.bailiwick)
        return 'ok'
      })
    }
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
  },
}

const HONO: Framework = {
  name: 'hono',
  tellsRoutes: true,
  start(routes, ran) {
    const app = new Hono()
    const tools: Tools = {
      guard: honoGuard as unknown as AnyGuard,
      header: (c, name) => (c as Context).req.header(name) ?? null,
      param: (c, name) => String((c as Context).req.param(name)),
    }
    for (const [name, route] of Object.entries(routes))
      app.all(pathOf(name, route), route.make(tools) as ReturnType<typeof honoGuard>, (c) => {
        ran(name, { access: c.get('access'), decision: c.get('decision') })
        return c.text('ok')
      })
    app.onError((_error, c) => c.text('crashed', 500))
    return listen(createServer(getRequestListener(app.fetch)))
  },
}

const KOA: Framework = {
  name: 'koa',
  tellsRoutes: true,
  start(routes, ran) {
    const app = new Koa()
    app.silent = true
    const router = new Router()
    const tools: Tools = {
      guard: koaGuard as unknown as AnyGuard,
      header: (ctx, name) => (ctx as Koa.Context).get(name) || null,
      param: (ctx, name) => String((ctx as Koa.Context).params[name]),
    }
    for (const [name, route] of Object.entries(routes))
      router.all(pathOf(name, route), route.make(tools) as Koa.Middleware, (ctx) => {
        ran(name, ctx.state.bailiwick)
        ctx.body = 'ok'
      })
    app.use(router.routes())
    return listen(createServer(app.callback()))
  },
}

const FETCH: Framework = {
  name: 'fetch',
  tellsRoutes: false,
  start(routes, ran) {
    const addresses = new WeakMap<object, string>()
    const params = new WeakMap<object, Readonly<Record<string, string>>>()
    const defaults = {
      ip: (request: unknown) => addresses.get(request as Request) ?? null,
      params: (request: unknown) => params.get(request as Request) ?? {},
    }
    const withDefaults = (options: object | undefined) => ({ ...defaults, ...options })
    const loose = fetchGuard as unknown as AnyGuard
    const guard: AnyGuard = Object.assign(
      ((bw, permission, resource, options) => loose(bw, permission, resource, withDefaults(options))) as AnyGuard,
      {
        all: ((bw, demands, options) => loose.all(bw, demands, withDefaults(options))) as AnyGuard['all'],
        authenticated: ((bw, options) => loose.authenticated(bw, withDefaults(options))) as AnyGuard['authenticated'],
      },
    )
    const tools: Tools = {
      guard,
      header: (request, name) => (request as Request).headers.get(name),
      param: (request, name) => String(params.get(request as Request)?.[name]),
    }
    const handlers = new Map(
      Object.entries(routes).map(([name, route]) => {
        const wrap = route.make(tools) as ReturnType<typeof fetchGuard>
        return [
          name,
          {
            names: (route.path ?? '/:account/:zone').split('/:').slice(1),
            handle: wrap((_request, granted) => {
              ran(name, granted)
              return new Response('ok')
            }),
          },
        ] as const
      }),
    )
    const serve = async (request: Request, env: object): Promise<Response> => {
      const [name = '', ...texts] = new URL(request.url).pathname.slice(1).split('/')
      const route = handlers.get(name)
      if (route === undefined || texts.length !== route.names.length) return new Response('no route', { status: 404 })
      const { incoming } = env as { incoming: { socket: { remoteAddress: string } } }
      addresses.set(request, incoming.socket.remoteAddress)
      params.set(
        request,
        Object.fromEntries(route.names.map((param, i) => [param, decodeURIComponent(texts[i] ?? '')])),
      )
      return route.handle(request).catch(() => new Response('crashed', { status: 500 }))
    }
    return listen(createServer(getRequestListener((request, env) => serve(request, env))))
  },
}

export const FRAMEWORKS: readonly Framework[] = [EXPRESS, FASTIFY, HONO, KOA, FETCH]

async function listen(server: Server): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request as written: the path is not tidied, and each header is a line of its own. */
export function send(
  port: number,
  path: string,
  lines: readonly (readonly [name: string, value: string])[] = [],
  method = 'POST',
): Promise<Answer> {
  const headers = ['Host', 'localhost', 'Connection', 'close', 'Content-Length', '0', ...lines.flat()]
  return new Promise((resolve, reject) => {
    // An array of headers is sent line for line; the types know of objects alone.
    const options = { host: '127.0.0.1', port, path, method, headers: headers as unknown as Record<string, string> }
    const sent = httpRequest(options, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (text) => {
        body += text
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}
