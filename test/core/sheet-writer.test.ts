/**
 * How sheets are written: what is the same stands once, since a sheet is kept for every token. What they say is asked of decisions;
 * here it is how much room they take, counted by the layout in `sheet-writer.ts`.
 */
import { describe, expect, it } from 'vitest'
import { tokenPolicies } from '../../src/core/compile.ts'
import type { Policy } from '../../src/core/facts.ts'
import type { CompiledPolicy } from '../../src/core/policy.ts'
import { sharedBy } from '../../src/core/shared.ts'
import { HEADER, SHAPE } from '../../src/core/sheet.ts'
import { type Sheets, writeSheets } from '../../src/core/sheet-writer.ts'
import { allow, decided, deny, holding, token, when } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'

const ZONES = Array.from({ length: 100 }, (_, n) => `account:acme/zone:z${n}`)
const [Z0 = '', Z1 = '', Z2 = ''] = ZONES

describe('a sheet', () => {
  it('takes for a policy its number, its id, what it says, and each of its paths', () => {
    const [policy] = compiled(allow('dns', Z0, Z1, Z2))
    expect(sheetOf(allow('dns', Z0, Z1, Z2)).length).toBe(head(1, 4) + own(policy) + entries(Z0, Z1, Z2))
  })

  it('says once what the same policies say of many places', () => {
    const policies = [allow('dns', ...ZONES), deny('dns.write', ...ZONES), allow('purge', ...ZONES)]
    const [dns, write, purge] = compiled(...policies)
    const both = cell([bits(write), Math.max(bits(dns), bits(purge))], 3)
    const length = head(1, 128) + own(dns) + own(write) + own(purge) + both + entries(...ZONES)
    expect(sheetOf(...policies).length).toBe(length)
  })

  it('says what differs by a condition apart, and what differs in permissions together', () => {
    const expiresOn = 1
    const policies = [allow('dns.read', Z0), when({ expiresOn }, allow('dns.write', Z0)), allow('kv.read', Z0)]
    const [read, write, kv] = compiled(...policies)
    const both = cell([Math.max(bits(read), bits(kv)), bits(write)], 3)
    expect(sheetOf(...policies).length).toBe(head(1, 1) + own(read) + own(write) + own(kv) + both + entries(Z0))
  })

  it('says nothing of what lies above a deny, but for a deep permission, and then once for each place', () => {
    const [plain] = compiled(deny('dns.write', Z0, Z1))
    expect(sheetOf(deny('dns.write', Z0, Z1)).length).toBe(head(1, 2) + own(plain) + entries(Z0, Z1))
    const [open] = compiled(allow('dns.export', Z0, Z1))
    expect(sheetOf(allow('dns.export', Z0, Z1)).length).toBe(head(1, 2) + own(open) + entries(Z0, Z1))
    const [deep] = compiled(deny('dns.export', Z0, Z1))
    const above = entries('account:acme')
    expect(sheetOf(deny('dns.export', Z0, Z1)).length).toBe(head(2, 4) + own(deep) + entries(Z0, Z1) + above)
  })

  it('has one table for all prefixes after the same pairs, and no cell besides theirs', () => {
    const prefixes = ['a', 'ab', 'b'].map((text) => `account:acme/zone:${text}*`)
    const [policy] = compiled(allow('dns', ...prefixes))
    const table = number(1) + number(3) + 3 * number(3) + 'aabb'.length
    expect(sheetOf(allow('dns', ...prefixes)).length).toBe(
      head(1, 1) + own(policy) + table + entries('account:acme/zone:'),
    )
    const two = [allow('dns', ...prefixes), allow('purge', ...prefixes)]
    const [dns, purge] = compiled(...two)
    const both = cell([Math.max(bits(dns), bits(purge))], 2)
    expect(sheetOf(...two).length).toBe(
      head(1, 1) + own(dns) + own(purge) + both + table + entries('account:acme/zone:'),
    )
  })

  it('has as many buckets as places, or up to twice as many', () => {
    const log = (count: number) => sheetOf(allow('dns', ...ZONES.slice(0, count))).charCodeAt(2)
    expect([1, 2, 3, 4, 5, 8, 9, 64, 65, 100].map(log)).toEqual([0, 1, 2, 2, 3, 3, 4, 6, 7, 7])
  })

  it('begins with the shapes of what covers most, and whether anything denies', () => {
    const policies = [allow('kv', 'account:acme/namespace:*/value:a', 'account:acme/namespace:a*', 'account:acme')]
    expect(depths(sheetOf(...policies))).toEqual([1, 2, 3])
    expect(sheetOf(...policies).charCodeAt(1)).toBe(0)
    expect(sheetOf(...policies, deny('kv', 'account:acme')).charCodeAt(1)).toBe(1)
  })

  it('is numbered with the conditions of all policies of its side, each once', () => {
    const one = when({ expiresOn: 1 }, allow('dns', Z0))
    const { conditions } = sheets(allow('dns', Z0), one, when({ expiresOn: 1 }, allow('kv', 'account:b')))
    expect(conditions).toEqual([{ notBefore: -Infinity, expiresOn: 1, ip: null }])
    expect(sheets(allow('dns', Z0)).conditions).toEqual([])
  })

  it('tells of a deny at its own root alone', () => {
    const { byRoot } = sheets(allow('dns', 'account:acme'), deny('dns', 'account:*'))
    expect([...byRoot].map(([root, sheet]) => [root, sheet.charCodeAt(1)])).toEqual([
      ['account:acme', 0],
      ['account:*', 1],
    ])
  })
})

describe('policies longer than two characters can count', () => {
  const LONG = 'x'.repeat(0x11000)

  it('are read in numbers of three, each allow and each deny', () => {
    const policies = [
      { ...allow('dns', Z0, Z1, 'account:acme/zone:a*'), id: LONG },
      deny('dns.write', Z1, 'account:acme/zone:ab*'),
    ]
    const sheet = sheetOf(...policies)
    expect([sheet.charCodeAt(0), sheet.length > LONG.length]).toEqual([3, true])
    const said = [Z0, Z1, Z2, 'account:acme/zone:az', 'account:acme/zone:ab'].map((zone) =>
      decided(holding(...policies), 'dns.write', zone),
    )
    expect(said).toEqual(['allow', 'denied_by_token', 'not_granted', 'allow', 'denied_by_token'])
  })

  it('are refused where three characters can not count them', () => {
    const policy = compiled(allow('dns', Z0))[0] ?? expect.unreachable()
    const policies = [policy]
    policies[0x1000000] = policy // there are none between the two
    expect(() => writeSheets(policies, '')).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' }))
  })
})

function compiled(...policies: readonly Policy[]): readonly CompiledPolicy[] {
  return tokenPolicies(EDGE.catalog, token({ policies }))
}

function sheets(...policies: readonly Policy[]): Sheets {
  return writeSheets(compiled(...policies), sharedBy(EDGE.catalog).deep)
}

function sheetOf(...policies: readonly Policy[]): string {
  return sheets(...policies).byRoot.get('account:acme') ?? expect.unreachable()
}

/** So many numbers of two characters. */
function number(count: number): number {
  return 2 * count
}

/** All before the policies: a number for each bucket and one for the end, and how many policies there are. */
function head(shapes: number, buckets: number): number {
  return HEADER + SHAPE * shapes + number(buckets + 1) + number(1)
}

/** A policy, where one alone speaks of a place. */
function own(policy: CompiledPolicy | undefined): number {
  return number(1) + number(1) + (policy?.id.length ?? 0) + cell([bits(policy)], 1)
}

function bits(policy: CompiledPolicy | undefined): number {
  return policy?.permissions.length ?? 0
}

function cell(statements: readonly number[], policies: number): number {
  return number(1) + statements.reduce((sum, length) => sum + 1 + number(2) + length, 0) + number(1 + policies)
}

function entries(...selectors: readonly string[]): number {
  return selectors.reduce((sum, text) => sum + 2 + number(2) + text.length - 'account:acme'.length, 0)
}

/** How deep each of its shapes is. */
function depths(sheet: string): readonly number[] {
  return Array.from({ length: sheet.charCodeAt(3) }, (_, n) => sheet.charCodeAt(HEADER + SHAPE * n + 1) & 0xf)
}
