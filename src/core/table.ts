/**
 * What the policies of one node say, by permission: for each effect, under which conditions it applies.
 */
import type { Permission } from './catalog.ts'
import { type CompiledCondition, type Context, FALSE, holds, TRUE } from './condition.ts'
import type { CompiledPolicy } from './policy.ts'

/** Nothing said, a deny applies, or an allow applies and no deny. */
export type Verdict = 'none' | 'denied' | 'allowed'

/** When an effect applies: never, always, or when one of these conditions does. */
type Clause = 'never' | 'always' | readonly CompiledCondition[]

interface Cell {
  allow: Clause
  deny: Clause
}

/** Permission index → cell. */
export type Table = ReadonlyMap<number, Readonly<Cell>>

export interface Statement {
  readonly policy: CompiledPolicy
  readonly permissions: readonly Permission[]
}

export function makeTable(statements: readonly Statement[]): Table {
  const table = new Map<number, Cell>()
  for (const { policy, permissions } of statements) {
    for (const { index } of permissions) {
      const cell = table.get(index) ?? { allow: 'never', deny: 'never' }
      cell[policy.effect] = join(cell[policy.effect], policy.condition)
      table.set(index, cell)
    }
  }
  return table
}

function join(clause: Clause, condition: CompiledCondition | null): Clause {
  if (clause === 'always' || condition === null) return 'always'
  if (clause === 'never') return [condition]
  return clause.includes(condition) ? clause : [...clause, condition]
}

export function cellVerdict(cell: Readonly<Cell>, context: Context): Verdict {
  if (denies(cell.deny, context)) return 'denied'
  return allows(cell.allow, context) ? 'allowed' : 'none'
}

/** An unknown condition lets a deny apply. */
function denies(clause: Clause, context: Context): boolean {
  if (typeof clause === 'string') return clause === 'always'
  for (const condition of clause) if (holds(condition, context) !== FALSE) return true
  return false
}

function allows(clause: Clause, context: Context): boolean {
  if (typeof clause === 'string') return clause === 'always'
  for (const condition of clause) if (holds(condition, context) === TRUE) return true
  return false
}
