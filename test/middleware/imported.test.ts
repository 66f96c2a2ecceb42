/** A key that the host gave out before, in the header it always came in, through a guard. */
import { createHash, createHmac } from 'node:crypto'
import { createBailiwick, defineCatalog } from 'bailiwick'
import { guard } from 'bailiwick/fetch'
import { memoryStorage } from 'bailiwick/storage/memory'
import { describe, expect, test } from 'vitest'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'cache.purge': { on: 'zone' } },
  groups: { purge: { name: 'Purge', permissions: ['cache.purge'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['purge'] } },
})
const KEY = 'k'.repeat(32)
const OLD = 'sk_live_4f9c'
const DIGESTS = {
  'SHA-256 in hex': { scheme: 'sha256-hex', value: createHash('sha256').update(OLD).digest('hex') },
  'SHA-256 in base64url': { scheme: 'sha256-base64url', value: createHash('sha256').update(OLD).digest('base64url') },
  'HMAC in hex': { scheme: 'hmac-sha256-hex', key: 'k1', value: createHmac('sha256', KEY).update(OLD).digest('hex') },
} as const

describe.each(Object.entries(DIGESTS))('an imported key, known by its %s', (_, digest) => {
  async function routed() {
    const importedKeys = { sha256: true, hmacSha256: { k1: KEY } }
    const bw = createBailiwick({ catalog, storage: memoryStorage(), importedKeys })
    await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'olga' })
    const policies = [{ effect: 'allow', permissionGroups: ['purge'], resources: ['account:acme/zone:z1'] }] as const
    const { token } = await bw.tokens.import({ owner: { account: 'acme' }, name: 'old', policies, digest })
    const route = guard(bw, 'cache.purge', 'account:{account}/zone:{zone}', {
      extract: (request) => request.headers.get('x-api-key') ?? request.headers.get('authorization')?.slice(7),
      params: () => ({ account: 'acme', zone: 'z1' }),
      ip: 'none',
    })(async () => new Response('purged'))
    const status = async (headers: Record<string, string>) =>
      (await route(new Request('http://localhost/', { headers }))).status
    return { bw, token, status }
  }

  test('opens the route from its own header, and nothing else does', async () => {
    const { status } = await routed()
    expect(await status({ 'x-api-key': OLD })).toBe(200)
    expect(await status({ 'x-api-key': `${OLD}x` })).toBe(401)
    expect(await status({ 'x-api-key': digest.value })).toBe(401)
    expect(await status({})).toBe(401)
  })

  test('becomes a native token at the next roll, and ends with its overlap', async () => {
    const { bw, token, status } = await routed()
    const { value } = await bw.tokens.roll(token.id, { overlapMs: 60_000 })
    expect([await status({ authorization: `Bearer ${value}` }), await status({ 'x-api-key': OLD })]).toEqual([200, 200])
    await bw.tokens.moveOverlap(token.id, 'now')
    expect([await status({ authorization: `Bearer ${value}` }), await status({ 'x-api-key': OLD })]).toEqual([200, 401])
  })

  test('is cut when it leaks', async () => {
    const { bw, token, status } = await routed()
    expect(await bw.tokens.reportLeaked(OLD, { source: 'test' })).toEqual({ outcome: 'revoked', token: token.id })
    expect(await status({ 'x-api-key': OLD })).toBe(401)
  })
})
