/** What GitHub's documentation publishes is taken, and everything that is almost it is refused. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { alert, bytes, delivery, endpoint, labelOf } from './helpers.ts'

interface Vector {
  readonly id: string
  readonly key_identifier: string
  readonly public_key: string
  readonly body: string
  readonly signature: string
}

const file: {
  readonly vectors: readonly Vector[]
  readonly derived_negative: readonly string[]
  readonly sources_enum: readonly string[]
} = JSON.parse(readFileSync(new URL('../vectors/github-secret-scanning.json', import.meta.url), 'utf8'))

const { vectors } = file
const keys = vectors.map(({ key_identifier, public_key }) => ({ key_identifier, key: public_key }))

const deliveryOf = ({ key_identifier: keyId, signature, body }: Vector) => ({ keyId, signature, body: bytes(body) })
type Sent = ReturnType<typeof deliveryOf>

/** Each negative of the file, made of a vector and the one after it. */
const NEGATIVES: Readonly<Record<string, (vector: Vector, other: Vector) => readonly Partial<Sent>[]>> = {
  'body with one byte changed': ({ body }) =>
    Array.from(body, (_, i) => ({ body: bytes(body).map((byte, at) => (at === i ? byte ^ 1 : byte)) })),
  'body re-serialised with spaces or another key order': ({ body }) => {
    const [item] = JSON.parse(body)
    const reversed = Object.fromEntries(Object.entries(item).reverse())
    return [JSON.stringify([item], null, 1), JSON.stringify([reversed])].map((text) => ({ body: bytes(text) }))
  },
  'body with a trailing newline': ({ body }) => [{ body: bytes(`${body}\n`) }],
  'signature of the other vector': (_, { signature }) => [{ signature }],
  'key identifier of the other vector': (_, { key_identifier: keyId }) => [{ keyId }],
  'empty body': () => [{ body: bytes('') }],
  'signature not base64': ({ signature }) =>
    [
      `${signature.slice(0, -1)}!`,
      signature.replaceAll('+', '-').replaceAll('/', '_'),
      ` ${signature}`,
      `"${signature}"`,
      '=',
      '',
    ]
      .filter((text) => text !== signature)
      .map((text) => ({ signature: text })),
  'signature with trailing bytes after the DER sequence': ({ signature }) =>
    ['00', '0500', '3000', 'ff'.repeat(20)].map((tail) => ({
      signature: Buffer.concat([Buffer.from(signature, 'base64'), Buffer.from(tail, 'hex')]).toString('base64'),
    })),
  'unknown key identifier': ({ key_identifier }) =>
    ['0'.repeat(64), key_identifier.toUpperCase(), key_identifier.slice(1), '__proto__', 'constructor'].map(
      (keyId) => ({ keyId }),
    ),
}

describe.each(vectors)('the published vector $id', (vector) => {
  test('is taken; its `some_token` is none of ours', async () => {
    const { bw, scan } = endpoint({}, { keys })
    const answer = await scan(deliveryOf(vector))
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      [labelOf('some_token', 'false_positive', 'some_type')],
    ])
    expect(bw.told).toHaveLength(1)
  })

  test.each(file.derived_negative)('%s is refused, and nobody is asked about anything', async (name) => {
    const other = vectors[(vectors.indexOf(vector) + 1) % vectors.length] ?? vector
    const changes = NEGATIVES[name]?.(vector, other) ?? []
    expect(changes.length).toBeGreaterThan(0)
    const { bw, scan, errors } = endpoint({}, { keys })
    for (const change of changes) {
      const answer = await scan({ ...deliveryOf(vector), ...change })
      expect([400, 401]).toContain(answer.status)
    }
    expect([bw.told, errors]).toEqual([[], []])
  })
})

test('every kind of place that is documented is kept as it is named', async () => {
  const { bw, scan } = endpoint()
  await scan(delivery(file.sources_enum.map((source) => alert(`token in ${source}`, { source }))))
  expect(bw.told.map(({ evidence }) => evidence.source)).toEqual(file.sources_enum.map((source) => `github:${source}`))
})
