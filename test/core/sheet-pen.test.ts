/** What stands in the characters of a sheet: a number or an offset that is too large for its room is never written as another. */
import { describe, expect, it } from 'vitest'
import { offsetAt, shapeAt } from '../../src/core/sheet.ts'
import { Pen } from '../../src/core/sheet-pen.ts'

describe('a pen', () => {
  it('writes numbers up to 65,535 in one character, and gives nothing for a larger one', () => {
    for (const number of [0, 1, 0xff, 0x100, 0xffff])
      expect(written(2, (pen) => pen.number(number))).toBe(String.fromCharCode(number))
    expect(written(2, (pen) => pen.number(0x10000))).toBe(null)
    expect(written(3, (pen) => pen.number(0x10000))).toBe(null)
  })

  it.each([
    [2, 0xffff],
    [3, 0xffffff],
  ] as const)('of width %i writes offsets up to %i, and gives nothing for a larger one', (width, most) => {
    for (const offset of [0, 1, 0xff, 0x100, 0x102, most]) {
      const text = written(width, (pen) => pen.offset(offset)) ?? expect.unreachable()
      expect([text.length, offsetAt(text, 0, width)]).toEqual([width, offset])
      expect([...text].every((character) => character <= '\xff')).toBe(true)
    }
    expect(written(width, (pen) => pen.offset(most + 1))).toBe(null)
  })

  it('writes the shape of a selector in four characters', () => {
    for (const shape of [0, 1, 0x1ff, 0x1234567]) {
      const text = written(2, (pen) => pen.long(shape)) ?? expect.unreachable()
      expect([text.length, shapeAt(text, 0)]).toEqual([4, shape])
    }
  })

  it('gives nothing once something was too large, also when smaller ones follow', () => {
    const write = (pen: Pen) => {
      pen.offset(0x10000)
      pen.offset(1)
    }
    expect(written(2, write)).toBe(null)
    expect(written(3, write)).toHaveLength(6)
    const number = (pen: Pen) => {
      pen.number(0x10000)
      pen.number(1)
    }
    expect(written(3, number)).toBe(null)
  })

  it('gives nothing longer than its offsets can count', () => {
    const long = (length: number) => (pen: Pen) => {
      for (let i = 0; i < length; i++) pen.number(7)
    }
    expect(written(2, long(0xffff))).toHaveLength(0xffff)
    expect(written(2, long(0x10000))).toBe(null)
    expect(written(3, long(0x10000))).toHaveLength(0x10000)
  })

  it('writes no text any more once nobody will read it', () => {
    const pen = new Pen(2)
    pen.characters('x'.repeat(0xfffe))
    pen.characters('yy')
    pen.characters('z')
    expect([pen.length, pen.finish()]).toEqual([0xfffe, null])
  })

  it('writes a text after its length, and characters or a part of them without', () => {
    expect(written(2, (pen) => pen.text('abcd'))).toBe('\x04abcd')
    expect(written(2, (pen) => pen.text(''))).toBe('\0')
    expect(written(2, (pen) => pen.characters('abcd'))).toBe('abcd')
    expect(written(2, (pen) => pen.characters('abcd', 1, 3))).toBe('bc')
    expect(written(2, (pen) => pen.characters('abcd', 4))).toBe('')
    expect(
      written(2, (pen) => pen.characters('x'.repeat(40_000), 39_999)),
      'however long the text is',
    ).toBe('x')
  })

  it('goes back to say where it is, or how much it wrote, and goes on from there', () => {
    const point = (pen: Pen) => {
      pen.offset(0)
      pen.text('ab')
      pen.pointHere(0)
      pen.number(9)
    }
    expect(written(2, point)).toBe('\0\x05\x02ab\x09')
    const count = (pen: Pen) => {
      pen.number(7)
      pen.number(0)
      pen.characters('abc')
      pen.countFrom(1)
      pen.number(9)
    }
    expect(written(2, count)).toBe('\x07\x03abc\x09')
  })

  it('knows nothing of what was written before', () => {
    expect(written(2, (pen) => pen.text('x'.repeat(100)))).toHaveLength(101)
    expect(written(2, (pen) => pen.number(1))).toBe('\x01')
    expect(written(2, () => undefined)).toBe('')
  })
})

function written(width: 2 | 3, write: (pen: Pen) => void): string | null {
  const pen = new Pen(width)
  write(pen)
  return pen.finish()
}
