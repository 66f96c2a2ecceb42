/** Arrows between rooms point one way. The table is the architecture: an import it doesn't allow fails here. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

/** A room, and the rooms, files and packages its own files may import. A trailing `/` means all of a room. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'masking.ts': [],
  'errors.ts': ['masking.ts'],
  'problem.ts': [],
  'quietly.ts': [],
  core: ['core/', 'errors.ts', 'masking.ts'],
  credential: ['credential/', 'errors.ts', 'node:crypto', 'node:zlib'],
  schema: ['schema/', 'core/', 'errors.ts', 'masking.ts', 'zod'],
  storage: ['storage/', 'core/', 'errors.ts'],
  engine: [
    'engine/',
    'core/',
    'credential/format.ts',
    'credential/claim.ts',
    'credential/digest.ts',
    'credential/imported.ts',
    'credential/peppers.ts',
    'storage/asked.ts',
    'storage/port.ts',
    'errors.ts',
    'masking.ts',
    'lru-cache',
  ],
  admin: [
    'admin/',
    'core/',
    'credential/',
    'schema/',
    'storage/asked.ts',
    'storage/port.ts',
    'errors.ts',
    'masking.ts',
    'node:util',
  ],
  middleware: ['middleware/', 'core/', 'engine/access.ts', 'errors.ts', 'problem.ts', 'ts-pattern', 'node:http'],
  webhook: ['webhook/', 'core/fields.ts', 'errors.ts', 'problem.ts', 'quietly.ts', 'node:crypto'],
  testing: ['testing/', 'core/', 'storage/port.ts', 'storage/order.ts', 'errors.ts', 'node:assert/strict'],
  'bailiwick.ts': [
    'admin/',
    'core/',
    'credential/',
    'engine/',
    'schema/',
    'storage/port.ts',
    'errors.ts',
    'quietly.ts',
  ],
  'index.ts': ['admin/', 'core/', 'credential/', 'engine/', 'schema/', 'storage/port.ts', 'errors.ts', 'bailiwick.ts'],
}

/** What one file alone may import, and why no other. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  'admin/chain.ts': ['node:crypto'], // the hash chain of the audit log
  'storage/sqlite/open.ts': ['node:module'], // the one file that may load a driver
  'middleware/express.ts': ['express'],
  'middleware/fastify.ts': ['fastify'],
  'middleware/hono.ts': ['hono'],
  'middleware/koa.ts': ['koa'],
}

const FRAMEWORKS = ['express', 'fastify', 'hono', 'koa', 'node:http']

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = files.flatMap(importsOf)

describe('imports', () => {
  it('are read from every file, so that what follows is not empty', () => {
    expect(imports.length).toBeGreaterThan(200)
    expect(files.map(roomOf)).toEqual(
      files.map((file) => expect.toSatisfy((room) => room in ALLOWED, `${file} has a room`)),
    )
  })

  it('go where their room allows, and nowhere else', () => {
    const wrong = imports.filter(({ file, to }) => !allowed(file, to)).map(({ file, to }) => `${file} -> ${to}`)
    expect(wrong).toEqual([])
  })

  it('take nothing but types from frameworks and from the engine into the middleware', () => {
    const wrong = imports.filter(
      ({ file, to, typeOnly }) =>
        roomOf(file) === 'middleware' && (FRAMEWORKS.includes(to) || to.startsWith('engine/')) && !typeOnly,
    )
    expect(wrong).toEqual([])
  })

  it('have no exception that nobody needs', () => {
    const unused = Object.entries(EXCEPTIONS).flatMap(([file, extra]) =>
      extra.filter((to) => !imports.some((one) => one.file === file && one.to === to)),
    )
    expect(unused).toEqual([])
  })
})

describe('the core', () => {
  it('has no clock, no randomness and nothing to wait for', () => {
    const impure = /\b(Date\.now|new Date\(\)|Math\.random|performance\.|async |await |setTimeout|process\.|console\.)/
    const found = files.filter((file) => roomOf(file) === 'core' && impure.test(withoutComments(read(file))))
    expect(found).toEqual([])
  })
})

interface Import {
  readonly file: string
  /** A path below `src`, or a package. */
  readonly to: string
  readonly typeOnly: boolean
}

function importsOf(file: string): readonly Import[] {
  const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm
  const dynamic = /\bimport\(\s*'([^']+)'\s*\)/g
  const text = withoutComments(read(file))
  const found = [
    ...[...text.matchAll(statement)].map(([, type, to = '']) => ({ to, typeOnly: type !== undefined })),
    ...[...text.matchAll(dynamic)].map(([, to = '']) => ({ to, typeOnly: false })),
  ]
  return found.map(({ to, typeOnly }) => ({
    file,
    to: to.startsWith('.') ? relative(SRC, join(SRC, dirname(file), to)) : to,
    typeOnly,
  }))
}

function allowed(file: string, to: string): boolean {
  const list = [...(ALLOWED[roomOf(file)] ?? []), ...(EXCEPTIONS[file] ?? [])]
  return list.some((one) => (one.endsWith('/') ? to.startsWith(one) : to === one))
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

function read(file: string): string {
  return readFileSync(join(SRC, file), 'utf8')
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}
