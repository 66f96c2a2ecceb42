/** One route in three frameworks, with four things in front of it. Each is written as its framework's own documentation would. */
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { expressDoor, fastifyDoor, honoDoor } from '../engine/built.ts'
import type { KeyCheck, PolicyCheck } from './checks.ts'
import type { seeded } from './keys.ts'

export const FRAMEWORKS = ['fastify', 'hono', 'express'] as const
export type Framework = (typeof FRAMEWORKS)[number]

/** `bare`: nothing. `hash`: who is it, and no more. `casl`: that, and CASL. `guard`: bailiwick. */
export const FRONTS = ['bare', 'hash', 'casl', 'guard'] as const
export type Front = (typeof FRONTS)[number]

export interface Checks {
  readonly bw: Awaited<ReturnType<typeof seeded>>['bw']
  readonly key: KeyCheck
  readonly casl: PolicyCheck
}

const PATH = '/accounts/:account/zones/:zone/dns'
const PATTERN = 'account:{account}/zone:{zone}'
const BODY = { records: [] }
const REFUSED = { title: 'refused' }
type Params = { account: string; zone: string }

export const serve: Readonly<Record<Framework, (front: Front, checks: Checks) => Promise<number>>> = {
  async fastify(front, { bw, key, casl }) {
    const app = fastify()
    const handler = async () => BODY
    if (front === 'bare') app.get(PATH, handler)
    if (front === 'hash')
      app.get(
        PATH,
        {
          onRequest: (request, reply, done) => {
            if (key.admits(request.headers.authorization)) done()
            else reply.code(401).send(REFUSED)
          },
        },
        handler,
      )
    if (front === 'casl')
      app.get<{ Params: Params }>(
        PATH,
        {
          onRequest: (request, reply, done) => {
            const status = casl.statusOf(request.headers.authorization, request.params)
            if (status === 200) done()
            else reply.code(status).send(REFUSED)
          },
        },
        handler,
      )
    if (front === 'guard') {
      const { guard } = await fastifyDoor()
      app.get(PATH, { onRequest: guard(bw, 'dns.read', PATTERN) }, handler)
    }
    await app.ready()
    await app.listen({ port: 0, host: '127.0.0.1' })
    return portOf(app.server)
  },

  async hono(front, { bw, key, casl }) {
    const app = new Hono()
    if (front === 'bare') app.get(PATH, (c) => c.json(BODY))
    if (front === 'hash')
      app.get(
        PATH,
        async (c, next) => {
          if (!key.admits(c.req.header('authorization'))) return c.json(REFUSED, 401)
          return next()
        },
        (c) => c.json(BODY),
      )
    if (front === 'casl')
      app.get(
        PATH,
        async (c, next) => {
          const status = casl.statusOf(c.req.header('authorization'), c.req.param())
          if (status !== 200) return c.json(REFUSED, status)
          return next()
        },
        (c) => c.json(BODY),
      )
    if (front === 'guard') {
      const { guard } = await honoDoor()
      app.get(PATH, guard(bw, 'dns.read', PATTERN), (c) => c.json(BODY))
    }
    return listen(createServer(getRequestListener(app.fetch)))
  },

  async express(front, { bw, key, casl }) {
    const app = express()
    if (front === 'bare') app.get(PATH, (_, res) => void res.json(BODY))
    if (front === 'hash')
      app.get(
        PATH,
        (req, res, next) => {
          if (key.admits(req.headers.authorization)) next()
          else res.status(401).json(REFUSED)
        },
        (_, res) => void res.json(BODY),
      )
    if (front === 'casl')
      app.get(
        PATH,
        (req, res, next) => {
          const status = casl.statusOf(req.headers.authorization, req.params)
          if (status === 200) next()
          else res.status(status).json(REFUSED)
        },
        (_, res) => void res.json(BODY),
      )
    if (front === 'guard') {
      const { guard } = await expressDoor()
      app.get(PATH, guard(bw, 'dns.read', PATTERN), (_, res) => void res.json(BODY))
    }
    return listen(createServer(app))
  },
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server))))
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}
