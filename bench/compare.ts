/**
 * What `compare.sh` runs: `decide` and `authenticate` on two builds in fresh processes that alternate, and the ratio of each figure. Exits with 1 when
 * the build in hand is slower than the other by more than the tolerance.
 */
import { parseArgs } from 'node:util'
import type { CompareInput } from './compare-run.ts'
import { type Contestant, compete, type Spread, spreadOf } from './harness.ts'
import { nanoseconds, number, plainReport } from './report.ts'

const { values } = parseArgs({
  options: {
    here: { type: 'string' },
    there: { type: 'string' },
    tolerance: { type: 'string', default: '1.10' },
    rounds: { type: 'string', default: '7' },
  },
})
const { here, there } = values
const [tolerance, rounds] = [Number(values.tolerance), Number(values.rounds)]
if (here === undefined || there === undefined || !(tolerance > 0) || !(rounds >= 1)) {
  console.error('usage: compare.ts --here DIST --there DIST [--tolerance 1.10] [--rounds 7]')
  process.exit(2)
}

const WHATS: readonly CompareInput['what'][] = ['decide S', 'decide M', 'authenticate']
const contestantOf = (what: CompareInput['what'], dist: string): Contestant => {
  return { name: `${what} ${dist}`, module: 'compare-run.ts', input: { what }, env: { BAILIWICK_DIST: dist } }
}
// Both builds of one suite stand side by side, so that a slow minute falls on both.
const results = await compete(
  WHATS.flatMap((what) => [contestantOf(what, here), contestantOf(what, there)]),
  rounds,
)
const rows: string[][] = []
const slower: string[] = []
for (const what of WHATS) {
  const [mine, other] = [here, there].map((dist) => results.get(contestantOf(what, dist).name))
  for (const [figure, own] of mine ?? []) {
    const theirs = other?.get(figure)
    if (theirs === undefined) continue
    const ratio = paired(own, theirs)
    const name = `${what}: ${figure}`
    if (ratio.median > tolerance) slower.push(name)
    const spread = `${number(ratio.median)} (${number(ratio.least)}–${number(ratio.most)})`
    rows.push([name, nanoseconds(own), nanoseconds(theirs), spread])
  }
}
plainReport.table(['', 'here', 'there', 'here / there'], rows)
if (slower.length > 0) {
  console.log(`\nslower by more than ${number(tolerance)}: ${slower.join(', ')}`)
  process.exitCode = 1
}

/** The ratios within each round. */
function paired(own: Spread, other: Spread): Spread {
  return spreadOf(own.all.map((ns, round) => ns / (other.all[round] ?? Number.NaN)))
}
