/** Holds the survivors of the last run against those that `docs/internals/mutation.md` explains: none is left without a word. */
import { readFileSync } from 'node:fs'

/** What is read of Stryker's report (`mutation-testing-report-schema`). */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>
}

interface Mutant {
  readonly status: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: { readonly start: { readonly line: number } }
}

/** A row of the page's table: the file, the line as it is written there (so that the row holds wherever the line moves), the mutant, and why it lives. */
const ROW = /^(\| `(src\/[^`]+)` \| `[^`]*` \| \w+ → `[^`]*` \|) \S/gm

/** A line for each survivor that the page doesn't explain, as it begins there, and for each that it explains and that is dead by now. */
export function unexplained(root: string): readonly string[] {
  const report = JSON.parse(readFileSync(`${root}coverage/mutation/report.json`, 'utf8')) as Report
  const page = readFileSync(`${root}docs/internals/mutation.md`, 'utf8')
  const explained = new Map([...page.matchAll(ROW)].map(([, row = '', file = '']) => [row, file]))
  const alive = new Set(
    Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
      const lines = source.split('\n')
      return mutants
        .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
        .map((one) => rowOf(file, lines[one.location.start.line - 1] ?? '', one))
    }),
  )
  const dead = [...explained].filter(([row, file]) => Object.hasOwn(report.files, file) && !alive.has(row))
  return [
    ...[...alive].filter((row) => !explained.has(row)).map((row) => `not explained: ${row}`),
    ...dead.map(([row]) => `explained, and lives no more: ${row}`),
  ]
}

function rowOf(file: string, line: string, { mutatorName, replacement = '' }: Mutant): string {
  return `| \`${file}\` | \`${cell(line, 100)}\` | ${mutatorName} → \`${cell(replacement, 60)}\` |`
}

/** Without what would end a cell of the table or the code in it. */
function cell(text: string, longest: number): string {
  return text
    .replaceAll(/[`|\s]+/g, ' ')
    .trim()
    .slice(0, longest)
    .trim()
}
