/** A process with one server in it: `server-child.ts FRAMEWORK FRONT`. Tells its parent the port and the keys, and on request what it has used of its core. */
import { KeyCheck, type PolicyCheckModule } from './checks.ts'
import { type Key, seeded } from './keys.ts'
import { FRAMEWORKS, FRONTS, serve } from './servers.ts'

/** What this process answers: where it listens, at its start; then microseconds of processor time, whenever it is asked. */
export type ServerAnswer = { readonly port: number; readonly keys: readonly Key[] } | { readonly cpuUs: number }

const framework = FRAMEWORKS.find((name) => name === process.argv[2])
const front = FRONTS.find((name) => name === process.argv[3])
if (framework === undefined || front === undefined) throw new Error('which framework, and what in front of the route?')

const { bw, keys } = await seeded()
const casl = (await import(new URL('../contestants/casl-keys.ts', import.meta.url).href)) as PolicyCheckModule
const port = await serve[framework](front, { bw, key: new KeyCheck(keys), casl: casl.open(keys) })
process.on('message', () => answer({ cpuUs: process.cpuUsage().user + process.cpuUsage().system }))
process.on('disconnect', () => process.exit())
answer({ port, keys })

function answer(told: ServerAnswer): void {
  process.send?.(told)
}
