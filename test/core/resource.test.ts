import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountName,
  decodeId,
  encodeId,
  isTypeName,
  MAX_DEPTH,
  MAX_ID_BYTES,
  MAX_NAME_LENGTH,
  matchesAt,
  type Pair,
  parseName,
  printName,
  rootOf,
} from '../../src/core/resource.ts'

const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
const pairs: fc.Arbitrary<readonly Pair[]> = fc.array(
  fc.record({ type: fc.constantFrom('account', 'zone', 'a-b_c'), id }),
  { minLength: 1, maxLength: 8 },
)
/** Texts near the border of what is canonical. */
const nearlyNames = fc
  .array(
    fc.constantFrom(
      'account:',
      'zone:',
      '/',
      ':',
      'a',
      'Z',
      '%41',
      '%2F',
      '%2f',
      '%C3%A9',
      '%C3',
      '%FF',
      '~',
      '%7E',
      '*',
      ' ',
      'é',
      '\u0000',
      '%00',
      '%ED%A0%80',
      '%C0%AF',
    ),
    { maxLength: 12 },
  )
  .map((parts) => `account:a${parts.join('')}`)

describe('a name', () => {
  it('that is accepted is the one spelling of its pairs: print(parse(s)) = s', () => {
    let accepted = 0
    fc.assert(
      fc.property(nearlyNames, (text) => {
        const parsed = parseName(text)
        if (parsed === null) return
        accepted++
        expect(printName(parsed)).toBe(text)
      }),
      { numRuns: 20_000 },
    )
    expect(accepted).toBeGreaterThan(300)
  })

  it('says its ids back: parse(print(p)) = p', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const text = printName(given)
        if (text === null) expect(given.some((pair) => encodeId(pair.id) === null)).toBe(true)
        else expect(parseName(text)).toEqual(given)
      }),
      { numRuns: 3_000 },
    )
  })

  it('of two different lists of pairs differs', () => {
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const [x, y] = [printName(a), printName(b)]
        expect(x !== null && x === y).toBe(x !== null && JSON.stringify(a) === JSON.stringify(b))
      }),
      { numRuns: 3_000 },
    )
  })

  it('has at least one pair and at most eight', () => {
    const deep = Array.from({ length: MAX_DEPTH + 1 }, () => ({ type: 'zone', id: 'a' }))
    const text = deep.map(() => 'zone:a').join('/')
    expect([printName([]), printName(deep), parseName(''), parseName(text)]).toEqual([null, null, null, null])
    expect(printName(deep.slice(1))).toBe(text.slice('zone:a/'.length))
    expect(parseName(text.slice('zone:a/'.length))).toEqual(deep.slice(1))
  })

  it('has at most 4,096 characters', () => {
    const ids = [1_019, 1_018, 1_018, 1_018].map((length) => 'a'.repeat(length))
    const longest = ids.map((id) => ({ type: 'zone', id }))
    const longer = ids.map((id, i) => ({ type: i === 0 ? 'zones' : 'zone', id }))
    const text = ids.map((id) => `zone:${id}`).join('/')
    expect(text).toHaveLength(MAX_NAME_LENGTH)
    expect([printName(longest), parseName(text)]).toEqual([text, longest])
    expect([printName(longer), parseName(text.replace('zone', 'zones'))]).toEqual([null, null])
  })

  it('is of pairs whose types and ids can be spelled', () => {
    expect(printName([{ type: 'Zone', id: 'a' }])).toBeNull()
    expect(printName([{ type: 'zone', id: '' }])).toBeNull()
    expect([':a', 'zone', 'zone:', 'Zone:a', 'zone:a/', '/zone:a', 'zone:a//zone:b'].map(parseName)).toEqual(
      Array.from({ length: 7 }, () => null),
    )
  })

  it('is text', () => {
    expect([undefined, null, 7, ['zone:a']].map((name) => parseName(name as unknown as string))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it('of an account is one pair', () => {
    expect([accountName('acme'), accountName('a b'), accountName('')]).toEqual(['account:acme', 'account:a%20b', null])
  })

  it('has its root before the first slash', () => {
    expect(['account:acme', 'account:acme/zone:a/record:b', 'account:*/zone:*', '/zone:a'].map(rootOf)).toEqual([
      'account:acme',
      'account:acme',
      'account:*',
      '',
    ])
  })
})

describe('the name of a type', () => {
  it('begins with a letter, and holds at most 64 of `a-z 0-9 _ -`', () => {
    expect(['a', 'a-b_c9', `a${'b'.repeat(63)}`].map(isTypeName)).toEqual([true, true, true])
    expect(['', '9a', '-a', 'a b', 'a:', 'A', 'aB', `a${'b'.repeat(64)}`].filter(isTypeName)).toEqual([])
  })

  it('is text', () => {
    expect([undefined, null, ['zone']].map((name) => isTypeName(name as unknown as string))).toEqual([
      false,
      false,
      false,
    ])
  })
})

describe('an id', () => {
  it.each([
    ['plain.~_-@=+,', 'plain.~_-@=+,'],
    ['a/b', 'a%2Fb'],
    ['a:b', 'a%3Ab'],
    ['*', '%2A'],
    ['100%', '100%25'],
    ["!'()*", '%21%27%28%29%2A'],
    ['%40', '%2540'],
    ['é', '%C3%A9'],
    ['e\u0301', 'e%CC%81'],
    ['😀', '%F0%9F%98%80'],
    ['\u0000', '%00'],
  ])('%j is spelled %s', (raw, spelled) => {
    expect(encodeId(raw)).toBe(spelled)
    expect(decodeId(spelled)).toBe(raw)
  })

  it.each([
    '',
    'a'.repeat(MAX_ID_BYTES + 1),
    '%',
    '%4',
    '%2f',
    '%7E',
    '%41',
    '%C3',
    '%C0%AF',
    '%ED%A0%80',
    '%FF',
    'a b',
    'é',
    '*',
    'a/b',
    'a:b',
    '\ud800',
  ])('is not spelled %j', (text) => expect(decodeId(text)).toBeNull())

  it('is not empty, not half a character, and at most 1,024 bytes, however it is spelled', () => {
    expect(encodeId('')).toBeNull()
    expect(encodeId('\ud800')).toBeNull()
    expect(encodeId('a'.repeat(MAX_ID_BYTES))).not.toBeNull()
    expect(encodeId('a'.repeat(MAX_ID_BYTES + 1))).toBeNull()
    expect(encodeId('é'.repeat(MAX_ID_BYTES / 2))).not.toBeNull()
    expect(encodeId('é'.repeat(MAX_ID_BYTES / 2 + 1))).toBeNull()
    expect(encodeId(`${'a'.repeat(MAX_ID_BYTES - 2)}é`)).not.toBeNull()
    expect(encodeId(`${'a'.repeat(MAX_ID_BYTES - 1)}é`)).toBeNull()
    expect(decodeId('a'.repeat(MAX_ID_BYTES))).not.toBeNull()
    expect(decodeId('%C3%A9'.repeat(MAX_ID_BYTES / 2))).not.toBeNull()
    expect(decodeId('%C3%A9'.repeat(MAX_ID_BYTES / 2 + 1))).toBeNull()
  })
})

describe('what is no text', () => {
  it.each([undefined, null, 7, true, ['a'], new String('a')])('is no id: %o', (given) => {
    expect(encodeId(given as string)).toBeNull()
  })
})

describe('text that is far too long', () => {
  it('is refused whatever it holds', () => {
    const name = `account:${'a'.repeat(1_000)}`
    expect(parseName(`${name}/${'zone:b/'.repeat(100_000)}`)).toBeNull()
    expect(parseName('/'.repeat(1_000_000))).toBeNull()
    expect(decodeId('%'.repeat(1_000_000))).toBeNull()
    expect(parseName(`account:${'%C3%A9'.repeat(500)}/zone:${'%C3%A9'.repeat(183)}`)).toBeNull()
    expect(`account:${'%C3%A9'.repeat(500)}/zone:${'%C3%A9'.repeat(182)}`.length).toBeLessThanOrEqual(
      MAX_NAME_LENGTH + 20,
    )
  })
})

it('a part stands in a text where the text goes on with it', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/') })
  fc.assert(
    fc.property(text, text, fc.nat(12), (whole, part, at) => {
      expect(matchesAt(whole, part, at)).toBe(at + part.length <= whole.length && whole.startsWith(part, at))
      const place = at % (whole.length + 1)
      expect(matchesAt(whole, whole.slice(place), place)).toBe(true)
    }),
  )
})
