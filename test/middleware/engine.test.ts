/** Guards in front of the real engine: what `createBailiwick` makes is what a guard needs. */
import fastify from 'fastify'
import { Hono } from 'hono'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Bailiwick, createBailiwick } from '../../src/bailiwick.ts'
import { guard as fastifyGuard } from '../../src/middleware/fastify.ts'
import { guard as honoGuard } from '../../src/middleware/hono.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { FRAMEWORKS, type Routes, send } from './servers.ts'
import { catalog, type Shape } from './world.ts'

const ZONE = 'account:{account}/zone:{zone}'

describe.each(FRAMEWORKS)('$name', (framework) => {
  test('a real token opens what it may, until its owner’s API access is switched off', async () => {
    const { bw, value } = await world()
    const routes: Routes = {
      purge: { make: ({ guard }) => guard(bw, 'cache.purge', ZONE) },
      session: {
        make: ({ guard, header }) =>
          guard(bw, 'cache.purge', ZONE, { session: (request) => header(request, 'x-user') }),
      },
    }
    let ran = 0
    const { port, close } = await framework.start(routes, () => ran++)
    const status = async (path: string, ...lines: (readonly [string, string])[]) =>
      (await send(port, path, lines)).status
    const bearer = ['Authorization', `Bearer ${value}`] as const
    try {
      expect(await status('/purge/acme/z1', bearer)).toBe(200)
      expect(await status('/purge/acme/z2', bearer)).toBe(403)
      expect(await status('/purge/acme/z1%2Frecord:x', bearer)).toBe(403)
      expect(await status('/purge/acme/z1', ['Authorization', `Bearer ${value.slice(0, -1)}`])).toBe(401)
      expect(await status('/purge/acme/z1', bearer, bearer)).toBe(400)
      await bw.accounts.setApiAccess('acme', false)
      expect(await status('/purge/acme/z1', bearer)).toBe(403)
      expect(await status('/session/acme/z1', ['X-User', 'u_1'])).toBe(200)
      expect(await status('/session/acme/z1', ['X-User', 'u_1'], bearer)).toBe(403)
      expect(ran).toBe(2)
    } finally {
      await close()
    }
  })
})

describe('without a server', () => {
  let bw: Bailiwick<Shape>
  let authorization: string
  beforeAll(async () => {
    const made = await world()
    bw = made.bw
    authorization = `Bearer ${made.value}`
  })

  test('fastify’s inject', async () => {
    const app = fastify()
    app.get('/:account/:zone', { onRequest: fastifyGuard(bw, 'cache.purge', ZONE) }, async () => 'ok')
    const ask = async (url: string, headers = {}) => (await app.inject({ url, headers })).statusCode
    expect(await ask('/acme/z1', { authorization })).toBe(200)
    expect(await ask('/acme/z2', { authorization })).toBe(403)
    expect(await ask('/acme/z1')).toBe(401)
  })

  test('hono’s request', async () => {
    const app = new Hono().get('/:account/:zone', honoGuard(bw, 'cache.purge', ZONE), (c) => c.text('ok'))
    const ask = async (path: string, headers = {}) => (await app.request(path, { headers })).status
    expect(await ask('/acme/z1', { authorization })).toBe(200)
    expect(await ask('/acme/z2', { authorization })).toBe(403)
    expect(await ask('/acme/z1')).toBe(401)
  })
})

async function world(): Promise<{ readonly bw: Bailiwick<Shape>; readonly value: string }> {
  const bw = createBailiwick({ catalog, storage: memoryStorage() })
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'u_1' })
  const { value } = await bw.tokens.create({
    owner: { user: 'u_1' },
    name: 'deploy',
    policies: [{ effect: 'allow', permissionGroups: ['purge'], resources: ['account:acme/zone:z1'] }],
  })
  return { bw, value }
}
