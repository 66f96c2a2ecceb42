/**
 * The example host driven by a client nobody here wrote: the official SDK of the API it is shaped like.
 */
import Cloudflare, { AuthenticationError, NotFoundError, PermissionDeniedError, toFile } from 'cloudflare'
import { describe, expect, test } from 'vitest'
import { call, edge, mint } from './world.ts'

const host = edge()

/** The SDK with this token, as its users make one. No retries: a refusal that were tried again would be a fault of ours. */
function client(apiToken: string): Cloudflare {
  return new Cloudflare({ baseURL: host.world.running.url, apiToken, maxRetries: 0 })
}

const as = {
  owner: async () =>
    client(
      await mint(host.world, [
        {
          effect: 'allow',
          permissionGroups: [
            'zone-write',
            'dns-write',
            'cache-purge',
            'access-rules-write',
            'kv-admin',
            'scripts-write',
          ],
          resources: ['account:acme'],
        },
      ]),
    ),
  purge: () => client(host.world.cast.purge.value),
  rules: () => client(host.world.cast.rules.value),
  challenge: () => client(host.world.cast.challenge.value),
  watch: () => client(host.world.cast.watch.value),
  worker: () => client(host.world.cast.worker.value),
}

async function all<Item>(pages: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const item of pages) items.push(item)
  return items
}

/** The error of a call that must fail with it, and the permission that its `error_chain` must name. */
async function refused(
  call: PromiseLike<unknown>,
  kind: typeof PermissionDeniedError | typeof NotFoundError | typeof AuthenticationError,
  permission?: string,
): Promise<void> {
  const error: unknown = await Promise.resolve(call).then(
    () => 'it was allowed',
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(kind)
  if (permission !== undefined) {
    expect(error).toMatchObject({
      errors: [
        {
          error_chain: expect.arrayContaining([
            expect.objectContaining({ message: `this call requires the permission \`${permission}\`` }),
          ]),
        },
      ],
    })
  }
}

describe('zones', () => {
  test('are listed, found by name and read, each token its own', async () => {
    expect((await all(as.watch().zones.list())).map((zone) => zone.name)).toEqual(['blog.example', 'shop.example'])
    expect((await all(as.challenge().zones.list({ name: 'shop.example' }))).map((zone) => zone.id)).toEqual(['shop'])
    expect(await all(as.purge().zones.list())).toEqual([])
    expect(await all(as.watch().zones.list({ name: 'labs.example' }))).toEqual([])
    expect(await as.watch().zones.get({ zone_id: 'shop' })).toMatchObject({ id: 'shop', account: { id: 'acme' } })
    await refused(as.watch().zones.get({ zone_id: 'labs' }), NotFoundError, 'zone.read')
    await refused(as.purge().zones.get({ zone_id: 'shop' }), NotFoundError, 'zone.read')
  })

  test('are created and deleted by who may', async () => {
    const owner = await as.owner()
    const made = await owner.zones.create({ account: { id: 'acme' }, name: 'Made.Example' })
    expect(made.name).toBe('made.example')
    await refused(as.watch().zones.delete({ zone_id: made.id }), NotFoundError, 'zone.delete')
    expect(await owner.zones.delete({ zone_id: made.id })).toEqual({ id: made.id })
    await refused(owner.zones.create({ account: { id: 'globex' }, name: 'x.example' }), NotFoundError, 'zone.create')
  })
})

describe('DNS records', () => {
  test('live: create, get, edit, update, list, export, delete', async () => {
    const { dns } = await as.owner()
    const zone_id = 'shop'
    const made = await dns.records.create({ zone_id, type: 'A', name: 'api', content: '192.0.2.1', ttl: 60 })
    expect(made.name).toBe('api.shop.example')
    expect(await dns.records.get(made.id, { zone_id })).toMatchObject({ id: made.id, content: '192.0.2.1' })
    const edited = await dns.records.edit(made.id, { zone_id, type: 'A', name: 'api', content: '192.0.2.2', ttl: 60 })
    expect(edited).toMatchObject({ id: made.id, content: '192.0.2.2' })
    const updated = await dns.records.update(made.id, { zone_id, type: 'TXT', name: 'api', content: 'hello', ttl: 1 })
    expect(updated).toMatchObject({ id: made.id, type: 'TXT', content: 'hello' })
    const found = await all(
      dns.records.list({ zone_id, type: 'TXT', name: { exact: 'api.shop.example' }, content: { exact: 'hello' } }),
    )
    expect(found.map((record) => record.id)).toEqual([made.id])
    expect(await dns.records.export({ zone_id })).toContain('api.shop.example. 1 IN TXT hello')
    expect(await dns.records.delete(made.id, { zone_id })).toEqual({ id: made.id })
    await refused(dns.records.get(made.id, { zone_id }), NotFoundError, 'dns.read')
  })

  test('a list of many pages is walked to its end, and holds what the token may see', async () => {
    const owner = await as.owner()
    const zone_id = (await owner.zones.create({ account: { id: 'acme' }, name: 'many.example' })).id
    for (let n = 0; n < 45; n++) {
      await owner.dns.records.create({
        zone_id,
        type: n % 3 === 0 ? 'TXT' : 'A',
        name: `h${n}`,
        content: '192.0.2.1',
        ttl: 60,
      })
    }
    expect(await all(owner.dns.records.list({ zone_id, per_page: 10 }))).toHaveLength(45)
    const texts = client(
      await mint(host.world, [
        { effect: 'allow', permissionGroups: ['dns-read'], resources: [`account:acme/zone:${zone_id}/record:TXT,*`] },
      ]),
    )
    const seen = await all(texts.dns.records.list({ zone_id, per_page: 4 }))
    expect(seen).toHaveLength(15)
    expect(new Set(seen.map((record) => record.type))).toEqual(new Set(['TXT']))
    expect(await all(as.purge().dns.records.list({ zone_id }))).toEqual([])
  })

  test('a DNS-01 token answers challenges as certbot does, and does nothing else', async () => {
    const { dns, zones } = as.challenge()
    const [zone] = await all(zones.list({ name: 'shop.example', per_page: 1 }))
    const zone_id = zone?.id ?? ''
    const name = '_acme-challenge.shop.example'
    const made = await dns.records.create({ zone_id, type: 'TXT', name, content: 'proof', ttl: 120 })
    const found = await dns.records.list({
      zone_id,
      type: 'TXT',
      name: { exact: name },
      content: { exact: 'proof' },
      per_page: 1,
    })
    expect(found.result.map((record) => record.id)).toEqual([made.id])
    const www = { zone_id, type: 'A', name: 'www', content: '192.0.2.9', ttl: 60 } as const
    await refused(dns.records.create(www), NotFoundError, 'dns.write')
    await refused(dns.records.update(made.id, www), NotFoundError, 'dns.write')
    await refused(dns.records.edit(made.id, { ...www, type: 'TXT' }), NotFoundError, 'dns.write')
    await refused(dns.records.export({ zone_id }), NotFoundError, 'dns.export')
    await refused(as.watch().dns.records.delete(made.id, { zone_id }), NotFoundError, 'dns.write')
    expect(await dns.records.delete(made.id, { zone_id })).toEqual({ id: made.id })
  })
})

describe('the cache', () => {
  test('is purged of one site and no other', async () => {
    const { store } = host.world.running.host
    const before = store.zones.purges('blog')
    expect(await as.purge().cache.purge({ zone_id: 'shop', purge_everything: true })).toEqual({ id: 'shop' })
    expect(await as.purge().cache.purge({ zone_id: 'shop', files: ['https://shop.example/a.css'] })).toEqual({
      id: 'shop',
    })
    await refused(as.purge().cache.purge({ zone_id: 'blog', purge_everything: true }), NotFoundError, 'cache.purge')
    await refused(as.rules().cache.purge({ zone_id: 'shop', purge_everything: true }), NotFoundError, 'cache.purge')
    expect(store.zones.purges('blog')).toBe(before)
  })
})

describe('IP access rules', () => {
  test('are kept by the token that may, and by no other', async () => {
    const { firewall } = as.rules()
    const account_id = 'acme'
    const rule = { account_id, mode: 'block', configuration: { target: 'ip', value: '203.0.113.9' } } as const
    const made = await firewall.accessRules.create({ ...rule, notes: 'brute force' })
    expect(made).toMatchObject({ mode: 'block', configuration: { value: '203.0.113.9' }, notes: 'brute force' })
    const edited = await firewall.accessRules.edit(made.id, { ...rule, mode: 'challenge' })
    expect(edited).toMatchObject({ id: made.id, mode: 'challenge' })
    expect((await all(firewall.accessRules.list({ account_id }))).map((one) => one.id)).toEqual([made.id])
    expect(await firewall.accessRules.get(made.id, { account_id })).toMatchObject({ id: made.id })

    await refused(as.watch().firewall.accessRules.create(rule), PermissionDeniedError, 'firewall.write')
    await refused(
      as.watch().firewall.accessRules.delete(made.id, { account_id }),
      PermissionDeniedError,
      'firewall.write',
    )
    await refused(as.purge().firewall.accessRules.get(made.id, { account_id }), PermissionDeniedError, 'firewall.read')
    await refused(
      firewall.accessRules.create({ ...rule, account_id: 'globex' }),
      PermissionDeniedError,
      'firewall.write',
    )
    expect(await all(as.purge().firewall.accessRules.list({ account_id }))).toEqual([])

    expect(await firewall.accessRules.delete(made.id, { account_id })).toEqual({ id: made.id })
  })
})

describe('Workers KV', () => {
  test('namespaces: made, listed and deleted by who may', async () => {
    const owner = await as.owner()
    const account_id = 'acme'
    const made = await owner.kv.namespaces.create({ account_id, title: 'Sessions' })
    expect((await all(owner.kv.namespaces.list({ account_id, per_page: 1 }))).map((one) => one.title)).toEqual([
      'Billing',
      'Images',
      'Sessions',
    ])
    expect((await all(as.worker().kv.namespaces.list({ account_id }))).map((one) => one.id)).toEqual(['images'])
    expect(await owner.kv.namespaces.get(made.id, { account_id })).toMatchObject({ title: 'Sessions' })
    await refused(as.worker().kv.namespaces.create({ account_id, title: 'Mine' }), PermissionDeniedError, 'kv.create')
    await refused(as.worker().kv.namespaces.delete('images', { account_id }), PermissionDeniedError, 'kv.delete')
    await owner.kv.namespaces.delete(made.id, { account_id })
    await refused(owner.kv.namespaces.get(made.id, { account_id }), NotFoundError, 'kv.read')
  })

  test('values: written, read and listed in one namespace and no other', async () => {
    const { kv } = as.worker()
    const mine = { account_id: 'acme', namespace_id: 'images' }
    const others = { account_id: 'acme', namespace_id: 'billing' }
    await kv.namespaces.values.update('a/b c', { ...mine, value: 'text' })
    await kv.namespaces.values.update('bytes', { ...mine, value: await toFile(Buffer.from([0, 255, 1]), 'x.bin') })
    expect(await (await kv.namespaces.values.get('a/b c', mine)).text()).toBe('text')
    expect(Buffer.from(await (await kv.namespaces.values.get('bytes', mine)).arrayBuffer())).toEqual(
      Buffer.from([0, 255, 1]),
    )
    const keys = await all(kv.namespaces.keys.list('images', { account_id: 'acme', limit: 1 }))
    expect(keys.map((key) => key.name)).toEqual(['a/b c', 'bytes', 'logo'])
    await kv.namespaces.values.delete('a/b c', mine)
    await refused(kv.namespaces.values.get('a/b c', mine), NotFoundError, 'kv.read')
    await refused(kv.namespaces.values.get('card', others), PermissionDeniedError, 'kv.read')
    await refused(kv.namespaces.values.update('card', { ...others, value: '' }), PermissionDeniedError, 'kv.write')
    expect(await all(kv.namespaces.keys.list('billing', { account_id: 'acme' }))).toEqual([])
    await refused(
      as.watch().kv.namespaces.values.update('logo', { ...mine, value: '' }),
      PermissionDeniedError,
      'kv.write',
    )
  })

  test('keys: a token of a prefix lists and reads that prefix', async () => {
    const { kv } = client(
      await mint(host.world, [
        { effect: 'allow', permissionGroups: ['kv-write'], resources: ['account:acme/namespace:images/key:thumb-*'] },
      ]),
    )
    const mine = { account_id: 'acme', namespace_id: 'images' }
    await kv.namespaces.values.update('thumb-1', { ...mine, value: 'x' })
    await refused(kv.namespaces.values.update('logo', { ...mine, value: 'x' }), PermissionDeniedError, 'kv.write')
    expect((await all(kv.namespaces.keys.list('images', { account_id: 'acme' }))).map((key) => key.name)).toEqual([
      'thumb-1',
    ])
  })
})

describe('Worker scripts', () => {
  const upload = (scripts: Cloudflare['workers']['scripts'], name: string, namespaces: readonly string[]) =>
    scripts.update(name, {
      account_id: 'acme',
      metadata: {
        main_module: 'worker.mjs',
        bindings: namespaces.map((id) => ({ type: 'kv_namespace' as const, name: id.toUpperCase(), namespace_id: id })),
      },
      files: [new File(['export default {}'], 'worker.mjs', { type: 'application/javascript+module' })],
    })

  test('are uploaded with their bindings, both sides asked', async () => {
    const { scripts } = as.worker().workers
    expect(await upload(scripts, 'resizer', ['images'])).toMatchObject({ id: 'resizer' })
    expect((await all(scripts.list({ account_id: 'acme' }))).map((script) => script.id)).toEqual(['resizer'])
    expect(await scripts.get('resizer', { account_id: 'acme' })).toContain('export default {}')
    expect(await scripts.scriptAndVersionSettings.get('resizer', { account_id: 'acme' })).toMatchObject({
      bindings: [{ type: 'kv_namespace', name: 'IMAGES', namespace_id: 'images' }],
    })
    await refused(upload(scripts, 'resizer', ['images', 'billing']), PermissionDeniedError, 'kv.bind')
    await refused(upload(scripts, 'checkout', ['images']), PermissionDeniedError, 'worker.write')
    await refused(
      upload(client(host.world.cast.scriptOnly.value).workers.scripts, 'resizer', ['images']),
      PermissionDeniedError,
      'kv.bind',
    )
    await refused(
      as.watch().workers.scripts.delete('resizer', { account_id: 'acme' }),
      PermissionDeniedError,
      'worker.write',
    )
    await scripts.delete('resizer', { account_id: 'acme' })
    await refused(scripts.get('resizer', { account_id: 'acme' }), NotFoundError, 'worker.read')
  })
})

describe('tokens', () => {
  test('verify themselves', async () => {
    const { id } = host.world.cast.purge
    expect(await as.purge().user.tokens.verify()).toMatchObject({ id, status: 'active' })
    const breakGlass = client(host.world.cast.breakGlass.value)
    await refused(breakGlass.user.tokens.verify(), AuthenticationError)
    expect(await breakGlass.accounts.tokens.verify({ account_id: 'acme' })).toMatchObject({ status: 'active' })
  })

  test('a token that is not one, and one that is over, are 401', async () => {
    const { bw } = host.world.running.host
    await refused(client('not-a-token').zones.list(), AuthenticationError)
    await refused(client(host.world.cast.purge.value.slice(0, -1)).zones.list(), AuthenticationError)
    const { token, value } = await bw.tokens.create({
      owner: { user: 'olga' },
      name: 'short',
      policies: [{ effect: 'allow', permissionGroups: ['zone-read'], resources: ['account:acme'] }],
    })
    expect(await all(client(value).zones.list())).not.toEqual([])
    await bw.tokens.revoke(token.id)
    await refused(client(value).zones.list(), AuthenticationError)
    await refused(client(value).zones.get({ zone_id: 'shop' }), AuthenticationError)
  })

  test('one bound to an address that is not this one is 403, whatever it asks', async () => {
    const { value } = await host.world.running.host.bw.tokens.create({
      owner: { user: 'olga' },
      name: 'from the office',
      policies: [{ effect: 'allow', permissionGroups: ['zone-read'], resources: ['account:acme'] }],
      condition: { ip: { in: ['203.0.113.0/24'] } },
    })
    await refused(client(value).zones.list(), PermissionDeniedError)
    expect((await call(host.world, 'GET /zones', value)).json.errors[0]).toMatchObject({ code: 9109 })
  })
})
