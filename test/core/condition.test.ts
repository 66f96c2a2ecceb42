import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, parseAddress } from '../../src/core/address.ts'
import { compileCondition, conditionKey, FALSE, holds, TRUE, type Truth, UNKNOWN } from '../../src/core/condition.ts'
import type { Condition } from '../../src/core/facts.ts'

const OFFICE = { in: ['203.0.113.0/24', '2001:db8::/32'] }
const INSIDE = address('203.0.113.9')
const OUTSIDE = address('198.51.100.1')
const OPEN = 1_000
const CLOSED = 2_000

describe('Kleene’s and, in full', () => {
  // With a time part alone or an address part alone the answer is that part's.
  test.each<[string, Condition, number, Address | null, Truth]>([
    ['no part', {}, OPEN, null, TRUE],
    ['time true', { expiresOn: CLOSED }, OPEN, null, TRUE],
    ['time false', { expiresOn: CLOSED }, CLOSED, null, FALSE],
    ['address true', { ip: OFFICE }, OPEN, INSIDE, TRUE],
    ['address unknown', { ip: OFFICE }, OPEN, null, UNKNOWN],
    ['address false', { ip: OFFICE }, OPEN, OUTSIDE, FALSE],
    ['true and true', { ip: OFFICE, expiresOn: CLOSED }, OPEN, INSIDE, TRUE],
    ['true and unknown', { ip: OFFICE, expiresOn: CLOSED }, OPEN, null, UNKNOWN],
    ['true and false', { ip: OFFICE, expiresOn: CLOSED }, OPEN, OUTSIDE, FALSE],
    ['false and true', { ip: OFFICE, expiresOn: CLOSED }, CLOSED, INSIDE, FALSE],
    ['false and unknown', { ip: OFFICE, expiresOn: CLOSED }, CLOSED, null, FALSE],
    ['false and false', { ip: OFFICE, expiresOn: CLOSED }, CLOSED, OUTSIDE, FALSE],
  ])('%s', (_, condition, now, ip, truth) => {
    expect(holds(compileCondition(condition), { now, ip })).toBe(truth)
  })
})

describe('time', () => {
  test.each([
    [999, FALSE],
    [1_000, TRUE],
    [1_000.5, TRUE],
    [1_999, TRUE],
    [1_999.999, TRUE],
    [2_000, FALSE],
    [2_001, FALSE],
  ])('is half-open: at %d the window from 1000 to 2000 is %d', (now, truth) => {
    expect(holds(compileCondition({ notBefore: 1_000, expiresOn: 2_000 }), { now, ip: null })).toBe(truth)
  })

  test('a missing edge is open', () => {
    expect(holds(compileCondition({ notBefore: 1_000 }), { now: Number.MAX_VALUE, ip: null })).toBe(TRUE)
    expect(holds(compileCondition({ expiresOn: 1_000 }), { now: -Number.MAX_VALUE, ip: null })).toBe(TRUE)
    expect(holds(compileCondition({ notBefore: 0 }), { now: -1, ip: null })).toBe(FALSE)
    expect(holds(compileCondition({ expiresOn: 0 }), { now: 0, ip: null })).toBe(FALSE)
  })
})

describe('address', () => {
  test.each<[string, Condition['ip'], string | null, Truth]>([
    ['in', OFFICE, '2001:db8::1', TRUE],
    ['in, mapped', OFFICE, '::ffff:203.0.113.9', TRUE],
    ['not in', OFFICE, '2001:db9::1', FALSE],
    ['in is of one family', { in: ['::/0'] }, '203.0.113.9', FALSE],
    ['notIn', { notIn: ['203.0.113.0/24'] }, '203.0.113.9', FALSE],
    ['beside notIn', { notIn: ['203.0.113.0/24'] }, '203.0.114.9', TRUE],
    ['notIn is of one family', { notIn: ['::/0'] }, '203.0.113.9', TRUE],
    ['in and notIn', { in: ['203.0.113.0/24'], notIn: ['203.0.113.8/29'] }, '203.0.113.9', FALSE],
    ['in and beside notIn', { in: ['203.0.113.0/24'], notIn: ['203.0.113.8/29'] }, '203.0.113.16', TRUE],
    ['neither in nor notIn', { in: ['203.0.113.0/24'], notIn: ['198.51.100.0/24'] }, '192.0.2.1', FALSE],
    ['no address, everything in', { in: ['0.0.0.0/0', '::/0'] }, null, UNKNOWN],
    ['no address, everything in notIn', { notIn: ['0.0.0.0/0', '::/0'] }, null, UNKNOWN],
    ['no address, both lists', { in: ['10.0.0.0/8'], notIn: ['0.0.0.0/0', '::/0'] }, null, UNKNOWN],
  ])('%s', (_, ip, text, truth) => {
    const context = { now: 0, ip: text === null ? null : address(text) }
    expect(holds(compileCondition({ ...(ip && { ip }) }), context)).toBe(truth)
  })
})

describe('a stored condition that can’t be understood is an error, never skipped', () => {
  test.each<[string, unknown, string]>([
    ['no object', null, 'not an object'],
    ['a list', [], 'not an object'],
    ['text', '10.0.0.0/8', 'not an object'],
    ['an unknown part', { expiresOn: 1, country: ['DE'] }, '`country`'],
    ['a misspelt part', { expires_on: 1 }, '`expires_on`'],
    ['an unknown list', { ip: { in: ['10.0.0.0/8'], notin: ['10.0.0.0/9'] } }, '`notin`'],
    ['ip is a list', { ip: ['10.0.0.0/8'] }, 'not an object'],
    ['ip is null', { ip: null }, 'not an object'],
    ['ip without lists', { ip: {} }, 'neither'],
    ['an empty in', { ip: { in: [] } }, '`ip.in`'],
    ['an empty notIn', { ip: { in: ['10.0.0.0/8'], notIn: [] } }, '`ip.notIn`'],
    ['in is text', { ip: { in: '10.0.0.0/8' } }, '`ip.in`'],
    ['in is null', { ip: { in: null, notIn: ['10.0.0.0/8'] } }, '`ip.in`'],
    ['a bad CIDR', { ip: { in: ['10.0.0.0/8', '10.0.0.1/8'] } }, '`10.0.0.1/8`'],
    ['a bare address', { ip: { notIn: ['10.0.0.1'] } }, 'no prefix length'],
    ['a CIDR that is no text', { ip: { in: [8] } }, 'not text'],
    ['a hole', { ip: { in: [undefined] } }, 'not text'],
    ['a time with a fraction', { notBefore: 1.5 }, '`notBefore`'],
    ['a time that is infinite', { expiresOn: Number.POSITIVE_INFINITY }, '`expiresOn`'],
    ['a time that is NaN', { expiresOn: Number.NaN }, '`expiresOn`'],
    ['a time that is text', { expiresOn: '2027-01-01T00:00:00Z' }, '`expiresOn`'],
    ['a time that is null', { expiresOn: null }, '`expiresOn`'],
    ['a time beyond the calendar', { expiresOn: Number.MAX_SAFE_INTEGER }, '`expiresOn`'],
    ['a window that ends as it begins', { notBefore: 5, expiresOn: 5 }, 'before'],
    ['a window that ends before it begins', { notBefore: 6, expiresOn: 5 }, 'before'],
  ])('%s', (_, stored, words) => {
    const error = expect.objectContaining({
      code: 'ERR_BAILIWICK_STORED_FACT',
      message: expect.stringContaining(words),
    })
    expect(() => compileCondition(stored as Condition)).toThrow(error)
    expect(() => conditionKey(stored as Condition)).toThrow(error)
  })

  test('a long stored text is cut in the message', () => {
    const thrown = thrownBy(() => compileCondition({ ip: { in: ['1'.repeat(1_000_000)] } }))
    expect(String(thrown).length).toBeLessThan(300)
  })
})

describe('the key of a condition', () => {
  test('is shared by conditions that mean the same', () => {
    const key = conditionKey({ ip: { in: ['10.0.0.0/24', '2001:db8::/32'] } })
    expect(conditionKey({ ip: { in: ['2001:DB8:0::/32', '10.0.0.0/24', '10.0.0.0/24'] } })).toBe(key)
    expect(conditionKey({ ip: { in: ['10.0.0.0/25', '10.0.0.128/25', '2001:db8::/32'] } })).toBe(key)
    expect(conditionKey({ ip: { in: ['::ffff:10.0.0.0/120', '2001:db8::/32', '10.0.0.7/32'] } })).toBe(key)
  })

  test('keeps apart what differs in any part', () => {
    const different: Condition[] = [
      {},
      { notBefore: 1 },
      { expiresOn: 1 },
      { notBefore: 0, expiresOn: 1 },
      { ip: { in: ['0.0.0.0/0'] } },
      { ip: { in: ['::/0'] } },
      { ip: { notIn: ['::/0'] } },
      { ip: { in: ['::/0'], notIn: ['0.0.0.0/0'] } },
      { ip: { in: ['::/0'] }, expiresOn: 1 },
      { ip: { in: ['10.0.0.0/8'] } },
      { ip: { in: ['10.0.0.0/9'] } },
    ]
    expect(new Set(different.map(conditionKey)).size).toBe(different.length)
  })

  test('conditions of one key answer alike', () => {
    const list = fc.array(fc.constantFrom('0.0.0.0/1', '128.0.0.0/1', '0.0.0.0/0', '10.0.0.0/8', '::/0'), {
      minLength: 1,
    })
    const window = fc.constantFrom({}, { notBefore: 1_000 }, { expiresOn: 2_000 })
    const condition = fc.tuple(list, window).map(([cidrs, time]): Condition => ({ ip: { in: cidrs }, ...time }))
    const contexts = [INSIDE, OUTSIDE, address('10.1.1.1'), address('::1'), null].flatMap((ip) =>
      [999, 1_000, 2_000].map((now) => ({ ip, now })),
    )
    fc.assert(
      fc.property(condition, condition, (one, other) => {
        const answers = (c: Condition) => contexts.map((context) => holds(compileCondition(c), context))
        if (conditionKey(one) === conditionKey(other)) expect(answers(one)).toEqual(answers(other))
      }),
    )
  })
})

function address(text: string): Address {
  const parsed = parseAddress(text)
  if (!parsed) throw new Error(`\`${text}\` is no address`)
  return parsed
}

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

test.each<[object, string]>([
  [{ notBefore: 0.5 }, '`notBefore` of a condition'],
  [{ expiresOn: 0.5 }, '`expiresOn` of a condition'],
  [{ ip: { in: [] } }, '`ip.in` of a condition'],
  [{ ip: { notIn: [] } }, '`ip.notIn` of a condition'],
  [{ ip: { in: ['x'] } }, '`x` in `ip.in` of a condition'],
  [{ until: 1 }, 'a condition has an unknown part `until`'],
  [{ ip: { on: [] } }, 'the `ip` of a condition has an unknown part `on`'],
])('a part that can not be understood is named: %j', (condition, told) => {
  expect(() => compileCondition(condition as Condition)).toThrow(told)
})
