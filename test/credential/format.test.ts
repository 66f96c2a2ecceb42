import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BASE62,
  checkPrefix,
  checksum,
  DEFAULT_PREFIX,
  hasShape,
  OWNER_KIND,
  printCredential,
  scannerPattern,
  TOKEN_KIND,
  type TokenKind,
} from '../../src/credential/format.ts'
import { parseCredential } from './parsed.ts'

const ID = '0123456789ABCDEFGHIJKL'
const SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const BWK = new Set([DEFAULT_PREFIX])
const GOOD = printCredential(DEFAULT_PREFIX, 'u', ID, SECRET)

test('the check is the one in GitHub’s published sample', () => {
  expect(checksum('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ')).toBe('0mLq17')
})

test('the check is CRC32 (IEEE), left-padded, over everything before it', () => {
  expect(checksum('')).toBe('000000')
  expect(fromBase62(checksum('123456789'))).toBe(0xcbf43926) // the check value of every CRC catalogue
  expect(GOOD).toBe(`bwk_u_${ID}${SECRET}${checksum(`bwk_u_${ID}${SECRET}`)}`)
})

test('a check spells its CRC, so different CRCs have different checks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      expect(checksum(text)).toMatch(/^[0-9A-Za-z]{6}$/)
      expect(fromBase62(checksum(text))).toBe(crc32(text))
    }),
  )
})

describe('reading', () => {
  test('gives back what was printed, and one text only', () => {
    fc.assert(
      fc.property(prefixes(), kinds(), base62(22), base62(43), (prefix, kind, id, secret) => {
        const value = printCredential(prefix, kind, id, secret)
        const parsed = parseCredential(value, new Set([prefix, 'other']))
        expect(parsed).toEqual({ kind, id, secret })
        expect(parseCredential(value, new Set(['other_']))).toBeNull()
      }),
    )
  })

  test('any changed character is refused', () => {
    fc.assert(
      fc.property(
        fc.nat(GOOD.length - 1),
        fc.oneof(fc.constantFrom(...BASE62, '_', '-', ' '), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
        (at, character) => {
          fc.pre(GOOD[at] !== character)
          const changed = GOOD.slice(0, at) + character + GOOD.slice(at + 1)
          expect(parseCredential(changed, new Set(['bwk', 'awk', 'cwk', 'bwl']))).toBeNull()
        },
      ),
      { numRuns: 5_000 },
    )
  })

  test('every substitution by a base62 character is refused, at every place', () => {
    for (let at = 0; at < GOOD.length; at++) {
      for (const character of BASE62) {
        if (GOOD[at] === character) continue
        expect(parseCredential(GOOD.slice(0, at) + character + GOOD.slice(at + 1), BWK)).toBeNull()
      }
    }
  })

  test.each([
    ['nothing', ''],
    ['a prefix alone', 'bwk'],
    ['no body', 'bwk_u_'],
    ['no prefix', GOOD.slice(3)],
    ['one character more', `${GOOD}0`],
    ['one character less', GOOD.slice(0, -1)],
    ['one character more in front', `x${GOOD}`],
    ['a space in front', ` ${GOOD}`],
    ['a newline behind', `${GOOD}\n`],
    ['upper-case prefix', GOOD.replace('bwk', 'BWK')],
    ['a scheme in front', `Bearer ${GOOD}`],
    ['no check', `bwk_u_${ID}${SECRET}000000`],
    ['an unknown kind', withCheck(`bwk_x_${ID}${SECRET}`)],
    ['a kind in upper case', withCheck(`bwk_U_${ID}${SECRET}`)],
    ['an underscore in the body', withCheck(`bwk_u_${ID.slice(0, -1)}_${SECRET}`)],
    ['a letter that is no ASCII', withCheck(`bwk_u_${ID.slice(0, -1)}é${SECRET}`)],
    ['a full-width digit', withCheck(`bwk_u_${ID.slice(0, -1)}０${SECRET}`)],
    ['half of a surrogate pair', withCheck(`bwk_u_${ID.slice(0, -1)}\ud800${SECRET}`)],
    ['another sign behind the prefix', withCheck(`bwk-u_${ID}${SECRET}`)],
    ['another sign behind the kind', withCheck(`bwk_u-${ID}${SECRET}`)],
    ['other signs around the kind', withCheck(`bwk-u-${ID}${SECRET}`)],
    ['another prefix', withCheck(`bwj_u_${ID}${SECRET}`)],
    ['an inherited property as kind', withCheck(`bwk_constructor_${ID}${SECRET}`)],
  ])('%s is refused', (_, value) => {
    expect(parseCredential(value, BWK)).toBeNull()
  })

  test('a prefix may hold underscores and look like a kind', () => {
    for (const prefix of ['acme_api', 'u_u_u', 'a', 'b_s']) {
      const value = printCredential(prefix, 's', ID, SECRET)
      expect(parseCredential(value, new Set([prefix]))).toEqual({ kind: 's', id: ID, secret: SECRET })
      expect(parseCredential(value, new Set([prefix.slice(0, 1), `${prefix}_s`]))).toEqual(
        prefix === 'a' ? { kind: 's', id: ID, secret: SECRET } : null,
      )
    }
  })

  test('several prefixes may be accepted, none need be', () => {
    const old = printCredential('old', 'a', ID, SECRET)
    expect(parseCredential(old, new Set(['bwk', 'old']))).toEqual({ kind: 'a', id: ID, secret: SECRET })
    expect(parseCredential(old, new Set())).toBeNull()
  })

  test('no prefix is read that none could be printed with, whatever the set says it holds', () => {
    const every = { has: () => true }
    for (const prefix of ['', 'abcdefghij', 'a'.repeat(1_000)])
      expect(parseCredential(withCheck(`${prefix}_u_${ID}${SECRET}`), every)).toBeNull()
    for (const prefix of ['a', 'abcdefghi'])
      expect(parseCredential(withCheck(`${prefix}_u_${ID}${SECRET}`), every)).not.toBeNull()
  })

  test('it never throws, and hostile length costs nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (value) => {
        expect(parseCredential(value, BWK)).toBeNull()
      }),
    )
    for (const piece of ['_', 'bwk_u_', '0', GOOD, '\u0000', '🔑']) {
      const value = piece.repeat(2_000_000)
      for (let i = 0; i < 1_000; i++) expect(parseCredential(value, BWK) === null).toBe(true)
    }
  })
})

test('what has the shape of a credential is base62 behind its kind, with whatever check', () => {
  expect([GOOD, `bwk_u_${'0'.repeat(71)}`].map((value) => hasShape(value, BWK))).toEqual([true, true])
  const others = [
    `bwk_u_${'0'.repeat(70)}-`,
    `bwk_u_-${'0'.repeat(70)}`,
    `${GOOD}\n`,
    `${GOOD}0`,
    `bwj${GOOD.slice(3)}`,
  ]
  expect(others.filter((value) => hasShape(value, BWK))).toEqual([])
})

describe('printing', () => {
  test.each([
    ['a short id', ID.slice(1), SECRET],
    ['an id of other characters', `${ID.slice(1)}-`, SECRET],
    ['a short secret', ID, SECRET.slice(1)],
    ['a secret of other characters', ID, `${SECRET.slice(1)}é`],
  ])('%s is refused, and the message keeps the secret', (_, id, secret) => {
    const misuse = expect.objectContaining({
      code: 'ERR_BAILIWICK_MISUSE',
      message: expect.not.stringContaining(secret.slice(1, 20)),
    })
    expect(() => printCredential('bwk', 'u', id, secret)).toThrow(misuse)
  })

  test('kinds of owner and kinds of token map one to one', () => {
    expect(Object.values(TOKEN_KIND).map((kind) => OWNER_KIND[kind])).toEqual(Object.keys(TOKEN_KIND))
    expect(Object.values(OWNER_KIND).map((owner) => TOKEN_KIND[owner])).toEqual(Object.keys(OWNER_KIND))
  })
})

describe('a prefix', () => {
  test.each(['bwk', 'a', 'acme', 'acme_api', 'a_1', 'x2', 'abcdefghi'])('`%s` is one', (prefix) => {
    checkPrefix(prefix)
    expect(new RegExp(`^${scannerPattern(prefix)}$`).test(printCredential(prefix, 'a', ID, SECRET))).toBe(true)
  })

  test.each([
    '',
    '_',
    'a_',
    '_a',
    'a__b',
    '1a',
    'Bwk',
    'bwk-x',
    'bw k',
    'bwk\n',
    'é',
    'abcdefghij',
    'a'.repeat(1_000_000),
  ])('text %# is none, and the message names what would be right', (prefix) => {
    const misuse = expect.objectContaining({
      code: 'ERR_BAILIWICK_MISUSE',
      message: expect.stringMatching(/^.{0,400}`bwk` or `acme_api`$/s),
    })
    expect(() => checkPrefix(prefix)).toThrow(misuse)
    expect(() => scannerPattern(prefix)).toThrow(misuse)
    expect(() => printCredential(prefix, 'u', ID, SECRET)).toThrow(misuse)
  })

  test.each([5, null, undefined, ['bwk'], new String('bwk')])('%# is no text, and none for that', (prefix) => {
    expect(() => checkPrefix(prefix as string)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }))
  })

  test('its scanner pattern is the documented one', () => {
    expect(scannerPattern(DEFAULT_PREFIX)).toBe('bwk_[usa]_[0-9A-Za-z]{71}')
  })
})

function withCheck(text: string): string {
  return text + checksum(text)
}

function fromBase62(digits: string): number {
  return [...digits].reduce((number, digit) => number * 62 + BASE62.indexOf(digit), 0)
}

function base62(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...BASE62), minLength: length, maxLength: length })
}

function kinds(): fc.Arbitrary<TokenKind> {
  return fc.constantFrom('u', 's', 'a')
}

function prefixes(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[a-z][a-z0-9]{0,3}(_[a-z0-9]{1,4})?$/).filter((prefix) => prefix !== 'other')
}
