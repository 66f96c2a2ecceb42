/**
 * A key is found in public. GitHub reports it, the owner shuts the account but for one token, and what was done can be proved afterwards.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import type { Running } from './app.ts'
import { forbidden, hidden, KV, purge, type Scene } from './plays.ts'

/** A key pair in GitHub's place: the demo signs its own reports. */
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const DEMO_KEY = {
  key_identifier: 'demo',
  key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  is_current: true,
}

/** Posts to the host's webhook what GitHub would post, and gives the label it answers with. */
export async function reportLeak({ origin }: Running, token: string, signed = true): Promise<string> {
  const url = 'https://github.com/acme/site/blob/main/deploy.sh'
  const body = JSON.stringify([{ token, type: 'edge_api_token', url, source: 'commit' }])
  const signature = sign('sha256', Buffer.from(signed ? body : 'another body'), privateKey).toString('base64')
  const response = await fetch(`${origin}/webhooks/secret-scanning`, {
    method: 'POST',
    headers: { 'Github-Public-Key-Identifier': 'demo', 'Github-Public-Key-Signature': signature },
    body,
  })
  if (!response.ok) return `${response.status}`
  const [answer] = (await response.json()) as readonly { readonly label: string }[]
  return answer?.label ?? 'no answer'
}

const logo = ['kv.read', 'account:acme/namespace:images/key:logo'] as const
const shopPurge = ['cache.purge', 'account:acme/zone:shop'] as const

export const incident: readonly Scene[] = [
  {
    title: 'a forged report',
    act: async (running, cast) => {
      await reportLeak(running, cast.everywhere.value, false)
      return undefined
    },
    asks: [{ as: 'everywhere', ...purge('labs'), status: 200, note: 'nobody is cut off by a forger' }],
  },
  {
    title: 'a key in public',
    act: async (running, cast) => {
      await reportLeak(running, cast.everywhere.value)
      return undefined
    },
    asks: [
      {
        as: 'everywhere',
        ...purge('labs'),
        status: 401,
        refused: { reason: 'token_revoked', about: ['cache.purge', 'account:globex/zone:labs'] },
        note: 'in every account it reached',
      },
      { as: 'breakGlass', ...purge('shop'), status: 200, note: 'other tokens go on' },
    ],
  },
  {
    title: '  acme shut',
    act: async ({ host: { bw } }) => {
      const origin = { by: { user: 'olga' }, from: '203.0.113.9' } as const
      await bw.accounts.setApiAccess('acme', false, origin)
      return undefined
    },
    asks: [
      { as: 'purge', ...purge('shop'), ...hidden('api_access_disabled', ...shopPurge) },
      { as: 'worker', request: `GET ${KV}/images/values/logo`, ...forbidden('api_access_disabled', ...logo) },
      { as: 'breakGlass', ...purge('shop'), status: 200, note: 'switched on by name' },
    ],
  },
]
