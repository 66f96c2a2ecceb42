/** One suite on one build, its own storage made by that same build, with nothing but nanoseconds among its figures. */
import { run as decide } from './decide/run.ts'
import { run as authenticate } from './engine/authenticate-run.ts'
import { makeSeed } from './engine/seeded.ts'
import type { Figures } from './harness.ts'

export interface CompareInput {
  readonly what: 'decide S' | 'decide M' | 'authenticate'
}

export async function run({ what }: CompareInput): Promise<Figures> {
  if (what !== 'authenticate') {
    const world = what === 'decide S' ? 'S' : 'M'
    return decide({ contestant: 'bailiwick', world, requests: 50_000, passes: 7, seed: null })
  }
  const figures = await authenticate({ seed: await makeSeed('M'), spread: 'zipf' })
  return Object.fromEntries(
    Object.entries(figures).filter(([name]) => name.startsWith('authenticate') && !name.includes(' / ')),
  )
}
