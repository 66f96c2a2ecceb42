/** What is counted of what the caches hold: all that can grow, and never less than its characters and numbers take. */
import { beforeEach, describe, expect, test } from 'vitest'
import { compileRanges, parseCidr } from '../../src/core/address.ts'
import type { Rights, Standing } from '../../src/core/compile.ts'
import type { CompiledCondition, CompiledIp } from '../../src/core/condition.ts'
import { EMPTY_TABLE, type PolicyTable } from '../../src/core/policy-table.ts'
import { indexRoots, type RootEntry } from '../../src/core/roots.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import { snapshotBytes, standingBytes } from '../../src/engine/size.ts'
import { session, token } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { subjectOf } from '../spec/core.ts'

const CHARACTERS = 1_000
const TABLE = 'x'.repeat(CHARACTERS) as PolicyTable
/** 50 ranges that don't join, each of 16 numbers, for IPv6; or of 4 for IPv4. */
const V6 = Array.from({ length: 50 }, (_, n) => `2001:db8:${(2 * n).toString(16)}::/48`)
const V4 = Array.from({ length: 50 }, (_, n) => `10.${2 * n}.0.0/16`)
const NUMBER = 8

let empty: Snapshot
beforeEach(() => {
  empty = { ...subjectOf(EDGE, session()).snapshot, token: null, roots: indexRoots([]) }
})

function ranges(texts: readonly string[]): CompiledIp['in'] {
  return compileRanges(texts.map((text) => parseCidr(text)).filter((cidr) => 'network' in cidr))
}

function condition(ip: CompiledIp | null = null): CompiledCondition {
  return { notBefore: 0, expiresOn: 1, ip }
}

function entry(changes: Partial<RootEntry> = {}): RootEntry {
  return {
    root: 'account:acme',
    closed: null,
    grants: EMPTY_TABLE,
    rights: null,
    conditions: [],
    fault: null,
    ...changes,
  }
}

describe('a snapshot', () => {
  /** By how much it is more with these. */
  const more = (changes: Partial<Snapshot>, without: Partial<Snapshot> = {}) =>
    snapshotBytes({ ...empty, ...changes }, 0) - snapshotBytes({ ...empty, ...without }, 0)

  test('counts for something, and for more with each scope that it depends on', () => {
    expect(snapshotBytes(empty, 0)).toBeGreaterThan(1_000)
    expect(snapshotBytes(empty, 3) - snapshotBytes(empty, 1)).toBe(
      2 * (snapshotBytes(empty, 1) - snapshotBytes(empty, 0)),
    )
    expect(snapshotBytes(empty, 1) - snapshotBytes(empty, 0)).toBeGreaterThan(100)
  })

  test('counts each place, and there what the token and its owner may', () => {
    const one = more({ roots: indexRoots([entry()]) })
    expect(one).toBeGreaterThan(100)
    expect(more({ roots: indexRoots([entry(), entry(), entry()]) })).toBe(3 * one)
    expect(more({ roots: indexRoots([entry({ grants: TABLE })]) }) - one).toBeGreaterThanOrEqual(2 * CHARACTERS)
    expect(more({ roots: indexRoots([entry({ rights: TABLE })]) }) - one).toBeGreaterThanOrEqual(2 * CHARACTERS)
    expect(more({ roots: indexRoots([entry({ conditions: [condition()] })]) }) - one).toBeGreaterThan(50)
  })

  test('counts of a token what it is kept with, and what it may everywhere', () => {
    const { id, name, owner } = token()
    const held = { token: { id, name, owner, secrets: { digest: '' } } as unknown as Snapshot['token'] }
    expect(more(held)).toBeGreaterThan(100)
    expect(more({ ...held, everywhere: TABLE }, held)).toBeGreaterThanOrEqual(2 * CHARACTERS)
  })

  test('counts the addresses that it may be used from, and those of its conditions', () => {
    const bare = more({ ip: { in: null, notIn: null } })
    expect(bare).toBeGreaterThan(0)
    expect(more({ ip: { in: ranges(V6), notIn: null } }) - bare).toBe(50 * 16 * NUMBER)
    expect(more({ ip: { in: ranges(V4), notIn: ranges(V6) } }) - bare).toBe(50 * (4 + 16) * NUMBER)
    expect(more({ ip: { in: ranges([...V4, ...V6]), notIn: null } }) - bare).toBe(50 * (4 + 16) * NUMBER)
    const timed = more({ conditions: [condition()] })
    expect(timed).toBeGreaterThan(50)
    expect(more({ conditions: [condition(), condition()] })).toBe(2 * timed)
    const ip = { in: null, notIn: ranges(V6) }
    expect(more({ conditions: [condition(ip), condition()] }) - 2 * timed).toBe(more({ ip }))
  })
})

test('a standing counts for something, and for more with its rights and their conditions', () => {
  const counted = (rights: Rights | null) => standingBytes({ rights } as Standing)
  expect(counted(null)).toBeGreaterThan(1_000)
  expect(counted({ table: EMPTY_TABLE, conditions: [] })).toBe(counted(null))
  expect(counted({ table: TABLE, conditions: [] }) - counted(null)).toBeGreaterThanOrEqual(2 * CHARACTERS)
  expect(counted({ table: EMPTY_TABLE, conditions: [condition()] }) - counted(null)).toBeGreaterThan(50)
})
