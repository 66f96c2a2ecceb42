/** A hundred thousand tokens in SQLite, a thousand members: each filter, page by page, answers what a walk over all of them does. */
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Member, Owner, Token } from '../../src/core/facts.ts'
import type { CredentialFilter, CredentialRecord, Page, PageRequest, TokenUse } from '../../src/storage/port.ts'
import { type SqliteDatabase, sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { secretsRow, tokenRow } from '../../src/storage/sqlite/rows.ts'
import {
  account,
  addToken,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  secrets,
  token,
  write,
} from '../../src/testing/contract/fixtures.ts'
import { listed } from '../../src/testing/contract/listed.ts'
import { LibsqlDatabase } from './databases.ts'

const TOKENS = 100_000
const MEMBERS = 1_000
/** A list that is longer is walked so far, in whole pages. */
const ENOUGH = 5_000
const DAY_MS = 86_400_000

const people = Array.from({ length: MEMBERS }, (_, i) =>
  member('acme', `u-${i}`, { apiAccess: i % 100 === 7 ? true : null, ...membershipOf(i) }),
)
const services = Array.from({ length: 20 }, (_, i) => member('acme', `s-${i}`, { kind: 'service' }))

/** One in a hundred is the account's own and one in fifty a service account's; half the others name the account, half name all. */
const records: readonly CredentialRecord[] = Array.from({ length: TOKENS }, (_, n) => {
  const owner = ownerOf(n)
  return {
    token: tokenOf(n, owner),
    overlapEndsOn: null,
    member: 'user' in owner ? (people[n % MEMBERS] ?? null) : 'service' in owner ? (services[n % 20] ?? null) : null,
    blocked: false,
    lastUse: n % 10 === 6 ? null : { at: NOW - ((n * 7919) % 400) * DAY_MS, from: '192.0.2.1' },
  }
})

/** One in ten was let back in with its earlier tokens, one in ten was added again without them, one in a hundred is only invited. */
function membershipOf(i: number): Partial<Member> {
  if (i % 100 === 33) return { status: 'pending', since: 0 }
  return i % 10 < 2 ? { since: NOW - 100 * DAY_MS, readmitted: i % 10 === 1 } : { since: 0 }
}

function ownerOf(n: number): Owner {
  if (n % 100 === 0) return { account: 'acme' }
  return n % 50 === 1 ? { account: 'acme', service: `s-${n % 20}` } : { user: `u-${n % MEMBERS}` }
}

function tokenOf(n: number, owner: Owner): Token {
  return token(`t${(n * 7919) % TOKENS}`, owner, {
    policies: [policy(n % 2 ? 'account:acme/zone:z1' : 'account:*')],
    status: n % 40 === 3 ? 'disabled' : n % 25 === 8 ? 'revoked' : 'active',
    issuedOn: NOW - (n % 500) * DAY_MS,
    secretIssuedOn: NOW - (n % 90) * DAY_MS,
    apiAccess: n % 5_000 === 0 ? true : null,
    ...(n % 20 !== 6 && { expiresOn: NOW + ((n % 700) - 30) * DAY_MS }),
    ...(n % 30 !== 2 && { condition: { ip: { in: ['192.0.2.0/24'] } } }),
  })
}

/** Every filter that stands alone, with how much of the whole it is meant to find: none of them tests nothing. */
const FILTERS: Readonly<Record<string, Omit<CredentialFilter, 'now'>>> = {
  everything: {},
  'one person’s': { owner: { user: 'u-123' } },
  'one service account’s': { owner: { account: 'acme', service: 's-11' } },
  'the account’s own': { owner: { account: 'acme' } },
  'of service accounts': { kind: 'service' },
  active: { status: 'active' },
  'of people': { kind: 'user' },
  disabled: { status: 'disabled' },
  expired: { status: 'expired' },
  revoked: { status: 'revoked' },
  'unused for a year': { unusedSince: NOW - 365 * DAY_MS },
  'never used': { neverUsed: true },
  'expiring within a week': { expiresBefore: NOW + 7 * DAY_MS },
  'of too long a life': { breaks: { maxLifetimeMs: 720 * DAY_MS } },
  'without an expiry': { breaks: { requireExpiry: true } },
  'from anywhere': { breaks: { requireIp: true } },
  'on whatever the switch says': { staysOn: true },
  'of people, never used, without an expiry': { kind: 'user', neverUsed: true, breaks: { requireExpiry: true } },
  'of one person, soon to expire': { owner: { user: 'u-123' }, expiresBefore: NOW + 100 * DAY_MS },
}

describe('a hundred thousand tokens', { timeout: 60_000 }, () => {
  const database = new LibsqlDatabase(':memory:')
  const storage = sqliteStorage(database)

  beforeAll(async () => {
    const personal = records.filter((record) => 'user' in record.token.owner)
    const others = records.filter((record) => !('user' in record.token.owner))
    await write(storage, [putAccount(account('acme'))])
    fill(database, personal)
    await write(
      storage,
      others.map((record) => addToken(record.token)),
    )
    await storage.recordUse({ uses: others.flatMap(usesOf), digests: [] })
    await write(storage, [...people, ...services].map(putMember)) // and with them all that their tokens reach
  }, 120_000)

  it('all of them are found in one list, each once', async () => {
    const ids: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: PageRequest = { limit: 10_000, ...(next !== '' && { after: next }) }
      const cut: Page<CredentialRecord> = await storage.credentials('acme', { now: NOW }, page)
      ids.push(...cut.items.map((record) => record.token.id))
      next = cut.next
    }
    expect(ids).toEqual(listed(records, { now: NOW }).map((record) => record.token.id))
    expect(ids.length).toBeLessThan(TOKENS)
  })

  it.each(Object.entries(FILTERS))('%s: found page by page, as by looking at each', async (_, terms) => {
    const filter = { now: NOW, ...terms }
    const expected = listed(records, filter)
    expect(expected.length).toBeGreaterThan(10)
    const found: CredentialRecord[] = []
    for (let next: string | null = ''; next !== null && found.length < ENOUGH; ) {
      const page: PageRequest = { limit: 50, ...(next !== '' && { after: next }) }
      const cut: Page<CredentialRecord> = await storage.credentials('acme', filter, page)
      found.push(...cut.items)
      next = cut.next
    }
    expect(found.length).toBe(Math.min(expected.length, ENOUGH))
    // One by one: to print two long lists takes longer than to make them.
    for (const [i, record] of found.entries()) {
      if (!isDeepStrictEqual(record, expected[i])) expect(record).toEqual(expected[i])
    }
  })
})

/** Straight into the tables of facts: the way through `commit` takes several times as long. */
function fill(database: SqliteDatabase, personal: readonly CredentialRecord[]): void {
  const columns = Object.keys({ ...tokenRow(token('t', { user: 'u' })), ...secretsRow(secrets('d')) })
  const insertToken = database.prepare(
    `INSERT INTO bailiwick_tokens (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const insertName = database.prepare(`INSERT INTO bailiwick_named_accounts VALUES ('acme', ?, 1)`)
  const insertUse = database.prepare(`INSERT INTO bailiwick_token_uses VALUES (?, 'acme', ?, ?)`)
  database.exec('BEGIN')
  for (const record of personal) {
    const row = { ...tokenRow(record.token), ...secretsRow(secrets(`digest of ${record.token.id}`)) }
    insertToken.run(...Object.values(row))
    if (row.reaches_everywhere === 0) insertName.run(record.token.id)
    for (const { token: id, at, from } of usesOf(record)) insertUse.run(id, at, from)
  }
  database.exec('COMMIT')
}

function usesOf({ token: { id }, lastUse }: CredentialRecord): readonly TokenUse[] {
  return lastUse === null ? [] : [{ token: id, account: 'acme', ...lastUse }]
}
