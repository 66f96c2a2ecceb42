/** Text in columns, and the one order of ids. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBinary } from '../../src/storage/order.ts'
import { fromColumn, toColumn } from '../../src/storage/sqlite/text.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0002', '0', 'a', 'd', '\ud83d', '\ude00', '😀', '\uffff') }),
)
const wellFormed = anyText.filter((text) => !/\p{Surrogate}/u.test(text))
const sign = (n: number): number => Math.sign(n)

describe('text in a column', () => {
  it('comes out as it went in', () => {
    fc.assert(fc.property(anyText, (text) => fromColumn(toColumn(text)) === text))
  })

  it('holds nothing a driver cuts or changes', () => {
    fc.assert(fc.property(anyText, (text) => !toColumn(text).includes('\0') && !/\p{Surrogate}/u.test(toColumn(text))))
  })

  it('keeps its order', () => {
    const same = (a: string, b: string) => sign(compareBinary(toColumn(a), toColumn(b))) === sign(compareBinary(a, b))
    fc.assert(fc.property(wellFormed, wellFormed, same))
  })

  it('is itself where it is JSON', () => {
    fc.assert(fc.property(anyText, (text) => toColumn(JSON.stringify(text)) === JSON.stringify(text)))
  })
})

describe('the order of ids', () => {
  it('is that of their UTF-8 bytes', () => {
    const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    fc.assert(fc.property(wellFormed, wellFormed, (a, b) => sign(compareBinary(a, b)) === bytes(a, b)))
    expect(['😀', '\uff5e'].sort(compareBinary)).toEqual(['\uff5e', '😀'])
  })
})
