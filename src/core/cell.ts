/**
 * What the policies of one place say: of one policy its own statement, of several what they come to together.
 */
import { type Bits, hasBit, unionOf } from './bits.ts'
import { type CompiledCondition, type Context, FALSE, holds, TRUE } from './condition.ts'
import type { Effect } from './facts.ts'
import type { Statement } from './policy.ts'

/** Nothing said, a deny applies, or an allow applies and no deny. */
export type Verdict = 'none' | 'denied' | 'allowed'

/** One statement, or several that differ in effect or condition, denies first: then the first that applies decides. */
export type Cell = Statement | readonly Statement[]

/** Makes cells, one for all places of which the same policies speak. */
export class Cells {
  readonly #statements: readonly Statement[]
  readonly #made = new Map<string, Cell>()

  constructor(statements: readonly Statement[]) {
    this.#statements = statements
  }

  /** The cell of the statements with these numbers, which are distinct and ascend. */
  of(numbers: readonly number[]): Cell {
    const key = numbers.join()
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const cell = merge(numbers.flatMap((number) => this.#statements[number] ?? []))
    this.#made.set(key, cell)
    return cell
  }
}

function merge(statements: readonly Statement[]): Cell {
  const [only] = statements
  if (only !== undefined && statements.length === 1) return only
  const groups = new Map<Effect, Map<CompiledCondition | null, Bits[]>>()
  for (const effect of ['deny', 'allow'] as const) groups.set(effect, new Map([[null, []]]))
  for (const { effect, condition, permissions } of statements) {
    const group = groups.get(effect)
    const alike = group?.get(condition)
    if (alike === undefined) group?.set(condition, [permissions])
    else alike.push(permissions)
  }
  return [...groups].flatMap(([effect, group]) =>
    [...group].flatMap(([condition, sets]) =>
      sets.length === 0 ? [] : [{ effect, permissions: unionOf(sets), condition }],
    ),
  )
}

/** What the cell says of the permission with this index. Allocates nothing. */
export function verdictOf(cell: Cell, permission: number, context: Context): Verdict {
  if (!isList(cell)) return says(cell, permission, context)
  for (let i = 0; i < cell.length; i++) {
    const one = cell[i]
    const said = one === undefined ? 'none' : says(one, permission, context)
    if (said !== 'none') return said
  }
  return 'none'
}

/** An unknown condition lets a deny apply and an allow not. */
function says({ effect, permissions, condition }: Statement, permission: number, context: Context): Verdict {
  if (!hasBit(permissions, permission)) return 'none'
  if (effect === 'deny') return condition === null || holds(condition, context) !== FALSE ? 'denied' : 'none'
  return condition === null || holds(condition, context) === TRUE ? 'allowed' : 'none'
}

function isList(cell: Cell): cell is readonly Statement[] {
  return Array.isArray(cell)
}

/** Of one statement, besides its permissions; measured once and rounded up. */
const PER_STATEMENT = 80

/** About how much memory a cell takes that is made of several; a single statement belongs to its policy. */
export function cellBytes(cell: Cell): number {
  return isList(cell)
    ? cell.reduce((sum, { permissions }) => sum + PER_STATEMENT + permissions.length, PER_STATEMENT)
    : 0
}
