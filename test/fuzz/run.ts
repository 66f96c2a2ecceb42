/**
 * Fuzzes one target, or all of them: `npx tsx test/fuzz/run.ts [target|all] [seconds each] [seed]`. What it learns goes into the corpus of the target; an
 * input that breaks a law is printed, and the process ends with 1.
 */
import { readCorpus, writeCorpus } from './corpus.ts'
import { importTargets } from './instrument.ts'
import { fuzz } from './loop.ts'

const [wanted = 'all', seconds = '60', seed = String(Date.now() % 2 ** 32)] = process.argv.slice(2)

const { module, branches, close } = await importTargets()
process.on('exit', close)

const names = wanted === 'all' ? Object.keys(module.TARGETS) : [wanted]
for (const name of names) {
  const target = module.TARGETS[name]
  if (target === undefined) throw new Error(`no target \`${name}\`: ${Object.keys(module.TARGETS).join(', ')}`)
  const begun = performance.now()
  const isOver = () => performance.now() - begun > Number(seconds) * 1_000
  const kept = readCorpus(name)
  const seeds = [...target.seeds, ...kept]
  const { executions, covered, corpus, failure } = fuzz({ ...target, seeds }, branches, {
    seed: Number(seed),
    executions: Number.POSITIVE_INFINITY,
    isOver,
  })
  console.log(`${name}: ${executions} executions, ${covered} branches, ${corpus.length} inputs kept (seed ${seed})`)
  if (failure === null) writeCorpus(name, corpus)
  else {
    console.error(`${name} breaks on ${JSON.stringify(failure.input)}`)
    console.error(failure.error)
    process.exitCode = 1
  }
}
