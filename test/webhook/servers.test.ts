/** As a host mounts it: behind Express, which has read the body, and under Hono, which hands over the request. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { raw } from 'express'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import type { SecretScanning } from '../../src/webhook/github.ts'
import { alert, delivery, endpoint, KEY, labelOf } from './helpers.ts'

type Send = (init: RequestInit) => Promise<Response>

async function withExpress(scan: SecretScanning, use: (send: Send) => Promise<void>): Promise<void> {
  const app = express()
  app.post('/', raw({ type: () => true, limit: '10mb' }), async (req, res) => {
    const answer = await scan({
      keyId: req.get('Github-Public-Key-Identifier'),
      signature: req.get('Github-Public-Key-Signature'),
      body: req.body,
    })
    res.status(answer.status).set(answer.headers).send(answer.body)
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    await use((init) => fetch(`http://127.0.0.1:${port}/`, init))
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function withHono(scan: SecretScanning, use: (send: Send) => Promise<void>): Promise<void> {
  const app = new Hono().post('/', (c) => scan.fetch(c.req.raw))
  await use(async (init) => app.request('/', init))
}

describe.each([
  ['Express', withExpress],
  ['Hono', withHono],
])('under %s', (_, mounted) => {
  const sent = delivery([alert('tok_é')])
  const headers = {
    'Content-Type': 'application/json',
    'Github-Public-Key-Identifier': KEY.id,
    'Github-Public-Key-Signature': sent.signature,
  }

  test('a delivery is taken', async () => {
    const { scan } = endpoint({ tok_é: 'revoked' })
    await mounted(scan, async (send) => {
      const response = await send({ method: 'POST', headers, body: sent.body })
      expect([response.status, await response.json()]).toEqual([200, [labelOf('tok_é', 'true_positive')]])
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      expect(response.headers.get('cache-control')).toBe('no-store')
    })
  })

  test('what strangers send is refused', async () => {
    const { bw, scan, errors } = endpoint()
    await mounted(scan, async (send) => {
      const statuses = [
        await send({ method: 'POST' }),
        await send({ method: 'POST', headers }),
        await send({ method: 'POST', headers, body: '[]' }),
        await send({ method: 'POST', body: sent.body }),
        await send({ method: 'POST', headers: { ...headers, 'Github-Public-Key-Identifier': 'x' }, body: sent.body }),
      ].map(({ status }) => status)
      expect(statuses).toEqual([400, 400, 401, 400, 401])
    })
    expect([bw.told, errors]).toEqual([[], []])
  })
})
