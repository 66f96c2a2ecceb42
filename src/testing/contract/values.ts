/**
 * The contract of values: what is written is read back unchanged, equal means the same bytes, and nobody outside can change what is stored.
 */
import assert from 'node:assert/strict'
import type { Storage } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  allPages,
  blockToken,
  byBytes,
  entry,
  member,
  policy,
  putAccount,
  putMember,
  putUser,
  token,
  user,
  write,
} from './fixtures.ts'

/** Ids that a careless database confuses with each other, or with something else. */
const HOSTILE_IDS: readonly string[] = [
  ...[
    'acme',
    'ACME',
    'Acme',
    'acme ',
    ' acme',
    'acme\t',
    'acme\n',
    'acme\r\n',
    '\u00a0acme',
    'acme\u200b',
    '\ufeffacme',
  ],
  ...['acme\0', 'acme\0a', 'acme\0b', '\0acme', '\0', 'acme\u0001', 'acme\u00010000', 'acme\u00010000a'],
  ...['é', 'e\u0301', 'ß', 'ss', 'SS', 'İ', 'i', 'I', 'ı', 'ﬁ', 'fi', 'K', '\u212a'],
  ...[
    '%',
    '_',
    '%%',
    'acm_',
    'acm%',
    '*',
    '?',
    '[a]',
    '\\',
    '\\\\',
    '\\0',
    '\\u0000',
    '%00',
    "'",
    "''",
    '"',
    '`',
    '--',
    ';',
    '$1',
    ':a',
    '@a',
  ],
  ...[
    '😀',
    '😁',
    '\uff5e',
    '\uffff',
    '\ue000',
    '\u{10ffff}',
    '１',
    '1',
    '01',
    '1.0',
    '1e0',
    '0',
    '-0',
    'NaN',
    'null',
    'undefined',
    'true',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length'],
  ...['/', 'a/b', 'a:b', 'user:a', 'account:acme', '["a"]', '{}', 'a,b', 'a|b', 'x'.repeat(1024), '😀'.repeat(256)],
]

const BIG = 9_007_199_254_740_991

export const valueClauses: Clauses = {
  'ids are compared in binary: each hostile id is itself and no other': async (storage) => {
    for (const [n, id] of HOSTILE_IDS.entries()) {
      await write(
        storage,
        [
          putUser(user(id)),
          putAccount(account(id, { name: id, revision: n })),
          putMember(member(id, id, { revision: n })),
          putMember(member(id, 'everybody')),
          addToken(
            token(id, { user: id }, { name: id, policies: [policy(`account:${encodeURIComponent(id)}`)], revision: n }),
          ),
          addToken(token(`s ${id}`, { account: id, service: id }, { revision: n })),
          blockToken(id, id),
        ],
        entry(`account:${id}`, { actor: `user:${id}`, target: id, before: { [id]: id }, after: id }),
      )
    }
    for (const [n, id] of HOSTILE_IDS.entries()) await seesOnlyItself(storage, id, n)
    await seesInOrder(storage)
  },

  'text inside policies, roles, rules and the audit log comes back as it was': async (storage) => {
    const text = HOSTILE_IDS.join(' ')
    const mine = member('acme', 'u_1', {
      roles: HOSTILE_IDS,
      policies: [
        { id: text, effect: 'deny', permissions: HOSTILE_IDS, resources: [text], condition: { ip: { notIn: [text] } } },
      ],
    })
    const tokenOf = token(
      't_1',
      { account: 'acme' },
      { policies: mine.policies, condition: { ip: { in: HOSTILE_IDS } } },
    )
    const log = entry('account:acme', { before: Object.fromEntries(HOSTILE_IDS.map((id) => [id, id])), after: text })
    const writes = [putAccount(account('acme')), putMember(mine), addToken(tokenOf, { digest: text })]
    const kept = await write(storage, writes, log)
    assert.deepEqual(await storage.member(mine), mine)
    assert.deepEqual(await storage.token('t_1'), { token: tokenOf, secrets: { digest: text }, blockedIn: [] })
    assert.deepEqual((await storage.audit('account:acme', {}, { limit: 1 })).items, [kept])
    for (const role of HOSTILE_IDS) assert.equal((await storage.holders('acme', role)).length, 1, JSON.stringify(role))
  },

  'whole numbers are exact up to the largest safe one': async (storage) => {
    for (const n of [0, -1, 2 ** 31, 2 ** 32 + 1, 9e15, BIG]) {
      const times = { notBefore: n, expiresOn: n, issuedOn: n, modifiedOn: n, secretIssuedOn: n, revision: n }
      const digests = { digest: `d ${n}`, previous: { digest: `p ${n}`, endsOn: n } }
      const mine = token(`t ${n}`, { user: 'u_1' }, times)
      const here = member('acme', 'u_1', { since: n, revision: n })
      const acme = account('acme', { revision: n, tokenRules: { maxLifetimeMs: n } })
      const log = entry('user:u_1', { at: n })
      const kept = await write(storage, [putAccount(acme), putMember(here), addToken(mine, digests)], log)
      assert.deepEqual(await storage.token(mine.id), { token: mine, secrets: digests, blockedIn: [] })
      assert.deepEqual(await storage.member(here), here)
      assert.deepEqual(await storage.account('acme'), acme)
      assert.deepEqual((await storage.audit('user:u_1', {}, { limit: 1 })).items, [kept])
    }
  },

  'who changes what it gave or what it got changes nothing stored': async (storage) => {
    const roles = ['viewer']
    const resources = ['account:acme']
    const after = { deep: [1] }
    const here = { ...member('acme', 'u_1'), roles, policies: [policy(...resources)] }
    const mine = { ...token('t_1', { user: 'u_1' }), policies: [{ ...policy(), resources }] }
    await write(
      storage,
      [putAccount(account('acme')), putMember(here), addToken(mine)],
      entry('account:acme', { after }),
    )
    const before = await storage.credential('t_1')
    const copy = structuredClone(before)

    roles.push('owner')
    resources.push('account:*')
    mine.name = 'changed'
    after.deep.push(2)
    for (const got of [
      before,
      await storage.member(here),
      await storage.token('t_1'),
      await storage.members('acme', { limit: 1 }),
    ]) {
      spoil(got)
    }
    assert.deepEqual(await storage.credential('t_1'), copy)
    assert.deepEqual((await storage.member(here))?.roles, ['viewer'])
    assert.deepEqual((await storage.audit('account:acme', {}, { limit: 1 })).items[0]?.after, { deep: [1] })
    assert.equal((await storage.members('acme', { limit: 9 })).items.length, 1)
  },
}

async function seesOnlyItself(storage: Storage, id: string, n: number): Promise<void> {
  const name = JSON.stringify(id)
  const mine = token(
    id,
    { user: id },
    { name: id, policies: [policy(`account:${encodeURIComponent(id)}`)], revision: n },
  )
  const facts = await storage.credential(id)
  assert.deepEqual(facts?.token, mine, name)
  assert.deepEqual(facts?.user, user(id), name)
  assert.deepEqual(facts?.blockedIn, [id], name)
  const standing = { account: account(id, { name: id, revision: n }), member: member(id, id, { revision: n }) }
  assert.deepEqual(facts?.standings, [standing], name)
  assert.deepEqual(
    facts?.revisions,
    new Map([
      [`user:${id}`, 0],
      [`account:${id}`, 1],
    ]),
    name,
  )
  assert.deepEqual((await storage.principal(id)).standings, [standing], name)
  assert.deepEqual(await storage.memberships(id), [standing.member], name)
  assert.deepEqual((await storage.tokens({ user: id }, { limit: 9 })).items, [mine], name)
  const service: readonly string[] = (await storage.tokens({ account: id, service: id }, { limit: 9 })).items.map(
    (t) => t.id,
  )
  assert.deepEqual(service, [`s ${id}`], name)
  assert.deepEqual([await storage.countTokens({ user: id }), await storage.countTokens({ account: id })], [1, 1], name)
  const log = entry(`account:${id}`, { actor: `user:${id}`, target: id, before: { [id]: id }, after: id })
  const place = { sequence: 1, previous: '', hash: `hash 1 of account:${id}` }
  assert.deepEqual((await storage.audit(`account:${id}`, {}, { limit: 9 })).items, [{ ...log, ...place }], name)
  assert.deepEqual(await storage.auditHead(`account:${id}`), { sequence: 1, hash: place.hash }, name)
}

/** Checks that ids are in the order of their UTF-8 bytes, on pages of any size. */
async function seesInOrder(storage: Storage): Promise<void> {
  const inOrder = [...HOSTILE_IDS].sort(byBytes)
  assert.deepEqual(
    (await storage.memberships('everybody')).map((m) => m.account),
    inOrder,
  )

  const missing = HOSTILE_IDS.filter((id) => id !== 'acme').map((id) => putMember(member('acme', id)))
  await write(storage, missing)
  const listed = await allPages(1, (page) => storage.members('acme', page))
  const everybody = [...inOrder, 'everybody'].sort(byBytes)
  assert.deepEqual(
    listed.map((m) => m.id),
    everybody,
  )
}

/** Tries to overwrite everything it can reach; frozen objects refuse. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Map) value.clear()
  for (const [key, inner] of Object.entries(value)) {
    spoil(inner)
    Reflect.set(value, key, 'spoiled')
  }
  if (Array.isArray(value) && !Object.isFrozen(value)) value.length = 0
}
