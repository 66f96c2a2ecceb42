import { createHmac, hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimOf } from '../../src/credential/claim.ts'
import { digestOf } from '../../src/credential/digest.ts'
import { createImportedKeys, type ImportedDigest, type ImportedKeyOptions } from '../../src/credential/imported.ts'
import { createPeppers, type PepperOptions } from '../../src/credential/peppers.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { emptyWorld, PURGE, refused, START, type World, world } from './helpers.ts'

const HMAC = 'h'.repeat(32)
const ACCEPTED: ImportedKeyOptions = { sha256: true, hmacSha256: { k1: HMAC } }
const PEPPERS: PepperOptions = { current: 'p1', keys: { p1: 'p'.repeat(32) } }
const NEW = { owner: { user: 'ann' }, name: 'n', policies: [PURGE] } as const

/** Every way in which another system may have kept a key. */
const KEPT: readonly ((key: string) => ImportedDigest)[] = [
  (key) => ({ scheme: 'sha256-hex', value: hash('sha256', key, 'hex') }),
  (key) => ({ scheme: 'sha256-hex', value: hash('sha256', key, 'hex').toUpperCase() }),
  (key) => ({ scheme: 'sha256-base64url', value: hash('sha256', key, 'base64url') }),
  (key) => ({ scheme: 'hmac-sha256-hex', key: 'k1', value: createHmac('sha256', HMAC).update(key).digest('hex') }),
  (key) => ({
    scheme: 'hmac-sha256-base64url',
    key: 'k1',
    value: `${createHmac('sha256', HMAC).update(key).digest('base64url')}=`,
  }),
]

/** Which token a presented value opens, by its digest alone, as the door asks it. */
async function opened(w: World, value: string, peppers?: PepperOptions): Promise<string | null> {
  const kept = createPeppers(peppers, w.now)
  const claim = claimOf(value, new Set(['bwk']), createImportedKeys(ACCEPTED))
  if (claim === null) return null
  const digests = claim.kind === 'native' ? [digestOf(claim.bytes)] : claim.digests
  const known = claim.kind === 'native' ? [claim.id] : await w.storage.tokensByDigest(digests.flatMap(kept.formsOf))
  const [id = null] = known
  const secrets = id === null ? undefined : (await w.storage.token(id))?.secrets
  if (secrets === undefined) return null
  const { digest, previous } = secrets
  const live = [digest, ...(previous !== undefined && previous.endsOn > w.now() ? [previous.digest] : [])]
  return live.some((stored) => digests.some((digest) => kept.opens(stored, digest))) ? id : null
}

describe.each([
  ['memory', memoryStorage],
  ['sqlite', () => sqliteStorage(':memory:')],
])('an imported key over %s', (_name, storage) => {
  test.each([undefined, PEPPERS])(
    'opens its token, and is replaced by a value of ours at the next roll (peppers: %j)',
    async (peppers) => {
      await fc.assert(
        fc.asyncProperty(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom(...KEPT), async (key, kept) => {
          const w = await world({ storage: storage(), importedKeys: ACCEPTED, ...(peppers && { peppers }) })
          const { token, blockedIn } = await w.admin.tokens.import(
            { ...NEW, digest: kept(key) },
            { by: { user: 'ann' } },
          )
          expect(token).toMatchObject({
            owner: { user: 'ann' },
            issuedBy: 'user:ann',
            secretIssuedOn: START,
            revision: 1,
          })
          expect(blockedIn).toEqual([])
          expect(await opened(w, key, peppers)).toBe(token.id)
          expect(await opened(w, `${key}x`, peppers)).toBeNull()
          const { value } = await w.admin.tokens.roll(token.id, { overlapMs: 10 })
          expect(value).toMatch(/^bwk_u_/)
          expect(value).toContain(token.id)
          expect([await opened(w, key, peppers), await opened(w, value, peppers)]).toEqual([token.id, token.id])
          w.pass(10)
          expect([await opened(w, key, peppers), await opened(w, value, peppers)]).toEqual([null, token.id])
          const [rolled, imported] = await w.log('user:ann')
          expect([imported?.action, rolled?.action]).toEqual(['token.import', 'token.roll'])
          expect(JSON.stringify([imported, rolled])).not.toContain('sha256')
          await w.storage.close()
        }),
        { numRuns: 25 },
      )
    },
  )

  test('is taken once, under whatever pepper and in whatever spelling', async () => {
    const database = storage()
    const w = await world({ storage: database, importedKeys: ACCEPTED })
    const { token } = await w.admin.tokens.import({ ...NEW, digest: at(0)('key') })
    const again = emptyWorld({ storage: database, importedKeys: ACCEPTED, peppers: PEPPERS })
    for (const process of [w, again])
      for (const n of [0, 1, 2])
        expect(await refused(process.admin.tokens.import({ ...NEW, digest: at(n)('key') }))).toBe('exists')
    await w.admin.tokens.roll(token.id, { overlapMs: 5 })
    expect(await refused(w.admin.tokens.import({ ...NEW, digest: at(0)('key') }))).toBe('exists')
    const both = await Promise.allSettled([
      w.admin.tokens.import({ ...NEW, digest: at(0)('other') }),
      w.other.tokens.import({ ...NEW, digest: at(2)('other') }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await w.admin.tokens.list({ user: 'ann' })).items).toHaveLength(2)
  })
})

test('an import refuses what creating refuses', async () => {
  const w = await world({ importedKeys: ACCEPTED, limits: { tokensPerUser: 1 } })
  const digest = at(0)('key')
  await w.admin.accounts.setTokenRules('acme', { requireExpiry: true })
  expect(await refused(w.admin.tokens.import({ ...NEW, digest }))).toBe('expiresOn rule_violated')
  await w.admin.accounts.setTokenRules('acme', {})
  await w.admin.users.suspend('bob')
  expect(await refused(w.admin.tokens.import({ ...NEW, owner: { user: 'bob' }, digest }))).toBe('state')
  expect(await refused(w.admin.tokens.import({ ...NEW, owner: { account: 'none' }, digest }))).toBe(
    'policies.0.resources.0 misplaced_selector',
  )
  await w.admin.tokens.import({ ...NEW, digest })
  expect(await refused(w.admin.tokens.import({ ...NEW, digest: at(0)('b') }))).toBe('owner limit_exceeded')
})

test('an import refuses digests that nobody could open, and tells everything at once', async () => {
  const told = async (digest: unknown, importedKeys: ImportedKeyOptions = ACCEPTED, more: object = {}) =>
    refused((await world({ importedKeys })).admin.tokens.import({ ...NEW, digest, ...more } as never))
  const sha = at(0)('key')
  expect(await told(sha, {})).toBe('digest.scheme scheme_not_accepted')
  expect(await told(at(3)('key'), { sha256: true })).toBe('digest.key scheme_not_accepted')
  expect(await told({ ...at(3)('key'), key: 'k2' })).toBe('digest.key scheme_not_accepted')
  expect(await told({ ...at(3)('key'), key: undefined })).toBe('digest.key required')
  expect(await told({ ...sha, key: 'k1' })).toBe('digest.key bad_value')
  for (const value of ['', 'x', sha.value.slice(1), `${sha.value}0`, `${at(2)('key').value}`])
    expect(await told({ ...sha, value })).toBe('digest.value bad_digest')
  expect(await told({ scheme: 'md5', value: 1 }, ACCEPTED, { name: '' })).toBe(
    'name bad_name, digest.scheme bad_value, digest.value bad_type',
  )
  expect(await told(undefined)).toBe('digest required')
  expect(await told(sha, ACCEPTED, { nam: 'x' })).toBe('nam unknown_field')
  const { admin } = await world()
  expect(await refused(admin.tokens.import(null as never))).toContain('digest required')
  expect(await refused(admin.tokens.create({ ...NEW, digest: sha } as never))).toBe('digest unknown_field')
})

test('a person’s token that reaches every account is told where it is of no use', async () => {
  const w = await world({ importedKeys: ACCEPTED })
  await w.admin.accounts.setTokenRules('acme', { requireIp: true })
  const everywhere = { ...PURGE, resources: ['account:*/zone:a'] }
  const { blockedIn } = await w.admin.tokens.import({ ...NEW, policies: [everywhere], digest: at(0)('key') })
  expect(blockedIn).toEqual([{ account: 'acme', rules: ['requireIp'] }])
})

function at(n: number): (key: string) => ImportedDigest {
  return KEPT[n] ?? expect.unreachable()
}
