/** Memory is bounded whoever comes: what is counted stays under its bound, and what is counted is what the process holds. */
import { describe, expect, it } from 'vitest'
import type { CredentialFacts, PrincipalFacts } from '../../src/core/facts.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'
import type { StorageReader } from '../../src/storage/port.ts'
import { heldBytes } from '../heap.ts'
import { account, allow, credentialOf, idOf, member, type Rig, rig, SERVED_MS, secretsOf, token } from './fixture.ts'

/** Credentials that open something are read and compiled: fewer of them are as good a flood. */
const GOOD = 1_500
const BAD = 8_000
const MIB = 1_024 * 1_024
const IMPORTED = createImportedKeys({ sha256: true })

/** How many selectors each token of the world has. */
const SELECTORS = 20

const keyOf = (n: number) => `old-${n}-key`
const plainOf = (n: number) => IMPORTED.digestsOf(keyOf(n))[0] ?? ''

/**
 * A database of everybody: token `n` for each n from 1 to 9,999,999, with its member and an imported key, and no other. Each read makes its facts
 * anew, as a driver does: nothing of them is held here.
 */
class Everybody implements StorageReader {
  readonly #status: 'active' | 'revoked'

  constructor(status: 'active' | 'revoked' = 'active') {
    this.#status = status
  }

  async credential(id: string): Promise<CredentialFacts | null> {
    const n = Number(id)
    if (n > 9_999_999) return null
    const resources = Array.from({ length: SELECTORS }, (_, i) => `account:acme/zone:z${n}-${i}`)
    const { standings } = await this.principal(`u_${n}`)
    const revisions = new Map([['account:acme', 1] as const, [`user:u_${n}`, 1] as const])
    const imported = { digest: plainOf(n), endsOn: 1e15 }
    const owned = token(n, { owner: { user: `u_${n}` }, policies: [allow(...resources)], status: this.#status })
    return { token: owned, secrets: secretsOf(n, 0, imported), user: null, standings, revisions, blockedIn: [] }
  }

  async principal(user: string): Promise<PrincipalFacts> {
    const revisions = new Map([['account:acme', 1] as const, [`user:${user}` as const, 1] as const])
    return { user: null, standings: [{ account: account('acme'), member: member(user) }], revisions }
  }

  async revisions(scopes: readonly unknown[]): Promise<readonly number[]> {
    return scopes.map(() => 1)
  }

  async tokensByDigest(digests: readonly string[]): Promise<readonly string[]> {
    const [found] = digests.map((digest) => this.#byDigest.get(digest)).filter((n) => n !== undefined)
    return found === undefined ? [] : [idOf(found)]
  }

  /** The keys that some test presents, found by the digest alone: the one thing that can't be turned round. */
  readonly #byDigest = new Map(Array.from({ length: GOOD }, (_, i) => [plainOf(i + 1), i + 1] as const))
}

type Flood = readonly [count: number, isKept: boolean, come: (engine: Rig['engine'], n: number) => Promise<unknown>]

const FLOODS: Readonly<Record<string, Flood>> = {
  'good credentials': [GOOD, true, (engine, n) => engine.authenticate(credentialOf(n), null)],
  'imported keys': [GOOD, true, (engine, n) => engine.authenticate(keyOf(n), null)],
  sessions: [GOOD, true, (engine, n) => engine.session(`u_${n}`, null)],
  'invented ids': [BAD, false, (engine, n) => engine.authenticate(credentialOf(10_000_000 + n), null)],
  'wrong secrets of tokens that exist': [BAD, false, (engine, n) => engine.authenticate(credentialOf(n, 9), null)],
  'invented keys': [BAD, false, (engine, n) => engine.authenticate(`invented ${n} ${'x'.repeat(500)}`, null)],
  'long texts that are no credentials': [
    BAD,
    false,
    (engine, n) => engine.authenticate(`${n} ${'x'.repeat(5_000)}`, null),
  ],
  'addresses, each of them let through': [
    BAD,
    true,
    async (engine, n) => {
      const access = await engine.authenticate(credentialOf(1 + (n % 50)), `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
      if (!access.can('dns.read', `account:acme/zone:z${1 + (n % 50)}-0`)) throw new Error('it may')
    },
  ],
  'refused questions with long names': [
    GOOD,
    false,
    async (engine, n) => {
      const access = await engine.authenticate(credentialOf(1), null, `request ${n}`)
      access.can('dns.read', `account:acme/zone:${n}${'x'.repeat(1_000)}`)
    },
  ],
}

const MAX_ENTRIES = 1_000
const MAX_BYTES = 2 * MIB
/** What an entry may hold besides what is counted: its key in three tables, and the digest of an imported key. */
const PER_ENTRY = 800
/** Unknown ids and keys, a thousand of each; reads under way; what the process itself needs. */
const REST = MIB

describe('under a flood of', () => {
  it.each(Object.entries(FLOODS))(
    '%s what is counted stays under its bound, and the process holds what is counted and a fixed rest',
    async (_name, [count, isKept, come]) => {
      const flood = async (): Promise<Rig> => {
        const made = rig(new Everybody(), {
          ...{ maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES, importedKeys: { sha256: true }, decisions: true },
        })
        for (let n = 1; n <= count; n++) {
          await come(made.engine, n)
          if (n % 100 === 0) made.pass(500)
          if (n % 100 === 0) made.events.length = 0
        }
        made.events.length = 0
        return made
      }
      await flood() // what is compiled and allocated once
      const before = await heldBytes()
      const { snapshots, uses } = await flood()
      const grown = (await heldBytes()) - before
      expect(grown).toBeLessThan(isKept ? MAX_BYTES + PER_ENTRY * MAX_ENTRIES + REST : REST)
      const { entries, bytes, scopes, lookups } = snapshots.size
      expect(entries).toBeLessThanOrEqual(MAX_ENTRIES)
      expect(bytes).toBeLessThanOrEqual(0.75 * MAX_BYTES)
      expect(scopes).toBeLessThanOrEqual(2 * entries)
      expect(lookups).toBeLessThanOrEqual(1_000 + MAX_ENTRIES)
      expect(uses.waiting).toBeLessThanOrEqual(100)
    },
  )

  it('small credentials: their number is bounded too', async () => {
    const { engine, snapshots } = rig(new Everybody(), { maxEntries: 100 })
    for (let n = 1; n <= 300; n++) await engine.authenticate(credentialOf(n), null)
    expect(snapshots.size).toMatchObject({ entries: 100, scopes: 101 })
  })

  it('credentials, each as large as one may be: bytes are what bounds them', async () => {
    const maxBytes = 8 * MIB
    const large = new Everybody()
    const resources = (n: number) =>
      Array.from({ length: 1_000 }, (_, i) => `account:acme/zone:${n}-${i}-${'x'.repeat(200)}`)
    const reader = watched(large, (n, facts) => ({
      ...facts,
      token: { ...facts.token, policies: [allow(...resources(n))] },
    }))
    const { engine, snapshots } = rig(reader, { maxBytes, maxEntries: 100_000 })
    await engine.authenticate(credentialOf(1), null)
    const before = await heldBytes()
    for (let n = 1; n <= 60; n++) await engine.authenticate(credentialOf(n), null)
    expect((await heldBytes()) - before).toBeLessThan(maxBytes + REST)
    expect(snapshots.size.bytes).toBeLessThanOrEqual(0.75 * maxBytes)
    expect(snapshots.size.entries).toBeGreaterThan(1)
  })

  it('tokens that ended, what was learned of them is forgotten when no access can be older', async () => {
    const { engine, snapshots, pass } = rig(new Everybody('revoked'), { maxEntries: 10 })
    const before = await heldBytes()
    for (let n = 1; n <= GOOD; n++) {
      await engine.authenticate(credentialOf(n), null)
      if (n % 50 === 0) pass(SERVED_MS)
    }
    expect((await heldBytes()) - before).toBeLessThan(REST)
    expect(snapshots.news.has(idOf(1))).toBe(false)
    expect(snapshots.news.has(idOf(GOOD))).toBe(true)
  })
})

function watched(inner: StorageReader, change: (n: number, facts: CredentialFacts) => CredentialFacts): StorageReader {
  return {
    credential: async (id) => {
      const facts = await inner.credential(id)
      return facts && change(Number(id), facts)
    },
    principal: (user) => inner.principal(user),
    revisions: (scopes) => inner.revisions(scopes),
    tokensByDigest: (digests) => inner.tokensByDigest(digests),
  }
}
