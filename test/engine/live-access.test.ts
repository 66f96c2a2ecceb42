/** What an access does besides deciding: what it refuses to be asked, what it notes, tells and reports. */
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import type { CatalogShape } from '../../src/core/catalog-types.ts'
import { ALLOW } from '../../src/core/decision.ts'
import type { Token } from '../../src/core/facts.ts'
import { createPeppers } from '../../src/credential/peppers.ts'
import type { Access, GuardReason, Question } from '../../src/engine/access.ts'
import type { Storage } from '../../src/storage/port.ts'
import {
  account,
  allow,
  credentialOf,
  EPOCH,
  FLUSH_MS,
  HELD_MS,
  member,
  rig,
  secretsOf,
  seeded,
  token,
  WatchedReader,
  write,
  written,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'
const OTHER = 'account:other/zone:z1'
const MISUSE = expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' })
const STALE = expect.objectContaining({ code: 'ERR_BAILIWICK_ACCESS_STALE' })
const STORED_FACT = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })

async function withToken(change: Partial<Token>): Promise<Storage> {
  const storage = await seeded()
  await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1, change), secrets: secretsOf(1) })
  return storage
}

/** A token of u_1 that reaches all accounts of u_1, who is a member of `other` as well, with this role there. */
async function inTwo(role = 'owner'): Promise<Storage> {
  const storage = await withToken({ policies: [allow('account:*')] })
  await write(
    storage,
    ['user:u_1', 'account:other'],
    { kind: 'put_account', account: account('other') },
    { kind: 'put_member', member: member('u_1', { account: 'other', roles: [role] }) },
  )
  return storage
}

describe('several questions', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'dns.read'],
    ['what is like a list', { length: 1, 0: ['dns.read', Z1], every: () => true, map: () => [] }],
    ['an empty list', []],
    ['a list of texts', ['dns.read', Z1]],
    ['a list that holds no pair at its end', [['dns.read', Z1], null]],
    ['a list that holds no pair at its beginning', [null, ['dns.read', Z1]]],
    [
      'a permission that the catalog doesn’t have',
      [
        ['dns.read', Z1],
        ['dns.rite', Z1],
      ],
    ],
  ])('are a list of pairs, and not %s, whoever asks', async (_, questions) => {
    const { engine, uses } = rig(await seeded())
    for (const access of [await engine.authenticate(credentialOf(1), null), await engine.authenticate(null, null)])
      expect(() => access.checkAll(questions as Question<CatalogShape>[])).toThrow(MISUSE)
    expect(uses.waiting).toBe(0)
  })

  test('are a use of each account where all are allowed, and of none where one is denied', async () => {
    const { engine, uses } = rig(await inTwo())
    const access = await engine.authenticate(credentialOf(1), null)
    const both: Question<CatalogShape>[] = [
      ['dns.read', Z1],
      ['dns.write', OTHER],
    ]
    expect(access.checkAll([...both, ['dns.read', 'account:none/zone:z1']]).reason).toBe('not_a_member')
    expect(uses.waiting).toBe(0)
    expect(access.checkAll(both)).toBe(ALLOW)
    expect(uses.waiting).toBe(2)
  })

  test('are denied as the credential is, where that is refused as a whole', async () => {
    const { engine } = rig(await withToken({ status: 'disabled' }))
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.checkAll([['dns.read', Z1]])).toBe(access.denial)
    expect((await engine.authenticate(null, null)).checkAll([['dns.read', Z1]]).reason).toBe('credential_missing')
  })
})

describe('a list', () => {
  test('is asked at one instant, and notes the accounts of what was allowed alone', async () => {
    const { engine, uses } = rig(await inTwo())
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.filter('dns.read', ['account:none/zone:z1', 'x', Z1], (name) => name)).toEqual([Z1])
    expect(uses.waiting).toBe(1)
  })
})

describe('a use', () => {
  test('is noted with the address that the request came from, and with none where it was given no address', async () => {
    const { engine, uses } = rig(await seeded())
    const from: unknown[] = []
    const note = uses.note.bind(uses)
    uses.note = (...use) => {
      from.push(use.slice(3, 5))
      note(...use)
    }
    for (const ip of ['203.0.113.9', '203.0.113.9:443', 'x'.repeat(100_000), ''])
      expect((await engine.authenticate(credentialOf(1), ip)).can('dns.read', Z1)).toBe(true)
    const none = [null, null]
    expect(from).toEqual([['203.0.113.9', parseAddress('203.0.113.9')], none, none, none])
  })

  test('is noted at its root, however many its token reaches', async () => {
    for (const others of [[], ['account:b', 'account:c', 'account:d', 'account:e']]) {
      const { engine, uses } = rig(await withToken({ policies: [allow(...others, 'account:acme')] }))
      const roots: string[] = []
      const note = uses.note.bind(uses)
      uses.note = (...use) => {
        roots.push(use[2])
        note(...use)
      }
      expect((await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)).toBe(true)
      expect(roots).toEqual(['account:acme'])
    }
  })

  test.each([
    ['no address', null],
    ['an address', '203.0.113.9'],
    ['text that is none', '203.0.113.9:443'],
  ])('is noted once in an interval, also after it was written: from %s', async (_, ip) => {
    const { engine, uses, pass } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), ip)
    const ask = () => access.can('dns.read', Z1) && uses.waiting
    expect([ask(), ask()]).toEqual([1, 1])
    await uses.flush()
    expect(ask()).toBe(0)
    pass(FLUSH_MS - 1)
    expect(ask()).toBe(0)
    pass(1)
    expect(ask()).toBe(1)
  })
})

describe('a guard’s refusal', () => {
  test('is as good where nobody is told', async () => {
    const { engine } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.refuse('dns.read', 'not_a_member').reason).toBe('not_a_member')
  })

  test('is one of two, and decides and notes nothing', async () => {
    const { engine, uses, events } = rig(await seeded(), { decisions: true })
    const access = await engine.authenticate(credentialOf(1), null)
    for (const reason of ['not_a_member', 'resource_malformed'] as const)
      expect(access.refuse('dns.read', reason)).toEqual({ effect: 'deny', reason })
    for (const reason of ['not_granted', '', undefined] as unknown as GuardReason[])
      expect(() => access.refuse('dns.read', reason)).toThrow(MISUSE)
    expect(() => access.refuse('dns.rite', 'not_a_member')).toThrow(MISUSE)
    expect(access.can('dns.read', Z1)).toBe(true)
    await settled()
    expect([uses.waiting, events.map(({ decision }) => decision.reason)]).toEqual([
      1,
      ['not_a_member', 'resource_malformed'],
    ])
  })

  test('is told with the instant at which it was made, also after the access has grown old', async () => {
    const { engine, events, pass } = rig(await seeded(), { decisions: true })
    const access = await engine.authenticate(credentialOf(1), null)
    pass(HELD_MS)
    access.refuse('dns.read', 'not_a_member')
    await settled()
    expect(events).toMatchObject([{ at: EPOCH + 1_000 + HELD_MS, decision: { reason: 'not_a_member' } }])
  })
})

describe('a clock that says no time', () => {
  const ask: [string, (access: Access) => unknown][] = [
    ['can', (access) => access.can('dns.read', Z1)],
    ['checkAll', (access) => access.checkAll([['dns.read', Z1]])],
    ['filter', (access) => access.filter('dns.read', [], () => Z1)],
    ['denial', (access) => access.denial],
    ['explain', (access) => access.explain('dns.read', Z1)],
  ]
  test.each(ask)('is misuse, whoever asks: %s', async (_, question) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, new Date() as unknown as number]) {
      const peppers = createPeppers(undefined, () => EPOCH)
      const { engine, events } = rig(await seeded(), { clock: () => value, decisions: true, peppers })
      for (const credential of [credentialOf(1), null]) {
        const access = await engine.authenticate(credential, null)
        expect(() => question(access)).toThrow(MISUSE)
      }
      expect(events).toEqual([])
    }
  })

  test('makes every access too old, where it is the monotonic one, and none once it tells time again', async () => {
    let now = 0
    const reader = new WatchedReader(await seeded())
    const { engine } = rig(reader, { monotonic: () => now })
    const held = await engine.authenticate(credentialOf(1), null)
    now = Number.NaN
    expect(() => held.can('dns.read', Z1)).toThrow(STALE)
    for (let i = 1; i <= 2; i++) {
      reader.reads.length = 0
      const access = await engine.authenticate(credentialOf(1), null)
      expect(reader.reads).toContain('credential')
      expect(() => access.can('dns.read', Z1)).toThrow(STALE)
    }
    now = 1
    expect(held.can('dns.read', Z1)).toBe(true)
    expect((await engine.authenticate(credentialOf(1), null)).can('dns.read', Z1)).toBe(true)
  })
})

describe('what can’t be understood', () => {
  test('is thrown and reported by each question about that account, and by no other', async () => {
    const { engine, reports, uses } = rig(await inTwo('long-gone'))
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.explain('dns.read', Z1).decision).toBe(ALLOW)
    expect(reports).toEqual([])
    const questions: (() => unknown)[] = [
      () => access.explain('dns.read', OTHER),
      () => access.check('dns.read', OTHER),
      () => access.require('dns.read', OTHER),
      () =>
        access.checkAll([
          ['dns.read', Z1],
          ['dns.read', OTHER],
        ]),
    ]
    for (const [i, question] of questions.entries()) {
      expect(question).toThrow(STORED_FACT)
      expect(reports).toHaveLength(i + 1)
    }
    expect(uses.waiting).toBe(0)
  })
})

describe('a refusal as a whole', () => {
  test('is told when the access is made, with who is refused, and not again for the same reason', async () => {
    const { engine, events, snapshots } = rig(await withToken({ status: 'disabled' }), { decisions: true })
    const access = await engine.authenticate(credentialOf(1), null)
    access.can('dns.read', Z1)
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { status: 'revoked', revision: 2 })) })
    access.can('dns.read', Z1)
    access.can('dns.read', Z1)
    await settled()
    expect(events.map(({ decision, permission }) => [decision.reason, permission])).toEqual([
      ['token_disabled', null],
      ['token_revoked', 'dns.read'],
      ['token_revoked', 'dns.read'],
    ])
  })

  test('by an ending that was heard of shows no policies, and shows them again where it is taken back', async () => {
    const { engine, events, snapshots } = rig(await seeded(), { decisions: true })
    const access = await engine.authenticate(credentialOf(1), null)
    const hear = (revision: number, status: Token['status']) =>
      snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { status, revision }), secretsOf(1)) })
    hear(2, 'disabled')
    access.can('dns.export', Z1)
    hear(3, 'active')
    access.can('dns.export', Z1)
    await settled()
    expect(events.map(({ decision, policies }) => [decision.reason, policies.length])).toEqual([
      ['token_disabled', 0],
      [null, 2],
    ])
  })

  test('that a refresh found names nobody, and no policies', async () => {
    const storage = await seeded()
    const { engine, events, reports } = rig(storage, { decisions: true })
    const access = await engine.authenticate(credentialOf(1), null)
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets: secretsOf(1, 1) })
    await access.refresh()
    access.can('dns.read', Z1)
    await settled()
    expect([events, reports]).toMatchObject([
      [{ decision: { reason: 'credential_unknown' }, permission: 'dns.read', principal: null, policies: [] }],
      [],
    ])
  })

  test('is explained as such', async () => {
    const { engine } = rig(await withToken({ condition: { ip: { in: ['203.0.113.0/24'] } } }))
    const access = await engine.authenticate(credentialOf(1), '198.51.100.1')
    expect(access.explain('dns.read', Z1).decision.reason).toBe('address_not_allowed')
    expect((await engine.authenticate(null, null)).explain('dns.read', Z1).decision.reason).toBe('credential_missing')
  })
})

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
