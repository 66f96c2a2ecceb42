/**
 * The envelope of the example host: what clients of the API it is shaped like rely on.
 */
import { describe, expect, test } from 'vitest'
import { apiOf } from '../../examples/edge/app.ts'
import { SHOP } from '../../examples/edge/plays.ts'
import { routesOf } from './routes.ts'
import { allow, call, edge, mint } from './world.ts'

describe('the envelope', () => {
  const host = edge()

  test('`id` comes first, and a name nobody has is an empty page', async () => {
    const { world } = host
    const found = await call(world, 'GET /zones?name=shop.example&per_page=1', world.cast.watch.value)
    expect(found.text).toMatch(/"result":\[\{"id":"shop"/)
    expect(found.text).toContain('"total_count":1')
    const none = await call(world, 'GET /zones/?name=labs.example', world.cast.watch.value)
    expect(none).toMatchObject({ status: 200, json: { success: true, result: [], result_info: { total_count: 0 } } })
  })

  test('a refusal keeps the library’s status and headers and has a code clients know', async () => {
    const { world } = host
    const { watch } = world.cast
    const nobody = await call(world, 'GET /zones')
    expect(nobody).toMatchObject({ status: 401, json: { errors: [{ code: 9106 }], result: null } })
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer')
    expect(nobody.headers.get('cache-control')).toBe('no-store')
    const broken = await call(world, 'GET /zones', undefined, { headers: { authorization: 'Bearer a b' } })
    expect(broken).toMatchObject({
      status: 400,
      json: {
        errors: [{ code: 6003, error_chain: [{ code: 6111 }, { code: 6003, message: 'refused: invalid_request' }] }],
      },
    })
    expect(await call(world, 'GET /zones', `${watch.value.slice(0, -1)}!`)).toMatchObject({ status: 400 })
    expect(await call(world, 'GET /zones', 'bwk_u_wrong')).toMatchObject({
      status: 401,
      json: { errors: [{ code: 1000 }] },
    })
    const denied = await call(world, 'POST /accounts/acme/storage/kv/namespaces', watch.value, { body: { title: 'x' } })
    expect(denied.json.errors).toEqual([
      {
        code: 10000,
        message: 'Authentication error',
        error_chain: [
          { code: 10000, message: 'this call requires the permission `kv.create`' },
          { code: 10000, message: 'refused: not_granted' },
        ],
      },
    ])
    expect(denied.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="kv.create"')
  })

  test('the permission a refusal names is the one the guard asked for', async () => {
    const { world } = host
    const value = await mint(world, [allow(['cache-purge'], ['account:acme/zone:nowhere'])])
    for (const { method, path } of routesOf(apiOf(world.running.host))) {
      const reply = await call(
        world,
        `${method} ${path
          .replace(/:account/, 'acme')
          .replace(/:rule/, '0'.repeat(32))
          .replace(/:\w+/g, 'images')}`,
        value,
      )
      const asked = /scope="(.+)"/.exec(reply.headers.get('www-authenticate') ?? '')?.[1]
      if (asked !== undefined)
        expect(JSON.stringify(reply.json.errors)).toContain(`requires the permission \`${asked}\``)
    }
  })

  test('what a client did wrong is told with 400, but only to who may', async () => {
    const { world } = host
    const value = await mint(world, [allow(['dns-write', 'cache-purge', 'zone-write'], ['account:acme'])])
    const errors = async (request: string, body: unknown, headers = {}) =>
      (await call(world, request, value, { body, headers })).json.errors[0].code
    expect(await errors(`POST ${SHOP}`, { type: 'A' })).toBe(9005)
    expect(await errors(`POST ${SHOP}`, '{"type":', { 'content-type': 'application/json' })).toBe(6007)
    expect(await errors(`POST ${SHOP}`, { type: 'A', name: '@', content: '192.0.2.10' })).toBe(81058)
    expect(await errors('POST /zones/shop/purge_cache', {})).toBe(1012)
    expect(await errors('POST /zones', { name: 'shop.example', account: { id: 'acme' } })).toBe(1061)
    expect(await errors('POST /zones', { name: 'new.example', account: { id: 'globex' } })).toBe(7003)
    expect(await errors('POST /zones', { name: 'no domain', account: { id: 'acme' } })).toBe(1105)
    expect(await errors('POST /nowhere', {})).toBe(7000)
  })

  test('each family of tokens verifies at its own door', async () => {
    const { world } = host
    const ofUser = await call(world, 'GET /user/tokens/verify', world.cast.purge.value)
    expect(ofUser.json).toMatchObject({
      result: { id: world.cast.purge.id, status: 'active' },
      messages: [{ code: 10000, message: 'This API Token is valid and active', type: null }],
    })
    expect(await call(world, 'GET /user/tokens/verify', world.cast.breakGlass.value)).toMatchObject({
      status: 401,
      json: { errors: [{ code: 1000 }] },
    })
    expect((await call(world, 'GET /accounts/acme/tokens/verify', world.cast.breakGlass.value)).status).toBe(200)
    expect((await call(world, 'GET /accounts/globex/tokens/verify', world.cast.breakGlass.value)).status).toBe(401)
  })
})
