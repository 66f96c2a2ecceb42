import { createHmac, hash } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AdminStorage } from '../../src/admin/deps.ts'
import { printCredential } from '../../src/credential/format.ts'
import type { ImportedDigest } from '../../src/credential/imported.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { Storage } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { parseCredential } from '../credential/parsed.ts'
import { emptyWorld, PURGE, refusal, refused, START, type World, world } from './helpers.ts'
import { slowed } from './turns.ts'

const NEW = { owner: { user: 'ann' }, name: 'n', policies: [PURGE] } as const
const FOUND = { source: 'github:commit', url: 'https://github.com/a/b/blob/c/d' } as const
const KEY = 'old key of another make'
const DIGEST = { scheme: 'sha256-hex', value: hash('sha256', KEY, 'hex') } as const
const PEPPERS = { current: 'p1', keys: { p1: 'x'.repeat(32) } }

/** Everything that is kept: the facts and the log of `ann`. */
async function kept(w: World, id: string) {
  return { record: await w.storage.token(id), log: await w.log('user:ann') }
}

describe.each([
  ['memory', memoryStorage],
  ['sqlite', () => sqliteStorage(':memory:')],
])('a leaked secret over %s', (_name, storage) => {
  test('that is the current one ends its token, which keeps where it was found', async () => {
    const w = await world({ storage: storage() })
    const { token, value } = await w.admin.tokens.create(NEW)
    w.pass(9)
    w.events.length = 0
    const report = await w.admin.tokens.reportLeaked(value, FOUND, { by: 'host', from: 'github' })
    expect(report).toEqual({ outcome: 'revoked', token: token.id })
    const leak = { at: START + 9, ...FOUND }
    const after = { ...token, status: 'revoked', leak, modifiedOn: START + 9, revision: 2 }
    expect(await w.admin.tokens.get(token.id)).toEqual(after)
    expect((await w.log('user:ann'))[0]).toMatchObject({
      action: 'token.report_leaked',
      target: `token:${token.id}`,
      actor: 'host',
      from: 'github',
      before: token,
      after,
    })
    // As of a revocation: whoever holds an access of this token is refused from now on.
    expect(w.events).toEqual([
      { scopes: ['user:ann'], token: { id: token.id, after: { token: after, secrets: expect.anything() } } },
    ])
  })

  test('told of a second time changes nothing', async () => {
    const w = await world({ storage: storage() })
    const { token, value } = await w.admin.tokens.create(NEW)
    await w.admin.tokens.reportLeaked(value, FOUND)
    const before = await kept(w, token.id)
    w.pass(5)
    const again = await w.admin.tokens.reportLeaked(value, { source: 'another' })
    expect(again).toEqual({ outcome: 'already_ended', token: token.id })
    expect(await kept(w, token.id)).toEqual(before)
  })

  test('of a token that is revoked already is written down once', async () => {
    const w = await world({ storage: storage() })
    const { token, value } = await w.admin.tokens.create(NEW)
    await w.admin.tokens.revoke(token.id)
    expect((await w.admin.tokens.reportLeaked(value, FOUND)).outcome).toBe('already_ended')
    expect((await w.admin.tokens.get(token.id))?.leak).toEqual({ at: START, ...FOUND })
    expect((await w.admin.tokens.reportLeaked(value, { source: 'x' })).outcome).toBe('already_ended')
    expect((await w.admin.tokens.get(token.id))?.leak).toEqual({ at: START, ...FOUND })
  })

  test('ends a disabled token and an expired one too', async () => {
    const w = await world({ storage: storage() })
    const disabled = await w.admin.tokens.create(NEW)
    await w.admin.tokens.disable(disabled.token.id)
    const expired = await w.admin.tokens.create({ ...NEW, expiresOn: START + 1 })
    w.pass(10)
    for (const { value } of [disabled, expired])
      expect((await w.admin.tokens.reportLeaked(value, FOUND)).outcome).toBe('revoked')
  })

  test('that is the previous one ends the overlap and leaves the token', async () => {
    const w = await world({ storage: storage() })
    const { token, value } = await w.admin.tokens.create(NEW)
    const rolled = await w.admin.tokens.roll(token.id, { overlapMs: 100 })
    w.pass(99)
    expect(await w.admin.tokens.reportLeaked(value, FOUND)).toEqual({ outcome: 'overlap_ended', token: token.id })
    const stored = await w.storage.token(token.id)
    expect(stored?.secrets.previous?.endsOn).toBe(0)
    expect(stored?.token).toEqual({ ...rolled.token, modifiedOn: START + 99, revision: 3 })
    expect((await w.log('user:ann'))[0]).toMatchObject({
      action: 'token.report_leaked',
      before: { overlapEndsOn: START + 100 },
      after: { id: token.id, status: 'active', previousLeak: { at: START + 99, ...FOUND } },
    })
    const before = await kept(w, token.id)
    expect((await w.admin.tokens.reportLeaked(value, FOUND)).outcome).toBe('already_ended')
    expect(await kept(w, token.id)).toEqual(before)
  })

  test('of an ended overlap shows no overlap in the log', async () => {
    const w = await world({ storage: storage() })
    const { token, value } = await w.admin.tokens.create(NEW)
    await w.admin.tokens.roll(token.id, { overlapMs: 100 })
    await w.admin.tokens.reportLeaked(value, FOUND)
    expect((await w.log('user:ann'))[0]?.after).not.toHaveProperty('overlapEndsOn')
    await w.admin.tokens.disable(token.id)
    expect((await w.log('user:ann'))[0]?.before).not.toHaveProperty('overlapEndsOn')
  })

  test('that was the previous one of a revoked token has ended already, and nothing is written', async () => {
    const w = await world({ storage: storage() })
    const { token, value } = await w.admin.tokens.create(NEW)
    await w.admin.tokens.roll(token.id, { overlapMs: 100 })
    await w.admin.tokens.revoke(token.id)
    const before = await kept(w, token.id)
    expect(before.record?.secrets.previous?.endsOn).toBe(START + 100)
    expect(await w.admin.tokens.reportLeaked(value, FOUND)).toEqual({ outcome: 'already_ended', token: token.id })
    expect(await kept(w, token.id)).toEqual(before)
  })

  test('is read with any prefix, and without white space around it', async () => {
    const w = await world({ storage: storage(), importedKeys: { sha256: true } })
    const first = await w.admin.tokens.create(NEW)
    const { kind, id, secret } = parseCredential(first.value, new Set(['bwk'])) ?? expect.unreachable()
    const renamed = printCredential('older', kind, id, secret)
    expect(await w.admin.tokens.reportLeaked(`\t${renamed}\r\n`, FOUND)).toEqual({
      outcome: 'revoked',
      token: first.token.id,
    })
    const imported = await w.admin.tokens.import({ ...NEW, digest: DIGEST })
    const report = await w.admin.tokens.reportLeaked(` ${KEY}\n`, { source: `log ${KEY}` })
    expect(report).toEqual({ outcome: 'revoked', token: imported.token.id })
    expect((await w.admin.tokens.get(imported.token.id))?.leak?.source).toBe('log <credential>')
  })

  test.each([
    ['another deployment’s', printCredential('older', 'u', 'A'.repeat(22), 'B'.repeat(43))],
    ['a look-alike', `acme_u_${'7'.repeat(71)}`],
  ])('that was imported and looks like ours is found as where it is presented: %s', async (_, key) => {
    const w = await world({ storage: storage(), importedKeys: { sha256: true } })
    const value = hash('sha256', key, 'hex')
    const { token } = await w.admin.tokens.import({ ...NEW, digest: { scheme: 'sha256-hex', value } })
    expect(await w.admin.tokens.reportLeaked(key, FOUND)).toEqual({ outcome: 'revoked', token: token.id })
    expect((await w.admin.tokens.get(token.id))?.status).toBe('revoked')
  })

  test('of several tokens ends each of them, and tells of the worst', async () => {
    const HMAC = { k1: '1'.repeat(32), k2: '2'.repeat(32), k3: '3'.repeat(32) }
    const importedKeys = { sha256: true, hmacSha256: HMAC }
    const w = await world({ storage: storage(), importedKeys })
    const by = (key: keyof typeof HMAC) =>
      ({ scheme: 'hmac-sha256-hex', key, value: createHmac('sha256', HMAC[key]).update(KEY).digest('hex') }) as const
    const add = async (digest: ImportedDigest) => (await w.admin.tokens.import({ ...NEW, digest })).token.id
    const [retired, overlapping, current, other] = [
      await add(by('k1')),
      await add(by('k2')),
      await add(by('k3')),
      await add(DIGEST),
    ]
    await w.admin.tokens.roll(retired)
    await w.admin.tokens.roll(overlapping, { overlapMs: 100 })
    const status = async (id: string) => (await w.admin.tokens.get(id))?.status
    const { outcome, token } = await w.admin.tokens.reportLeaked(KEY, FOUND)
    expect(outcome).toBe('revoked')
    expect([current, other]).toContain(token)
    expect(await Promise.all([current, other, overlapping, retired].map(status))).toEqual([
      'revoked',
      'revoked',
      'active',
      'active',
    ])
    expect((await w.storage.token(overlapping))?.secrets.previous?.endsOn).toBe(0)
    expect((await w.admin.tokens.reportLeaked(KEY, FOUND)).outcome).toBe('already_ended')
  })

  test('of several tokens ends the others where one can’t be written, and then it throws', async () => {
    let failing = ''
    const w = await world({
      storage: storage(),
      importedKeys: { sha256: true, hmacSha256: { k1: '1'.repeat(32) } },
      through: (inner) => ({
        ...inner,
        commit: async (change) => {
          if (change.audit.target === `token:${failing}`) throw new Error('disk full')
          return inner.commit(change)
        },
      }),
    })
    const value = createHmac('sha256', '1'.repeat(32)).update(KEY).digest('hex')
    const digests = [DIGEST, { scheme: 'hmac-sha256-hex', key: 'k1', value }] as const
    const ids: string[] = []
    for (const digest of digests) ids.push((await w.admin.tokens.import({ ...NEW, digest })).token.id)
    failing = ids.toSorted()[0] ?? ''
    expect(await refused(w.admin.tokens.reportLeaked(KEY, FOUND))).toBe('ERR_BAILIWICK_STORAGE_UNAVAILABLE')
    const [, second = ''] = ids.toSorted()
    expect((await w.admin.tokens.get(second))?.status).toBe('revoked')
    const broken = failing
    failing = ''
    expect(await w.admin.tokens.reportLeaked(KEY, FOUND)).toEqual({ outcome: 'revoked', token: broken })
  })

  test('of a key that may be two things ends what it is as the one where the other can’t be looked up, and then it throws', async () => {
    let isDown = true
    const w = await world({
      storage: storage(),
      importedKeys: { sha256: true },
      through: (inner) => ({
        ...inner,
        token: async (id) => {
          if (isDown && id === 'q'.repeat(22)) throw new Error('no answer')
          return inner.token(id)
        },
      }),
    })
    const key = printCredential('other', 'u', 'q'.repeat(22), 'Z'.repeat(43))
    const digest = { scheme: 'sha256-hex', value: hash('sha256', key, 'hex') } as const
    const { token } = await w.admin.tokens.import({ ...NEW, digest })
    expect(await refused(w.admin.tokens.reportLeaked(key, FOUND))).toBe('ERR_BAILIWICK_STORAGE_UNAVAILABLE')
    expect((await w.admin.tokens.get(token.id))?.status).toBe('revoked')
    isDown = false
    expect(await w.admin.tokens.reportLeaked(key, FOUND)).toEqual({ outcome: 'already_ended', token: token.id })
  })

  test('that is retired changes nothing', async () => {
    const w = await world({ storage: storage() })
    const { token, value } = await w.admin.tokens.create(NEW)
    await w.admin.tokens.roll(token.id, { overlapMs: 100 })
    w.pass(100)
    const before = await kept(w, token.id)
    expect(await w.admin.tokens.reportLeaked(value, FOUND)).toEqual({ outcome: 'already_ended', token: token.id })
    await w.admin.tokens.roll(token.id)
    const twice = await kept(w, token.id)
    expect(await w.admin.tokens.reportLeaked(value, FOUND)).toEqual({ outcome: 'unknown', token: null })
    expect(await kept(w, token.id)).toEqual(twice)
    expect(twice.record?.token).toEqual({
      ...before.record?.token,
      revision: 3,
      modifiedOn: START + 100,
      secretIssuedOn: START + 100,
    })
  })

  test('of a key that was imported is found by its digest, under whatever pepper it is kept', async () => {
    const database = storage()
    const w = await world({ storage: database, importedKeys: { sha256: true } })
    const { token } = await w.admin.tokens.import({ ...NEW, digest: DIGEST })
    const peppered = world2(database, PEPPERS)
    expect(await peppered.admin.tokens.reportLeaked('another', FOUND)).toEqual({ outcome: 'unknown', token: null })
    // Such a row is taken no more at the door; its leak is acted on all the same.
    expect(await peppered.admin.tokens.reportLeaked(KEY, FOUND)).toEqual({ outcome: 'revoked', token: token.id })
  })
})

/** The same storage as a process with these peppers has it. */
function world2(storage: Storage, peppers: typeof PEPPERS): World {
  return emptyWorld({ storage, peppers, importedKeys: { sha256: true } })
}

describe('what is no secret of ours', () => {
  /** Which methods of the storage are asked. */
  function counted(asked: string[]): (storage: Storage) => AdminStorage {
    return (storage) =>
      new Proxy(storage, {
        get(target, name) {
          const method: unknown = Reflect.get(target, name)
          if (typeof method !== 'function') return method
          return (...args: unknown[]) => {
            asked.push(String(name))
            return Reflect.apply(method, target, args)
          }
        },
      })
  }

  test('is unknown, and costs no look into storage where it can be none', async () => {
    const asked: string[] = []
    const w = await world({ through: counted(asked) })
    const { value } = await w.admin.tokens.create(NEW)
    const seen = asked.length
    expect(seen).toBeGreaterThan(0)
    const mistyped = `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`
    for (const text of ['', 'x', KEY, mistyped, value.toUpperCase(), `x${value}`, 'x'.repeat(1_000_000), '\ud800'])
      expect(await w.admin.tokens.reportLeaked(text, FOUND)).toEqual({ outcome: 'unknown', token: null })
    expect(asked.length).toBe(seen)
  })

  test('a secret of our make that no token has', async () => {
    const w = await world()
    const { token, value } = await w.admin.tokens.create(NEW)
    const elsewhere = await (await world()).other.tokens.create(NEW)
    expect(await w.admin.tokens.reportLeaked(elsewhere.value, FOUND)).toEqual({ outcome: 'unknown', token: null })
    expect((await w.admin.tokens.get(token.id))?.status).toBe('active')
    expect((await w.admin.tokens.reportLeaked(value, FOUND)).outcome).toBe('revoked')
  })

  test('a row that can’t be told from it is an error while it works, and not when it has ended', async () => {
    const storage = memoryStorage()
    const lost = await world({ storage, peppers: { current: 'p0', keys: { p0: 'y'.repeat(32) } } })
    const { token, value } = await lost.admin.tokens.create(NEW)
    const w = world2(storage, PEPPERS)
    expect(await refused(w.admin.tokens.reportLeaked(value, FOUND))).toBe('ERR_BAILIWICK_STORED_FACT')
    await w.admin.tokens.revoke(token.id)
    expect((await w.admin.tokens.reportLeaked(value, FOUND)).outcome).toBe('unknown')
  })

  test('evidence is checked before anything is done', async () => {
    const w = await world()
    const { token, value } = await w.admin.tokens.create(NEW)
    const told = (evidence: object) => refused(w.admin.tokens.reportLeaked(value, evidence as never))
    expect(await told({})).toBe('evidence.source required')
    for (const source of ['', ' ', 'a\nb', 'x'.repeat(201), '\ud800', '\u2028'])
      expect(await told({ source })).toBe('evidence.source bad_source')
    for (const url of [
      '',
      'ftp://x',
      'javascript:alert(1)',
      'https://',
      'https://a b',
      `https://x/${'x'.repeat(2_048)}`,
    ])
      expect(await told({ source: 'x', url })).toBe('evidence.url bad_url')
    expect(await told({ source: 'x', where: 'y' })).toBe('evidence.where unknown_field')
    expect(await refused(w.admin.tokens.reportLeaked(1 as never, FOUND))).toBe('value bad_type')
    expect(await refused(w.admin.tokens.reportLeaked('x', FOUND, { by: 'me' as never }))).toBe('origin.by bad_actor')
    expect((await w.admin.tokens.get(token.id))?.status).toBe('active')
  })
})

test('the value stands in nothing that is kept or thrown, also where it is a part of the evidence', async () => {
  const w = await world({ importedKeys: { sha256: true } })
  const { value, token } = await w.admin.tokens.create(NEW)
  await w.admin.tokens.import({ ...NEW, digest: DIGEST })
  const encoded = [...value].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')
  const evidence = [
    { source: `found ${value}`, url: `https://x.example/?q=${value}#${value}` },
    { source: 'x', url: `https://x.example/${encoded}` },
    { source: KEY, url: `https://x.example/?q=${encodeURIComponent(KEY)}` },
  ]
  const told: unknown[] = [await refusal(w.admin.tokens.reportLeaked(value, { source: `${value}\n` }))]
  told.push(await refusal(w.admin.tokens.reportLeaked(KEY, { source: `${KEY}\n`, url: KEY })))
  told.push(await w.admin.tokens.reportLeaked(value, evidence[0] as never))
  told.push(await w.admin.tokens.reportLeaked(KEY, evidence[2] as never))
  const other = await w.admin.tokens.create(NEW)
  told.push(await w.admin.tokens.reportLeaked(other.value, { source: 'x', url: `https://x.example/${encoded}` }))
  told.push(await w.log('user:ann'), (await w.admin.tokens.list({ user: 'ann' })).items)
  const text = inspect(told, { depth: null, maxStringLength: null, showHidden: true })
  for (const hidden of [value, value.slice(-49, -6), encoded, KEY, encodeURIComponent(KEY), other.value])
    expect(text).not.toContain(hidden)
  expect((await w.admin.tokens.get(token.id))?.leak).toEqual({
    at: START,
    source: 'found <credential>',
    url: 'https://x.example/?q=<credential>#<credential>',
  })
})

test('a report beside a roll ends whichever secret it is of at that moment', async () => {
  const outcomes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(0, 50),
      async (turns, overlapMs) => {
        const w = await world({ through: slowed(turns) })
        const { token, value } = await w.admin.tokens.create(NEW)
        const [report, roll] = await Promise.allSettled([
          w.admin.tokens.reportLeaked(value, FOUND),
          w.other.tokens.roll(token.id, { overlapMs }),
        ])
        if (report.status === 'rejected') throw report.reason
        const { outcome } = report.value
        outcomes.add(outcome)
        const stored = await w.storage.token(token.id)
        const isRevoked = stored?.token.status === 'revoked'
        // Revoked before the roll, which is refused then; or the roll came first, and no overlap is left.
        expect(isRevoked).toBe(outcome === 'revoked')
        expect(roll.status).toBe(isRevoked ? 'rejected' : 'fulfilled')
        if (!isRevoked) expect(stored?.secrets.previous?.endsOn).toBe(0)
        expect(outcome).not.toBe('unknown')
        expect(await w.admin.audit.verify({ user: 'ann' })).toMatchObject({ ok: true })
      },
    ),
    { numRuns: 200 },
  )
  expect(outcomes).toEqual(new Set(['revoked', 'overlap_ended', 'already_ended']))
})
