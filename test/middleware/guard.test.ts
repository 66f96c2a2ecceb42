/** What fails when the application starts, and what a guard makes of requests that no framework would make. */
import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { AccessStaleError, MisuseError, StorageUnavailableError } from '../../src/errors.ts'
import { readDemand } from '../../src/middleware/demand.ts'
import { type Authenticator, enforcer, type GuardOptions } from '../../src/middleware/enforce.ts'
import { type Exchange, nodeExchange } from '../../src/middleware/exchange.ts'
import { guard as express } from '../../src/middleware/express.ts'
import { guard as fastify } from '../../src/middleware/fastify.ts'
import { guard as fetchGuard } from '../../src/middleware/fetch.ts'
import type { Guard, Mount } from '../../src/middleware/guard.ts'
import { guard as hono } from '../../src/middleware/hono.ts'
import { guard as koa } from '../../src/middleware/koa.ts'
import { warnOnce } from '../../src/middleware/warning.ts'
import { CREDENTIALS, World } from './world.ts'

const world = new World()
/** The text of no route. */
const nowhere = () => null
const NONE = { ip: 'none', params: () => ({}) } as const
const GUARDS = { express, fastify, hono, koa, fetch: fetchGuard } as unknown as Readonly<Record<string, Guard<Mount>>>

describe.each(Object.entries(GUARDS))('%s: at the start', (_, guard) => {
  test('an unknown permission is misuse, and the nearest one is named', () => {
    const make = () => guard(world, 'cache.prge' as 'cache.purge', 'account:{account}/zone:{zone}', NONE)
    expect(make).toThrow(MisuseError)
    expect(make).toThrow('did you mean `cache.purge`?')
  })

  test('so it is with a builder', () => {
    expect(() => guard(world, 'dns.rite' as 'dns.write', () => null, NONE)).toThrow('did you mean `dns.write`?')
  })

  test('a pattern for another type is misuse, and the right one is named', () => {
    const make = () => guard(world, 'cache.purge', 'account:{account}/namespace:{n}' as never, NONE)
    expect(make).toThrow(MisuseError)
    expect(make).toThrow('`cache.purge` is on `account:{account}/zone:{zone}`')
  })

  test('each demand of guard.all is checked', () => {
    const make = () =>
      guard.all(
        world,
        [
          ['cache.purge', 'account:{account}/zone:{zone}'],
          ['dns.write', 'account:{account}' as never],
        ],
        NONE,
      )
    expect(make).toThrow('ends in `account`')
  })

  test('guard.all of nothing is misuse: it would let anyone in', () => {
    expect(() => guard.all(world, [], NONE)).toThrow(MisuseError)
  })

  test('what is right is made', () => {
    expect(guard(world, 'cache.purge', 'account:{account}/zone:{zone}', NONE)).toBeTypeOf('function')
    expect(guard.authenticated(world, NONE)).toBeTypeOf('function')
  })
})

describe('fetch: at the start', () => {
  test('an address, or `none`, must be given', () => {
    const loose = fetchGuard as unknown as Guard<Mount>
    for (const options of [undefined, {}, { ip: undefined }, { ip: '127.0.0.1' }])
      expect(() => loose.authenticated(world, options)).toThrow(/needs (the option )?`ip`/)
  })

  test('a pattern with parameters needs `params`', () => {
    expect(() => fetchGuard(world, 'cache.purge', 'account:{account}/zone:{zone}', { ip: 'none' })).toThrow(
      'the pattern needs `account`, `zone`: give the option `params`',
    )
    expect(() => fetchGuard(world, 'cache.purge', 'account:acme/zone:z1', { ip: 'none' })).not.toThrow()
  })
})

describe('fetch', () => {
  const request = (value: string) => new Request('http://localhost/', { headers: { authorization: `Bearer ${value}` } })

  test('hands the handler what it needs, and the rest of the arguments', async () => {
    const params = () => ({ account: 'acme', zone: 'z1' })
    const handle = fetchGuard(world, 'cache.purge', 'account:{account}/zone:{zone}', { ip: 'none', params })(
      (_request, granted, env: { readonly name: string }, more: number) =>
        Response.json([granted.params, granted.decision, granted.access.principal?.kind, env.name, more]),
    )
    const answer = await handle(request(CREDENTIALS.good), { name: 'env' }, 7)
    expect(await answer.json()).toEqual([params(), { effect: 'allow', reason: null }, 'token', 'env', 7])
  })

  test('without an address, whatever is bound to one is refused', async () => {
    const handle = fetchGuard.authenticated(world, { ip: 'none' })(() => new Response('ran'))
    const answer = await handle(request(CREDENTIALS.local))
    expect([answer.status, await answer.json()]).toMatchObject([403, { reason: 'address_unknown' }])
  })

  test('a session is not told the address it doesn’t have', async () => {
    world.asked.length = 0
    const handle = fetchGuard.authenticated(world, { ip: 'none', session: () => 'u_1' })(() => new Response('ran'))
    expect((await handle(new Request('http://localhost/'))).status).toBe(200)
    expect(world.asked).toEqual([{ user: 'u_1', ip: null }])
  })
})

describe('enforce', () => {
  const exchange: Exchange<string> = {
    request: 'r',
    authorization: ['Bearer good'],
    hasHeader: () => false,
    remoteAddress: '127.0.0.1',
    params: { account: 'acme', zone: 'z1' },
    route: nowhere,
  }
  const bw = world as unknown as Authenticator
  const demand = readDemand<string>(bw.catalog, ['cache.purge', 'account:{account}/zone:{zone}'], () => {})
  const ask = (options: GuardOptions<string>, over: Partial<Exchange<string>> = {}, by: Authenticator = bw) =>
    enforcer(by, [demand], options, () => {})({ ...exchange, ...over })
  const refused = { allowed: false, refusal: { status: 401 } }
  const absent = { authorization: [] }

  test('a credential that is refused is so before anything of the route is read', async () => {
    const elsewhere = { params: {}, route: () => '/elsewhere' }
    expect(await ask({}, { ...elsewhere, ...absent })).toMatchObject(refused)
    await expect(ask({}, elsewhere)).rejects.toThrow(MisuseError)
  })

  test('allows', async () => {
    expect(await ask({})).toMatchObject({ allowed: true, granted: { decision: { effect: 'allow' } } })
  })

  test.each([[null], [undefined], ['']])('a session of %j is nobody’s', async (user) => {
    expect(await ask({ session: () => user as null }, absent)).toMatchObject(refused)
  })

  test.each([[1], [true], [{ id: 'u_1' }], [['u_1']]])('a session of %j is misuse', async (user) => {
    await expect(ask({ session: () => user as never }, absent)).rejects.toThrow(MisuseError)
  })

  test.each([[1], [['good']], [{ value: 'good' }]])('a credential of %j is misuse', async (value) => {
    await expect(ask({ extract: () => value as never })).rejects.toThrow(MisuseError)
  })

  test('an empty key is a credential that is missing, and no session takes its place', async () => {
    expect(await ask({ extract: () => '', session: () => 'u_1' }, absent)).toMatchObject(refused)
  })

  test('a session is not asked for when there is an Authorization header', async () => {
    const session = vi.fn(() => 'u_1')
    for (const authorization of [['Bearer nobody'], ['Basic x'], [''], ['a', 'b']])
      await ask({ session }, { authorization })
    expect(session).not.toHaveBeenCalled()
  })

  test('the socket is not looked at where the host says that there is no address', async () => {
    world.asked.length = 0
    for (const ip of ['none', () => null, () => undefined] as const) await ask({ ip })
    expect(world.asked.map((one) => one.ip)).toEqual([null, null, null])
  })

  test('errors of the host’s own functions are thrown on', async () => {
    const fail = () => {
      throw new RangeError('the host’s own')
    }
    for (const options of [{ ip: fail }, { extract: fail }]) await expect(ask(options)).rejects.toThrow(RangeError)
    await expect(ask({ session: fail }, absent)).rejects.toThrow(RangeError)
    await expect(ask({ render: fail }, absent)).rejects.toThrow(RangeError)
  })

  test('an access that went stale, or storage that went away, is no answer', async () => {
    for (const error of [new AccessStaleError('late'), new StorageUnavailableError('gone')]) {
      const fail = () => {
        throw error
      }
      const stale: Authenticator = {
        catalog: bw.catalog,
        session: bw.session,
        authenticate: async () => ({
          ...(await bw.authenticate('good', { ip: null })),
          check: fail,
          checkAll: fail,
        }),
      }
      expect(await ask({}, {}, stale)).toMatchObject({ allowed: false, refusal: { status: 503 } })
    }
  })

  test('an access that neither allows nor denies is not let through', async () => {
    const maybe = () => ({ effect: 'maybe', reason: 'not_granted' }) as never
    const odd: Authenticator = {
      catalog: bw.catalog,
      session: bw.session,
      authenticate: async () => ({
        ...(await bw.authenticate('good', { ip: null })),
        denial: null,
        check: maybe,
        checkAll: maybe,
      }),
    }
    expect(await ask({}, {}, odd)).toMatchObject({ allowed: false, refusal: { status: 403 } })
  })
})

describe('the address', () => {
  afterEach(() => vi.restoreAllMocks())

  test.each(['Forwarded', 'X-Forwarded-For', 'X-Real-IP', 'CF-Connecting-IP'])(
    '%s warns once without an `ip`',
    (name) => {
      const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const warn = warnOnce()
      const forwarded = nodeExchange('r', message({ [name.toLowerCase()]: '203.0.113.9' }), {}, nowhere)
      const run = (options: GuardOptions<string>) =>
        enforcer(world as unknown as Authenticator, [], options, warn)(forwarded)
      return run({ ip: () => '203.0.113.9' })
        .then(() => expect(emit).not.toHaveBeenCalled())
        .then(() => run({ ip: 'none' }))
        .then(() => expect(emit).not.toHaveBeenCalled())
        .then(() => run({}))
        .then(() => run({}))
        .then(() => {
          expect(emit).toHaveBeenCalledTimes(1)
          expect(emit.mock.calls[0]?.[0]).toContain(name.toLowerCase())
        })
    },
  )
})

describe('node’s requests', () => {
  test('every line counts, in whatever case', () => {
    const raw = ['Authorization', 'Bearer a', 'Host', 'x', 'AUTHORIZATION', 'Bearer b', 'X-Authorization', 'Bearer c']
    const { authorization } = nodeExchange('r', message({ authorization: 'Bearer a' }, raw), {}, nowhere)
    expect(authorization).toEqual(['Bearer a', 'Bearer b'])
  })

  test('a value that reads like the header’s name is none', () => {
    const { authorization } = nodeExchange('r', message({}, ['X-Name', 'Authorization', 'Bearer a', 'x']), {}, nowhere)
    expect(authorization).toEqual([])
  })

  test('where an emulation of node fills the joined headers alone, these count', () => {
    expect(nodeExchange('r', message({ authorization: 'Bearer a' }), {}, nowhere).authorization).toEqual(['Bearer a'])
  })

  test('without a socket or parameters there is no address and there are none', () => {
    const { remoteAddress, params } = nodeExchange(
      'r',
      { ...message({}), socket: undefined } as unknown as IncomingMessage,
      undefined,
      nowhere,
    )
    expect([remoteAddress, params]).toEqual([null, {}])
  })
})

function message(headers: Record<string, string>, rawHeaders: readonly string[] = []): IncomingMessage {
  return { headers, rawHeaders: [...rawHeaders], socket: { remoteAddress: '127.0.0.1' } } as unknown as IncomingMessage
}
