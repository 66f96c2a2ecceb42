/** Numbers in the characters of a sheet: one that is too large for its width is never written as another. */
import { describe, expect, it } from 'vitest'
import { numberAt } from '../../src/core/sheet.ts'
import { Pen } from '../../src/core/sheet-pen.ts'

describe('a pen', () => {
  it.each([
    [2, 0xffff],
    [3, 0xffffff],
  ] as const)('of width %i writes numbers up to %i, and gives nothing for a larger one', (width, most) => {
    for (const number of [0, 1, 0xff, 0x100, 0x102, most]) {
      const text = written(width, (pen) => pen.number(number)) ?? expect.unreachable()
      expect([text.length, numberAt(text, 0, width)]).toEqual([width, number])
    }
    expect(written(width, (pen) => pen.number(most + 1))).toBe(null)
  })

  it('gives nothing once a number was too large, also when smaller ones follow', () => {
    const write = (pen: Pen) => {
      pen.number(0x10000)
      pen.number(1)
    }
    expect(written(2, write)).toBe(null)
    expect(written(3, write)).toHaveLength(6)
  })

  it('gives nothing longer than its numbers can count', () => {
    const long = (length: number) => (pen: Pen) => {
      for (let i = 0; i < length; i++) pen.byte(7)
    }
    expect(written(2, long(0xffff))).toHaveLength(0xffff)
    expect(written(2, long(0x10000))).toBe(null)
    expect(written(3, long(0x10000))).toHaveLength(0x10000)
  })

  it('writes a text, or a part of it, after its length', () => {
    expect(written(2, (pen) => pen.text('abcd'))).toBe('\0\x04abcd')
    expect(written(2, (pen) => pen.text('abcd', 1, 3))).toBe('\0\x02bc')
    expect(written(2, (pen) => pen.text('abcd', 4))).toBe('\0\0')
  })

  it('goes back to say where it is, and goes on from there', () => {
    const write = (pen: Pen) => {
      pen.number(0)
      pen.text('ab')
      pen.pointHere(0)
      pen.byte(9)
    }
    expect(written(2, write)).toBe('\0\x06\0\x02ab\x09')
  })

  it('knows nothing of what was written before', () => {
    expect(written(2, (pen) => pen.text('x'.repeat(100)))).toHaveLength(102)
    expect(written(2, (pen) => pen.byte(1))).toBe('\x01')
    expect(written(2, () => undefined)).toBe('')
  })
})

function written(width: 2 | 3, write: (pen: Pen) => void): string | null {
  const pen = new Pen(width)
  write(pen)
  return pen.finish()
}
