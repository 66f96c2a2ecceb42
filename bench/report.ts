/** Prints what suites measured, as aligned text or, with `--markdown`, as tables to paste into the README. */
import type { Spread } from './harness.ts'

export interface Report {
  heading(text: string): void
  text(line: string): void
  /** The first column is text, aligned left; the others are aligned right. */
  table(columns: readonly string[], rows: readonly (readonly string[])[]): void
}

export const plainReport: Report = {
  heading: (text) => console.log(`\n${text}\n`),
  text: (line) => console.log(line),
  table: (columns, rows) => {
    const widths = columns.map((column, n) => Math.max(column.length, ...rows.map((row) => row[n]?.length ?? 0)))
    for (const row of [columns, ...rows]) {
      const cells = row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
      console.log(cells.join('  ').trimEnd())
    }
  },
}

export const markdownReport: Report = {
  heading: (text) => console.log(`\n### ${text}\n`),
  text: (line) => console.log(line),
  table: (columns, rows) => {
    console.log(`| ${columns.join(' | ')} |\n| ${columns.map((_, n) => (n === 0 ? '---' : '---:')).join(' | ')} |`)
    for (const row of rows) console.log(`| ${row.join(' | ')} |`)
    console.log()
  },
}

/** `812 ns (790–1,020)`: the median with the least and the greatest of the rounds. */
export function nanoseconds({ median, least, most }: Spread): string {
  return `${number(median)} ns (${number(least)}–${number(most)})`
}

export function ratio(of: Spread | undefined, to: Spread | undefined): string {
  return of === undefined || to === undefined ? '' : `${number(of.median / to.median)} ×`
}

/** Three digits that count, or all before the point. */
export function number(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01))))
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
