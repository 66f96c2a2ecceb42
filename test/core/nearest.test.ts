/** How much of a name a message holds, and which known one is offered for a misspelt one: the nearest, and none where all are too far to be meant. */
import { describe, expect, test } from 'vitest'
import { didYouMean, shorten, suggestions } from '../../src/core/nearest.ts'

const offer = (name: string) => ` (did you mean \`${name}\`?)`

describe('a name is offered', () => {
  test.each([
    ['one letter is wrong', 'zune', ['zone'], 'zone'],
    ['one letter is missing', 'zne', ['zone'], 'zone'],
    ['one letter is too many', 'zoone', ['zone'], 'zone'],
    ['two letters have changed places', 'zoen', ['zone'], 'zone'],
    ['two of three letters are wrong', 'abc', ['axy'], 'axy'],
    ['a third of a longer name is wrong', 'dns.readings', ['xxxxreadings'], 'xxxxreadings'],
    ['another is nearer, though later in the list', 'record', ['records2', 'records'], 'records'],
    ['another is as near, but later in the list', 'zone', ['zona', 'zono'], 'zona'],
  ])('where %s', (_, wrong, known, offered) => {
    expect(didYouMean(wrong, known)).toBe(offer(offered))
  })
})

describe('none is offered', () => {
  test.each([
    ['nothing is known', 'zone', []],
    ['all three letters are wrong', 'abc', ['xyz']],
    ['more than a third of a longer name is wrong', 'dns.readings', ['xxxxxeadings']],
    ['the name only ends like a longer one', 'zone', ['fullzone']],
    ['the name only begins like a shorter one', 'abcde', ['ab']],
    ['nothing was written', '', ['zone']],
  ])('where %s', (_, wrong, known) => {
    expect(didYouMean(wrong, known)).toBe('')
  })
})

test('only the first 64 characters are compared, so that hostile length costs nothing', () => {
  const start = 'a'.repeat(64)
  expect(didYouMean(`${start}${'b'.repeat(100)}`, [start])).toBe(offer(start))
  expect(didYouMean(start, [`${start}${'b'.repeat(100)}`])).toBe(offer(`${start}${'b'.repeat(100)}`))
  const differs = `${start.slice(0, 63)}b`
  expect(didYouMean(differs, [start, differs])).toBe(offer(differs))
})

test('of one input the first ten unknown names are looked for', () => {
  const suggest = suggestions()
  const offered = Array.from({ length: 20 }, () => suggest('zoen', ['zone']))
  expect(offered).toEqual([...Array(10).fill(offer('zone')), ...Array(10).fill('')])
  expect(suggestions()('zoen', ['zone'])).toBe(offer('zone'))
})

test('what a caller wrote is told up to 80 characters', () => {
  expect(shorten('x'.repeat(80))).toBe('x'.repeat(80))
  expect(shorten('x'.repeat(81))).toBe(`${'x'.repeat(80)}…`)
})
