/** The web-standard form: what is read of a request, and when reading stops. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { MisuseError } from '../../src/errors.ts'
import { alert, bytes, delivery, endpoint, KEY, labelOf, signatureOf, signer } from './helpers.ts'

type Headers = Readonly<Record<string, string>>

function request(body: Exclude<RequestInit['body'], undefined>, headers: Headers): Request {
  return new Request('https://api.example.com/webhooks/github', {
    method: 'POST',
    body,
    headers,
    duplex: 'half',
  })
}

function headersOf({ keyId, signature }: { readonly keyId: string; readonly signature: string }): Headers {
  return { 'Github-Public-Key-Identifier': keyId, 'Github-Public-Key-Signature': signature }
}

/** A body of these chunks, no more of which is made than is read, and what became of it. */
function stream(chunks: Iterable<Uint8Array>) {
  const iterator = chunks[Symbol.iterator]()
  const seen = { bytes: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { value, done } = iterator.next()
        if (done) return controller.close()
        seen.bytes += value.length
        controller.enqueue(value)
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, seen }
}

function* endless(size: number) {
  while (true) yield new Uint8Array(size)
}

const GOOD = delivery([alert('a'), alert('b')])

test('a request is answered with a response', async () => {
  const { scan } = endpoint({ a: 'revoked' })
  const response = await scan.fetch(request(GOOD.body, headersOf(GOOD)))
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
  expect(await response.json()).toEqual([labelOf('a', 'true_positive'), labelOf('b', 'false_positive')])
})

test('it is the same answer, however the body is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(GOOD.body.length)), async (cuts) => {
      const { scan } = endpoint({ a: 'revoked' })
      const edges = [0, ...cuts.sort((one, other) => one - other), GOOD.body.length]
      const { body } = stream(edges.slice(1).map((end, i) => GOOD.body.subarray(edges[i], end)))
      const response = await scan.fetch(request(body, headersOf(GOOD)))
      expect(await response.text()).toBe((await scan(GOOD)).body)
    }),
  )
})

describe('a body of unknown length', () => {
  test('may be long', async () => {
    const { bw, scan } = endpoint()
    const sent = delivery(Array.from({ length: 1_000 }, (_, i) => alert(`t${i}`)))
    const edges = Array.from({ length: 50 }, (_, i) => (sent.body.length * i) / 50)
    const { body } = stream(edges.map((start, i) => sent.body.subarray(start, edges[i + 1])))
    expect((await scan.fetch(request(body, headersOf(sent)))).status).toBe(200)
    expect(bw.told).toHaveLength(1_000)
  })

  test('is read up to the bound and no further', async () => {
    const { bw, scan } = endpoint({}, { maxBytes: 100_000 })
    const { body, seen } = stream(endless(4_096))
    const response = await scan.fetch(request(body, headersOf(GOOD)))
    expect([response.status, response.headers.get('content-length')]).toEqual([413, null])
    expect(seen).toEqual({ bytes: 25 * 4_096, cancelled: true })
    expect(bw.told).toEqual([])
  })

  test('may be exactly as long as the bound', async () => {
    const content = bytes(JSON.stringify([alert('a')]))
    const one = content.length
    const signed = { keyId: KEY.id, signature: signatureOf(content) }
    for (const [maxBytes, status] of [
      [one, 200],
      [one - 1, 413],
    ] as const) {
      const { body } = stream(Array.from(content, (byte) => Uint8Array.of(byte)))
      expect((await endpoint({}, { maxBytes }).scan.fetch(request(body, headersOf(signed)))).status).toBe(status)
    }
  })

  test('is 10 MiB at most unless said otherwise', async () => {
    const { body, seen } = stream(endless(1_048_576))
    expect((await endpoint().scan.fetch(request(body, headersOf(GOOD)))).status).toBe(413)
    expect(seen).toEqual({ bytes: 11 * 1_048_576, cancelled: true })
  })

  test('costs its bytes even where each comes by itself', async () => {
    const content = new Uint8Array(500_000).fill(0x20)
    const { body, seen } = stream(Array.from(content, (byte) => Uint8Array.of(byte)))
    expect((await endpoint().scan.fetch(request(body, headersOf(GOOD)))).status).toBe(401)
    expect(seen.bytes).toBe(500_000)
  })

  test('that breaks off is answered 400', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('socket hang up')) })
    expect((await endpoint().scan.fetch(request(body, headersOf(GOOD)))).status).toBe(400)
  })
})

describe('nothing of a body is read', () => {
  const cases: readonly (readonly [string, number, Headers])[] = [
    ['without the headers', 400, {}],
    ['with one of them', 400, { 'Github-Public-Key-Identifier': KEY.id }],
    ['with headers that are malformed', 400, headersOf({ ...GOOD, signature: 'no base64' })],
    ['under an unknown key', 401, headersOf({ ...GOOD, keyId: signer('other').id })],
    ['that says itself that it is too large', 413, { ...headersOf(GOOD), 'Content-Length': '10485761' }],
  ]
  test.each(cases)('%s: %i', async (_, status, headers) => {
    const { bw, scan } = endpoint()
    const { body, seen } = stream(endless(1_024))
    expect((await scan.fetch(request(body, headers))).status).toBe(status)
    expect([seen.bytes, bw.told]).toEqual([0, []])
  })

  test('while keys can’t be had: 503', async () => {
    const { scan } = endpoint({}, { keys: () => Promise.reject(new Error('vault is sealed')) })
    const { body, seen } = stream(endless(1_024))
    const response = await scan.fetch(request(body, headersOf(GOOD)))
    expect([response.status, response.headers.get('retry-after'), seen.bytes]).toEqual([503, '60', 0])
  })
})

test('a header that is sent twice is refused, though the lines are the same', async () => {
  const { scan } = endpoint()
  const twice = request(GOOD.body, headersOf(GOOD))
  twice.headers.append('Github-Public-Key-Signature', GOOD.signature)
  expect((await scan.fetch(twice)).status).toBe(400)
})

test('a request without a body is refused', async () => {
  expect((await endpoint().scan.fetch(request(null, headersOf(GOOD)))).status).toBe(400)
})

test('a body that somebody read before is the programmer’s error', async () => {
  const { scan } = endpoint()
  const read = request('[]', headersOf(GOOD))
  await read.text()
  await expect(scan.fetch(read)).rejects.toThrow(MisuseError)
  const locked = request('[]', headersOf(GOOD))
  locked.body?.getReader()
  await expect(scan.fetch(locked)).rejects.toThrow('the body of this request was read before')
})

test('it can be handed on without its `scan`', async () => {
  const { scan } = endpoint()
  const { fetch } = scan
  const handler = vi.fn(fetch)
  expect((await handler(request(GOOD.body, headersOf(GOOD)))).status).toBe(200)
})
