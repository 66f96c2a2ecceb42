/** What a bench needs before it runs: the contestants installed, and the package built from the sources as they are now. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = new URL('.', import.meta.url)
const root = new URL('..', import.meta.url)

export function makeReady(): void {
  if (isOlder('node_modules/.package-lock.json', bench, newest(new URL('package-lock.json', bench))))
    run('npm', ['ci', '--no-audit', '--no-fund'], bench)
  if (process.env.BAILIWICK_DIST !== undefined) return
  const sources = Math.max(newest(new URL('src/', root)), newest(new URL('tsup.config.ts', root)))
  if (isOlder('dist/core.js', root, sources) || isOlder('dist/core.d.ts', root, sources))
    run('npm', ['run', 'build'], root)
}

function isOlder(path: string, base: URL, than: number): boolean {
  const file = statSync(new URL(path, base), { throwIfNoEntry: false })
  return file === undefined || file.mtimeMs < than
}

/** When the file, or the latest of the files beneath the folder, was changed. */
function newest(place: URL): number {
  const own = statSync(place)
  if (!own.isDirectory()) return own.mtimeMs
  const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Math.max(...files.map(({ parentPath, name }) => statSync(`${parentPath}/${name}`).mtimeMs))
}

function run(command: string, args: readonly string[], folder: URL): void {
  console.error(`> ${command} ${args.join(' ')}`)
  const { status } = spawnSync(command, args, { cwd: fileURLToPath(folder), stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed`)
}
