/** How the cost of `decide` grows with a token's selectors and policies: ratios against the smallest of each row's kind. */
import { type Contestant, compete } from '../harness.ts'
import { nanoseconds, type Report, ratio } from '../report.ts'
import type { GrowthInput } from './growth-run.ts'

interface Kind {
  readonly name: string
  readonly forms: readonly GrowthInput[]
}

const KINDS: readonly Kind[] = [
  { name: 'selectors of one policy', forms: [1, 10, 100, 1_000].map((selectors) => form({ selectors })) },
  { name: 'policies, each on its own selector', forms: [1, 10, 100].map((policies) => form({ policies })) },
  { name: 'policies, all on one selector', forms: [1, 10, 100].map((policies) => form({ policies, isSame: true })) },
  {
    name: 'policies, each on its own selector, 4 conditions',
    forms: [1, 10, 100].map((policies) => form({ policies, conditions: 4 })),
  },
  {
    name: 'policies, all on one selector, 4 conditions',
    forms: [1, 10, 100].map((policies) => form({ policies, isSame: true, conditions: 4 })),
  },
]

export async function suite(report: Report): Promise<void> {
  const contestants = KINDS.flatMap(({ name, forms }) => forms.map((input) => contestantOf(name, input)))
  const results = await compete(contestants)
  report.heading('decide, as a token grows')
  const rows = KINDS.flatMap(({ name, forms }) => {
    const measured = forms.map((input) => results.get(contestantOf(name, input).name)?.get('decide'))
    return forms.map(({ policies, selectors }, n) => {
      const own = measured[n]
      const size = Math.max(policies, selectors).toLocaleString('en')
      return [`${size} ${name}`, own === undefined ? '' : nanoseconds(own), ratio(own, measured[0])]
    })
  })
  report.table(['a token of', 'median of rounds (least–most)', '× 1'], rows)
}

function form(given: Partial<GrowthInput>): GrowthInput {
  return { policies: 1, selectors: 1, isSame: false, conditions: 0, ...given }
}

function contestantOf(kind: string, input: GrowthInput): Contestant {
  return { name: `${kind}: ${Math.max(input.policies, input.selectors)}`, module: 'decide/growth-run.ts', input }
}
