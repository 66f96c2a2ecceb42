/**
 * The contract of the list of credentials: each filter, alone and with others, in its order, at every page size.
 */
import assert from 'node:assert/strict'
import type { IpCondition, Owner, TokenRules } from '../../core/facts.ts'
import type { CredentialFilter, CredentialRecord, Storage, TokenUse } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  allPages,
  blockToken,
  LIMITS,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  putToken,
  secrets,
  shuffled,
  token,
  write,
} from './fixtures.ts'
import { listed } from './listed.ts'

export const credentialsClauses: Clauses = {
  'a credential is listed with its overlap, its membership, its block and its last use here': async (storage) => {
    const mine = token('t_1', { user: 'u_1' }, { policies: [policy('account:acme'), policy('account:beta')] })
    const own = token('t_2', { account: 'acme' })
    const service = token('t_3', { account: 'acme', service: 'gone' })
    const here = member('acme', 'u_1', { status: 'suspended', apiAccess: false })
    const overlap = { digest: 'd', previous: { digest: 'p', endsOn: 7 } }
    await write(storage, [
      ...['acme', 'beta'].map((id) => putAccount(account(id))),
      ...[here, member('acme', 'gone'), member('beta', 'u_1')].map(putMember),
      ...[addToken(mine, overlap), addToken(own), addToken(service), blockToken('acme', 't_1')],
    ])
    const uses: readonly TokenUse[] = [
      { token: 't_1', account: 'acme', at: NOW, from: '192.0.2.1' },
      { token: 't_1', account: 'beta', at: NOW + 1, from: '192.0.2.2' },
      { token: 't_1', account: null, at: NOW + 2, from: '192.0.2.3' },
      { token: 't_2', account: 'acme', at: NOW - 9, from: null },
    ]
    await storage.recordUse({ uses, digests: [] })
    const bare = { overlapEndsOn: null, member: null, blocked: false, lastUse: null }
    assert.deepEqual(await storage.credentials('acme', { now: NOW }, { limit: 9 }), {
      items: [
        { token: mine, overlapEndsOn: 7, member: here, blocked: true, lastUse: { at: NOW, from: '192.0.2.1' } },
        { ...bare, token: own, lastUse: { at: NOW - 9, from: null } },
        { ...bare, token: service },
      ],
      next: null,
    })
    assert.deepEqual((await storage.credentials('beta', { now: NOW }, { limit: 9 })).items, [
      {
        token: mine,
        overlapEndsOn: 7,
        member: member('beta', 'u_1'),
        blocked: false,
        lastUse: { at: NOW + 1, from: '192.0.2.2' },
      },
    ])
  },

  'each filter leaves what it asks for in its order, whole at every page size': async (storage) => {
    const all = await filled(storage)
    for (const filter of FILTERS) await answers(storage, all, filter)
  },

  'filters combine: all that is given holds': async (storage) => {
    const all = await filled(storage)
    for (const [i, one] of FILTERS.entries()) {
      for (const other of FILTERS.slice(i + 1)) await answers(storage, all, { ...other, ...one }, [53])
    }
    const three = FILTERS.map((one, i) => ({ ...FILTERS[(i + 5) % FILTERS.length], ...FILTERS[(i * 7) % 11], ...one }))
    for (const filter of three) await answers(storage, all, filter, [2])
  },

  'a cursor of another order is bad input': async (storage) => {
    await filled(storage)
    const orders: readonly CredentialFilter[] = [
      { now: NOW },
      { now: NOW, expiresBefore: NOW + 900 },
      { now: NOW, unusedSince: NOW + 900 },
    ]
    for (const from of orders) {
      const { next } = await storage.credentials('acme', from, { limit: 1 })
      assert.ok(next !== null)
      for (const to of orders.filter((order) => order !== from)) {
        await assert.rejects(storage.credentials('acme', to, { limit: 1, after: next }), {
          code: 'ERR_BAILIWICK_INPUT',
        })
      }
    }
  },

  'what is written to a token or a member is what the filters see next': async (storage) => {
    const owner = { user: 'u_1' }
    const reaching = { policies: [policy('account:*')] }
    const asked = async (filter: Omit<CredentialFilter, 'now'>) =>
      (await storage.credentials('acme', { now: NOW, ...filter }, { limit: 9 })).items.length
    await write(storage, [
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      putMember(member('acme', 's', { kind: 'service' })),
      addToken(token('t_1', owner, reaching)),
      addToken(token('t_2', { account: 'acme', service: 's' })),
    ])
    assert.deepEqual([await asked({ staysOn: true }), await asked({ expiresBefore: NOW + 9 })], [0, 0])
    assert.equal(await asked({ breaks: { requireExpiry: true } }), 2)

    await write(storage, [
      putMember(member('acme', 'u_1', { apiAccess: true })),
      putMember(member('acme', 's', { kind: 'service', apiAccess: true })),
      putToken(token('t_1', owner, { ...reaching, expiresOn: NOW + 1, status: 'disabled' })),
    ])
    assert.deepEqual([await asked({ staysOn: true }), await asked({ expiresBefore: NOW + 9 })], [2, 1])
    assert.deepEqual([await asked({ breaks: { requireExpiry: true } }), await asked({ status: 'disabled' })], [1, 1])

    await write(storage, [
      putMember(member('acme', 'u_1', { apiAccess: false })),
      { kind: 'remove_member', member: { account: 'acme', kind: 'service', id: 's' } },
      putToken(token('t_1', owner, { ...reaching, status: 'revoked', expiresOn: NOW + 1 })),
    ])
    assert.deepEqual([await asked({ staysOn: true }), await asked({ expiresBefore: NOW + 9 })], [0, 0])
    assert.deepEqual([await asked({ status: 'revoked' }), await asked({})], [1, 2])
  },
}

const NARROW = { in: ['192.0.2.0/24', '2001:db8::/32'] }

const RULES: readonly TokenRules[] = [
  {},
  { forbidPersonal: true },
  { forbidPersonal: false },
  { maxLifetimeMs: 350 },
  { maxLifetimeMs: 0 },
  { requireExpiry: true },
  { requireIp: true },
  { forbidPersonal: true, maxLifetimeMs: 600, requireExpiry: true, requireIp: false },
]

const FILTERS: readonly CredentialFilter[] = [
  { now: NOW },
  { now: NOW, owner: { user: 'u_1' } },
  { now: NOW, owner: { account: 'acme' } },
  { now: NOW, owner: { account: 'acme', service: 'u_1' } },
  { now: NOW, owner: { account: 'beta' } },
  { now: NOW, owner: { account: 'beta', service: 'u_1' } },
  ...(['user', 'service', 'account'] as const).map((kind) => ({ now: NOW, kind })),
  ...(['active', 'disabled', 'expired', 'revoked'] as const).map((status) => ({ now: NOW, status })),
  { now: NOW + 200, status: 'expired' },
  { now: NOW + 200, status: 'active' },
  { now: NOW, unusedSince: NOW - 200 },
  { now: NOW, unusedSince: NOW + 900 },
  { now: NOW, neverUsed: true },
  { now: NOW, expiresBefore: NOW },
  { now: NOW, expiresBefore: NOW + 300 },
  ...RULES.map((breaks) => ({ now: NOW, breaks })),
  { now: NOW, staysOn: true },
]

/** 53 credentials that reach `acme` in every state there is, with many equal times, and some that don't reach it. */
async function filled(storage: Storage): Promise<readonly CredentialRecord[]> {
  const switches = [true, false, null]
  const memberships = [
    { since: 0 },
    { since: NOW + 9, readmitted: true },
    { since: NOW - 300, status: 'suspended' },
  ] as const
  const people = ['u_1', 'u_2', 'u_3'].map((id, i) =>
    member('acme', id, { apiAccess: switches[i] ?? null, ...memberships[i] }),
  )
  const strangers = [
    member('beta', 'u_4'),
    member('acme', 'u_5', { status: 'pending', apiAccess: true }),
    member('acme', 'u_6', { since: NOW + 1, apiAccess: true }),
  ]
  const services = ['u_1', 's'].map((id, i) => member('acme', id, { kind: 'service', apiAccess: switches[i] ?? null }))
  const owners: readonly Owner[] = [
    { user: 'u_1' },
    { account: 'acme' },
    { account: 'acme', service: 'u_1' },
    { user: 'u_2' },
    { account: 'acme', service: 's' },
    { user: 'u_3' },
    { account: 'acme', service: 'gone' },
  ]
  const lists: readonly (IpCondition | null)[] = [null, NARROW, { in: ['10.0.0.0/7'] }, { notIn: ['10.0.0.0/8'] }]
  const records = shuffled(53).map((n): CredentialRecord => {
    const owner = owners[n % owners.length] ?? { account: 'acme' }
    const ip = lists[n % 4]
    const mine = token(`t-${n}`, owner, {
      policies: [policy(n % 2 ? 'account:acme/zone:z' : 'account:*')],
      status: (['active', 'active', 'active', 'disabled', 'revoked'] as const)[n % 5] ?? 'active',
      issuedOn: NOW - (n % 4) * 100,
      secretIssuedOn: NOW - (n % 3) * 100,
      apiAccess: 'account' in owner && !('service' in owner) ? (switches[n % 3] ?? null) : null,
      ...(n % 3 !== 0 && { expiresOn: NOW + ((n % 8) - 4) * 100 }),
      ...(ip && { condition: { ip } }),
    })
    return {
      token: mine,
      overlapEndsOn: n % 6 === 0 ? NOW + n : null,
      member: [...people, ...services].find((m) => m.id === idOf(owner) && m.kind in owner) ?? null,
      blocked: n % 9 === 0,
      lastUse: n % 2 ? null : { at: NOW - ((n % 7) - 3) * 100, from: n % 4 ? '192.0.2.1' : null },
    }
  })
  await write(storage, [
    ...['acme', 'beta'].map((id) => putAccount(account(id))),
    ...[...people, ...services, ...strangers].map(putMember),
    ...records.map(({ token: one, overlapEndsOn: endsOn }) => {
      const digests = secrets(`digest of ${one.id}`)
      return addToken(one, endsOn === null ? digests : { ...digests, previous: { digest: `old ${one.id}`, endsOn } })
    }),
    ...records.flatMap(({ token: { id }, blocked }) => (blocked ? [blockToken('acme', id)] : [])),
    addToken(token('x-1', { account: 'beta' }, { policies: [policy('account:acme')] })),
    addToken(token('x-2', { account: 'beta', service: 's' }, { policies: [policy('account:acme')] })),
    addToken(token('x-3', { user: 'u_4' }, { policies: [policy('account:acme', 'account:*')] })),
    addToken(token('x-5', { user: 'u_5' }, { policies: [policy('account:acme', 'account:*')] })),
    addToken(token('x-6', { user: 'u_6' }, { policies: [policy('account:acme', 'account:*')] })),
    addToken(token('x-4', { user: 'u_1' }, { policies: [policy('account:beta')] })),
  ])
  const uses = records.flatMap(({ token: { id }, lastUse }) =>
    lastUse === null ? [] : [{ token: id, account: 'acme', ...lastUse }],
  )
  const elsewhere = records.map(({ token: { id } }) => ({ token: id, account: 'beta', at: NOW + 999, from: null }))
  await storage.recordUse({ uses: [...uses, ...elsewhere], digests: [] })
  return records
}

function idOf(owner: Owner): string | null {
  if ('user' in owner) return owner.user
  return 'service' in owner ? owner.service : null
}

async function answers(
  storage: Storage,
  all: readonly CredentialRecord[],
  filter: CredentialFilter,
  limits: readonly number[] = LIMITS,
): Promise<void> {
  const expected = listed(all, filter)
  for (const limit of limits) {
    const items = await allPages(limit, (page) => storage.credentials('acme', filter, page))
    assert.deepEqual(items, expected, `${JSON.stringify(filter)} limit ${limit}`)
  }
}
