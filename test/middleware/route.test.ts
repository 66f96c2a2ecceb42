/** What becomes of a request that lacks a parameter of its guard's pattern: the host's mistake is told apart from a stranger's request. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MisuseError } from '../../src/errors.ts'
import { nodeExchange } from '../../src/middleware/exchange.ts'
import { guard } from '../../src/middleware/express.ts'
import { absentParam } from '../../src/middleware/route.ts'
import { send } from './servers.ts'
import { CREDENTIALS, World } from './world.ts'

afterEach(() => vi.restoreAllMocks())

describe('a parameter that a request lacks', () => {
  const warn = vi.fn()
  afterEach(() => warn.mockClear())

  test.each([
    ['/accounts/:account', 'Express, Fastify, Hono, Koa'],
    ['/accounts{/:account}/zones', 'optional in Express and Koa'],
    ['/accounts/:account?', 'optional in Fastify and Hono'],
    ['/accounts/:account(^\\d+)', 'a pattern in Fastify'],
    ['/accounts/:account{[a-z]+}', 'a pattern in Hono'],
    ['/accounts/:region-:account.json', 'two in one segment'],
    ['/files/*account', 'a wildcard'],
    ['/accounts/:"account"', 'quoted'],
    ['/health or /accounts/:account', 'one of several paths'],
  ])('was left out where the route is %s (%s)', (route) => {
    expect(() => absentParam('account', route, warn)).not.toThrow()
    expect(warn).not.toHaveBeenCalled()
  })

  test.each([
    ['/accounts/:accountId/zones/:zoneId'],
    ['/accounts/:account_id'],
    ['/accounts/:account1'],
    ['/accounts/:accounté'],
    ['/accounts/:myaccount'],
    ['/account/zones'],
    ['/account/:"account id"'],
    ['/accounts/\\:account'],
    ['/accounts/::account'],
    ['/'],
    [''],
  ])('is misuse where the route is %j', (route) => {
    expect(() => absentParam('account', route, warn)).toThrow(MisuseError)
    expect(() => absentParam('account', route, warn)).toThrow(`the route \`${route}\` has no parameter \`account\``)
    expect(warn).not.toHaveBeenCalled()
  })

  test('is warned of where the route isn’t known', () => {
    absentParam('account', null, warn)
    expect(warn).toHaveBeenCalledWith('BAILIWICK_PARAMETER', expect.stringMatching(/`account`.*mergeParams/))
  })
})

test.each([
  ['/a/:account', '/a/:account'],
  [['/a/:account', '/b'], '/a/:account or /b'],
  [/^\/a/, null],
  [['/a', /^\/b/], null],
  [undefined, null],
])('the route %s reads as %j', (given, text) => {
  const message = { headers: {}, rawHeaders: [] } as never
  expect(nodeExchange('r', message, {}, () => given).route()).toBe(text)
})

describe('a router of Express that is mounted on a path with parameters', () => {
  const world = new World()
  const ZONE = 'account:{account}/zone:{zone}'
  const LINES = [['Authorization', `Bearer ${CREDENTIALS.good}`]] as const

  async function ask(mount: (app: express.Express) => void): Promise<number> {
    const app = express()
    mount(app)
    app.use(((_error, _req, res, _next) => void res.status(500).end()) satisfies express.ErrorRequestHandler)
    const server = createServer(app).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { status } = await send((server.address() as AddressInfo).port, '/sub/acme/zones/z1', LINES)
    server.close()
    return status
  }
  const routed = (options: express.RouterOptions) => (app: express.Express) => {
    const router = express
      .Router(options)
      .all('/zones/:zone', guard(world, 'cache.purge', ZONE), (_req, res) => void res.end())
    app.use('/sub/:account', router)
  }

  test('hands them down with `mergeParams`', async () => {
    expect(await ask(routed({ mergeParams: true }))).toBe(200)
  })

  test('is misuse without', async () => {
    expect(await ask(routed({}))).toBe(500)
  })

  test('is warned of, once, where the guard is on no route', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const use = (app: express.Express) => app.use('/sub/:account', guard(world, 'cache.purge', ZONE))
    expect([await ask(use), await ask(use)]).toEqual([404, 404])
    expect(emit).toHaveBeenCalledTimes(1)
    expect(emit.mock.calls[0]).toEqual([
      expect.stringContaining('mergeParams'),
      { type: 'BailiwickWarning', code: 'BAILIWICK_PARAMETER' },
    ])
  })
})
