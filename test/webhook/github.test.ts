/** One delivery: in which order it is looked at, what it is answered, and what is reported of it. */
import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MisuseError, StoredFactError } from '../../src/errors.ts'
import { type Delivery, secretScanning } from '../../src/webhook/github.ts'
import {
  alert,
  bytes,
  delivery,
  endpoint,
  FakeBailiwick,
  KEY,
  labelOf,
  noStorage,
  signatureOf,
  signer,
} from './helpers.ts'

const GOOD = delivery([alert('t1')])

describe('a delivery with a bad envelope', () => {
  const cases: readonly (readonly [number, string, Partial<Delivery>])[] = [
    [400, 'no key identifier', { keyId: undefined }],
    [400, 'no signature', { signature: undefined }],
    [400, 'neither', { keyId: null, signature: null }],
    [400, 'an empty key identifier', { keyId: '' }],
    [400, 'an empty signature', { signature: '' }],
    [400, 'an oversized key identifier', { keyId: 'a'.repeat(1e6) }],
    [400, 'an oversized signature', { signature: 'a'.repeat(1e6) }],
    [400, 'two key identifiers', { keyId: `${KEY.id}, ${KEY.id}` }],
    [400, 'two signatures', { signature: `${GOOD.signature}, ${GOOD.signature}` }],
    [400, 'a key identifier with a line break', { keyId: `${KEY.id}\n` }],
    [400, 'a signature with a line break', { signature: `${GOOD.signature}\n` }],
    [413, 'a body above the bound', { body: new Uint8Array(1_001) }],
    [401, 'an unknown key', { keyId: signer('other').id }],
    [400, 'no body', { body: undefined }],
    [401, 'a body of that many bytes, all of them garbage', { body: new Uint8Array(1_000) }],
    [401, 'a signature by another key', { signature: signatureOf(GOOD.body, signer('other')) }],
    [401, 'a signature of nothing', { signature: Buffer.from('3006020100020100', 'hex').toString('base64') }],
    [401, 'a signature without its padding', { signature: GOOD.signature.replace(/=*$/, '').slice(0, -1) }],
  ]
  test.each(cases)('is answered %i: %s', async (status, _, change) => {
    const { bw, scan, errors } = endpoint({}, { maxBytes: 1_000 })
    const answer = await scan({ ...GOOD, ...change })
    expect(answer.status).toBe(status)
    expect(answer.headers).toEqual({ 'Cache-Control': 'no-store', 'Content-Type': 'application/problem+json' })
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'about:blank', status })
    expect([bw.told, errors]).toEqual([[], []])
  })

  test('a megabyte of garbage under a known key is refused without a look at storage', async () => {
    const { bw, scan } = endpoint()
    const body = new Uint8Array(1_048_576).fill(0x5b)
    expect(await scan({ ...GOOD, body })).toMatchObject({ status: 401 })
    expect(await scan({ ...GOOD, body, keyId: 'garbage' })).toMatchObject({ status: 401 })
    expect(await scan({ ...GOOD, body, signature: '[[[[' })).toMatchObject({ status: 400 })
    expect(bw.told).toEqual([])
  })

  test('any one-bit change of the body is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.nat(), async (content, at) => {
        const signed = delivery(content)
        const { scan } = endpoint()
        expect(await scan({ ...signed, body: flipped(content, at) })).toMatchObject({ status: 401 })
      }),
    )
  })

  test('any one-bit change of the signature is refused, of its bytes as of its text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (at) => {
        const { bw, scan } = endpoint({ t1: 'revoked' })
        const asText = Buffer.from(flipped(bytes(GOOD.signature), at)).toString('latin1')
        const asBytes = Buffer.from(flipped(Buffer.from(GOOD.signature, 'base64'), at)).toString('base64')
        for (const signature of [asText, asBytes])
          expect([400, 401]).toContain((await scan({ ...GOOD, signature })).status)
        expect(bw.told).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('base64 that leaves spare bits set says the same bytes and is refused', async () => {
    const { scan } = endpoint()
    const bodies = Array.from({ length: 40 }, (_, i) => delivery([alert(`t${i}`)]))
    const padded = bodies.find(({ signature }) => signature.endsWith('=')) ?? GOOD
    const last = padded.signature.replace(/=+$/, '').at(-1) ?? ''
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    const other = padded.signature.replace(/.(=+)$/, `${ALPHABET[ALPHABET.indexOf(last) + 1]}$1`)
    expect(Buffer.from(other, 'base64')).toEqual(Buffer.from(padded.signature, 'base64'))
    expect(await scan(padded)).toMatchObject({ status: 200 })
    expect(await scan({ ...padded, signature: other })).toMatchObject({ status: 401 })
  })

  test('whatever is presented is answered and never thrown', async () => {
    const text = fc.oneof(fc.string(), fc.base64String(), fc.constantFrom(KEY.id, GOOD.signature, null, undefined))
    await fc.assert(
      fc.asyncProperty(text, text, fc.uint8Array(), async (keyId, signature, body) => {
        const { bw, scan } = endpoint()
        expect([400, 401]).toContain((await scan({ keyId, signature, body })).status)
        expect(bw.told).toEqual([])
      }),
    )
  })
})

describe('labels', () => {
  test('whatever was a token of ours is a true positive, in whatever state; the rest is none', async () => {
    const { bw, scan } = endpoint({ t1: 'revoked', t2: 'overlap_ended', t3: 'already_ended', t4: 'unknown' })
    const answer = await scan(delivery(['t1', 't2', 't3', 't4', 't5'].map((token) => alert(token))))
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
    })
    expect(JSON.parse(answer.body)).toEqual([
      labelOf('t1', 'true_positive'),
      labelOf('t2', 'true_positive'),
      labelOf('t3', 'true_positive'),
      labelOf('t4', 'false_positive'),
      labelOf('t5', 'false_positive'),
    ])
    expect(bw.told[0]).toEqual({
      value: 't1',
      evidence: { source: 'github:commit', url: 'https://github.com/acme/site/blob/main/.env' },
      origin: { by: 'host', from: 'github secret scanning' },
    })
  })

  test('a value that is named several times is reported once and labelled each time, with its type', async () => {
    const { bw, scan } = endpoint({ a: 'revoked' })
    const again = alert('a', { type: 'other', source: 'gist_content' })
    const answer = await scan(delivery([alert('a'), alert('b'), alert('a'), again]))
    expect(bw.told.map(({ value, evidence }) => [value, evidence.source])).toEqual([
      ['a', 'github:commit'],
      ['b', 'github:commit'],
    ])
    expect(JSON.parse(answer.body)).toEqual([
      labelOf('a', 'true_positive'),
      labelOf('b', 'false_positive'),
      labelOf('a', 'true_positive'),
      labelOf('a', 'true_positive', 'other'),
    ])
  })

  test('an empty list is answered with one', async () => {
    expect(await endpoint().scan(delivery([]))).toMatchObject({ status: 200, body: '[]' })
  })

  test('ten thousand are reported a few at a time', async () => {
    const tokens = Array.from({ length: 10_000 }, (_, i) => `t${i}`)
    const { bw, scan } = endpoint({ t9999: 'revoked' })
    const answer = await scan(delivery(tokens.map((token) => alert(token))))
    const labels: readonly unknown[] = JSON.parse(answer.body)
    expect([labels.length, labels.at(-1)]).toEqual([10_000, labelOf('t9999', 'true_positive')])
    expect(bw.told.map(({ value }) => value)).toEqual(tokens)
    expect(bw.mostAtOnce).toBe(8)
  })

  test('the same delivery again is answered the same', async () => {
    const { scan } = endpoint({ t1: 'already_ended' })
    expect(await scan(GOOD)).toEqual(await scan(GOOD))
  })
})

describe('when a value can’t be reported', () => {
  test('for want of storage, the answer is 503 and all others are reported', async () => {
    const { bw, scan, errors } = endpoint({ t3: noStorage(), t20: 'revoked' })
    const tokens = Array.from({ length: 30 }, (_, i) => `t${i}`)
    const answer = await scan(delivery(tokens.map((token) => alert(token))))
    expect([answer.status, answer.headers['Retry-After']]).toEqual([503, '60'])
    expect(bw.told.map(({ value }) => value)).toEqual(tokens)
    expect(errors).toEqual([noStorage()])
  })

  test('storage that answers now and then is asked about all of them', async () => {
    const tokens = Array.from({ length: 200 }, (_, i) => `t${i}`)
    const failing = tokens.filter((_, i) => i % 2 === 0).map((token) => [token, noStorage()])
    const { bw, scan } = endpoint(Object.fromEntries(failing))
    expect(await scan(delivery(tokens.map((token) => alert(token))))).toMatchObject({ status: 503 })
    expect(bw.told).toHaveLength(200)
  })

  test('storage that is down is not asked ten thousand times', async () => {
    const tokens = Array.from({ length: 10_000 }, (_, i) => `t${i}`)
    const { bw, scan } = endpoint(Object.fromEntries(tokens.map((token) => [token, noStorage()])))
    expect(await scan(delivery(tokens.map((token) => alert(token))))).toMatchObject({ status: 503 })
    expect(bw.told.length).toBeLessThan(30)
  })

  test('for a fault of the host’s, all others are reported, and then it is thrown', async () => {
    const fault = new StoredFactError('a stored digest has an unknown scheme')
    const tokens = Array.from({ length: 60 }, (_, i) => `t${i}`)
    const faults = Object.fromEntries(tokens.slice(0, 30).map((token) => [token, fault]))
    const { bw, scan, errors } = endpoint({ ...faults, t30: noStorage() })
    await expect(scan(delivery(tokens.map((token) => alert(token))))).rejects.toBe(fault)
    expect(bw.told).toHaveLength(60)
    expect(errors).toEqual([...Object.values(faults), noStorage()])
  })

  test('an owner can be told of what was theirs, once each, and by nobody of what was not', async () => {
    const leaks: unknown[] = []
    const onLeak = (leak: unknown) => void leaks.push(leak)
    const { scan } = endpoint({ t1: 'revoked', t2: 'already_ended' }, { onLeak })
    await scan(delivery([alert('t1'), alert('stranger'), alert('t2'), alert('t1')]))
    const evidence = { source: 'github:commit', url: 'https://github.com/acme/site/blob/main/.env' }
    expect(leaks).toEqual([
      { outcome: 'revoked', token: expect.any(String), evidence },
      { outcome: 'already_ended', token: expect.any(String), evidence },
    ])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no mail today')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no mail today'))],
  ])('an `onLeak` that %s is told to `onError` and changes no label', async (_, onLeak) => {
    const { scan, errors } = endpoint({ t1: 'revoked' }, { onLeak })
    expect(JSON.parse((await scan(delivery([alert('t1')]))).body)).toMatchObject([{ label: 'true_positive' }])
    await Promise.resolve()
    expect(errors).toEqual([new Error('no mail today')])
  })

  const fault = new Error('the log is full')
  test.each([
    [
      'throws',
      () => {
        throw fault
      },
    ],
    ['rejects', () => Promise.reject(fault)],
  ])('an `onError` that %s takes nobody’s place, and the process is warned', async (_, onError) => {
    const warned = new Promise((resolve) => process.once('warning', resolve))
    const { scan } = endpoint({ t1: noStorage() }, { onError })
    expect(await scan(GOOD)).toMatchObject({ status: 503 })
    expect(await warned).toBe(fault)
  })
})

describe('a value', () => {
  const value = `bwk_u_${'k'.repeat(71)}`
  test('appears in no answer, error or inspection', async () => {
    const { scan, errors } = endpoint({ [value]: noStorage(), other: 'revoked' })
    const url = `https://github.com/acme/site?key=${value}`
    const answers = [
      await scan(delivery([alert(value), alert('other')])),
      await scan(delivery([alert('other', { url, source: value })])),
      await scan(delivery([alert(value), { token: value }])),
      await scan(delivery(bytes(`[{"token":"${value}"`))),
      await scan({ ...GOOD, body: bytes(value) }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([503, 200, 400, 400, 401])
    expect(inspect([answers, errors, scan], { depth: null, showHidden: true })).not.toContain(value)
  })
})

describe('misuse', () => {
  const bw = new FakeBailiwick()
  test('a body that somebody parsed is the programmer’s error, and not GitHub’s', async () => {
    for (const body of [[alert('t1')], '[]', {}, new ArrayBuffer(2)])
      await expect(endpoint().scan({ ...GOOD, body: body as never })).rejects.toThrow(MisuseError)
  })

  test('options that can’t be right are refused at start', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ type: 'spki', format: 'pem' })
    const key = (pem: unknown) => [{ key_identifier: 'k', key: pem }]
    for (const options of [
      { key: [] },
      { keys: [] },
      { keys: 'k' },
      { keys: [null] },
      { keys: key('x') },
      { keys: key(rsa.toString()) },
      { keys: key(signer('other', 'P-384').published.key) },
      { keys: key(signer('other', 'secp256k1').published.key) },
      { keys: key(KEY.privateKey.export({ type: 'pkcs8', format: 'pem' })) },
      { keys: [{ ...KEY.published, key_identifier: 'two words' }] },
      { url: 'http://api.github.com/keys' },
      { url: 'keys' },
      { maxBytes: 0 },
      { maxBytes: 1.5 },
      { maxBytes: '10mb' },
      { fetch: 'fetch' },
      { monotonic: 1 },
      { onError: true },
    ])
      expect(() => secretScanning(bw, options as never), inspect(options)).toThrow(MisuseError)
    expect(() => secretScanning({} as never)).toThrow('`secretScanning` needs what `createBailiwick` returned')
  })

  test('no message repeats a private key', () => {
    const pem = KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const refused = () => secretScanning(bw, { keys: [{ key_identifier: 'k', key: pem }] })
    expect(refused).toThrow(
      expect.objectContaining({
        message: '`keys[0]` must be { key_identifier, key }, with an ECDSA P-256 public key in PEM',
      }),
    )
  })
})

function flipped(content: Uint8Array, at: number): Uint8Array {
  const bit = at % (content.length * 8)
  return Uint8Array.from(content, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}
