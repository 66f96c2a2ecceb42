/** The whole way: a token that was found in public is presented once more. */
import { expect, test } from 'vitest'
import { createBailiwick } from '../../src/bailiwick.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { secretScanning } from '../../src/webhook/github.ts'
import { alert, delivery, KEY, labelOf, signatureOf, signer } from './helpers.ts'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'cache.purge': { on: 'zone' } },
  groups: { 'cache-purge': { name: 'Cache Purge', permissions: ['cache.purge'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['cache-purge'] } },
})

async function world() {
  const bw = createBailiwick({ catalog, storage: memoryStorage() })
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'u_1' })
  const issue = async (name: string) => {
    const issued = await bw.tokens.create({
      owner: { user: 'u_1' },
      name,
      policies: [{ effect: 'allow', permissionGroups: ['cache-purge'], resources: ['account:acme'] }],
    })
    return { id: issued.token.id, value: issued.value }
  }
  const can = async (value: string) => (await bw.authenticate(value)).can('cache.purge', 'account:acme/zone:z1')
  return { bw, issue, can, scan: secretScanning(bw, { keys: [KEY.published] }) }
}

test('a token that GitHub reports is revoked at once, and only that one', async () => {
  const { bw, issue, can, scan } = await world()
  const [leaked, other] = [await issue('leaked'), await issue('other')]
  expect([await can(leaked.value), await can(other.value)]).toEqual([true, true])

  const invented = other.value.replace(/.{6}$/, '000000')
  const sent = delivery([alert(leaked.value), alert(invented), alert('some_token')])
  const labels = [
    labelOf(leaked.value, 'true_positive'),
    labelOf(invented, 'false_positive'),
    labelOf('some_token', 'false_positive'),
  ]
  const answer = await scan(sent)
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, labels])
  expect([await can(leaked.value), await can(other.value)]).toEqual([false, true])
  expect(await bw.tokens.get(leaked.id)).toMatchObject({
    status: 'revoked',
    leak: { source: 'github:commit', url: 'https://github.com/acme/site/blob/main/.env' },
  })

  const { revision } = (await bw.tokens.get(leaked.id)) ?? {}
  expect(JSON.parse((await scan(sent)).body)).toEqual(labels)
  expect((await bw.tokens.get(leaked.id))?.revision).toBe(revision)
})

test('a stranger who knows a value revokes nothing by this door', async () => {
  const { issue, can, scan } = await world()
  const { value } = await issue('deploy')
  const sent = delivery([alert(value)])
  const stranger = signer('stranger')
  expect(await scan({ ...sent, signature: signatureOf(sent.body, stranger) })).toMatchObject({ status: 401 })
  expect(await scan({ ...sent, keyId: stranger.id })).toMatchObject({ status: 401 })
  expect(await can(value)).toBe(true)
})

test('a value that stands in the evidence too is written down nowhere', async () => {
  const { bw, issue, scan } = await world()
  const { id, value } = await issue('deploy')
  const url = `https://github.com/acme/site/issues/1?q=${value}`
  expect(await scan(delivery([alert(value, { url, source: value })]))).toMatchObject({ status: 200 })
  const token = await bw.tokens.get(id)
  expect(token).toMatchObject({ status: 'revoked', leak: { source: expect.stringMatching(/^github:/) } })
  const log = await bw.audit.list({ user: 'u_1' })
  expect(log.items.length).toBeGreaterThan(1)
  expect(JSON.stringify([token, log])).not.toContain(value.slice(-40))
})
