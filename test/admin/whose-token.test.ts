import { describe, expect, test } from 'vitest'
import type { Owner } from '../../src/core/facts.ts'
import type { TokenRef } from '../../src/schema/token-ref.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { PURGE, refusal, refused, type World, world } from './helpers.ts'

const OWNERS = {
  'ann’s': { user: 'ann' },
  'the account’s': { account: 'acme' },
  'the service’s': { account: 'acme', service: 'bot' },
} as const

/** Every call that takes the id of a token. */
const CALLS: Readonly<Record<string, (w: World, token: TokenRef) => Promise<unknown>>> = {
  uses: (w, token) => w.admin.tokens.uses(token),
  update: (w, token) => w.admin.tokens.update(token, { name: 'taken' }),
  addPolicies: (w, token) => w.admin.tokens.addPolicies(token, [{ ...PURGE, id: 'q' }]),
  removePolicies: (w, token) => w.admin.tokens.removePolicies(token, ['q']),
  disable: (w, token) => w.admin.tokens.disable(token),
  enable: (w, token) => w.admin.tokens.enable(token),
  setApiAccess: (w, token) => w.admin.tokens.setApiAccess(token, true),
  roll: (w, token) => w.admin.tokens.roll(token, { overlapMs: 5 }),
  moveOverlap: (w, token) => w.admin.tokens.moveOverlap(token, 'now'),
  revoke: (w, token) => w.admin.tokens.revoke(token),
}

async function tokenOf(w: World, owner: Owner): Promise<string> {
  const { token } = await w.admin.tokens.create({ owner, name: 'deploy', policies: [PURGE] })
  return token.id
}

describe.each([
  ['memory', memoryStorage],
  ['sqlite', () => sqliteStorage(':memory:')],
])('a token named with an owner, over %s', (_name, storage) => {
  test.each(Object.entries(CALLS))(
    'is unknown to `%s` where it is another’s, and nothing is written',
    async (_call, call) => {
      const w = await world({ storage: storage() })
      await w.admin.accounts.create({ id: 'evil', name: 'Evil', owner: 'eve' })
      const id = await tokenOf(w, { account: 'acme' })
      const stored = await w.storage.token(id)
      w.events.length = 0
      const elsewhere = await refusal(call(w, { id, owner: { account: 'evil' } }))
      const nowhere = await refusal(call(w, { id: 'Z'.repeat(22), owner: { account: 'evil' } }))
      expect([elsewhere.code, elsewhere.message]).toEqual([
        'ERR_BAILIWICK_NOT_FOUND',
        nowhere.message.replace('Z'.repeat(22), id),
      ])
      expect(await w.storage.token(id)).toEqual(stored)
      expect(w.events).toEqual([])
    },
  )

  test('does all there is to do with one’s own, and is read', async () => {
    const w = await world({ storage: storage() })
    const token = { id: await tokenOf(w, { account: 'acme' }), owner: { account: 'acme' } }
    for (const call of Object.values(CALLS)) await call(w, token)
    expect(await w.admin.tokens.get(token)).toMatchObject({ id: token.id, name: 'taken', status: 'revoked' })
    expect(await w.admin.tokens.get({ ...token, owner: { account: 'evil' } })).toBeNull()
  })
})

describe('whose a token is', () => {
  test.each<[Owner, readonly (keyof typeof OWNERS)[]]>([
    [{ user: 'ann' }, ['ann’s']],
    [{ user: 'acme' }, []],
    [{ account: 'acme' }, ['the account’s', 'the service’s']],
    [{ account: 'ann' }, []],
    [{ account: 'acme', service: 'bot' }, ['the service’s']],
    [{ account: 'acme', service: 'bob' }, []],
    [{ account: 'evil', service: 'bot' }, []],
    [{ account: 'evil' }, []],
  ])('%j names the tokens: %j', async (owner, named) => {
    const w = await world()
    const found: string[] = []
    for (const [whose, by] of Object.entries(OWNERS)) {
      const id = await tokenOf(w, by)
      if ((await w.admin.tokens.get({ id, owner })) !== null) found.push(whose)
    }
    expect(found).toEqual(named)
  })

  test('must be said in full: what was meant to narrow never comes to nothing', async () => {
    const w = await world()
    const { tokens } = w.admin
    const id = await tokenOf(w, { account: 'acme', service: 'bot' })
    const said = async (token: unknown) => refused(tokens.disable(token as TokenRef))
    expect(await said({ id })).toBe('token.owner required')
    expect(await said({ id, owner: undefined })).toBe('token.owner required')
    expect(await said({ id, owner: {} })).toBe('token.owner bad_owner')
    expect(await said({ id, owner: { account: undefined } })).toContain('token.owner.account required')
    expect(await said({ id, owner: { account: 'acme', service: undefined } })).toBe('token.owner.service required')
    expect(await said({ id, owner: { account: 'acme' }, account: 'acme' })).toBe('token.account unknown_field')
    expect(await said({ id: { id }, owner: { account: 'acme' } })).toBe('token.id bad_type')
    expect((await tokens.get(id))?.status).toBe('active')
  })
})
