import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isInstant, parseInstant, printInstant } from '../../src/core/time.ts'

const FIRST = Date.UTC(2001, 0, 1) - 2000 * 365.2425 * 86_400_000
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

describe('reading', () => {
  test.each([
    // RFC 3339 section 5.8; its leap seconds are refused below
    ['1985-04-12T23:20:50.52Z', Date.UTC(1985, 3, 12, 23, 20, 50, 520)],
    ['1996-12-19T16:39:57-08:00', Date.UTC(1996, 11, 20, 0, 39, 57)],
    ['1937-01-01T12:00:27.87+00:20', Date.UTC(1937, 0, 1, 11, 40, 27, 870)],
    ['2027-01-01T00:00:00Z', Date.UTC(2027, 0, 1)],
    ['2027-01-01T00:00:00+00:00', Date.UTC(2027, 0, 1)],
    ['2027-01-01T00:00:00-00:00', Date.UTC(2027, 0, 1)],
    ['2027-01-01T23:59:00+23:59', Date.UTC(2027, 0, 1)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['1970-01-01T00:00:00Z', 0],
    ['0001-01-01T00:00:00Z', FIRST],
    ['9999-12-31T23:59:59.999Z', LAST],
  ])('`%s` is %i', (text, ms) => {
    expect(parseInstant(text, 'up')).toBe(ms)
    expect(parseInstant(text, 'down')).toBe(ms)
  })

  test.each([
    '',
    'now',
    '1796083200000',
    '2027-01-01',
    '2027-01-01T00:00Z',
    '2027-01-01T00:00:00',
    '2027-01-01t00:00:00Z',
    '2027-01-01T00:00:00z',
    '2027-01-01 00:00:00Z',
    ' 2027-01-01T00:00:00Z',
    '2027-01-01T00:00:00Z\n',
    '2027-01-01T00:00:00.Z',
    '2027-01-01T00:00:00,5Z',
    `2027-01-01T00:00:00.${'0'.repeat(31)}Z`,
    '2027-01-01T00:00:00+0000',
    '2027-01-01T00:00:00+00',
    '2027-01-01T00:00:00+24:00',
    '2027-01-01T00:00:00+00:60',
    '2027-01-01T00:00:00Z+00:00',
    '2027-00-01T00:00:00Z',
    '2027-13-01T00:00:00Z',
    '2027-01-00T00:00:00Z',
    '2027-01-32T00:00:00Z',
    '2027-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2027-04-31T00:00:00Z',
    '2027-01-01T24:00:00Z',
    '2027-01-01T25:00:00Z',
    '2027-01-01T00:60:00Z',
    '1990-12-31T23:59:60Z',
    '1990-12-31T15:59:60-08:00',
    '0000-12-31T23:59:59Z',
    '0000-12-31T23:59:59-01:00',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '+002027-01-01T00:00:00Z',
    '20270-01-01T00:00:00Z',
    '２027-01-01T00:00:00Z',
  ])('`%s` is refused', (text) => {
    expect(parseInstant(text, 'up')).toBeNull()
    expect(parseInstant(text, 'down')).toBeNull()
  })

  test.each([
    ['.9', 900, 900],
    ['.999', 999, 999],
    ['.0001', 0, 1],
    ['.1234', 123, 124],
    ['.123000', 123, 123],
    [`.${'9'.repeat(30)}`, 999, 1000],
    [`.123${'0'.repeat(26)}1`, 123, 124],
    ['.9999', 999, 1000],
  ])('the fraction `%s` rounds down to %i ms and up to %i', (fraction, down, up) => {
    for (const second of [Date.UTC(2027, 0, 1), Date.UTC(1960, 0, 1)]) {
      for (const utc of ['Z', '+00:00']) {
        const text = `${new Date(second).toISOString().slice(0, 19)}${fraction}${utc}`
        expect(parseInstant(text, 'down')).toBe(second + down)
        expect(parseInstant(text, 'up')).toBe(second + up)
      }
    }
  })

  test('rounding up never leaves the years that can be printed', () => {
    expect(parseInstant('9999-12-31T23:59:59.9991Z', 'down')).toBe(LAST)
    expect(parseInstant('9999-12-31T23:59:59.9991Z', 'up')).toBeNull()
  })

  test('it never throws, and hostile length costs nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9TZ:.+-]*$/)), (text) => {
        parseInstant(text, 'up')
      }),
    )
    expect(parseInstant(`2027-01-01T00:00:00.${'0'.repeat(10_000_000)}`, 'up')).toBeNull()
  })
})

test('parse(print(ms)) is ms, for every time there is', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST, max: LAST }), fc.constantFrom('up' as const, 'down' as const), (ms, round) => {
      expect(parseInstant(printInstant(ms), round)).toBe(ms)
    }),
  )
})

test('an offset names the same instant', () => {
  const day = 86_400_000
  fc.assert(
    fc.property(
      fc.integer({ min: FIRST + day, max: LAST - day }),
      fc.integer({ min: -1439, max: 1439 }),
      (ms, offset) => {
        const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1)
        const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')
        const minutes = String(Math.abs(offset) % 60).padStart(2, '0')
        expect(parseInstant(`${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`, 'up')).toBe(ms)
      },
    ),
  )
})

test('a whole second prints without a fraction, anything finer with three digits', () => {
  expect(printInstant(0)).toBe('1970-01-01T00:00:00Z')
  expect(printInstant(-1)).toBe('1969-12-31T23:59:59.999Z')
  expect(printInstant(100)).toBe('1970-01-01T00:00:00.100Z')
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, FIRST - 1, LAST + 1])(
  '%d is no time and is not printed',
  (ms) => {
    expect(isInstant(ms)).toBe(false)
    expect(() => printInstant(ms)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }))
  },
)
