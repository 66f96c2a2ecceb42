/** PolicyTables read back: what was written of each policy, beneath the root that was asked for. */
import { expect, test } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { tokenPolicies } from '../../src/core/compile.ts'
import type { Policy } from '../../src/core/facts.ts'
import { ParsedName } from '../../src/core/parsed-name.ts'
import { EMPTY_TABLE, type PolicyTable } from '../../src/core/policy-table.ts'
import { readPolicies, readSelectors } from '../../src/core/policy-table-reader.ts'
import { writeTables } from '../../src/core/policy-table-writer.ts'
import { sharedBy } from '../../src/core/shared.ts'
import { allow, deny, token, when } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'

const SOON = { expiresOn: 1 }
const POLICIES: readonly Policy[] = [
  allow('dns', 'account:acme/zone:a', 'account:b', 'account:acme/zone:b*'),
  when(SOON, deny(['dns.export', 'kv.read'], 'account:acme/zone:a/record:A,a', 'account:acme/zone:*')),
  allow('kv', 'account:b/namespace:n'),
  when({ notBefore: 2 }, allow('members', 'account:acme')),
  { ...allow('purge', 'account:acme/zone:bc*', 'account:acme/zone:d*', 'account:acme/zone:dd*'), id: 'Ω' },
]

test.each([
  ['of two characters', ''],
  ['of three', 'x'.repeat(0x8000)],
])('with offsets %s, each policy at a root has its number and its words', (_, long) => {
  const { read, policies } = written(long)
  const told = (root: string) =>
    readPolicies(read(root), written(long).conditions)
      .map(({ id, ...policy }) => ({ ...policy, id: id.replace(long, '') }))
      .sort((a, b) => a.number - b.number)
  const expected = (number: number) => {
    const { id, effect, permissions, condition } = policies[number] ?? expect.unreachable()
    return { id: id.replace(long, ''), effect, permissions, condition, number }
  }
  expect(told('account:acme')).toEqual([0, 1, 3, 4].map(expected))
  expect(told('account:b')).toEqual([0, 2].map(expected))
})

test.each([
  ['of two characters', ''],
  ['of three', 'x'.repeat(0x8000)],
])('with offsets %s, the selectors that go the way of a name are told with their policies, and no other', (_, long) => {
  const along = (name: string, permission: string) => alongIn(written(long).read('account:acme'), name, permission)
  expect(along('account:acme/zone:a', 'dns.read')).toEqual([
    ['', 1, [3]],
    ['/zone:*', 2, [1]],
    ['/zone:a', 2, [0]],
    ['/zone:a/record:A,a', 3, [1]], // beneath it
  ])
  expect(along('account:acme/zone:a/record:A,a', 'dns.read')).toEqual([
    ['', 1, [3]],
    ['/zone:*', 2, [1]],
    ['/zone:a', 2, [0]],
    ['/zone:a/record:A,a', 3, [1]],
  ])
  expect(along('account:acme/zone:a/record:A,ab', 'dns.read').map(([path]) => path)).toEqual(['', '/zone:*', '/zone:a'])
  expect(along('account:acme/zone:bcd', 'dns.read')).toEqual([
    ['', 1, [3]],
    ['/zone:*', 2, [1]],
    ['/zone:b*', 2, [0]],
    ['/zone:bc*', 2, [4]],
  ])
  expect(along('account:acme/zone:d', 'dns.read').map(([path]) => path)).toEqual(['', '/zone:*', '/zone:d*'])
  expect(along('account:acme', 'kv.clear').map(([path, pairs]) => [path, pairs])).toEqual([
    ['', 1],
    ['/zone:*', 2],
    ['/zone:a', 2],
    ['/zone:a/record:A,a', 2], // one more than the name, however many there are
    ['/zone:b*', 2],
    ['/zone:bc*', 2],
    ['/zone:d*', 2],
    ['/zone:dd*', 2],
  ])
  expect(along('account:acme/namespace:a', 'kv.read').map(([path]) => path)).toEqual([''])
})

test('whatever the length of a table, what it says of where is what was written, and no more', () => {
  const everywhere = (n: number) => Array.from({ length: n }, (_, i) => `account:acme/zone:z${i}${'y'.repeat(i % 7)}`)
  for (let n = 1; n <= 160; n++) {
    const policies = [allow('dns', ...everywhere(n)), deny('purge', 'account:acme/zone:p*', 'account:acme/zone:q*')]
    const all = alongIn(tableOf(policies), 'account:acme', 'kv.clear').map(([path, , by]) => [
      `account:acme${path}`,
      by,
    ])
    const expected = [
      ...everywhere(n).map((zone) => [zone, [0]]),
      ['account:acme/zone:p*', [1]],
      ['account:acme/zone:q*', [1]],
    ]
    expect(all).toEqual(expected.sort())
  }
})

test.each([
  ['of two characters', ''],
  ['of three', 'x'.repeat(0x8000)],
])('with offsets %s, a selector is told of each policy that names it, and of no other', (_, long) => {
  const [a = '', b = '', c = '', d = ''] = ['a', 'b', 'c', 'd'].map((id) => `account:acme/zone:${id}`)
  const policies = [
    { ...allow('dns', a, b), id: `first${long}` },
    { ...deny('dns.write', a, c), id: `second${long}` },
    allow('purge', a, b, c, d),
    allow('dns.read', c, d),
  ]
  expect(alongIn(tableOf(policies), 'account:acme', 'kv.clear')).toEqual([
    ['/zone:a', 2, [0, 1, 2]],
    ['/zone:b', 2, [0, 2]],
    ['/zone:c', 2, [1, 2, 3]],
    ['/zone:d', 2, [2, 3]],
  ])
})

test('whatever the length of an id, what stands behind the last selector is none', () => {
  for (let length = 1; length <= 64; length++) {
    const policies = [{ ...allow('dns', 'account:acme/zone:a'), id: 'x'.repeat(length) }, deny('kv', 'account:acme')]
    expect(alongIn(tableOf(policies), 'account:acme', 'kv.clear')).toEqual([
      ['', 1, [1]],
      ['/zone:a', 2, [0]],
    ])
  }
})

test('whatever the length and the first character of an id, no selector is made of it', () => {
  for (let length = 1; length <= 64; length++) {
    const id = `\0${'x'.repeat(length - 1)}` // read as a selector, this one would be the root
    const policies = [{ ...allow('dns', 'account:acme/zone:a'), id }, deny('dns', 'account:acme/zone:b')]
    expect(alongIn(tableOf(policies), 'account:acme', 'kv.clear')).toEqual([
      ['/zone:a', 2, [0]],
      ['/zone:b', 2, [1]],
    ])
  }
})

test('who says nothing has no policies and no selectors', () => {
  expect(readPolicies(EMPTY_TABLE, [])).toEqual([])
  expect(alongIn(EMPTY_TABLE, 'account:acme/zone:a', 'dns.read')).toEqual([])
})

function written(long: string) {
  const all = POLICIES.map((policy) => ({ ...policy, id: `${policy.id}${long}` }))
  const policies = tokenPolicies(EDGE.catalog, token({ policies: all }))
  const { byRoot, conditions } = writeTables(policies, sharedBy(EDGE.catalog).deep)
  return { policies, conditions, read: (root: string): PolicyTable => byRoot.get(root) ?? expect.unreachable() }
}

function tableOf(policies: readonly Policy[]): PolicyTable {
  const compiled = tokenPolicies(EDGE.catalog, token({ policies }))
  return writeTables(compiled, sharedBy(EDGE.catalog).deep).byRoot.get('account:acme') ?? expect.unreachable()
}

/** Path, pairs and policies, in the order of text. */
function alongIn(
  table: PolicyTable,
  name: string,
  permission: string,
): readonly (readonly [string, number, readonly number[]])[] {
  const parsed = new ParsedName()
  expect(parsed.parse(permissionNamed(EDGE.catalog, permission), name)).toBe(true)
  return [...readSelectors(table, EDGE.catalog, parsed)]
    .map(({ path, pairs, by }) => [path(), pairs, by] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
