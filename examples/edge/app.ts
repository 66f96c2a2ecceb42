/**
 * Puts the routes together under /client/v4 and listens. Nothing here decides who may do what.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from 'bailiwick'
import { type GitHubKey, secretScanning } from 'bailiwick/github'
import express, { type ErrorRequestHandler, type Express, Router } from 'express'
import { ApiError, fail } from './envelope.ts'
import { type Host, openHost } from './host.ts'
import { accessRuleRoutes } from './routes/access-rules.ts'
import { analyticsRoutes } from './routes/analytics.ts'
import { cacheRoutes } from './routes/cache.ts'
import { dnsRoutes } from './routes/dns.ts'
import { kvRoutes } from './routes/kv.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { workerRoutes } from './routes/workers.ts'
import { zoneRoutes } from './routes/zones.ts'

/** Every route of the API, each behind its guard. */
export function apiOf(host: Host): Router {
  const api = Router()
  for (const routes of [
    zoneRoutes,
    dnsRoutes,
    cacheRoutes,
    analyticsRoutes,
    accessRuleRoutes,
    kvRoutes,
    workerRoutes,
    tokenRoutes,
  ]) {
    routes(api, host)
  }
  return api
}

/** GitHub's reports of keys found in public. Its signature is its credential; it is over the bytes as they came, so they are read as they came. */
function webhookOf({ bw }: Host, githubKeys?: readonly GitHubKey[]): Router {
  const scan = secretScanning(bw, githubKeys === undefined ? {} : { keys: githubKeys })
  return Router().post('/secret-scanning', express.raw({ type: () => true, limit: '10mb' }), async (req, res) => {
    const { status, headers, body } = await scan({
      keyId: req.get('Github-Public-Key-Identifier'),
      signature: req.get('Github-Public-Key-Signature'),
      body: Buffer.isBuffer(req.body) ? req.body : null,
    })
    res.status(status).set(headers).send(body)
  })
}

export function appOf(api: Router, webhook: Router): Express {
  const app = express().disable('x-powered-by').use('/client/v4', api).use('/webhooks', webhook)
  app.use((_req, res) => fail(res, 404, { code: 7000, message: 'No route for that URI' }))
  return app.use(toEnvelope)
}

/** Errors as the envelope tells them. Whatever nobody meant to throw is a 500 that tells nothing. */
const toEnvelope: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  if (error instanceof ApiError) fail(res, error.status, error.info)
  // An id that no name can hold, in a body: the guard answers those of the path itself.
  else if (error instanceof InputError) fail(res, 400, { code: 1004, message: error.message })
  else if (isParserError(error)) fail(res, error.status, { code: 6007, message: 'Malformed JSON in request body' })
  else {
    console.error(error)
    fail(res, 500, { code: 10500, message: 'Internal error' })
  }
}

/** Express's body parsers throw these. */
function isParserError(error: unknown): error is Error & { readonly status: number } {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500
}

export interface Running {
  readonly host: Host
  /** Where it listens. */
  readonly origin: string
  /** Base of every path, as the SDK's `baseURL` wants it. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Starts an empty host on a free loopback port, with its databases in a folder of their own that `close` removes. `githubKeys` are those that
 * sign reports of leaked keys; GitHub is asked for them when none are given.
 */
export async function start(githubKeys?: readonly GitHubKey[]): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-edge-'))
  const host = openHost(folder)
  const server = await listening(appOf(apiOf(host), webhookOf(host, githubKeys)))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const origin = `http://127.0.0.1:${port}`
  return {
    host,
    origin,
    url: `${origin}/client/v4`,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await host.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function listening(app: Express): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', (error?: Error) =>
      error === undefined ? resolve(server) : reject(error),
    )
  })
}
