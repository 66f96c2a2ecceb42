/**
 * The code blocks of README and docs compile and run, each page as one program; where a line says what it prints, it does. The examples of
 * doc comments compile.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Inside the checkout, so that packages and doors resolve as they do for the source. */
const BUILT = join(ROOT, 'test/house/.pages')
const run = promisify(execFile)

const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((page) => join('docs', page)),
]
  .filter((page) => page.endsWith('.md'))
  .map((page) => ({
    page,
    blocks: blocksOf(readFileSync(join(ROOT, page), 'utf8')),
    file: join(BUILT, page.replace(/[/.]/g, '-').replace(/-md$/, '.ts')),
  }))
  .filter(({ blocks }) => blocks.length > 0)

/** Source files with examples in their doc comments. */
const commented = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({
    file: join(BUILT, `example-${file.replaceAll('/', '-')}`),
    examples: examplesOf(readFileSync(join(ROOT, 'src', file), 'utf8')),
  }))
  .filter(({ examples }) => examples.length > 0)

describe('the code in the docs', () => {
  beforeAll(() => {
    rmSync(BUILT, { recursive: true, force: true })
    mkdirSync(BUILT, { recursive: true })
    for (const { file, blocks } of pages) writeFileSync(file, program(blocks))
    for (const { file, examples } of commented) writeFileSync(file, example(file, examples))
    const files = [...pages, ...commented].map(({ file }) => relative(BUILT, file))
    writeFileSync(
      join(BUILT, 'tsconfig.json'),
      JSON.stringify({ extends: '../../../tsconfig.json', include: files, files }),
    )
  })
  afterAll(() => rmSync(BUILT, { recursive: true, force: true }))

  it('is there', () => {
    expect(pages.map(({ page }) => page)).toContain('README.md')
    expect(pages.length).toBeGreaterThan(4)
    expect(commented.length).toBeGreaterThan(7)
  })

  it('compiles', async () => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const compiled = await run(process.execPath, [tsc, '--noEmit', '-p', BUILT], { cwd: ROOT }).catch((error) => error)
    expect(compiled.stdout).toBe('')
  })

  it.each(pages)('of $page runs and prints what it says', async ({ file, blocks }) => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: ROOT, timeout: 30_000 })
    expect(stdout.split('\n').filter(Boolean)).toEqual(promised(blocks))
  })
})

function blocksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
}

function examplesOf(source: string): readonly string[] {
  return [...source.matchAll(/@example\n\s*\* ```ts\n([\s\S]*?)\n\s*\* ```/g)].map(([, code = '']) =>
    code.replace(/^\s*\* ?/gm, ''),
  )
}

/** What examples take as given, so that they can be short. */
const GIVEN = `
import { createBailiwick, defineCatalog, nameBuilders, originOf } from 'bailiwick'
import { memoryStorage } from 'bailiwick/storage/memory'
const catalog = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'cache.purge': { on: 'zone' } },
  groups: { 'cache-purge': { name: 'Cache Purge', permissions: ['cache.purge'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['cache-purge'] } },
  templates: {
    'purge-site': {
      name: 'Purge a site', slots: { zone: 'zone' },
      policies: [{ permissionGroups: ['cache-purge'], resources: ['{zone}'] }],
    },
  },
})
const bw = createBailiwick({ catalog, storage: memoryStorage() })
declare const value: string
declare const purge: () => void
declare const params: (request: Request) => Record<string, string>
declare const ip: () => string
export { bw, defineCatalog, ip, memoryStorage, nameBuilders, originOf, params, purge, value }
`
const FRAMEWORKS: Readonly<Record<string, string>> = {
  express:
    "import type { Express, RequestHandler } from 'express'\ndeclare const app: Express\ndeclare const handler: RequestHandler",
  fastify:
    "import type { FastifyInstance, RouteHandlerMethod } from 'fastify'\ndeclare const app: FastifyInstance\ndeclare const handler: RouteHandlerMethod",
  hono: "import type { Hono, Handler } from 'hono'\ndeclare const app: Hono\ndeclare const handler: Handler",
  koa: "import type Router from '@koa/router'\nimport type { Middleware } from 'koa'\ndeclare const router: Router\ndeclare const handler: Middleware",
  fetch: '',
}

/** Doors of other rooms whose examples need more than what is given. */
const DOORS: Readonly<Record<string, string>> = {
  'example-webhook-github.ts':
    "import { secretScanning } from 'bailiwick/github'\nimport express from 'express'\nimport type { Hono } from 'hono'\ndeclare const hono: Hono",
}

/** Each example in a scope of its own. A `declare global` would speak for every page, and is left out. */
function example(file: string, examples: readonly string[]): string {
  const framework = /example-middleware-(\w+)\.ts$/.exec(file)?.[1] ?? ''
  const prelude = Object.hasOwn(FRAMEWORKS, framework)
    ? `import { guard } from 'bailiwick/${framework}'\n${FRAMEWORKS[framework]}\n`
    : `${DOORS[basename(file)] ?? ''}\n`
  return GIVEN + prelude + examples.map((code) => (code.startsWith('declare global') ? '' : `{\n${code}\n}`)).join('\n')
}

/** Ports are whatever is free, files are in memory, and a server that was started doesn't keep the program alive. */
function program(blocks: readonly string[]): string {
  const code = blocks
    .join('\n')
    .replace(/\b3000\b/g, '0')
    .replace(/sqliteStorage\('[^']*'\)/g, "sqliteStorage(':memory:')")
  return `${code}\nexport {}\nprocess.exit(0)\n`
}

/** `console.log(…) // → text` promises that line of output. */
function promised(blocks: readonly string[]): readonly string[] {
  return [...blocks.join('\n').matchAll(/^\s*console\.log\(.*\) \/\/ → (.*)$/gm)].map(([, text = '']) => text)
}
