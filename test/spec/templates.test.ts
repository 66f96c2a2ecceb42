/** Filled templates: whatever is put in their slots, out come selectors that parse and that cover nothing the slots don't. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Catalog } from '../../src/core/catalog.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { selectorCovers } from '../../src/core/relation.ts'
import { isFault, parseSelector, type Selector } from '../../src/core/selector.ts'
import { fillTemplate } from '../../src/core/template.ts'
import { holdsAlways, times } from './runs.ts'

const catalog = defineCatalog({
  resources: { zone: { in: 'account', id: /[a-z]+/ }, record: { in: 'zone' }, device: { in: 'user' } },
  permissions: { 'dns.write': { on: ['zone', 'record'] }, 'device.ping': { on: 'device' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
  templates: {
    beneath: {
      name: 'Beneath',
      slots: { zone: 'zone', record: 'record', user: 'user' },
      policies: [
        { permissionGroups: ['dns'], resources: ['{zone}/record:TXT,*', '{record}'] },
        { effect: 'deny', permissions: ['dns.write'], resources: ['{zone}/record:NS', '{zone}/record:*'] },
        { permissions: ['device.ping'], resources: ['{user}/device:*'] },
      ],
    },
    whole: {
      name: 'Whole',
      slots: { zone: 'zone', record: 'account', user: 'user' },
      policies: [
        { permissionGroups: ['dns'], resources: ['{zone}', '{record}', '{record}/zone:a*'] },
        { permissions: ['device.ping'], resources: ['{user}', '{user}/device:a'] },
      ],
    },
  },
})

const accounts = ['account:a', 'account:*', 'account:a%2Fb']
const zones = accounts.flatMap((root) => ['a', 'ab', '*', 'a*', 'A', 'a%62'].map((id) => `${root}/zone:${id}`))
const records = zones.flatMap((zone) => ['x', '*', 'x*', '%2F', '{zone}'].map((id) => `${zone}/record:${id}`))
const users = ['user:u', 'user:*', 'user:u*', 'user:u/device:d']
const strange = [7, null, '', '*', '{zone}', 'zone:a', 'account:a/zone:a/', `account:a/zone:${'a'.repeat(1_024)}`]
const mostly = (good: readonly string[]) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...accounts, ...zones, ...records, ...users, ...strange) },
  )
const slotOf = (good: readonly string[]) =>
  fc.oneof(mostly(good), fc.array(mostly(good), { minLength: 1, maxLength: 3 }))
const slots = fc.record({
  zone: slotOf(zones.filter((zone) => !zone.endsWith('*') || zone.endsWith(':*'))),
  record: fc.oneof(slotOf(records), slotOf(accounts)),
  user: slotOf(['user:u', 'user:v']),
})

test('a filled template covers nothing that its slots do not', () => {
  const seen = { filled: 0, refused: 0 }
  holdsAlways(fc.tuple(fc.constantFrom('beneath', 'whole'), slots), 4_000, ([id, given]) => {
    const template = (catalog as Catalog).templates.get(id)
    if (template === undefined) throw new Error('no template')
    const result = fillTemplate(catalog as Catalog, id, given as Record<string, string>)
    const wrong = Object.entries(given).flatMap(([slot, value]) =>
      [value].flat().flatMap((one, i) => {
        const rests = template.policies.flatMap(({ resources }) => resources.filter((of) => of.slot === slot))
        const fits = selector(one)?.type === template.slots.get(slot)
        const parses = rests.every(({ rest }) => selector(`${one}${rest}`) !== null)
        return fits && parses ? [] : [['slots', slot, ...(Array.isArray(value) ? [i] : [])].join()]
      }),
    )
    if ('issues' in result) {
      seen.refused++
      expect(result.issues.map(({ path }) => path.join())).toEqual(wrong)
      return
    }
    seen.filled++
    expect(wrong).toEqual([])
    for (const [i, { resources }] of result.policies.entries()) {
      const patterns = template.policies[i]?.resources ?? []
      const values = (slot: string) => [Object.entries(given).find(([name]) => name === slot)?.[1]].flat()
      const expected = patterns.flatMap(({ slot, rest }) => values(slot).map((value) => `${value}${rest}`))
      expect([...resources].sort()).toEqual([...new Set(expected)].sort())
      for (const text of resources) {
        const filled = selector(text)
        const inSlot = patterns.some(({ slot }) =>
          values(slot).some((value) => {
            const of = selector(value)
            return filled !== null && of !== null && of.type === template.slots.get(slot) && selectorCovers(of, filled)
          }),
        )
        expect(inSlot, text).toBe(true)
      }
    }
  })
  expect(Math.min(seen.filled, seen.refused)).toBeGreaterThan(times(200))
})

function selector(text: unknown): Selector | null {
  const parsed = typeof text === 'string' ? parseSelector(catalog, text) : null
  return parsed === null || isFault(parsed) ? null : parsed
}
