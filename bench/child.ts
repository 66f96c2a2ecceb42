/** One contestant's process: reads which module to run from standard input, and writes its figures as one line of JSON. */
import { text } from 'node:stream/consumers'
import type { ContestantModule } from './harness.ts'

const { module, input } = JSON.parse(await text(process.stdin)) as { module: string; input: never }
const contestant = (await import(new URL(module, import.meta.url).href)) as ContestantModule
const figures = await contestant.run(input)
process.stdout.write(`${JSON.stringify({ figures })}\n`, () => process.exit(0))
