/** How a table spells a set of permissions: whatever is in it is told and nothing else, in as few characters as may be. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { bitsOf } from '../../src/core/bits.ts'
import { decodeSet, encodeSet, setHas, setLength } from '../../src/core/permission-set.ts'

/** Numbers as permissions have them: apart, or many in a row. */
const numbers = fc
  .array(fc.tuple(fc.nat({ max: 700 }), fc.integer({ min: 1, max: 300 })), { maxLength: 6 })
  .map((runs) => runs.flatMap(([first, count]) => Array.from({ length: count }, (_, n) => first + n)))
const sparse = fc.array(fc.nat({ max: 200 }), { maxLength: 40 })

describe('a set that is spelt', () => {
  it.each([
    ['runs', numbers],
    ['single ones', sparse],
  ])('has what it was made of, and nothing else: %s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, fc.string({ maxLength: 5 }), (made, around) => {
        const bits = bitsOf(made)
        const text = around + encodeSet(bits) + around
        const held = Array.from({ length: 1_100 }, (_, n) => n).filter((n) => setHas(text, around.length, n))
        expect(held).toEqual([...new Set(made)].sort((a, b) => a - b))
        expect(decodeSet(text, around.length)).toBe(bits)
        expect(setLength(text, around.length)).toBe(text.length - 2 * around.length)
      }),
    )
  })

  it('ends where it ends, whatever follows', () => {
    for (const follows of ['\xff\xff', '\0\xff', '\x01\x07\x05\xff'])
      for (const made of [[], [0], [0, 1, 2], [3, 9, 20, 21], [7, 8]]) {
        const text = encodeSet(bitsOf(made)) + follows
        expect(Array.from({ length: 600 }, (_, n) => n).filter((n) => setHas(text, 0, n))).toEqual(made)
      }
  })

  test.each<[string, readonly number[], string]>([
    ['nothing', [], '\0'],
    ['a few, whose bits are shorter than runs', [0, 1], '\x02\x03'],
    ['one, whose bits are as short as runs', [8], '\x04\0\x01'],
    ['one far from the first', [200], '\x05\xc8\x01'],
    ['a run that lasts to the end of a character', range(16, 32), '\x05\x10\x10'],
    ['a run that ends within one', range(16, 30), '\x05\x10\x0e'],
    ['a run from the first on', range(0, 24), '\x05\0\x18'],
    ['runs', [...range(0, 10), ...range(100, 110)], '\x09\0\x0a\x5a\x0a'],
    ['what would be more runs than there are bits', [0, 2, 4, 6, 8], '\x04\x55\x01'],
    ['a run as long as one character tells', range(0, 255), '\x05\0\xff'],
  ])('%s', (_, made, spelt) => {
    expect(encodeSet(bitsOf(made))).toBe(spelt)
  })

  it('is never spelt in characters of two bytes for the sake of runs', () => {
    expect(encodeSet(bitsOf(range(0, 256)))).toBe(`\x40${'\xff'.repeat(32)}`)
    expect(encodeSet(bitsOf([256]))).toBe(`\x42${'\0'.repeat(32)}\x01`)
    expect(encodeSet(bitsOf([255]))).toBe('\x05\xff\x01')
  })
})

test('a set whose length no head can tell is refused, and not spelt as another one', () => {
  const longest = '\x55'.repeat(0x7fff)
  const text = encodeSet(longest)
  expect([setLength(text, 0), setHas(text, 0, 0), setHas(text, 0, 1)]).toEqual([0x8000, true, false])
  expect([setHas(text, 0, 8 * 0x7fff - 2), decodeSet(text, 0) === longest]).toEqual([true, true])
  expect(() => encodeSet(`${longest}\x55`)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' }))
})

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n)
}
