/**
 * How tables are written: what is the same stands once, since a table is kept for every token. What they say is asked of decisions;
 * here it is how much room they take, counted by the layout in `policy-table-writer.ts`.
 */
import { describe, expect, it } from 'vitest'
import { unionOf } from '../../src/core/bits.ts'
import { tokenPolicies } from '../../src/core/compile.ts'
import { NO_CONDITIONS } from '../../src/core/condition.ts'
import type { Policy } from '../../src/core/facts.ts'
import { encodeSet } from '../../src/core/permission-set.ts'
import type { CompiledPolicy } from '../../src/core/policy.ts'
import { HEADER, SHAPE, shapeAt } from '../../src/core/policy-table.ts'
import { type PolicyTables, writeTables } from '../../src/core/policy-table-writer.ts'
import { depthOf, prefixLength, type SelectorShape } from '../../src/core/selector-shape.ts'
import { sharedBy } from '../../src/core/shared.ts'
import { allow, decided, deny, holding, token, when } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'

const ZONES = Array.from({ length: 100 }, (_, n) => `account:acme/zone:z${n}`)
const [Z0 = '', Z1 = '', Z2 = ''] = ZONES

describe('a table', () => {
  it('takes for a policy its number, its id, what it says, and each of its paths', () => {
    const [policy] = compiled(allow('dns', Z0, Z1, Z2))
    expect(tableOf(allow('dns', Z0, Z1, Z2)).length).toBe(head(1, 2) + own(policy) + entries(Z0, Z1, Z2))
  })

  it('says once what the same policies say of many selectors', () => {
    const policies = [allow('dns', ...ZONES), deny('dns.write', ...ZONES), allow('purge', ...ZONES)]
    const [dns, write, purge] = compiled(...policies)
    const both = merged([set(write), set(dns, purge)], 3)
    const length = head(1, 64) + own(dns) + own(write) + own(purge) + both + entries(...ZONES)
    expect(tableOf(...policies).length).toBe(length)
  })

  it('says what differs by a condition apart, and what differs in permissions together', () => {
    const expiresOn = 1
    const policies = [allow('dns.read', Z0), when({ expiresOn }, allow('dns.write', Z0)), allow('kv.read', Z0)]
    const [read, write, kv] = compiled(...policies)
    const both = merged([set(read, kv), set(write)], 3)
    expect(tableOf(...policies).length).toBe(head(1, 1) + own(read) + own(write) + own(kv) + both + entries(Z0))
  })

  it('says nothing of what lies above a deny, but for a deep permission, and then once for each resource', () => {
    const [plain] = compiled(deny('dns.write', Z0, Z1))
    expect(tableOf(deny('dns.write', Z0, Z1)).length).toBe(head(1, 1) + own(plain) + entries(Z0, Z1))
    const [open] = compiled(allow('dns.export', Z0, Z1))
    expect(tableOf(allow('dns.export', Z0, Z1)).length).toBe(head(1, 1) + own(open) + entries(Z0, Z1))
    const [deep] = compiled(deny('dns.export', Z0, Z1))
    const above = entries('account:acme')
    expect(tableOf(deny('dns.export', Z0, Z1)).length).toBe(head(2, 2) + own(deep) + entries(Z0, Z1) + above)
  })

  it('takes for prefixes what it takes for every selector, and a shape for each length of them', () => {
    const prefixes = ['a', 'ab', 'b'].map((text) => `account:acme/zone:${text}*`)
    const [policy] = compiled(allow('dns', ...prefixes))
    expect(tableOf(allow('dns', ...prefixes)).length).toBe(head(2, 2) + own(policy) + entries(...prefixes))
  })

  it('has half as many buckets as entries, or up to as many', () => {
    const log = (count: number) => tableOf(allow('dns', ...ZONES.slice(0, count))).charCodeAt(2)
    expect([1, 2, 3, 4, 5, 8, 9, 64, 65, 100].map(log)).toEqual([0, 0, 1, 1, 2, 2, 3, 5, 6, 6])
  })

  it('begins with the shapes of what covers most, and whether anything denies', () => {
    const paths = ['/namespace:*/value:a', '/namespace:ab*', '/namespace:a*', '']
    const policies = paths.map((path) => allow('kv', `account:acme${path}`))
    const lengths = ['', 'namespace:a', 'namespace:ab', ''].map(({ length }) => length)
    for (const order of orders(policies)) {
      const shapes = shapesOf(tableOf(...order))
      expect(shapes.map(depthOf)).toEqual([1, 2, 2, 3])
      expect(shapes.map(prefixLength), 'the longer one after the shorter').toEqual(lengths)
    }
    expect(tableOf(...policies).charCodeAt(1)).toBe(0)
    expect(tableOf(...policies, deny('kv', 'account:acme')).charCodeAt(1)).toBe(1)
  })

  it('is numbered with the conditions of all policies of its side, each once', () => {
    const one = when({ expiresOn: 1 }, allow('dns', Z0))
    const { conditions } = tables(allow('dns', Z0), one, when({ expiresOn: 1 }, allow('kv', 'account:b')))
    expect(conditions).toEqual([{ notBefore: -Infinity, expiresOn: 1, ip: null }])
    expect(tables(allow('dns', Z0)).conditions, 'one list for all who have none').toBe(NO_CONDITIONS)
  })

  it('tells of a deny at its own root alone', () => {
    const { byRoot } = tables(allow('dns', 'account:acme'), deny('dns', 'account:*'))
    expect([...byRoot].map(([root, table]) => [root, table.charCodeAt(1)])).toEqual([
      ['account:acme', 0],
      ['account:*', 1],
    ])
  })
})

describe('policies longer than two characters can count', () => {
  const LONG = 'x'.repeat(0x8000)

  it('are read in offsets of three, each allow and each deny', () => {
    const policies = [
      { ...allow('dns', Z0, Z1, 'account:acme/zone:a*'), id: LONG },
      { ...deny('dns.write', Z1, 'account:acme/zone:ab*'), id: `${LONG}y` },
    ]
    const table = tableOf(...policies)
    expect([table.charCodeAt(0), table.length > 0x10000]).toEqual([3, true])
    const said = [Z0, Z1, Z2, 'account:acme/zone:az', 'account:acme/zone:ab'].map((zone) =>
      decided(holding(...policies), 'dns.write', zone),
    )
    expect(said).toEqual(['allow', 'denied_by_token', 'not_granted', 'allow', 'denied_by_token'])
  })

  it('are refused where a number has no character', () => {
    const policy = compiled(allow('dns', Z0))[0] ?? expect.unreachable()
    const last = (number: number) => {
      const policies = [policy]
      policies[number] = policy // there are none between the two
      return () => writeTables(policies, '')
    }
    expect(last(0xffff)).not.toThrow()
    expect(last(0x10000)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' }))
  })
})

function compiled(...policies: readonly Policy[]): readonly CompiledPolicy[] {
  return tokenPolicies(EDGE.catalog, token({ policies }))
}

function tables(...policies: readonly Policy[]): PolicyTables {
  return writeTables(compiled(...policies), sharedBy(EDGE.catalog).deep)
}

function tableOf(...policies: readonly Policy[]): string {
  return tables(...policies).byRoot.get('account:acme') ?? expect.unreachable()
}

const OFFSET = 2

/** All but what is said: an offset for each bucket and one for the end, how many policies there are, and how many cells of several. */
function head(shapes: number, buckets: number): number {
  return HEADER + SHAPE * shapes + OFFSET * (buckets + 1) + 2
}

/** A policy: its cell, its number, its id after its length, the offset of its cell. */
function own(policy: CompiledPolicy | undefined): number {
  return cell([set(policy)]) + 2 + (policy?.id.length ?? 0) + OFFSET
}

/** A cell of several policies, and whose it is. */
function merged(statements: readonly number[], policies: number): number {
  return cell(statements) + OFFSET + 1 + policies
}

function cell(statements: readonly number[]): number {
  return statements.reduce((sum, length) => sum + 2 + length, 1)
}

/** How long the set of all their permissions is. */
function set(...policies: readonly (CompiledPolicy | undefined)[]): number {
  return encodeSet(unionOf(policies.map((policy) => policy?.permissions ?? ''))).length
}

/** A tag, an offset, a length, and a character for each type beneath the root. */
function entries(...selectors: readonly string[]): number {
  return selectors.reduce(
    (sum, text) => sum + 2 + OFFSET + text.replace(/^[^/]*/, '').replace(/\/[a-z]+:/g, '/').length,
    0,
  )
}

function shapesOf(table: string): readonly SelectorShape[] {
  return Array.from({ length: table.charCodeAt(3) }, (_, n) => shapeAt(table, HEADER + SHAPE * n))
}

function orders<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length === 0) return [[]]
  return list.flatMap((one, i) => orders(list.toSpliced(i, 1)).map((others) => [one, ...others]))
}
