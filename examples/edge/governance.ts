/**
 * What an owner does to tokens that others made, and what becomes of them. Each scene begins where the last one ended.
 */
import { blocked, CHALLENGE, forbidden, hidden, KV, purge, RULES, record, type Scene, SHOP } from './plays.ts'

const shopPurge = ['cache.purge', 'account:acme/zone:shop'] as const
const logo = ['kv.read', 'account:acme/namespace:images/key:logo'] as const
const shopRead = ['zone.read', 'account:acme/zone:shop'] as const

export const governance: readonly Scene[] = [
  {
    title: 'API access off: dana',
    act: async ({ host: { bw } }) => {
      await bw.members.setApiAccess('acme', { user: 'dana' }, false)
      return undefined
    },
    asks: [
      { as: 'purge', ...purge('shop'), ...hidden('api_access_disabled', ...shopPurge) },
      {
        as: 'rules',
        request: `POST ${RULES}`,
        body: blocked,
        ...forbidden('api_access_disabled', 'firewall.write', 'account:acme'),
      },
      { as: 'everywhere', ...purge('labs'), status: 200, note: 'globex did not switch her off' },
      { as: 'worker', request: `GET ${KV}/images/values/logo`, status: 200, note: "wim's token" },
    ],
  },
  {
    title: 'API access off: acme',
    act: async ({ host: { bw } }) => {
      await bw.members.setApiAccess('acme', { user: 'dana' }, null)
      await bw.accounts.setApiAccess('acme', false)
      return undefined
    },
    asks: [
      { as: 'purge', ...purge('shop'), ...hidden('api_access_disabled', ...shopPurge) },
      { as: 'watch', request: 'GET /zones/shop', ...hidden('api_access_disabled', ...shopRead) },
      { as: 'worker', request: `GET ${KV}/images/values/logo`, ...forbidden('api_access_disabled', ...logo) },
      { as: 'breakGlass', ...purge('shop'), status: 200, note: 'a token switched on by name' },
    ],
  },
  {
    title: '  on by name: wim',
    act: async ({ host: { bw } }) => {
      await bw.members.setApiAccess('acme', { user: 'wim' }, true)
      return undefined
    },
    asks: [
      { as: 'worker', request: `GET ${KV}/images/values/logo`, status: 200, note: 'a member switched on by name' },
      { as: 'watch', request: 'GET /zones/shop', ...hidden('api_access_disabled', ...shopRead) },
    ],
  },
  {
    title: '  and on again',
    act: async ({ host: { bw } }) => {
      await bw.accounts.setApiAccess('acme', true)
      await bw.members.setApiAccess('acme', { user: 'wim' }, null)
      return undefined
    },
    asks: [
      { as: 'purge', ...purge('shop'), status: 200 },
      { as: 'watch', request: 'GET /zones/shop', status: 200 },
    ],
  },
  {
    title: 'a role taken: dana',
    act: async ({ host: { bw } }) => {
      await bw.members.update('acme', { user: 'dana' }, { roles: ['dns-manager'] })
      return undefined
    },
    asks: [
      {
        as: 'purge',
        ...purge('shop'),
        ...hidden('not_granted_to_owner', ...shopPurge),
        note: 'the token is as it was',
      },
      {
        as: 'rules',
        request: `POST ${RULES}`,
        body: blocked,
        ...forbidden('not_granted_to_owner', 'firewall.write', 'account:acme'),
      },
      {
        as: 'challenge',
        request: `POST ${SHOP}`,
        body: record('TXT', CHALLENGE),
        status: 200,
        note: 'still DNS manager',
      },
    ],
  },
  {
    title: 'a token rolled',
    act: async ({ host: { bw } }, { watch }) => (await bw.tokens.roll(watch.id, { overlapMs: 60_000 })).value,
    asks: [
      { as: 'watch', request: 'GET /zones/shop', status: 200, note: 'the old secret, a minute more' },
      { as: 'rolled', request: 'GET /zones/shop', status: 200, note: 'the new secret' },
    ],
  },
  {
    title: '  its overlap cut',
    act: async ({ host: { bw } }, { watch }) => {
      await bw.tokens.moveOverlap(watch.id, 'now')
      return undefined
    },
    asks: [
      {
        as: 'watch',
        request: 'GET /zones/shop',
        status: 401,
        refused: { reason: 'token_expired', about: shopRead },
        note: 'the old secret',
      },
      { as: 'rolled', request: 'GET /zones/shop', status: 200, note: 'the new secret' },
      {
        as: 'nobody',
        request: 'GET /zones/shop',
        status: 401,
        refused: { reason: 'credential_missing', about: shopRead },
      },
    ],
  },
]
