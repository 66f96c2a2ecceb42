/** What the compiler says of a mistake: the names that would have been right, and not the types they are made of. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FILE = join(ROOT, 'test/types/mistakes.ts')

/** Mistakes, each in a line of its own that ends in its name. */
const MISTAKES = `
import { type Bailiwick, defineCatalog, type Shape } from 'bailiwick'
import { guard } from 'bailiwick/express'
const rest = { groups: {}, roles: {} }
defineCatalog({ ...rest, permissions: {}, resources: { zone: { in: 'acount' }, record: { in: 'zone' } } }) // parent
defineCatalog({ ...rest, resources: { zone: { in: 'account' } }, permissions: { 'zone.read': { on: 'zon' } } }) // on
defineCatalog({ ...rest, resources: { zone: { in: 'account' } }, permissions: { read: { on: 'zone' } } }) // dot
const catalog = defineCatalog({
  resources: { zone: { in: 'account' }, record: { in: 'zone' }, namespace: { in: 'account' } },
  permissions: { 'zone.read': { on: 'zone' }, 'kv.read': { on: 'namespace' } },
  groups: { all: { name: 'All', permissions: ['*.read'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['all'] } },
})
declare const bw: Bailiwick<Shape<typeof catalog>>
guard(bw, 'zone.read', 'account:{account}/zones:{zone}') // pattern
guard.all(bw, [['zone.read', 'account:{account}']]) // demand
guard(bw, 'zone.read', async (_req, name) => name.namespace('acme', 'n1')) // builder
`

/** The first thing said about each mistake. */
function said(): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [FILE] }, ts.sys, ROOT)
  const host = ts.createCompilerHost(options)
  const { getSourceFile } = host
  host.getSourceFile = (file, ...more) =>
    file === FILE ? ts.createSourceFile(file, MISTAKES, ts.ScriptTarget.Latest) : getSourceFile(file, ...more)
  const program = ts.createProgram([FILE], { ...options, noEmit: true }, host)
  const found = new Map<string, string>()
  for (const { file, start = 0, messageText } of program.getSemanticDiagnostics(program.getSourceFile(FILE))) {
    const line = MISTAKES.split('\n')[file?.getLineAndCharacterOfPosition(start).line ?? 0] ?? ''
    const name = line.split(' // ')[1] ?? line
    if (!found.has(name)) found.set(name, ts.flattenDiagnosticMessageText(messageText, '\n'))
  }
  return found
}

describe('the compiler says', () => {
  const messages = said()

  test('one thing of each mistake, and nothing of what is right', () => {
    expect([...messages.keys()].sort()).toEqual(['builder', 'demand', 'dot', 'on', 'parent', 'pattern'])
  })

  test.each([
    ['parent', /OneOf<.*"record".*>/],
    ['parent', /OneOf<.*"account".*>/],
    ['on', /"account"/],
    ['dot', /Written<"area\.verb">/],
    ['pattern', /not assignable to parameter of type '`account:\$\{string\}\/zone:\$\{string\}` \| /],
    ['demand', /not assignable to type '`account:\$\{string\}\/zone:\$\{string\}` \| /],
    ['builder', /namespace:\$\{string\}`' is not assignable to type '`account:\$\{string\}\/zone:\$\{string\}`'/],
  ])('of a wrong %s what would be right: %s', (mistake, says) => {
    expect(messages.get(mistake)).toMatch(says)
    expect(messages.get(mistake)).not.toMatch(/^Type '\w+' is not assignable to type 'never'/)
  })
})
