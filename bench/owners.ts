/** The owner's list: a page of 50 out of 100,000 credentials on SQLite, by each filter. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CredentialFilterInput, Storage, Write } from 'bailiwick'
import type { Member, Token } from 'bailiwick/core'
import { front, sqlite } from './engine/built.ts'
import type { Report } from './report.ts'
import { smallDefinition } from './vocabulary.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 21)
const TOKENS = 100_000
const MEMBERS = 2_000
const PAGES = 60

export async function suite(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'))
  const storage = sqlite.sqliteStorage(join(folder, 'bench.db'))
  try {
    const catalog = front.defineCatalog(smallDefinition)
    const bw = front.createBailiwick({ catalog, storage, clock: () => NOW })
    await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'u0', tokenRules: { maxLifetimeMs: 360 * DAY } })
    await fill(storage)
    for (let round = 0; round < 10; round++)
      for (const [, filter] of FILTERS) await bw.accounts.credentials('acme', filter, { limit: 50 })
    const floor = await medianOf(PAGES, async (n) => {
      for (let i = 0; i < 50; i++) await storage.token(idOf((n * 1_613 + i) % TOKENS))
    })
    const rows = [['floor: 50 tokens by their ids', `${floor.toFixed(2)} ms`, '']]
    for (const [name, filter] of FILTERS) {
      let after: string | null = null
      let seen = 0
      const ms = await medianOf(PAGES, async () => {
        const page: Awaited<ReturnType<typeof bw.accounts.credentials>> = await bw.accounts.credentials(
          'acme',
          filter,
          { limit: 50, after },
        )
        after = page.next
        seen += page.items.length
      })
      assert.ok(seen > 0, `${name} lists something`)
      rows.push([name, `${ms.toFixed(2)} ms`, `${(ms / floor).toFixed(1)} ×`])
    }
    report.heading(`a page of 50 of ${TOKENS.toLocaleString('en')} credentials of one account, SQLite file`)
    report.table(['filter', `median of ${PAGES} pages`, '× floor'], rows)
  } finally {
    await storage.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const FILTERS: readonly (readonly [string, CredentialFilterInput])[] = [
  ['all', {}],
  ['kind: account', { kind: 'account' }],
  ['owner: one user', { owner: { user: 'u7' } }],
  ['status: disabled', { status: 'disabled' }],
  ['status: expired', { status: 'expired' }],
  ['unused for 90 days', { unusedSince: NOW - 90 * DAY }],
  ['never used', { neverUsed: true }],
  ['expires within 30 days', { expiresWithinMs: 30 * DAY }],
  ['breaks a rule (1 %)', { breaksRule: true }],
  ['stays on', { staysOn: true }],
]

async function fill(storage: Storage): Promise<void> {
  const batch = 5_000
  await commit(
    storage,
    Array.from({ length: MEMBERS }, (_, n): Write => ({ kind: 'put_member', member: memberOf(n) })),
  )
  for (let from = 0; from < TOKENS; from += batch)
    await commit(
      storage,
      Array.from({ length: batch }, (_, i): Write => addition(from + i)),
    )
  const used = Array.from({ length: TOKENS }, (_, n) => n).filter((n) => n % 3 !== 0)
  for (let from = 0; from < used.length; from += batch)
    await storage.recordUse({
      uses: used
        .slice(from, from + batch)
        .map((n) => ({ token: idOf(n), account: 'acme', at: NOW - (n % 300) * DAY, from: '192.0.2.7' })),
      digests: [],
    })
}

async function commit(storage: Storage, writes: readonly Write[]): Promise<void> {
  const scope = 'account:acme'
  const head = await storage.auditHead(scope)
  const [revision = 0] = await storage.revisions([scope])
  const entry = {
    scope,
    at: NOW,
    actor: 'host',
    action: 'bench.fill',
    target: 'account:acme',
    before: null,
    after: null,
  } as const
  const place = { sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? '', hash: 'bench' }
  assert.equal(
    await storage.commit({ expect: new Map([[scope, revision]]), writes, audit: { ...entry, ...place } }),
    true,
  )
}

function idOf(n: number): string {
  return String(n).padStart(22, '0')
}

function memberOf(n: number): Member {
  const state = { status: 'active', since: 0, readmitted: false, roles: ['owner'], policies: [], revision: 1 } as const
  return { account: 'acme', kind: 'user', id: `u${n}`, ...state, apiAccess: n % 50 === 1 ? true : null }
}

function addition(n: number): Write {
  const lifetime = n % 100 === 0 ? 700 : 1 + (n % 350)
  const token: Token = {
    id: idOf(n),
    name: `token ${n}`,
    owner: n % 10 === 0 ? { account: 'acme' } : { user: `u${n % MEMBERS}` },
    policies: [{ id: 'p', effect: 'allow', permissionGroups: ['dns'], resources: [`account:acme/zone:z${n % 500}`] }],
    expiresOn: NOW + (lifetime - 100) * DAY,
    status: n % 40 === 0 ? 'disabled' : 'active',
    apiAccess: null,
    issuedOn: NOW - 100 * DAY,
    issuedBy: 'host',
    modifiedOn: NOW,
    secretIssuedOn: NOW - 100 * DAY,
    revision: 1,
  }
  return { kind: 'add_token', token, secrets: { digest: `sha256:${String(n).padStart(43, 'A')}` } }
}

/** Milliseconds. */
async function medianOf(times: number, work: (n: number) => Promise<void>): Promise<number> {
  const all: number[] = []
  for (let n = 0; n < times; n++) {
    const begun = performance.now()
    await work(n)
    all.push(performance.now() - begun)
  }
  return all.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN
}
