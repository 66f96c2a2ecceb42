/** What stands in the characters of a table: a number or an offset that is too large for its room is never written as another. */
import { describe, expect, it } from 'vitest'
import { offsetAt, shapeAt } from '../../src/core/policy-table.ts'
import { TextWriter } from '../../src/core/text-writer.ts'

describe('a out', () => {
  it('writes numbers up to 65,535 in one character, and gives nothing for a larger one', () => {
    for (const number of [0, 1, 0xff, 0x100, 0xffff])
      expect(written(2, (out) => out.number(number))).toBe(String.fromCharCode(number))
    expect(written(2, (out) => out.number(0x10000))).toBe(null)
    expect(written(3, (out) => out.number(0x10000))).toBe(null)
  })

  it.each([
    [2, 0xffff],
    [3, 0xffffff],
  ] as const)('of width %i writes offsets up to %i, and gives nothing for a larger one', (width, most) => {
    for (const offset of [0, 1, 0xff, 0x100, 0x102, most]) {
      const text = written(width, (out) => out.offset(offset)) ?? expect.unreachable()
      expect([text.length, offsetAt(text, 0, width)]).toEqual([width, offset])
      expect([...text].every((character) => character <= '\xff')).toBe(true)
    }
    expect(written(width, (out) => out.offset(most + 1))).toBe(null)
  })

  it('writes the shape of a selector in four characters', () => {
    for (const shape of [0, 1, 0x1ff, 0x1234567]) {
      const text = written(2, (out) => out.long(shape)) ?? expect.unreachable()
      expect([text.length, shapeAt(text, 0)]).toEqual([4, shape])
    }
  })

  it('gives nothing once something was too large, also when smaller ones follow', () => {
    const write = (out: TextWriter) => {
      out.offset(0x10000)
      out.offset(1)
    }
    expect(written(2, write)).toBe(null)
    expect(written(3, write)).toHaveLength(6)
    const number = (out: TextWriter) => {
      out.number(0x10000)
      out.number(1)
    }
    expect(written(3, number)).toBe(null)
  })

  it('gives nothing longer than its offsets can count', () => {
    const long = (length: number) => (out: TextWriter) => {
      for (let i = 0; i < length; i++) out.number(7)
    }
    expect(written(2, long(0xffff))).toHaveLength(0xffff)
    expect(written(2, long(0x10000))).toBe(null)
    expect(written(3, long(0x10000))).toHaveLength(0x10000)
  })

  it('writes no text any more once nobody will read it', () => {
    const out = new TextWriter(2)
    out.characters('x'.repeat(0xfffe))
    out.characters('yy')
    out.characters('z')
    expect([out.length, out.finish()]).toEqual([0xfffe, null])
  })

  it('writes a text after its length, and characters or a part of them without', () => {
    expect(written(2, (out) => out.text('abcd'))).toBe('\x04abcd')
    expect(written(2, (out) => out.text(''))).toBe('\0')
    expect(written(2, (out) => out.characters('abcd'))).toBe('abcd')
    expect(written(2, (out) => out.characters('abcd', 1, 3))).toBe('bc')
    expect(written(2, (out) => out.characters('abcd', 4))).toBe('')
    expect(
      written(2, (out) => out.characters('x'.repeat(40_000), 39_999)),
      'however long the text is',
    ).toBe('x')
  })

  it('goes back to say where it is, or how much it wrote, and goes on from there', () => {
    const point = (out: TextWriter) => {
      out.offset(0)
      out.text('ab')
      out.pointHere(0)
      out.number(9)
    }
    expect(written(2, point)).toBe('\0\x05\x02ab\x09')
    const count = (out: TextWriter) => {
      out.number(7)
      out.number(0)
      out.characters('abc')
      out.countFrom(1)
      out.number(9)
    }
    expect(written(2, count)).toBe('\x07\x03abc\x09')
  })

  it('knows nothing of what was written before', () => {
    expect(written(2, (out) => out.text('x'.repeat(100)))).toHaveLength(101)
    expect(written(2, (out) => out.number(1))).toBe('\x01')
    expect(written(2, () => undefined)).toBe('')
  })
})

function written(width: 2 | 3, write: (out: TextWriter) => void): string | null {
  const out = new TextWriter(width)
  write(out)
  return out.finish()
}
