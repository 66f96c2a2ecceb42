import { createHash, createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { createImportedKeys, type ImportedDigest, type ImportedKeys } from '../../src/credential/imported.ts'

const VALUE = 'sk_live_0123456789abcdef'
const HOST_KEY = 'the key of the other system, which is long'
let keys: ImportedKeys
beforeEach(() => {
  keys = createImportedKeys({ sha256: true, hmacSha256: { legacy: HOST_KEY } })
})
const sha = (encoding: 'hex' | 'base64url' | 'base64') => createHash('sha256').update(VALUE).digest(encoding)
const hmac = (encoding: 'hex' | 'base64url') => createHmac('sha256', HOST_KEY).update(VALUE).digest(encoding)

describe('a digest as another system kept it', () => {
  test.each<[string, ImportedDigest]>([
    ['SHA-256 in hex', { scheme: 'sha256-hex', value: sha('hex') }],
    ['SHA-256 in upper-case hex', { scheme: 'sha256-hex', value: sha('hex').toUpperCase() }],
    ['SHA-256 in base64url', { scheme: 'sha256-base64url', value: sha('base64url') }],
    ['with padding', { scheme: 'sha256-base64url', value: `${sha('base64url')}=` }],
    ['HMAC in hex', { scheme: 'hmac-sha256-hex', key: 'legacy', value: hmac('hex') }],
    ['HMAC in base64url', { scheme: 'hmac-sha256-base64url', key: 'legacy', value: hmac('base64url') }],
  ])('%s is one of those that the key itself is looked up by', (_, digest) => {
    const read = keys.read(digest)
    expect('digest' in read && keys.digestsOf(VALUE).includes(read.digest)).toBe(true)
    expect('digest' in read && keys.digestsOf(`${VALUE}x`).includes(read.digest)).toBe(false)
  })

  test.each<[string, string, ImportedDigest['scheme']]>([
    ['63 digits', sha('hex').slice(1), 'sha256-hex'],
    ['a digit that is none', `g${sha('hex').slice(1)}`, 'sha256-hex'],
    ['hex for base64url', sha('hex'), 'sha256-base64url'],
    ['base64url for hex', sha('base64url'), 'sha256-hex'],
    ['31 bytes', sha('base64url').slice(1), 'sha256-base64url'],
    ['bits that belong to no byte', `${sha('base64url').slice(0, -1)}_`, 'sha256-base64url'],
    ['a newline', `${sha('hex')}\n`, 'sha256-hex'],
    ['hex with something before it', `0${sha('hex')}`, 'sha256-hex'],
    ['hex with something behind it', `${sha('hex')}0`, 'sha256-hex'],
    ['base64url with something before it', `x${sha('base64url')}`, 'sha256-base64url'],
    ['base64url with something behind it', `${sha('base64url')}x`, 'sha256-base64url'],
    ['nothing', '', 'sha256-base64url'],
  ])('is refused: %s', (_, value, scheme) => {
    expect(keys.read({ scheme, value } as ImportedDigest)).toEqual({ fault: 'bad_digest' })
  })

  test('of a scheme that is not accepted, or under an unknown key, is refused', () => {
    const faulty = { fault: 'scheme_not_accepted' }
    expect(createImportedKeys().read({ scheme: 'sha256-hex', value: sha('hex') })).toEqual(faulty)
    expect(keys.read({ scheme: 'hmac-sha256-hex', key: 'other', value: hmac('hex') })).toEqual(faulty)
    expect(keys.read({ scheme: 'hmac-sha256-hex', value: hmac('hex') } as ImportedDigest)).toEqual(faulty)
    expect(keys.read({ scheme: 'md5-hex', value: sha('hex') } as unknown as ImportedDigest)).toEqual(faulty)
    expect(keys.read({ scheme: 'md5-hex', key: 'legacy', value: sha('hex') } as unknown as ImportedDigest)).toEqual(
      faulty,
    )
  })

  test('is not taken for one under a key because it names one', () => {
    const keyed = createImportedKeys({ hmacSha256: { legacy: HOST_KEY } })
    const digest = { scheme: 'sha256-hex', key: 'legacy', value: sha('hex') } as ImportedDigest
    expect(keyed.read(digest)).toEqual({ fault: 'scheme_not_accepted' })
    expect(keys.read(digest)).toEqual({ digest: `raw-sha256:${sha('base64url')}` })
  })
})

describe('a presented text', () => {
  test('is looked up by every digest that is accepted, and by no other', () => {
    expect(keys.digestsOf(VALUE)).toEqual([
      `raw-sha256:${sha('base64url')}`,
      `raw-hmac-sha256:legacy:${hmac('base64url')}`,
    ])
    expect(createImportedKeys().digestsOf(VALUE)).toEqual([])
  })

  test('that is empty or longer than any key is not looked up', () => {
    expect([keys.digestsOf(''), keys.digestsOf('x'.repeat(1_025))]).toEqual([[], []])
    expect(keys.digestsOf('x'.repeat(1_024))).toHaveLength(2)
  })
})

test('a short key is misuse, and stays out of the message', () => {
  const misuse = expect.objectContaining({
    code: 'ERR_BAILIWICK_MISUSE',
    message: expect.stringMatching(/^(?!.*short secret).*`importedKeys\.hmacSha256\.legacy`/),
  })
  expect(() => createImportedKeys({ hmacSha256: { legacy: 'short secret' } })).toThrow(misuse)
})
