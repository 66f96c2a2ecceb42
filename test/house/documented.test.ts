/** The reference pages say what the code says: every error code and every reason, and none that doesn't exist. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createBailiwick } from '../../src/bailiwick.ts'
import { DENY_REASONS } from '../../src/core/decision.ts'
import { SENTENCE } from '../../src/core/explain.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { EDGE } from '../spec/catalogs.ts'

const page = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

describe('docs/reference/errors.md', () => {
  const documented = headings(page('docs/reference/errors.md'), /^### `(ERR_BAILIWICK_[A-Z_]+)`$/gm)

  it('has a section for every error code, in the order of the source, and no other', () => {
    const codes = headings(page('src/errors.ts'), /readonly code = '(ERR_BAILIWICK_[A-Z_]+)'/g)
    expect(codes.length).toBeGreaterThan(8)
    expect(documented).toEqual(codes)
  })

  it('names no code elsewhere in the docs that does not exist', () => {
    const pages = [
      'README.md',
      'SECURITY.md',
      'docs/reference/semantics.md',
      'docs/reference/storage-port.md',
      'docs/internals/caching.md',
    ]
    for (const path of pages) {
      for (const code of headings(page(path), /(ERR_BAILIWICK_[A-Z_]+[A-Z])/g)) expect(documented, path).toContain(code)
    }
  })
})

describe('docs/reference/api.md', () => {
  const text = page('docs/reference/api.md')
  const nounsOf = text.slice(text.indexOf('## Who administers'))
  const cell = (row: string) =>
    headings(nounsOf.match(new RegExp(`^\\| \`${row}\` \\|.*$`, 'm'))?.[0] ?? '', /`(\w+)`/g)

  it('names every method of every noun, and none that does not exist', () => {
    const bw = createBailiwick({ catalog: EDGE.catalog, storage: memoryStorage() })
    const nouns = Object.entries(bw).filter(
      ([name, of]) => typeof of === 'object' && !['catalog', 'name'].includes(name),
    )
    expect(nouns.length).toBe(8)
    for (const [noun, of] of nouns) expect(cell(noun).slice(1).sort(), noun).toEqual(Object.keys(of).sort())
    for (const [name, of] of Object.entries(bw)) if (typeof of === 'function') expect(text).toContain(`\`${name}(`)
  })

  it('names every option', () => {
    const options = headings(page('src/schema/options.ts'), /^ {2}(\w+): '(?:\w+)\??',$/gm)
    expect(options.length).toBeGreaterThan(12)
    for (const option of options) expect(text).toMatch(new RegExp(`^\\| .*\`${option}\`.* \\|`, 'm'))
  })
})

describe('docs/reference/semantics.md', () => {
  const text = page('docs/reference/semantics.md')

  it('lists every reason of the ladder in the order it is climbed', () => {
    expect(headings(text, /^\| \d+ \| `([a-z_]+)` \|/gm)).toEqual([...DENY_REASONS])
  })

  it('says of each what `explain` says', () => {
    for (const reason of DENY_REASONS) expect(text).toContain(`\`${reason}\` | ${SENTENCE[reason]}`)
  })

  it('names every law that is a property test', () => {
    const laws = headings(page('test/spec/laws.test.ts'), /^\s*(?:it|law|test)\('([^']+)'/gm)
    expect(laws.length).toBeGreaterThan(8)
    for (const law of laws) expect(text).toContain(law)
  })
})

describe('the versions of frameworks', () => {
  const { peerDependencies: peers, devDependencies: tested } = JSON.parse(page('package.json'))

  // An earlier one may not wait for the promise of a guard: what it rejects with would end the process.
  it.each(['Express', 'Fastify', 'Hono', 'Koa'])(
    'that are documented of %s are those that are asked for, and that is what is tested',
    (name) => {
      for (const path of ['README.md', 'docs/guide/guards.md']) {
        const version = page(path).match(new RegExp(`\\b${name}\\s(\\d+)`))?.[1]
        expect(peers[name.toLowerCase()], path).toBe(`>=${version}`)
        expect(tested[name.toLowerCase()], path).toMatch(new RegExp(`^\\^${version}\\.`))
      }
    },
  )
})

function headings(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name)
}
