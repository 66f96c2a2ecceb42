/** How selectors lie to each other, against every name there is in a small world: what one covers, the other covers, too; or both do. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineCatalog } from '../../src/core/define.ts'
import { selectorCovers, selectorsMeet } from '../../src/core/relation.ts'
import { isFault, parseSelector, type Selector } from '../../src/core/selector.ts'
import { covers, readName } from './reference-text.ts'
import { holdsAlways, times } from './runs.ts'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' }, record: { in: 'zone' }, namespace: { in: 'account' } },
  permissions: { 'zone.read': { on: ['zone', 'record', 'namespace'] } },
  groups: { read: { name: 'Read', permissions: ['zone.read'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['read'] } },
})

/** Ids as long as two letters stand in selectors, as long as three in names: so a prefix always has more than one to match. */
const words = (length: number): readonly string[] =>
  length === 0 ? [''] : words(length - 1).flatMap((word) => [`${word}a`, `${word}b`])
const SHORT = [...words(1), ...words(2)]
const ALL = [...SHORT, ...words(3)]
const ACCOUNTS = ['account:a', 'account:b']
const under = (parents: readonly string[], type: string) =>
  parents.flatMap((p) => ALL.map((id) => `${p}/${type}:${id}`))
const ZONES = under(ACCOUNTS, 'zone')
const NAMES = [...ACCOUNTS, ...ZONES, ...under(ZONES, 'record'), ...under(ACCOUNTS, 'namespace')].map((text) => ({
  text,
  pairs: readName(text) ?? [],
}))

const accounts = fc.constantFrom(...ACCOUNTS, 'account:*')
const inner = fc.constantFrom(...SHORT, '*')
const last = fc.oneof(inner, fc.constantFrom(...SHORT.map((id) => `${id}*`)))
const selectors = fc
  .oneof(
    accounts,
    fc.tuple(accounts, fc.constantFrom('zone', 'namespace'), last).map(([root, type, id]) => `${root}/${type}:${id}`),
    fc.tuple(accounts, inner, last).map(([root, zone, id]) => `${root}/zone:${zone}/record:${id}`),
  )
  .map((text) => ({ selector: selector(text), covered: NAMES.filter(({ pairs }) => covers(text, pairs, false)) }))

const RUNS = 3_000

test('a selector covers another when it covers every name that the other covers', () => {
  const seen = { covers: 0, not: 0 }
  holdsAlways(fc.tuple(selectors, selectors), RUNS, ([a, b]) => {
    const expected = b.covered.every((name) => a.covered.includes(name))
    expect(selectorCovers(a.selector, b.selector), `${a.selector.text} covers ${b.selector.text}`).toBe(expected)
    seen[expected ? 'covers' : 'not']++
  })
  expect(Math.min(seen.covers, seen.not)).toBeGreaterThan(times(RUNS) / 20)
})

test('selectors meet when some name is covered by both', () => {
  const seen = { meet: 0, not: 0 }
  holdsAlways(fc.tuple(selectors, selectors), RUNS, ([a, b]) => {
    const expected = b.covered.some((name) => a.covered.includes(name))
    expect(selectorsMeet(a.selector, b.selector), `${a.selector.text} meets ${b.selector.text}`).toBe(expected)
    seen[expected ? 'meet' : 'not']++
  })
  expect(Math.min(seen.meet, seen.not)).toBeGreaterThan(times(RUNS) / 20)
})

test('what is covered beneath ids that need encoding is told by whole characters', () => {
  const at = (id: string) => selector(`account:a/zone:${id}`)
  expect(selectorCovers(at('%C3%A9*'), at('%C3%A9a'))).toBe(true)
  expect(selectorsMeet(at('%C3%A9*'), at('%C3%A8*'))).toBe(false)
  expect(selectorCovers(at('a*'), at('a%2A'))).toBe(true)
  expect(selectorCovers(at('a%2A'), at('a*'))).toBe(false)
})

function selector(text: string): Selector {
  const parsed = parseSelector(catalog, text)
  if (isFault(parsed)) throw new Error(parsed.message)
  return parsed
}
