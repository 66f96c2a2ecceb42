/** What a programmer wrote is taken as it was meant or refused: every kind of field, what is one and what is none. */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Fields, fieldFault } from '../../src/core/fields.ts'

const fault = (value: unknown, fields: Fields) => fieldFault('the thing', value, fields)
const act = () => null
class Named {}

describe('a field', () => {
  test.each<[string, string, readonly unknown[], readonly unknown[]]>([
    ['object', 'an object', [{}, new Named(), Object.create(null)], [null, undefined, [], 'x', 1, act]],
    ['text', 'text', ['x', ' '], ['', 1, null, undefined, ['x'], new String('x')]],
    ['list', 'a list of texts', [[], [''], ['x', 'y']], [null, undefined, 'x', {}, ['x', 1], [null], [['x']]]],
    ['objects', 'a list of objects', [[], [{}, {}]], [null, undefined, {}, 'x', [{}, 1], [null], [[]]]],
    ['flag', 'true or false', [true, false], [null, undefined, 0, 1, 'true', '']],
    ['number', 'a number', [0, -1.5, Number.NaN], [null, undefined, '1', 1n]],
    ['function', 'a function', [act, Named], [null, undefined, {}, 'none']],
    ['pattern', 'a regular expression', [/x/, /(?:)/], [null, undefined, '/x/', { source: 'x' }]],
    ['text or list', 'text or a list of texts', ['x', [], ['x']], [null, undefined, '', 1, [1], {}]],
    ["'none' or function", "'none' or a function", ['none', act], [null, undefined, '', 'all', true]],
  ])('of kind %s must be %s', (kind, told, good, bad) => {
    const fields = { a: kind } as Fields
    for (const a of good) expect(fault({ a }, fields), inspect(a)).toBe(null)
    for (const a of bad) expect(fault({ a }, fields), inspect(a)).toBe(`the thing needs \`a\` to be ${told}`)
  })

  test('may be absent where its kind ends in `?`, but is never something else then', () => {
    const fields = { a: 'text?' } as const
    expect([fault({}, fields), fault({ a: undefined }, fields), fault({ a: 'x' }, fields)]).toEqual([null, null, null])
    for (const a of [null, '', 0]) expect(fault({ a }, fields)).toBe('the thing needs `a` to be text')
  })

  test('must be there where it does not', () => {
    expect(fault({}, { a: 'flag' })).toBe('the thing needs `a` to be true or false')
  })
})

test('a field that is not known is refused, with the nearest that is', () => {
  expect(fault({ nmae: 'x' }, { name: 'text?' })).toBe(
    'the thing has unknown field `nmae` (did you mean `name`?); known here: `name`',
  )
  expect(fault({ name: 'x', other: 1 }, { name: 'text', on: 'list?' })).toBe(
    'the thing has unknown field `other`; known here: `name`, `on`',
  )
})

test('also one that was inherited, and one named like what every object has', () => {
  expect(fault(Object.create({ other: 1 }), {})).toBe('the thing has unknown field `other`; known here: none')
  expect(fault({ constructor: 1 }, {})).toBe('the thing has unknown field `constructor`; known here: none')
})

test('what is no object has no fields', () => {
  for (const value of [null, undefined, 'x', 1, [], act])
    expect(fault(value, {}), inspect(value)).toBe('the thing must be an object')
})
