/**
 * Mutation testing: breaks the source in one small way after the other and sees whether a test notices.
 *
 * `npm run mutation` for all of core, credential and engine; `npm run mutation -- src/core/time.ts …` for some files. What was tested before and has
 * not changed since isn't tested again (`coverage/mutation/incremental.json`); `--force` does. Installs Stryker the first time: it is a package of
 * its own, so that the project's install stays light.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { unexplained } from './survivors.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STRYKER = `${HERE}node_modules/@stryker-mutator/core/bin/stryker.js`

setPriority(10)
if (!existsSync(STRYKER)) run('npm', ['ci', '--prefix', HERE, '--no-audit', '--no-fund'])
const given = process.argv.slice(2)
const files = given.filter((one) => !one.startsWith('-'))
const options = given.filter((one) => one.startsWith('-'))
const only = files.length > 0 ? ['--mutate', files.join()] : []
const status = run(process.execPath, [STRYKER, 'run', `${HERE}stryker.config.json`, ...only, ...options])
const words = unexplained(ROOT)
for (const line of words) console.error(line)
process.exitCode = words.length > 0 ? 1 : status

function run(command: string, args: readonly string[]): number {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (error !== undefined) throw error
  return status ?? 1
}
