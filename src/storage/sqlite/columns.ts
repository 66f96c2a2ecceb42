/**
 * Reads the columns of one row. Where one has a wrong value, the error names the row by table and key, but never the value: a column may hold a digest.
 */
import { isStoredFault, StoredFactError } from '../../errors.ts'
import { frozen } from '../frozen.ts'
import type { Row } from './connection.ts'
import { fromColumn, toColumn } from './text.ts'

/** One row, which must be right in every column that is read. */
export class Columns {
  readonly #row: Row
  readonly #table: string
  readonly #key: readonly string[]

  constructor(row: Row, table: string, key: readonly string[]) {
    this.#row = row
    this.#table = table
    this.#key = key
  }

  isNull(column: string): boolean {
    return this.#row[column] === null
  }

  text(column: string): string {
    const value = this.#row[column]
    if (typeof value !== 'string') throw this.#bad(column)
    const text = fromColumn(value)
    // This driver writes a text in one spelling. Any other was put there by somebody else, perhaps to be missed by the filters.
    if (toColumn(text) !== value) throw this.#bad(column)
    return text
  }

  integer(column: string): number {
    const value = this.#row[column]
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.#bad(column)
    return value
  }

  flag(column: string): boolean {
    const value = this.#row[column]
    if (value !== 0 && value !== 1) throw this.#bad(column)
    return value === 1
  }

  zero(column: string): void {
    if (this.#row[column] !== 0) throw this.#bad(column)
  }

  oneOf<const T extends string>(column: string, words: readonly T[]): T {
    const word = words.find((known) => known === this.#row[column])
    if (word === undefined) throw this.#bad(column)
    return word
  }

  list(column: string): readonly unknown[] | null {
    const value = this.json(column)
    if (!Array.isArray(value)) throw this.#bad(column)
    return value
  }

  record(column: string): object | null {
    const value = this.json(column)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#bad(column)
    return value
  }

  /** Parsed and deep-frozen. */
  json(column: string): unknown {
    try {
      return frozen(JSON.parse(this.text(column)))
    } catch {
      throw this.#bad(column) // the parser's own message would quote the text
    }
  }

  /** JSON exactly as `JSON.stringify` prints it, and no other spelling of it, since it was hashed. */
  exactJson(column: string): unknown {
    const value = this.json(column)
    if (JSON.stringify(value) !== this.text(column)) throw this.#bad(column)
    return value
  }

  #bad(column: string): StoredFactError {
    const place = this.#key.map((part) => `${part} ${JSON.stringify(this.#row[part])}`).join(', ')
    return new StoredFactError(`${this.#table}, row of ${place}: column \`${column}\` is not what it must be`)
  }
}

/** One row of a list: JSON that can't be read is `null`, so that it hides no other row. The core refuses such a record. */
export class ListedColumns extends Columns {
  override list(column: string): readonly unknown[] | null {
    return readable(() => super.list(column))
  }

  override record(column: string): object | null {
    return readable(() => super.record(column))
  }
}

function readable<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (isStoredFault(error)) return null
    throw error
  }
}
