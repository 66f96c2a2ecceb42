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
  readonly allow: Clause
  readonly deny: Clause
}

const NOTHING: Cell = { allow: 'never', deny: 'never' }

/** Permission index → cell. */
export type Table = ReadonlyMap<number, Cell>

export interface Statement {
  readonly policy: CompiledPolicy
  /** One list for all that a policy says alike: statements are told apart by it. */
  readonly permissions: readonly Permission[]
}

interface Base {
  readonly table: Table
  readonly statements: readonly Statement[]
}

/** Makes tables, one for all nodes of which the same policies say the same. */
export class Tables {
  readonly #made = new Map<string, Table>()
  readonly #ids = new Map<readonly Permission[], number>()
  /** About how much memory all of them take. */
  bytes = 0

  /** `base` is a table of some of these statements, to begin from. */
  of(statements: readonly Statement[], base: Base | null = null): Table {
    const distinct = new Map(statements.map((statement) => [this.#idOf(statement), statement]))
    const key = [...distinct.keys()].sort((a, b) => a - b).join()
    const known = this.#made.get(key)
    if (known !== undefined) return known
    for (const told of base?.statements ?? []) distinct.delete(this.#idOf(told))
    const table = makeTable([...distinct.values()], base?.table)
    this.#made.set(key, table)
    this.bytes += ENTRY_BYTES * table.size
    for (const [index, cell] of table) if (cell !== base?.table.get(index)) this.bytes += bytesOf(cell)
    return table
  }

  #idOf({ permissions }: Statement): number {
    const id = this.#ids.get(permissions) ?? this.#ids.size
    this.#ids.set(permissions, id)
    return id
  }
}

function makeTable(statements: readonly Statement[], base: Table | undefined): Table {
  const table = new Map<number, Cell>(base)
  for (const { policy, permissions } of statements) {
    for (const { index } of permissions) {
      const cell = table.get(index) ?? NOTHING
      const clause = join(cell[policy.effect], policy.condition)
      if (clause !== cell[policy.effect]) table.set(index, { ...cell, [policy.effect]: clause })
    }
  }
  return table
}

/** Of a map's entry, a cell, and a condition in a clause; measured once and rounded up. */
const ENTRY_BYTES = 60
const CELL_BYTES = 80
const CLAUSE_BYTES = 10

function bytesOf({ allow, deny }: Cell): number {
  const length = (clause: Clause) => (typeof clause === 'string' ? 0 : 2 + clause.length)
  return CELL_BYTES + CLAUSE_BYTES * (length(allow) + length(deny))
}

function join(clause: Clause, condition: CompiledCondition | null): Clause {
  if (clause === 'always' || condition === null) return 'always'
  if (clause === 'never') return [condition]
  return clause.includes(condition) ? clause : [...clause, condition]
}

export function cellVerdict(cell: Cell, context: Context): Verdict {
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
