/**
 * Estimates how much memory is used, for the bounds of the caches. A snapshot counts the standings it shares in full, so the bound may be reached
 * early but not late.
 */
import type { Standing } from '../core/compile.ts'
import type { CompiledCondition, CompiledIp } from '../core/condition.ts'
import { allPlaces } from '../core/places.ts'
import { type Sheet, SILENT } from '../core/sheet.ts'
import type { Snapshot } from '../core/snapshot.ts'

/** Bytes per object of each kind, measured once and rounded up. */
const BASE = 1_500
/** For the secrets of a token, and the use that was noted last. */
const LOCK = 500
const PER_SCOPE = 200
const PER_PLACE = 250
const PER_SHEET = 32
const PER_CONDITION = 120
/** Where an id of a policy is not Latin-1; otherwise it is half as much. */
const BYTES_PER_CHARACTER = 2

export function snapshotBytes({ token, places, everywhere, conditions, ip }: Snapshot, scopes: number): number {
  const at = allPlaces(places).reduce(
    (sum, { grants, rights, conditions }) =>
      sum + PER_PLACE + sheetBytes(grants) + sheetBytes(rights ?? SILENT) + conditionsBytes(conditions),
    0,
  )
  const when = conditionsBytes(conditions) + ipBytes(ip)
  return BASE + PER_SCOPE * scopes + at + when + (token === null ? 0 : LOCK + sheetBytes(everywhere))
}

export function standingBytes({ rights }: Standing): number {
  return BASE + (rights === null ? 0 : sheetBytes(rights.sheet) + conditionsBytes(rights.conditions))
}

function sheetBytes(sheet: Sheet): number {
  return sheet === SILENT ? 0 : PER_SHEET + BYTES_PER_CHARACTER * sheet.length
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
