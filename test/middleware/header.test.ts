import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAuthorization } from '../../src/middleware/header.ts'

const kindOf = (...lines: readonly string[]) => readAuthorization(lines).kind

describe('the Authorization header', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['Bearer   abc', 'abc'],
    ['Bearer aA0-._~+/', 'aA0-._~+/'],
    ['Bearer abc==', 'abc=='],
  ])('%j presents %s', (line, value) => {
    expect(readAuthorization([line])).toEqual({ kind: 'bearer', value })
  })

  test.each([['Basic abc'], ['Token abc'], ['Bearerabc'], ['Bearer-abc def'], ['abc'], ['Digest x="y"']])(
    '%j presents no bearer credential',
    (line) => {
      expect(kindOf(line)).toBe('absent')
    },
  )

  test.each([
    [''],
    [' '],
    [' Bearer abc'],
    ['Bearer'],
    ['Bearer '],
    ['Bearer abc '],
    ['Bearer abc def'],
    ['Bearer\tabc'],
    ['Bearer \tabc'],
    ['Bearer abc\n'],
    ['Bearer =abc'],
    ['Bearer ab=c'],
    ['Bearer ='],
    ['Bearer "abc"'],
    ['Bearer abc,'],
    ['Bearer abc, Bearer def'],
    ['Basic abc, Bearer def'],
    ['Digest x="y", z="w"'],
    ['Bearer abç'],
    ['Bearer: abc'],
    ['{"a":1} b'],
  ])('%j is no answer', (line) => {
    expect(kindOf(line)).toBe('invalid')
  })

  test('no line presents nothing; two are no answer, whatever they say', () => {
    expect(kindOf()).toBe('absent')
    fc.assert(fc.property(fc.string(), fc.string(), (one, other) => kindOf(one, other) === 'invalid'))
    expect(kindOf('Bearer abc', 'Bearer abc')).toBe('invalid')
    expect(kindOf('Basic abc', 'Basic abc')).toBe('invalid')
  })

  test('joining the lines as fetch does changes nothing', () => {
    const line = fc.oneof(fc.constantFrom('Bearer abc', 'Basic abc', ''), fc.string())
    fc.assert(fc.property(line, line, (one, other) => kindOf(`${one}, ${other}`) === kindOf(one, other)))
  })

  test('what is presented is one token68 and stands in the line', () => {
    fc.assert(
      fc.property(
        fc.string().map((text) => `Bearer ${text}`),
        (line) => {
          const presented = readAuthorization([line])
          if (presented.kind !== 'bearer') return
          expect(presented.value).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/)
          expect(line.trimEnd().endsWith(presented.value)).toBe(true)
        },
      ),
    )
  })

  test('a long header is read to its end: what backtracks would not come back', () => {
    expect(
      [
        `Bearer ${'='.repeat(1e6)}`,
        `Bearer ${'a'.repeat(1e6)}!`,
        `Bearer${' '.repeat(1e6)}`,
        `${'a'.repeat(1e6)}é`,
      ].map((line) => kindOf(line)),
    ).toEqual(['invalid', 'invalid', 'invalid', 'invalid'])
  })
})
