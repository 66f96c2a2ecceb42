/**
 * The routes of the example host: each is guarded, and its guard is asked the right question.
 */
import { Router } from 'express'
import { describe, expect, test } from 'vitest'
import { apiOf, appOf } from '../../examples/edge/app.ts'
import { SHOP } from '../../examples/edge/plays.ts'
import { newId } from '../../examples/edge/store.ts'
import { type Route, routesOf } from './routes.ts'
import { allow, call, edge, mint } from './world.ts'

describe('every route is guarded', () => {
  const host = edge()

  test('none answers a request without a credential', async () => {
    const { running } = host.world
    const api = apiOf(running.host)
    expect(routesOf(api).length).toBeGreaterThan(25)
    expect(await open(api)).toEqual([])
  })

  test('a route without a guard would be found', async () => {
    const api = apiOf(host.world.running.host)
    api.get('/accounts/:account/leak', (_req, res) => {
      res.json({ success: true })
    })
    expect(await open(api)).toEqual([{ method: 'GET', path: '/accounts/:account/leak' }])
  })

  test('all routes are on the router that is walked', () => {
    const layers = appOf(Router(), Router()).router.stack
    expect(layers.filter((layer) => layer.route !== undefined)).toEqual([])
  })

  test('a token without a grant sees nothing and changes nothing', async () => {
    const { world } = host
    const { store } = world.running.host
    const rule = { id: newId(), account: 'acme', mode: 'block', target: 'ip', value: '192.0.2.1', notes: '' }
    store.rules.add(rule)
    store.scripts.put({ account: 'acme', name: 'resizer', content: 'secret code', bindings: '[]' })
    const ids: Record<string, string> = {
      ...{ zone: 'shop', account: 'acme', namespace: 'images', key: 'logo', script: 'resizer', rule: rule.id },
      record: store.records.in('shop')[0]?.id ?? '',
    }
    const value = await mint(world, [allow(['cache-purge'], ['account:acme/zone:nowhere'])])
    const facts = () =>
      JSON.stringify([
        store.zones.all(),
        store.records.in('shop'),
        store.rules.in('acme'),
        store.namespaces.in('acme'),
        store.pairs.keys('images'),
        store.scripts.in('acme'),
        store.zones.purges('shop'),
      ])
    const before = facts()
    const answers: string[] = []
    for (const { method, path } of routesOf(apiOf(world.running.host))) {
      const filled = path.replace(/:(\w+)/g, (_, name) => ids[name] ?? '')
      const body = { type: 'A', name: 'x', content: '192.0.2.1', account: { id: 'acme' }, purge_everything: true }
      const { status, json } = await call(world, `${method} ${filled}`, value, method === 'GET' ? {} : { body })
      const told = status === 200 ? JSON.stringify(json.result) : `${status}`
      answers.push(path.endsWith('/verify') ? `verify ${status}` : told)
    }
    expect(new Set(answers)).toEqual(new Set(['[]', '403', '404', 'verify 200', 'verify 401']))
    expect(answers.filter((answer) => answer === '[]')).toHaveLength(6)
    expect(facts()).toBe(before)
  })

  /** The routes that answer a stranger with anything but "who are you?". */
  async function open(api: Router): Promise<readonly Route[]> {
    const app = appOf(api, Router())
    const server = app.listen(0, '127.0.0.1')
    await new Promise((listening) => server.once('listening', listening))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const open: Route[] = []
    for (const route of routesOf(api)) {
      const path = route.path.replace(/:\w+/g, 'shop')
      const response = await fetch(`http://127.0.0.1:${port}/client/v4${path}`, { method: route.method })
      const body = await response.text()
      if (response.status !== 401 || !body.includes('9106')) open.push(route)
    }
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
    return open
  }
})

describe('what the guard is asked about', () => {
  const host = edge()

  test('a hidden refusal is the same for what is not there, what is another account’s, and what has no grant', async () => {
    const { world } = host
    const replies = await Promise.all(
      ['nowhere', 'labs', 'blog'].map((zone) =>
        call(world, `POST /zones/${zone}/purge_cache`, world.cast.purge.value, { body: { purge_everything: true } }),
      ),
    )
    const told = replies.map(({ status, text, headers }) => ({
      status,
      text,
      headers: [...headers].filter(([name]) => name !== 'date'),
    }))
    expect(told[0]?.status).toBe(404)
    expect(told[0]?.text).toContain('requires the permission `cache.purge`')
    expect(told[1]).toEqual(told[0])
    expect(told[2]).toEqual(told[0])
  })

  test('an account in the path lends its authority to nothing of another account', async () => {
    const { world } = host
    const everything = await mint(world, [allow(['kv-admin', 'access-rules-write', 'scripts-write'], ['account:acme'])])
    for (const request of ['GET', 'DELETE'].map(
      (method) => `${method} /accounts/acme/storage/kv/namespaces/lab-notes`,
    )) {
      expect((await call(world, request, everything)).status).toBe(404)
    }
    expect(
      (await call(world, 'PUT /accounts/acme/storage/kv/namespaces/lab-notes/values/x', everything, { body: 'x' }))
        .status,
    ).toBe(404)
    expect(
      (await call(world, 'GET /accounts/acme/storage/kv/namespaces/lab-notes/keys', everything)).json.result,
    ).toEqual([])
    expect(world.running.host.store.namespaces.get('globex', 'lab-notes')).not.toBeNull()
  })

  test('a parameter can’t climb out of its place', async () => {
    const { world } = host
    const value = await mint(world, [allow(['kv-read'], ['account:acme/namespace:images/key:logo'])])
    const read = (key: string) => call(world, `GET /accounts/acme/storage/kv/namespaces/images/values/${key}`, value)
    expect((await read('logo')).text).toBe('<svg/>')
    expect((await read('logo%2Fkey:other')).status).toBe(403)
    expect((await read('..%2Fbilling%2Fvalues%2Fcard')).status).toBe(403)
    expect(
      (await call(world, 'GET /accounts/acme%2Fnamespace:images/storage/kv/namespaces/x/values/logo', value)).status,
    ).toBe(403)
  })

  test('a record has one name, however it is written', async () => {
    const { world } = host
    const value = await mint(world, [allow(['dns-write'], ['account:acme/zone:shop/record:TXT,_acme-challenge.*'])])
    const create = async (type: unknown, name: unknown) => {
      const body = { type, name, content: `${Math.random()}`, ttl: 60 }
      return (await call(world, `POST ${SHOP}`, value, { body })).json
    }
    for (const name of ['_acme-challenge', '_ACME-challenge.SHOP.example.', '_acme-challenge.shop.example']) {
      expect((await create('TXT', name)).result.name).toBe('_acme-challenge.shop.example')
    }
    expect((await create('txt', '_acme-challenge.BÜCHER')).result.name).toBe(
      '_acme-challenge.xn--bcher-kva.shop.example',
    )
    for (const name of [
      '@',
      'x',
      '_acme-challengex',
      'x._acme-challenge',
      '_acme-challenge/../x',
      '_acme-challenge.%2e',
      '',
      7,
      null,
    ]) {
      expect(await create('TXT', name)).toMatchObject({ success: false, errors: [{ code: 7003 }] })
    }
    for (const type of ['A', 'TXT,_acme-challenge.shop.example', '', null]) {
      expect(await create(type, '_acme-challenge')).toMatchObject({ success: false, errors: [{ code: 7003 }] })
    }
  })

  test('a rename needs the old name and the new one', async () => {
    const { world } = host
    const { store } = world.running.host
    const www = { id: newId(), zone: 'shop', type: 'TXT', name: 'www.shop.example', content: 'mine', ttl: 60 }
    const challenge = { ...www, id: newId(), name: '_acme-challenge.shop.example' }
    store.records.add(www)
    store.records.add(challenge)
    const value = await mint(world, [allow(['dns-write'], ['account:acme/zone:shop/record:TXT,_acme-challenge.*'])])
    const rename = async (id: string, name: string, method = 'PATCH') =>
      (await call(world, `${method} ${SHOP}/${id}`, value, { body: { type: 'TXT', name, content: 'moved' } })).status
    for (const method of ['PUT', 'PATCH']) {
      expect(await rename(challenge.id, 'www', method)).toBe(404)
      expect(await rename(www.id, '_acme-challenge', method)).toBe(404)
    }
    expect([store.records.get('shop', www.id), store.records.get('shop', challenge.id)]).toEqual([www, challenge])
    expect(await rename(challenge.id, '_acme-challenge.api')).toBe(200)
  })

  test('an export reaches every record, so a deny on one stands in its way', async () => {
    const { world } = host
    const hide = {
      effect: 'deny',
      permissionGroups: ['dns-read'],
      resources: ['account:acme/zone:shop/record:A,*'],
    } as const
    const whole = await mint(world, [allow(['dns-read'], ['account:acme/zone:shop'])])
    const part = await mint(world, [allow(['dns-read'], ['account:acme/zone:shop']), hide])
    expect((await call(world, `GET ${SHOP}/export`, whole)).text).toContain('www.shop.example. 300 IN A 192.0.2.10')
    expect((await call(world, `GET ${SHOP}/export`, part)).status).toBe(404)
    const types = (await call(world, SHOP.replace(/^/, 'GET '), part)).json.result.map(
      (one: { type: string }) => one.type,
    )
    expect(types.length).toBeGreaterThan(0)
    expect(types).not.toContain('A')
  })

  test('totals and pages count what the token may see and nothing else', async () => {
    const { world } = host
    const value = await mint(world, [allow(['dns-read'], ['account:acme/zone:shop/record:A,*'])])
    const page = async (query: string) => (await call(world, `GET ${SHOP}?${query}`, value)).json
    expect((await page('per_page=1')).result_info).toEqual({
      page: 1,
      per_page: 1,
      count: 1,
      total_count: 2,
      total_pages: 2,
    })
    expect(await page('per_page=1&page=3')).toMatchObject({ result: [], result_info: { page: 3, total_count: 2 } })
    expect((await page('name=shop.example')).result_info.total_count).toBe(1)
    expect((await page('type=TXT')).result_info.total_count).toBe(0)
  })

  test('to read and write a namespace is not to bind it', async () => {
    const { world } = host
    const value = await mint(world, [
      allow(['scripts-write'], ['account:acme/script:resizer']),
      { effect: 'allow', permissions: ['kv.read', 'kv.write'], resources: ['account:acme/namespace:images'] },
    ])
    const form = new FormData()
    form.set('metadata', JSON.stringify({ bindings: [{ type: 'kv_namespace', name: 'I', namespace_id: 'images' }] }))
    const sent = new Response(form)
    const headers = { 'content-type': sent.headers.get('content-type') ?? '' }
    const put = await call(world, 'PUT /accounts/acme/workers/scripts/resizer', value, {
      body: await sent.text(),
      headers,
    })
    expect(put).toMatchObject({ status: 403, json: { errors: [{ code: 10000 }] } })
    expect(world.running.host.store.scripts.get('acme', 'resizer')).toBeNull()
  })

  test('bindings are read once: metadata in JSON and in form fields, and no type that reaches further', async () => {
    const { world } = host
    const { value } = world.cast.worker
    const upload = async (fields: readonly (readonly [string, string])[]) => {
      const form = new FormData()
      for (const [name, field] of fields) form.append(name, field)
      const sent = new Response(form)
      const headers = { 'content-type': sent.headers.get('content-type') ?? '' }
      const body = await sent.text()
      return (await call(world, 'PUT /accounts/acme/workers/scripts/resizer', value, { body, headers })).json
    }
    const kv = (id: string) => [
      ['metadata[bindings][][type]', 'kv_namespace'] as const,
      ['metadata[bindings][][name]', id] as const,
      ['metadata[bindings][][namespace_id]', id] as const,
    ]
    const json = (bindings: unknown) => ['metadata', JSON.stringify({ bindings })] as const
    const no = (permission: string) => ({
      success: false,
      errors: [
        {
          code: 10000,
          error_chain: expect.arrayContaining([
            { code: 10000, message: `this call requires the permission \`${permission}\`` },
          ]),
        },
      ],
    })
    expect(await upload(kv('images'))).toMatchObject({ success: true })
    expect(await upload([...kv('images'), ...kv('billing')])).toMatchObject(no('kv.bind'))
    expect(await upload([json([{ type: 'kv_namespace', name: 'B', namespace_id: 'billing' }])])).toMatchObject(
      no('kv.bind'),
    )
    for (const binding of [
      { type: 'inherit', name: 'B' },
      { type: 'service', name: 'B', service: 'x' },
      { type: 'kv_namespace', name: 'B' },
      null,
    ]) {
      expect(await upload([json([binding])])).toMatchObject({ success: false, errors: [{ code: 10021 }] })
    }
    const bad = await upload([json([{ type: 'kv_namespace', name: 'B', namespace_id: 'images/key:x' }])])
    expect(bad).toMatchObject({ success: false, errors: [{ code: 1004 }] })
  })
})
