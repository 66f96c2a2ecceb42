/** How two selectors lie to each other, pair by pair, and what a selector says of names of one type. */
import { describe, expect, test } from 'vitest'
import { selectorCovers, selectorsMeet, speaksOf } from '../../src/core/relation.ts'
import { isFault, parseSelector, type Selector } from '../../src/core/selector.ts'
import { EDGE } from '../spec/catalogs.ts'

const Z = 'account:acme/zone:'

test.each<[string, string, boolean, boolean]>([
  [`${Z}a`, `${Z}a`, true, true],
  [`${Z}a`, `${Z}a*`, false, true],
  [`${Z}a`, `${Z}b`, false, false],
  [`${Z}a*`, `${Z}a`, true, true],
  [`${Z}a*`, `${Z}ab*`, true, true],
  [`${Z}ab*`, `${Z}a*`, false, true],
  [`${Z}a*`, `${Z}b*`, false, false],
  [`${Z}a*`, `${Z}*`, false, true],
  [`${Z}*`, `${Z}a*`, true, true],
  ['account:acme', `${Z}a`, true, true],
  [`${Z}a`, 'account:acme', false, true],
  [`${Z}a`, 'account:b', false, false],
  [`${Z}a`, 'account:acme/namespace:a', false, false],
  ['account:*', `${Z}a`, true, true],
])('%s and %s', (a, b, covers, meet) => {
  expect(selectorCovers(selector(a), selector(b))).toBe(covers)
  expect([selectorsMeet(selector(a), selector(b)), selectorsMeet(selector(b), selector(a))]).toEqual([meet, meet])
})

describe('of names of one type a selector', () => {
  const said = (text: string, type: string, above = false) => {
    const of = EDGE.catalog.types.get(type)
    if (of === undefined) throw new Error(`no type ${type}`)
    return speaksOf(selector(text), of, above)?.pairs.map(({ match, text }) => [match, text]) ?? null
  }

  test('says what it says, where it is of that type', () => {
    expect(said(`${Z}a*`, 'zone')).toEqual([
      ['one', 'account:acme'],
      ['prefix', 'zone:a'],
    ])
  })

  test('says it of all beneath, where the type lies beneath its own', () => {
    expect(said('account:acme', 'record')).toEqual([
      ['one', 'account:acme'],
      ['any', 'zone:'],
      ['any', 'record:'],
    ])
  })

  test('says something of what lies above only where it is asked for that', () => {
    expect(said(`${Z}a/record:A,a`, 'zone')).toBe(null)
    expect(said(`${Z}a/record:A,a`, 'zone', true)).toEqual([
      ['one', 'account:acme'],
      ['one', 'zone:a'],
    ])
  })

  test('says nothing of what lies beside', () => {
    expect([said(`${Z}a`, 'namespace'), said(`${Z}a`, 'namespace', true), said(`${Z}a`, 'user', true)]).toEqual([
      null,
      null,
      null,
    ])
  })
})

function selector(text: string): Selector {
  const parsed = parseSelector(EDGE.catalog, text)
  if (isFault(parsed)) throw new Error(parsed.message)
  return parsed
}
