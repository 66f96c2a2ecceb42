import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DigestInput, digest, digestBytes, digestOf, sameDigest, sameText } from '../../src/credential/digest.ts'
import { cryptoRandom, mint } from '../../src/credential/mint.ts'

const ID = '0123456789ABCDEFGHIJKL'
const SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const DIGEST = digest('u', ID, SECRET)

test('is SHA-256 over a label and the three parts, with its scheme in front', () => {
  const expected = createHash('sha256').update(`bailiwick credential\nu\n${ID}\n${SECRET}`).digest('base64url')
  expect(DIGEST).toBe(`sha256:${expected}`)
})

/** A stored digest outlives every version of this package: this text may never change. */
test('never changes', () => {
  expect(DIGEST).toBe('sha256:KCdsM-gq9fEGPzQuIIKtrpkThjDmDnJTO54QY-VmkW0')
})

test('differs when the kind, the id or the secret differs', () => {
  const others = [
    digest('s', ID, SECRET),
    digest('a', ID, SECRET),
    digest('u', ID.replace('0', '1'), SECRET),
    digest('u', ID, SECRET.replace('a', 'b')),
    digest('u', ID, SECRET.toUpperCase()),
    digest('u', ID + SECRET.slice(0, 1), SECRET.slice(1)),
    digest('u', SECRET, ID),
  ]
  expect(new Set([DIGEST, ...others]).size).toBe(others.length + 1)
  for (const other of others) expect(sameDigest(DIGEST, other)).toBe(false)
})

test('is the same for the same credential, and tells minted ones apart', () => {
  const minted = Array.from({ length: 200 }, () => mint('bwk', 'u', cryptoRandom))
  const digests = minted.map(({ id, secret }) => digest('u', id, secret))
  minted.forEach(({ id, secret }, i) => {
    const presented = digest('u', id, secret)
    expect(digests.map((stored) => sameDigest(stored, presented))).toEqual(digests.map((_, j) => i === j))
  })
})

test('one changed character is noticed at every place', () => {
  for (let at = 'sha256:'.length; at < DIGEST.length; at++) {
    const changed = DIGEST.slice(0, at) + (DIGEST[at] === 'A' ? 'B' : 'A') + DIGEST.slice(at + 1)
    expect(sameDigest(changed, DIGEST)).toBe(false)
    expect(sameDigest(DIGEST, changed)).toBe(false)
  }
})

test.each([
  ['no body', 'sha256:'],
  ['a short body', DIGEST.slice(0, -1)],
  ['a long body', `${DIGEST}A`],
  ['a scheme that begins with another sign', ` ${DIGEST}`],
  ['a scheme in upper case', `X${DIGEST}`],
  ['padding', `${DIGEST}=`],
  ['a newline', `${DIGEST}\n`],
  ['a character of two bytes', `${DIGEST.slice(0, -1)}é`],
  ['hex', `sha256:${'0'.repeat(64)}`],
])('a malformed digest equals nothing, itself neither: %s', (_, malformed) => {
  expect(sameDigest(malformed, DIGEST)).toBe(false)
  expect(sameDigest(DIGEST, malformed)).toBe(false)
  expect(sameDigest(malformed, malformed)).toBe(false)
})

test.each([
  '',
  DIGEST.slice('sha256:'.length),
  DIGEST.toUpperCase(),
  `raw-${DIGEST}`,
  `sha512:${DIGEST.slice(7)}`,
  `hmac-sha256:p1:${DIGEST.slice(7)}`,
  'sha256',
  SECRET,
])('a digest of another scheme, or of none, is another digest (%#)', (other) => {
  expect(sameDigest(other, DIGEST)).toBe(false)
  expect(sameDigest(DIGEST, other)).toBe(false)
})

test.each(['raw-sha256', 'hmac-sha256:p1', 'raw-hmac-sha256:legacy'])(
  'a longer scheme is compared whole: %s',
  (scheme) => {
    const [one, other] = [`${scheme}:${DIGEST.slice(7)}`, `${scheme.slice(0, -1)}x:${DIGEST.slice(7)}`]
    expect(sameDigest(one, one)).toBe(true)
    expect(sameDigest(one, other)).toBe(false)
  },
)

test('its bytes say the same: 32 of them, two to a character', () => {
  for (const { id, secret } of Array.from({ length: 50 }, () => mint('bwk', 'u', cryptoRandom))) {
    const bytes = digestBytes('u', id, secret)
    expect(bytes).toHaveLength(16)
    expect(digestOf(bytes)).toBe(digest('u', id, secret))
  }
})

test('bytes whatever they are come through as they are: halves of surrogate pairs, marks of byte order, zeros', () => {
  for (const bytes of ['d83d', 'de00', 'feff', 'fffe', '0000', 'ffff'].map((hex) => Buffer.from(hex.repeat(16), 'hex')))
    expect(digestOf(bytes.toString('utf16le'))).toBe(`sha256:${bytes.toString('base64url')}`)
})

test('parts that are written in place have the digest that they have as text, one credential after the other', () => {
  const input = new DigestInput()
  for (const kind of ['u', 's', 'a', 'u'] as const) {
    const { id, secret } = mint('bwk', kind, cryptoRandom)
    input.parts.set(Buffer.from(id))
    input.parts.set(Buffer.from(secret), id.length + 1)
    expect(input.digestBytes(kind)).toBe(digestBytes(kind, id, secret))
  }
})

test('texts are the same when every character is, and only then', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.nat(), (a, b, n) => {
      expect(sameText(a, b)).toBe(a === b)
      expect(sameText(a, `${a.slice(0, n)}${a.slice(n)}`)).toBe(true)
      const at = n % (a.length + 1)
      expect(sameText(a, `${a.slice(0, at)}?${a.slice(at + 1)}`)).toBe(a[at] === '?')
    }),
  )
})
