/** How much code each door brings with it: bundled, minified and compressed, with and without what it depends on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { dist } from './engine/built.ts'
import type { Report } from './report.ts'

/** What is used of esbuild, which comes with the tool that builds the package. */
interface Bundler {
  build(options: object): Promise<{
    readonly outputFiles: readonly { readonly contents: Uint8Array }[]
    readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> }
  }>
}

const root = new URL('../', import.meta.url)
const require = createRequire(import.meta.url)
const esbuild = createRequire(require.resolve('tsup'))('esbuild') as Bundler

const BUILTIN = [...builtinModules, 'node:*']
/** A host has these already, or chooses among them. */
const HOSTS = ['express', 'fastify', 'hono', 'koa', 'better-sqlite3', 'libsql']
const SMALL = ['lru-cache', 'ts-pattern']
const ZOD = ['zod']

export async function suite(report: Report): Promise<void> {
  const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  }
  const rows: string[][] = []
  for (const [door, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue
    const own = await bundle(target.default, [...SMALL, ...ZOD])
    const withSmall = await bundle(target.default, ZOD)
    const whole = await bundle(target.default, [])
    if (door === './core') assert.deepEqual(foreign(whole.inputs), [], 'the evaluator brings no package')
    rows.push([
      door.replace('.', 'bailiwick'),
      kilobytes(own.minified),
      kilobytes(own.compressed),
      kilobytes(withSmall.compressed),
      kilobytes(whole.compressed),
      foreign(whole.inputs).join(', '),
    ])
  }
  report.heading('bytes per door: each by itself; doors that are used together share most of it')
  const columns = ['door', 'its own, minified', 'gzip', 'with lru-cache, ts-pattern', 'with zod too', 'brings']
  report.table(columns, rows)
}

async function bundle(path: string, external: readonly string[]) {
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(path.replace('./dist/', ''), dist))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...BUILTIN, ...HOSTS, ...external],
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  const [{ contents } = assert.fail('nothing was bundled')] = outputFiles
  return {
    minified: contents.length,
    compressed: gzipSync(contents, { level: 9 }).length,
    inputs: Object.keys(metafile.inputs),
  }
}

/** The packages these files belong to. */
function foreign(inputs: readonly string[]): string[] {
  const names = inputs.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`
}
