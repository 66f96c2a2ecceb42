import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, test } from 'vitest'
import { digest } from '../../src/credential/digest.ts'
import { createPeppers, type PepperOptions, type Peppers } from '../../src/credential/peppers.ts'

const PLAIN = digest('u', '0123456789ABCDEFGHIJKL', 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG')
const OTHER = digest('u', '0123456789ABCDEFGHIJKL', 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFH')
const BODY = PLAIN.slice('sha256:'.length)
const KEY_1 = 'the first pepper, of 32 characters or more'
const KEY_2 = 'the second pepper, of 32 characters or more'
const NOW = 1_000
const make = (options?: PepperOptions, clock = () => NOW) => createPeppers(options, clock)
const STORED_FACT = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })

describe('without peppers', () => {
  test('a digest is stored as it is', () => {
    const peppers = make()
    expect([peppers.seal(PLAIN), peppers.formsOf(PLAIN)]).toEqual([PLAIN, [PLAIN]])
    expect([peppers.opens(PLAIN, PLAIN), peppers.opens(PLAIN, OTHER)]).toEqual([true, false])
    expect(peppers.isCurrent(PLAIN)).toBe(true)
  })

  test('a digest of every make that is computed here opens what is stored of it', () => {
    for (const plain of [PLAIN, `raw-sha256:${BODY}`, `raw-hmac-sha256:legacy-1:${BODY}`, `raw-hmac-sha256:a:${BODY}`])
      expect([make().opens(plain, plain), make().opens(plain, OTHER)], plain).toEqual([true, false])
  })

  test('a digest of no such make is an error', () => {
    for (const stored of [`x${PLAIN}`, 'raw-hmac-sha256:LEGACY:x', 'raw-hmac-sha256::x', 'raw-sha512:x', ' sha256:x'])
      expect(() => make().opens(stored, stored), stored).toThrow(STORED_FACT)
  })

  test('a row that has one can’t be told: it is an error, and not a wrong secret', () => {
    expect(() => make().opens(make({ current: 'p1', keys: { p1: KEY_1 } }).seal(PLAIN), PLAIN)).toThrow(STORED_FACT)
  })
})

describe('with peppers', () => {
  let first: Peppers
  let both: Peppers
  beforeEach(() => {
    first = make({ current: 'p1', keys: { p1: KEY_1 } })
    both = make({ current: 'p2', keys: { p1: KEY_1, p2: KEY_2 } })
  })

  /** A stored digest outlives every version of this package: this text may never change. */
  test('the stored form is the HMAC of the digest’s text, with the id of its pepper', () => {
    const body = createHmac('sha256', KEY_1).update(PLAIN).digest('base64url')
    expect(first.seal(PLAIN)).toBe(`hmac-sha256:p1:${body}`)
  })

  test('text and bytes are the same key', () => {
    const bytes = make({ current: 'p1', keys: { p1: Buffer.from(KEY_1) } })
    expect(bytes.seal(PLAIN)).toBe(first.seal(PLAIN))
  })

  test('a stored form belongs to the one digest, under the pepper it names', () => {
    expect([both.opens(first.seal(PLAIN), PLAIN), both.opens(both.seal(PLAIN), PLAIN)]).toEqual([true, true])
    expect([both.opens(first.seal(PLAIN), OTHER), both.opens(both.seal(PLAIN), OTHER)]).toEqual([false, false])
    expect(both.opens(first.seal(PLAIN).replace('p1', 'p2'), PLAIN)).toBe(false)
  })

  test('only the one under today’s pepper is current', () => {
    expect([first.seal(PLAIN), both.seal(PLAIN), PLAIN].map(both.isCurrent)).toEqual([false, true, false])
  })

  test('every form in which a digest may stand is known, for those who look it up', () => {
    expect(new Set(both.formsOf(PLAIN))).toEqual(new Set([PLAIN, first.seal(PLAIN), both.seal(PLAIN)]))
  })

  test('an unknown pepper, or an unknown scheme, is an error', () => {
    for (const stored of [
      both.seal(PLAIN),
      `x${first.seal(PLAIN)}`,
      'md5:x',
      '',
      PLAIN.slice('sha256:'.length),
      'sha256',
    ])
      expect(() => first.opens(stored, PLAIN)).toThrow(STORED_FACT)
  })

  test('a row without one opens nothing, but until the instant the host names', () => {
    expect(() => first.opens(PLAIN, PLAIN)).toThrow(STORED_FACT)
    expect(first.opens(PLAIN, OTHER)).toBe(false)
    let now = NOW - 1
    const migrating = make({ current: 'p1', keys: { p1: KEY_1 }, acceptUnpepperedUntil: NOW }, () => now)
    expect(migrating.opens(PLAIN, PLAIN)).toBe(true)
    now = NOW
    expect(() => migrating.opens(PLAIN, PLAIN)).toThrow(STORED_FACT)
  })

  test('says how its stored forms begin, to count what is left', () => {
    expect(both.schemesOf('p1')).toEqual(['hmac-sha256:p1'])
    expect(both.schemesOf(null)).toEqual(['sha256', 'raw-sha256', 'raw-hmac-sha256'])
    expect(both.schemesOf('p1').some((scheme) => first.seal(PLAIN).startsWith(`${scheme}:`))).toBe(true)
    expect(both.schemesOf('p1').some((scheme) => both.seal(PLAIN).startsWith(`${scheme}:`))).toBe(false)
    expect(both.schemesOf(null).some((scheme) => PLAIN.startsWith(`${scheme}:`))).toBe(true)
    expect(() => first.schemesOf('p2')).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }))
  })

  test('keeps its own copy of a key, and shows none', () => {
    const bytes = new Uint8Array(Buffer.from(KEY_1))
    const peppers = make({ current: 'p1', keys: { p1: bytes } })
    bytes.fill(0)
    expect(peppers.seal(PLAIN)).toBe(first.seal(PLAIN))
    expect(inspect(peppers, { depth: 10, showHidden: true })).not.toContain(KEY_1)
  })
})

test('a key of 32 bytes is long enough', () => {
  const peppers = make({ current: 'p1', keys: { p1: 'x'.repeat(32) } })
  expect(peppers.opens(peppers.seal(PLAIN), PLAIN)).toBe(true)
})

test.each<[string, unknown]>([
  ['a current pepper that isn’t there', { current: 'p2', keys: { p1: KEY_1 } }],
  ['no current one', { keys: { p1: KEY_1 } }],
  ['a short key', { current: 'p1', keys: { p1: 'x'.repeat(31) } }],
  ['a key that is neither text nor bytes', { current: 'p1', keys: { p1: 42 } }],
  ['an id with a colon', { current: 'p:1', keys: { 'p:1': KEY_1 } }],
  ['an id in upper case', { current: 'P1', keys: { P1: KEY_1 } }],
])('misuse, whose message holds no key: %s', (_, options) => {
  const misuse = expect.objectContaining({
    code: 'ERR_BAILIWICK_MISUSE',
    message: expect.stringMatching(/^(?!.*(?:xxx|first pepper|42 )).*`peppers\.(?:current|keys|keys\.p1)`/),
  })
  expect(() => make(options as PepperOptions)).toThrow(misuse)
})
