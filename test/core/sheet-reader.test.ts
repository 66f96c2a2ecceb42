/** Sheets read back: what was written of each policy, beneath the root that was asked for. */
import { expect, test } from 'vitest'
import { tokenPolicies } from '../../src/core/compile.ts'
import type { CompiledCondition } from '../../src/core/condition.ts'
import type { Policy } from '../../src/core/facts.ts'
import { sharedBy } from '../../src/core/shared.ts'
import { type Sheet, SILENT } from '../../src/core/sheet.ts'
import { readPaths, readPolicies } from '../../src/core/sheet-reader.ts'
import { writeSheets } from '../../src/core/sheet-writer.ts'
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
])('in places %s, each policy at a root has its number, its words and the paths that are wanted', (_, long) => {
  const written = POLICIES.map((policy) => ({ ...policy, id: `${policy.id}${long}` }))
  const policies = tokenPolicies(EDGE.catalog, token({ policies: written }))
  const { byRoot, conditions } = writeSheets(policies, sharedBy(EDGE.catalog).deep)
  const read = (root: string, wanted: (path: string) => boolean) =>
    readBack(byRoot.get(root) ?? '', conditions, wanted)
      .map(({ paths, id, ...policy }) => ({ ...policy, id: id.replace(long, ''), paths: paths.toSorted() }))
      .sort((a, b) => a.number - b.number)
  const expected = (number: number, ...paths: readonly string[]) => {
    const { id, effect, permissions, condition } = policies[number] ?? expect.unreachable()
    return { id: id.replace(long, ''), effect, permissions, condition, number, paths }
  }
  expect(read('account:acme', () => true)).toEqual([
    expected(0, '/zone:a', '/zone:b*'),
    expected(1, '/zone:*', '/zone:a/record:A,a'),
    expected(3, ''),
    expected(4, '/zone:bc*', '/zone:d*', '/zone:dd*'),
  ])
  expect(read('account:b', () => true)).toEqual([expected(0, ''), expected(2, '/namespace:n')])
  const some = (path: string) => path === '/zone:a' || path === '/zone:bc*'
  expect(read('account:acme', some)).toEqual([
    expected(0, '/zone:a'),
    expected(1),
    expected(3),
    expected(4, '/zone:bc*'),
  ])
})

test('whatever the length of a sheet, what it says of where is what was written, and no more', () => {
  const everywhere = (n: number) => Array.from({ length: n }, (_, i) => `account:acme/zone:z${i}${'y'.repeat(i % 7)}`)
  for (let n = 1; n <= 160; n++) {
    const written = [allow('dns', ...everywhere(n)), deny('purge', 'account:acme/zone:p*', 'account:acme/zone:q*')]
    const policies = tokenPolicies(EDGE.catalog, token({ policies: written }))
    const { byRoot, conditions } = writeSheets(policies, sharedBy(EDGE.catalog).deep)
    const read = readBack(byRoot.get('account:acme') ?? '', conditions, () => true)
    const paths = read.map((policy) => policy.paths.map((path) => `account:acme${path}`).sort())
    expect(paths.sort()).toEqual([[...everywhere(n)].sort(), ['account:acme/zone:p*', 'account:acme/zone:q*']].sort())
  }
})

test.each([
  ['of two characters', ''],
  ['of three', 'x'.repeat(0x8000)],
])('in places %s, a selector is told of each policy that names it, and of no other', (_, long) => {
  const [a = '', b = '', c = '', d = ''] = ['a', 'b', 'c', 'd'].map((id) => `account:acme/zone:${id}`)
  const written = [
    { ...allow('dns', a, b), id: `first${long}` },
    { ...deny('dns.write', a, c), id: `second${long}` },
    allow('purge', a, b, c, d),
    allow('dns.read', c, d),
  ]
  const policies = tokenPolicies(EDGE.catalog, token({ policies: written }))
  const { byRoot, conditions } = writeSheets(policies, sharedBy(EDGE.catalog).deep)
  const read = readBack(byRoot.get('account:acme') ?? '', conditions, () => true)
  expect(read.map(({ number, paths }) => [number, paths.toSorted()])).toEqual([
    [0, ['/zone:a', '/zone:b']],
    [1, ['/zone:a', '/zone:c']],
    [2, ['/zone:a', '/zone:b', '/zone:c', '/zone:d']],
    [3, ['/zone:c', '/zone:d']],
  ])
})

test('whatever the length of an id, what stands behind the last selector is none', () => {
  for (let length = 1; length <= 64; length++) {
    const written = [{ ...allow('dns', 'account:acme/zone:a'), id: 'x'.repeat(length) }, deny('kv', 'account:acme')]
    const policies = tokenPolicies(EDGE.catalog, token({ policies: written }))
    const { byRoot, conditions } = writeSheets(policies, sharedBy(EDGE.catalog).deep)
    const read = readBack(byRoot.get('account:acme') ?? '', conditions, () => true)
    expect(read.map(({ paths }) => paths)).toEqual([['/zone:a'], ['']])
  }
})

test('who says nothing has no policies and no selectors', () => {
  expect(readBack(SILENT, [], () => true)).toEqual([])
})

function readBack(sheet: Sheet, conditions: readonly CompiledCondition[], wanted: (path: string) => boolean) {
  const paths = readPaths(sheet, EDGE.catalog, wanted)
  return readPolicies(sheet, conditions).map((policy) => ({ ...policy, paths: paths.get(policy.number) ?? [] }))
}
