import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chained, hashOf, type UnchainedEntry } from '../../src/admin/chain.ts'
import { printLine, verifyAuditLines } from '../../src/admin/lines.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { AuditEntry } from '../../src/storage/port.ts'
import { START, world } from './helpers.ts'
import { busy, rowsOf } from './tampering.ts'

const page = readFileSync(fileURLToPath(new URL('../../docs/reference/audit-format.md', import.meta.url)), 'utf8')

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(page)?.[1] ?? expect.unreachable()
}

const VECTOR = block('json').split('\n')

const fact = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined))
const unchained: fc.Arbitrary<UnchainedEntry> = fc.record(
  {
    scope: fc.string({ minLength: 1, unit: 'grapheme' }).map((id) => `account:${id}` as const),
    at: fc.nat(),
    actor: fc.string(),
    from: fc.string({ unit: 'binary' }),
    through: fc.string(),
    action: fc.string(),
    target: fc.string({ unit: 'grapheme' }),
    before: fact,
    after: fact,
  },
  { requiredKeys: ['scope', 'at', 'actor', 'action', 'target', 'before', 'after'] },
)

describe('the hash of an entry', () => {
  test('is the SHA-256 of its canonical JSON, which another implementation prints the same', () => {
    fc.assert(
      fc.property(unchained, (entry) => {
        const made = chained(entry, null)
        const { hash: said, ...rest } = made
        expect(said).toBe(hash('sha256', sortedJson(rest), 'hex'))
      }),
    )
  })

  test('does not depend on the order of fields, and stays through JSON and back', () => {
    fc.assert(
      fc.property(unchained, (entry) => {
        const made = chained(entry, { sequence: 4, hash: 'h' })
        expect(made).toMatchObject({ sequence: 5, previous: 'h' })
        const reversed = Object.fromEntries(Object.entries(made).reverse()) as unknown as AuditEntry
        expect(hashOf(reversed)).toBe(made.hash)
        expect(hashOf(JSON.parse(JSON.stringify(made)) as AuditEntry)).toBe(made.hash)
        expect(hashOf(JSON.parse(printLine(made)) as AuditEntry)).toBe(made.hash)
      }),
    )
  })

  test('is another one for any other entry', () => {
    fc.assert(
      fc.property(unchained, unchained, (a, b) => {
        const [one, two] = [chained(a, null), chained(b, null)]
        const same = sortedJson({ ...one, hash: '' }) === sortedJson({ ...two, hash: '' })
        expect(one.hash === two.hash).toBe(same)
      }),
    )
  })

  test('sorts keys as UTF-16 and prints numbers and texts as RFC 8785 has them', () => {
    const after = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\u{1f600}': 5,
      '\u0080': 6,
      '\u00f6': 7,
      n: [1e21, -0, 0.1],
      t: '\u000f"\\/\n',
    }
    const entry = { ...(JSON.parse(VECTOR[0] ?? '') as AuditEntry), after }
    const canonical =
      '{"\\r":2,"1":4,"n":[1e+21,0,0.1],"t":"\\u000f\\"\\\\/\\n","\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}'
    const { hash: _, ...rest } = entry
    const whole = sortedJson({ ...rest, after: 0 }).replace('"after":0', `"after":${canonical}`)
    expect(hashOf(entry)).toBe(hash('sha256', whole, 'hex'))
  })
})

describe('docs/reference/audit-format.md', () => {
  test('has a vector that the code makes, hash for hash', async () => {
    const entries = VECTOR.map((line) => JSON.parse(line) as AuditEntry)
    for (const [i, entry] of entries.entries()) {
      const { sequence: _s, previous: _p, hash: _h, ...unplaced } = entry
      expect(chained(unplaced, entries[i - 1] ?? null)).toEqual(entry)
      expect(printLine(entry)).toBe(VECTOR[i])
    }
    expect(await verifyAuditLines(VECTOR)).toMatchObject({ ok: true, entries: 3 })
    expect(hash('sha256', block('text'), 'hex')).toBe(entries[1]?.hash)
  })

  test('names every field of an entry', () => {
    const named = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(
      ([, names = '']) => names.match(/\w+/g) ?? [],
    )
    const fields = VECTOR.flatMap((line) => Object.keys(JSON.parse(line) as object))
    expect(new Set(named)).toEqual(new Set(fields))
  })

  test.runIf(spawnSync('python3', ['--version']).status === 0)('has a verification by hand that works', async () => {
    const byHand = (lines: readonly string[]) =>
      spawnSync('python3', ['-c', block('python')], {
        input: lines.map((line) => `${line}\n`).join(''),
        encoding: 'utf8',
      })
    const last = JSON.parse(VECTOR[2] ?? '') as AuditEntry
    expect(byHand(VECTOR).stdout).toBe(`3 ${last.hash}\n`)
    expect(byHand(VECTOR.map((line) => line.replace('olga', 'eve'))).stderr).toContain('entry 2 was altered')
    expect(byHand(VECTOR.toSpliced(1, 1)).stderr).toContain('entry 2 is missing')
    expect(byHand(VECTOR.slice(1)).stderr).toContain('the beginning is missing')
    const w = await world({ storage: memoryStorage() })
    await busy(w)
    await w.admin.members.add('acme', { user: 'a\u2028b 😀 é \u007f' })
    await w.admin.audit.prune({ account: 'acme' }, { before: START + 2_000 })
    const lines = (await rowsOf(w.storage, 'account:acme')).map(printLine)
    expect(byHand(lines).stdout).toBe(`15 ${(await w.admin.audit.head({ account: 'acme' }))?.hash}\n`)
  })
})

/** Canonical JSON by another way: keys sorted by the engine's own order, which is that of UTF-16. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => (item === undefined ? 'null' : sortedJson(item))).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const record = value as Readonly<Record<string, unknown>>
  const keys = Object.keys(record).filter((key) => record[key] !== undefined)
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedJson(record[key])}`)
    .join(',')}}`
}
