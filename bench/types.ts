/** What a large catalog costs who type-checks it: the same program over a catalog of 5 and one of 500 permissions, and what must not compile doesn't. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dist } from './engine/built.ts'
import { spreadOf } from './harness.ts'
import { number, type Report } from './report.ts'

const VERBS = ['read', 'write', 'list', 'purge', 'export'] as const
const SIZES = [5, 50, 500]
const ROUNDS = 3
const FIGURES = { 'Check time': 's', 'Total time': 's', Instantiations: '', Types: '', 'Memory used': 'K' } as const

export async function suite(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-types-'))
  try {
    const projects = SIZES.map((permissions) => ({
      permissions,
      path: project(folder, permissions),
      runs: [] as string[],
    }))
    for (let round = 0; round < ROUNDS; round++)
      for (const { path, runs } of round % 2 === 0 ? projects : [...projects].reverse()) runs.push(check(path))
    report.heading('type-checking a catalog and its uses')
    const rows = projects.map(({ permissions, runs }) => [
      `${permissions} permissions`,
      ...Object.entries(FIGURES).map(([name, unit]) =>
        `${number(spreadOf(runs.map((run) => figureIn(run, name))).median)} ${unit}`.trim(),
      ),
    ])
    report.table(['catalog', ...Object.keys(FIGURES)], rows)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A program of a hundred questions, whatever the size of the catalog; the last lines are wrong and must be refused. */
function project(folder: string, permissions: number): string {
  const areas = Array.from({ length: permissions / VERBS.length }, (_, n) => `area${n}`)
  const names = areas.flatMap((area) => VERBS.map((verb) => `${area}.${verb}`))
  const questions = Array.from({ length: 100 }, (_, n) => {
    const name = names[(n * 37) % names.length]
    return `yes(access.can('${name}', bw.name.zone('acme', 'z${n}')), access.can('${name}', 'account:acme/zone:z${n}'))`
  })
  const text = `import { createBailiwick, defineCatalog } from 'bailiwick'
import { memoryStorage } from 'bailiwick/storage/memory'
const catalog = defineCatalog({
  resources: { zone: { in: 'account' }, record: { in: 'zone' } },
  permissions: {
${names.map((name, n) => `    '${name}': { on: ${n % 2 === 0 ? "'zone'" : "['zone', 'record']"} },`).join('\n')}
  },
  groups: {
${areas.map((area) => `    ${area}: { name: '${area}', permissions: ['${area}.*'] },`).join('\n')}
    reading: { name: 'Reading', permissions: ['*.read'] },
  },
  roles: { owner: { name: 'Owner', owner: true, groups: ['reading', 'area0'] } },
})
const bw = createBailiwick({ catalog, storage: memoryStorage() })
const access = await bw.authenticate('')
const yes = (...all: boolean[]): boolean => all.every(Boolean)
${questions.join('\n')}
await bw.tokens.create({ owner: { user: 'u' }, name: 't', policies: [{ effect: 'allow', permissionGroups: ['reading'], resources: ['account:acme'] }] })
// @ts-expect-error no such permission
access.can('area0.rite', 'account:acme/zone:z1')
// @ts-expect-error the permission is on no such resource
access.can('area0.read', 'account:acme')
// @ts-expect-error no such group
await bw.tokens.create({ owner: { user: 'u' }, name: 't', policies: [{ effect: 'allow', permissionGroups: ['areo0'], resources: ['account:acme'] }] })
`
  const root = fileURLToPath(new URL('../', import.meta.url))
  const built = fileURLToPath(dist)
  const file = join(folder, `catalog-${permissions}.mts`)
  writeFileSync(file, text)
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    moduleDetection: 'force',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [`${root}node_modules/@types`],
    paths: { bailiwick: [`${built}index.d.ts`], 'bailiwick/*': [`${built}*.d.ts`] },
  }
  const config = join(folder, `tsconfig-${permissions}.json`)
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }))
  return config
}

/** Fails where the program is refused, or what is wrong in it is not. */
function check(config: string): string {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config, '--extendedDiagnostics'], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout)
  return stdout
}

function figureIn(diagnostics: string, name: string): number {
  const line = diagnostics.split('\n').find((one) => one.startsWith(`${name}:`))
  return Number.parseFloat(line?.slice(name.length + 1).trim() ?? '')
}
