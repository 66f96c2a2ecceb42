/**
 * `npm run bench`: everything this package says about its speed, measured anew. `npm run bench -- decide heap` runs the suites named,
 * `--markdown` prints tables ready to paste.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { makeReady } from './ready.ts'
import { markdownReport, plainReport, type Report } from './report.ts'

/** What each suite's module exports. It prints through the report. */
interface SuiteModule {
  suite(report: Report): Promise<void>
}

/** By name, in the order they run. Loaded when it is their turn, and the build is there. */
const SUITES: Readonly<Record<string, () => Promise<SuiteModule>>> = {
  decide: () => import('./decide/suite.ts'),
  growth: () => import('./decide/growth.ts'),
  allocation: () => import('./decide/allocation.ts'),
  authenticate: () => import('./engine/authenticate.ts'),
  cold: () => import('./engine/cold.ts'),
  heap: () => import('./engine/heap.ts'),
  compile: () => import('./engine/compile.ts'),
  worth: () => import('./engine/worth.ts'),
  http: () => import('./http/suite.ts'),
  size: () => import('./size.ts'),
  types: () => import('./types.ts'),
  'last-use': () => import('./last-use.ts'),
  owners: () => import('./owners.ts'),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { markdown: { type: 'boolean', default: false } },
})
const unknown = positionals.filter((name) => !Object.hasOwn(SUITES, name))
if (unknown.length > 0) {
  console.error(`no suite \`${unknown.join('`, `')}\`; there are ${Object.keys(SUITES).join(', ')}`)
  process.exit(2)
}
const report = values.markdown ? markdownReport : plainReport
makeReady()
report.text(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${new Date().toISOString().slice(0, 10)}`,
)
for (const [name, open] of Object.entries(SUITES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  // One that fails doesn't keep the others from being measured.
  try {
    await (await open()).suite(report)
  } catch (error) {
    console.error(`\n${name} failed:`, error)
    process.exitCode = 1
  }
}
