/**
 * The contract of which tokens reach an account: those of members with an allow policy that names it, while they are members.
 */
import assert from 'node:assert/strict'
import type { Policy } from '../../core/facts.ts'
import type { Storage } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import {
  account,
  addToken,
  allPages,
  byBytes,
  denial,
  LIMITS,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  putToken,
  removeMember,
  shuffled,
  token,
  write,
} from './fixtures.ts'

const JANE = { user: 'jane' }

export const reachingClauses: Clauses = {
  'a member’s token reaches an account by its name and by account:*': async (storage) => {
    await accounts(storage, 'acme', 'beta')
    await write(storage, [
      putMember(member('acme', 'jane')),
      ...tokens({
        named: [policy('account:acme')],
        beneath: [policy('account:beta', 'account:acme/zone:z1/record:*')],
        everywhere: [policy('account:*/zone:z1')],
        twice: [policy('account:*'), policy('account:acme')],
        elsewhere: [policy('account:beta')],
        nowhere: [policy('user:jane')],
        nothing: [],
      }),
    ])
    assert.deepEqual(await reaching(storage, 'acme'), ['beneath', 'everywhere', 'named', 'twice'])
    assert.deepEqual(await reaching(storage, 'beta'), [], 'no member, no reach')
  },

  'reach follows the membership: it comes with it, also after the token, goes with it and comes back': async (
    storage,
  ) => {
    await accounts(storage, 'acme', 'beta')
    const all = ['everywhere', 'named']
    await write(storage, tokens({ named: [policy('account:acme')], everywhere: [policy('account:*')] }))
    assert.deepEqual(await reaching(storage, 'acme'), [])
    for (let round = 0; round < 2; round++) {
      await write(storage, [putMember(member('acme', 'jane'))])
      assert.deepEqual(await reaching(storage, 'acme'), all)
      await write(storage, [putMember(member('acme', 'jane', { status: 'suspended' }))])
      assert.deepEqual(await reaching(storage, 'acme'), all)
      assert.deepEqual(await reaching(storage, 'beta'), [])
      await write(storage, [removeMember('acme', 'jane')])
      assert.deepEqual(await reaching(storage, 'acme'), [])
    }
    await write(storage, [putMember(member('acme', 'jane', { kind: 'service' }))])
    assert.deepEqual(await reaching(storage, 'acme'), [], 'a service account of the same id is somebody else')
    await write(storage, [putMember(member('beta', 'jane'))])
    assert.deepEqual(await reaching(storage, 'beta'), ['everywhere'])
  },

  'reach follows the policies, within one change too': async (storage) => {
    await accounts(storage, 'acme', 'beta')
    const put = (policies: readonly Policy[]) => putToken(token('t', JANE, { policies }))
    await write(storage, [
      put([policy('account:acme')]),
      putMember(member('acme', 'jane')),
      putMember(member('beta', 'jane')),
    ])
    assert.deepEqual([await reaching(storage, 'acme'), await reaching(storage, 'beta')], [['t'], []])
    await write(storage, [put([policy('account:*')])])
    assert.deepEqual([await reaching(storage, 'acme'), await reaching(storage, 'beta')], [['t'], ['t']])
    await write(storage, [put([policy('account:*')]), removeMember('acme', 'jane'), put([policy('account:beta')])])
    assert.deepEqual([await reaching(storage, 'acme'), await reaching(storage, 'beta')], [[], ['t']])
    await write(storage, [put([denial('account:beta')])])
    assert.deepEqual(await reaching(storage, 'beta'), [])
  },

  'a deny reaches nothing, and takes no reach away': async (storage) => {
    await accounts(storage, 'acme')
    await write(storage, [
      putMember(member('acme', 'jane')),
      ...tokens({
        denied: [denial('account:acme')],
        denied_everywhere: [denial('account:*')],
        both: [denial('account:acme'), policy('account:acme')],
        wild: [denial('account:acme'), policy('account:*')],
      }),
    ])
    assert.deepEqual(await reaching(storage, 'acme'), ['both', 'wild'])
  },

  'tokens of an account and of its service accounts reach it whatever they name, and no other': async (storage) => {
    await accounts(storage, 'acme', 'beta')
    const elsewhere = { policies: [policy('account:beta', 'account:*')] }
    await write(storage, [
      putMember(member('beta', 's', { kind: 'service' })),
      addToken(token('own', { account: 'acme' }, elsewhere)),
      addToken(token('service', { account: 'acme', service: 's' }, elsewhere)),
      addToken(token('mute', { account: 'acme' })),
    ])
    const all = ['mute', 'own', 'service']
    assert.deepEqual([await reaching(storage, 'acme'), await reaching(storage, 'beta')], [all, []])
    await write(storage, [putMember(member('acme', 's', { kind: 'service' }))])
    await write(storage, [removeMember('acme', 's', 'service'), removeMember('beta', 's', 'service')])
    assert.deepEqual(await reaching(storage, 'acme'), all, 'also those of a service account that was removed')
  },

  'tokens naming an account are all that do, of anybody, in any state, by allow or deny': async (storage) => {
    await accounts(storage, 'acme', 'beta')
    const naming = { policies: [policy('account:beta', 'account:acme/zone:z1')] }
    await write(storage, [
      putMember(member('acme', 'jane')),
      ...tokens({
        denied: [denial('account:acme')],
        everywhere: [policy('account:*')],
        twice: [policy('account:acme'), denial('account:acme/zone:z')],
      }),
      addToken(token('stranger', { user: 'joe' }, naming)),
      addToken(token('revoked', { user: 'joe' }, { ...naming, status: 'revoked' })),
      addToken(token('of_beta', { account: 'beta' }, naming)),
      addToken(token('service', { account: 'beta', service: 's' }, naming)),
      addToken(token('silent', { account: 'acme' })),
    ])
    const all = ['denied', 'of_beta', 'revoked', 'service', 'stranger', 'twice']
    assert.deepEqual(await namingIds(storage, 'acme'), all)
    assert.deepEqual(await namingIds(storage, 'gamma'), [])
    assert.deepEqual((await storage.tokensNaming('acme', { limit: 1 })).items, [
      token('denied', JANE, { policies: [denial('account:acme')] }),
    ])
    await write(storage, [putToken(token('twice', JANE)), ...tokens({ later: [policy('account:gamma')] })])
    assert.deepEqual(await namingIds(storage, 'acme'), all.slice(0, -1))
    assert.deepEqual(await namingIds(storage, 'gamma'), ['later'], 'an account need not exist to be named')
  },

  'tokens naming an account are listed whole at every page size': async (storage) => {
    const ids = shuffled(53).map((n) => `t-${n}`)
    await write(
      storage,
      ids.map((id) => addToken(token(id, { user: id }, { policies: [policy('account:acme')] }))),
    )
    for (const limit of LIMITS) {
      const listed = await allPages(limit, (page) => storage.tokensNaming('acme', page))
      assert.deepEqual(
        listed.map(({ id }) => id),
        [...ids].sort(),
      )
    }
  },

  'ids are decoded and compared in binary, and an account called * is not the wildcard': async (storage) => {
    const ids = ['*', '%2A', 'a/b c', 'ü', 'u\u0308', 'ACME', 'acme', 'acme\0', '\0', '😀', '\uff5e', '__proto__']
    await accounts(storage, ...ids)
    await write(storage, [
      ...ids.map((id) => putMember(member(id, id))),
      ...ids.map((id) => addToken(token(id, { user: id }, { policies: [policy(nameOf(id))] }))),
      addToken(token('z', { user: '*' }, { policies: [denial('account:%2A'), policy('account:acme')] })),
    ])
    await storage.recordUse({
      uses: ids.map((id, at) => ({ token: id, account: id, at, from: id })),
      digests: [],
    })
    for (const [at, id] of ids.entries()) {
      const { items } = await storage.credentials(id, { now: NOW, owner: { user: id } }, { limit: 9 })
      assert.deepEqual(
        items.map((item) => [item.token.id, item.member, item.lastUse]),
        [[id, member(id, id), { at, from: id }]],
      )
      assert.deepEqual(await reaching(storage, id), [id])
      assert.deepEqual(await namingIds(storage, id), ['*', 'acme'].includes(id) ? [id, 'z'] : [id])
      assert.deepEqual(await storage.tokenUses(id), [{ token: id, account: id, at, from: id }])
    }
    await write(
      storage,
      ids.map((id) => putMember(member('acme', id))),
    )
    await write(
      storage,
      ids.map((id) => putToken(token(id, { user: id }, { policies: [policy('account:*')] }))),
    )
    for (const limit of [1, 5]) {
      const listed = await allPages(limit, (page) => storage.credentials('acme', { now: NOW }, page))
      assert.deepEqual(
        listed.map((record) => record.token.id),
        [...ids, 'z'].sort(byBytes),
      )
    }
  },

  'policies and selectors that make no sense reach nothing and harm nothing': async (storage) => {
    await accounts(storage, 'acme')
    const nonsense = ['', 'account', 'account:', 'account:%', 'account:%ZZ/x:y', 'accounts:acme', '*', 'acme']
    const broken = [
      null,
      7,
      'allow',
      [policy('account:acme')],
      { effect: 'allow' },
      { effect: 'allow', resources: 'account:acme' },
      { effect: 'ALLOW', resources: ['account:acme'] },
      { resources: ['account:*'] },
      { effect: 'allow', resources: [null, 3, ['account:acme'], {}] },
    ] as unknown as readonly Policy[]
    await write(storage, [
      putMember(member('acme', 'jane')),
      ...tokens({ broken, nonsense: [policy(...nonsense)], half: [...broken, policy('account:acme')] }),
    ])
    assert.deepEqual(await reaching(storage, 'acme'), ['half'])
    await write(storage, [removeMember('acme', 'jane'), putMember(member('acme', 'jane'))])
    assert.deepEqual(await reaching(storage, 'acme'), ['half'])
  },
}

async function accounts(storage: Storage, ...ids: readonly string[]): Promise<void> {
  await write(
    storage,
    ids.map((id) => putAccount(account(id))),
  )
}

/** Tokens of Jane, each by its id and its policies. */
function tokens(all: Readonly<Record<string, readonly Policy[]>>) {
  return Object.entries(all).map(([id, policies]) => addToken(token(id, JANE, { policies })))
}

async function reaching(storage: Storage, id: string): Promise<readonly string[]> {
  return (await storage.credentials(id, { now: NOW }, { limit: 99 })).items.map((record) => record.token.id)
}

async function namingIds(storage: Storage, id: string): Promise<readonly string[]> {
  return (await storage.tokensNaming(id, { limit: 99 })).items.map((one) => one.id)
}

function nameOf(id: string): string {
  return `account:${encodeURIComponent(id).replace('*', '%2A')}`
}
