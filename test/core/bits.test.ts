/** Sets of small numbers kept as text: what is in one, what two have alike, and that equal sets are equal text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitsOf, hasBit, meet, textOf, unionOf } from '../../src/core/bits.ts'

const set = fc.uniqueArray(fc.nat({ max: 70 }), { maxLength: 8 })

describe('a set', () => {
  test('holds the numbers it was made of and no other, in whatever order they came', () => {
    fc.assert(
      fc.property(set, (numbers) => {
        const bits = bitsOf(numbers)
        const held = Array.from({ length: 100 }, (_, n) => n).filter((n) => hasBit(bits, n))
        expect(held).toEqual(numbers.toSorted((a, b) => a - b))
        expect(bitsOf(held)).toBe(bits)
      }),
    )
  })

  test('has eight numbers to a character, and no more characters than it needs', () => {
    expect([[], [0], [7], [8], [0, 1, 15], [16]].map(bitsOf)).toEqual([
      '',
      '\x01',
      '\x80',
      '\0\x01',
      '\x03\x80',
      '\0\0\x01',
    ])
  })
})

describe('the union of sets', () => {
  test('holds what any of them holds', () => {
    fc.assert(
      fc.property(fc.array(set, { maxLength: 4 }), (sets) => {
        expect(unionOf(sets.map(bitsOf))).toBe(bitsOf(sets.flat()))
      }),
    )
  })

  test('of none is empty, and of equal ones is that set', () => {
    expect(unionOf(['', ''])).toBe('')
    expect([unionOf([]), unionOf([bitsOf([3, 9])]), unionOf([bitsOf([3, 9]), bitsOf([9, 3])])]).toEqual([
      '',
      bitsOf([3, 9]),
      bitsOf([3, 9]),
    ])
  })
})

test('two sets meet where some number is in both', () => {
  expect([meet(bitsOf([1, 20]), bitsOf([20, 40])), meet(bitsOf([20, 40]), bitsOf([1, 20]))]).toEqual([true, true])
  expect([meet(bitsOf([1, 20]), bitsOf([2, 21])), meet(bitsOf([1]), bitsOf([])), meet('', '')]).toEqual([
    false,
    false,
    false,
  ])
  fc.assert(
    fc.property(set, set, (a, b) => {
      expect(meet(bitsOf(a), bitsOf(b))).toBe(a.some((n) => b.includes(n)))
    }),
  )
})

test.each([0, 1, 4_095, 4_096, 4_097, 10_000])('%i numbers as text are one character each', (length) => {
  const numbers = Array.from({ length }, (_, n) => (n * 7) % 65_536)
  const text = textOf(numbers)
  expect(Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))).toEqual(numbers)
})

test('a million numbers, more than a call may be given, are text as well', () => {
  expect(textOf(Array<number>(1_000_000).fill(0x61)) === 'a'.repeat(1_000_000)).toBe(true)
})
