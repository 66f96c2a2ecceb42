/** What it takes to compile a token of world M, and all 100,000 of world L in a fresh process. */
import { type Contestant, compete, ROUNDS } from '../harness.ts'
import { number, type Report } from '../report.ts'
import type { CompileInput, CompileWay } from './compile-run.ts'

const WAYS: Readonly<Record<CompileWay, string>> = {
  token: "the token's own policies",
  shared: 'joined with shared standings',
  subject: 'tokenSubject: token and standings anew',
}

const FIGURES = ['warm, wall', 'warm, processor', 'first, wall', 'first, processor'] as const

export async function suite(report: Report): Promise<void> {
  const contestantOf = (name: string, input: CompileInput): Contestant => ({
    name,
    module: 'engine/compile-run.ts',
    input,
  })
  const contestants = [
    ...Object.entries(WAYS).map(([way, name]) => contestantOf(name, { way: way as CompileWay, size: 'M', passes: 3 })),
    {
      ...contestantOf('world L, 100,000 tokens, joined with shared standings', { way: 'shared', size: 'L', passes: 1 }),
      rounds: 1,
    },
  ]
  const results = await compete(contestants, Math.min(ROUNDS, 3))
  report.heading('compile: microseconds per token')
  const rows = contestants.map(({ name }) => {
    const figures = results.get(name)
    return [name, ...FIGURES.map((figure) => number(figures?.get(figure)?.median ?? Number.NaN))]
  })
  report.table(['', ...FIGURES], rows)
}
