/**
 * Estimates how much memory is used, for the bounds of the caches. A snapshot counts the standings it shares in full, so the bound may be reached
 * early but not late.
 */
import type { Standing } from '../core/compile.ts'
import type { CompiledCondition, CompiledIp } from '../core/condition.ts'
import { EMPTY_TABLE, type PolicyTable } from '../core/policy-table.ts'
import { rootEntries } from '../core/roots.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** Bytes per object of each kind, measured once and rounded up. */
const BASE = 1_500
/** For the secrets of a token, and the use that was noted last. */
const LOCK = 500
const PER_SCOPE = 200
const PER_ROOT = 250
const PER_TABLE = 32
const PER_CONDITION = 120
/** Where an id of a policy is not Latin-1; otherwise it is half as much. */
const BYTES_PER_CHARACTER = 2

export function snapshotBytes({ token, roots, everywhere, conditions, ip }: Snapshot, scopes: number): number {
  const at = rootEntries(roots).reduce(
    (sum, { grants, rights, conditions }) =>
      sum + PER_ROOT + tableBytes(grants) + tableBytes(rights ?? EMPTY_TABLE) + conditionsBytes(conditions),
    0,
  )
  const when = conditionsBytes(conditions) + ipBytes(ip)
  return BASE + PER_SCOPE * scopes + at + when + (token === null ? 0 : LOCK + tableBytes(everywhere))
}

export function standingBytes({ rights }: Standing): number {
  return BASE + (rights === null ? 0 : tableBytes(rights.table) + conditionsBytes(rights.conditions))
}

function tableBytes(table: PolicyTable): number {
  return table === EMPTY_TABLE ? 0 : PER_TABLE + BYTES_PER_CHARACTER * table.length
}

function conditionsBytes(conditions: readonly CompiledCondition[]): number {
  return conditions.reduce((sum, { ip }) => sum + PER_CONDITION + ipBytes(ip), 0)
}

function ipBytes(ip: CompiledIp | null): number {
  const words = [ip?.in, ip?.notIn].reduce(
    (sum, ranges) => sum + (ranges?.v4.length ?? 0) + (ranges?.v6.length ?? 0),
    0,
  )
  return ip === null ? 0 : PER_CONDITION + 8 * words
}
