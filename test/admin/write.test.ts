import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createAdmin } from '../../src/admin/admin.ts'
import type { AdminStorage } from '../../src/admin/deps.ts'
import type { Scope } from '../../src/core/facts.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'
import { createPeppers } from '../../src/credential/peppers.ts'
import { DEFAULT_LIMITS } from '../../src/schema/limits.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { AuditEntry, Storage } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import { catalog, emptyWorld, PURGE, refusal, refused, START, seeded, type World, world } from './helpers.ts'
import { ACCOUNTS, anything, SCOPES } from './operations.ts'

const NEW = { owner: { user: 'ann' }, name: 'n', policies: [PURGE] } as const

/** A storage whose commits do something else first. */
function committing(before: (commit: () => Promise<boolean>) => Promise<boolean>) {
  return (storage: Storage): AdminStorage => ({ ...storage, commit: (change) => before(() => storage.commit(change)) })
}

describe('the hook', () => {
  const cases: readonly [name: string, run: (w: World, id: string) => Promise<unknown>, scopes: readonly Scope[]][] = [
    ['users.suspend', (w) => w.admin.users.suspend('bob'), ['user:bob']],
    [
      'accounts.create',
      (w) => w.admin.accounts.create({ id: 'b', name: 'B', owner: 'eve' }),
      ['account:b', 'user:eve'],
    ],
    ['accounts.rename', (w) => w.admin.accounts.rename('acme', 'x'), ['account:acme']],
    ['accounts.suspend', (w) => w.admin.accounts.suspend('acme'), ['account:acme']],
    ['accounts.setApiAccess', (w) => w.admin.accounts.setApiAccess('acme', false), ['account:acme']],
    ['accounts.setTokenRules', (w) => w.admin.accounts.setTokenRules('acme', { requireIp: true }), ['account:acme']],
    ['accounts.blockToken', (w, id) => w.admin.accounts.blockToken('acme', id), ['account:acme', 'user:ann']],
    ['members.add a user', (w) => w.admin.members.add('acme', { user: 'eve' }), ['account:acme', 'user:eve']],
    ['members.add a service', (w) => w.admin.members.add('acme', { service: 'x' }), ['account:acme']],
    [
      'members.update',
      (w) => w.admin.members.update('acme', { user: 'bob' }, { roles: [] }),
      ['account:acme', 'user:bob'],
    ],
    ['members.suspend', (w) => w.admin.members.suspend('acme', { service: 'bot' }), ['account:acme']],
    ['members.remove', (w) => w.admin.members.remove('acme', { user: 'bob' }), ['account:acme', 'user:bob']],
    ['members.setApiAccess', (w) => w.admin.members.setApiAccess('acme', { service: 'bot' }, true), ['account:acme']],
  ]
  test.each(cases)('%s: told once, with its scopes', async (_name, run, scopes) => {
    const w = await world()
    const { token } = await w.admin.tokens.create(NEW)
    const revisions = await w.storage.revisions(scopes)
    w.events.length = 0
    await run(w, token.id)
    expect(w.events).toEqual([{ scopes }])
    expect(await w.storage.revisions(scopes)).toEqual(revisions.map((revision) => revision + 1))
  })

  test('tokens: told which, and how it stands', async () => {
    for (const owner of [{ user: 'ann' }, { account: 'acme' }, { account: 'acme', service: 'bot' }]) {
      const w = await world()
      const scopes = ['user' in owner ? 'user:ann' : 'account:acme']
      const { tokens } = w.admin
      const { id } = (await tokens.create({ ...NEW, owner })).token
      await tokens.update(id, { name: 'x' })
      await tokens.roll(id)
      await tokens.disable(id)
      await tokens.enable(id)
      await tokens.revoke(id)
      expect(w.events).toEqual(
        (['active', 'active', 'active', 'disabled', 'active', 'revoked'] as const).map((status, i) => ({
          scopes,
          token: {
            id,
            after: {
              token: expect.objectContaining({ id, status, revision: i + 1 }),
              secrets: expect.objectContaining({ digest: expect.any(String) }),
            },
          },
        })),
      )
    }
  })

  test('is called after the commit and before the caller hears of it', async () => {
    const order: string[] = []
    const storage = memoryStorage()
    const admin = createAdmin({
      catalog,
      storage: committing(async (commit) => {
        const done = await commit()
        order.push('committed')
        return done
      })(storage),
      limits: DEFAULT_LIMITS,
      prefix: 'bwk',
      peppers: createPeppers(undefined, () => START),
      importedKeys: createImportedKeys(),
      clock: () => START,
      random: seeded(1),
      afterWrite: () => order.push('told'),
    })
    await admin.users.suspend('x').then(() => order.push('answered'))
    expect(order).toEqual(['committed', 'told', 'answered'])
  })

  test('is called when a commit throws, since it may have been done, and then nothing is certain of the token', async () => {
    const lost = committing(async (commit) => {
      if (armed) {
        await commit()
        throw new Error('connection lost')
      }
      return commit()
    })
    let armed = false
    const w = await world({ through: lost })
    const { token } = await w.admin.tokens.create(NEW)
    w.events.length = 0
    armed = true
    const error = await refusal(w.admin.tokens.revoke(token.id))
    expect(error).toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE', cause: { message: 'connection lost' } })
    expect(w.events).toEqual([{ scopes: ['user:ann'], token: { id: token.id, after: null } }])
    expect((await w.storage.token(token.id))?.token.status).toBe('revoked')
  })

  test('is not called for what another write came before, and told apart where nothing is written', async () => {
    let moved = 3
    const w = emptyWorld({ through: committing((commit) => (moved-- > 0 ? Promise.resolve(false) : commit())) })
    await w.admin.users.suspend('x')
    expect(moved).toBe(-1)
    expect(w.events).toHaveLength(1)
    expect(w.unwritten).toEqual([])
    await w.admin.users.suspend('x')
    expect(w.events).toHaveLength(1)
    expect(w.unwritten).toEqual([{ scopes: ['user:x'] }])
  })

  test('is told how a token stands where it stood so already', async () => {
    const w = await world()
    const { id } = (await w.admin.tokens.create(NEW)).token
    await w.admin.tokens.revoke(id)
    await w.admin.tokens.revoke(id)
    const after = { token: expect.objectContaining({ id, status: 'revoked' }), secrets: expect.anything() }
    expect(w.unwritten).toEqual([{ scopes: ['user:ann'], token: { id, after } }])
  })
})

describe('the way of a write', () => {
  test('ends when the facts keep moving', async () => {
    let tries = 0
    const w = emptyWorld({
      through: committing(async () => {
        tries++
        return false
      }),
    })
    expect(await refused(w.admin.users.suspend('x'))).toBe('revision')
    expect(tries).toBe(10)
    expect(w.events).toEqual([])
  })

  test('writes of one process don’t meet each other', async () => {
    let moved = 0
    const counted = committing(async (commit) => {
      const done = await commit()
      if (!done) moved++
      return done
    })
    const w = await world({ through: counted })
    await Promise.all(Array.from({ length: 20 }, (_, i) => w.admin.accounts.rename('acme', `n${i}`)))
    expect(moved).toBe(0)
    expect((await w.admin.accounts.get('acme'))?.revision).toBe(21)
  })

  test('one that never ends in one account holds up no revocation in another, and nobody’s own', async () => {
    const hanging = committing((commit) => (armed ? new Promise(() => {}) : commit()))
    let armed = false
    const w = await world({ through: hanging })
    await w.admin.accounts.create({ id: 'b', name: 'B', owner: 'eve' })
    const theirs = (await w.admin.tokens.create({ ...NEW, owner: { account: 'acme' } })).token
    const other = { ...PURGE, resources: ['account:b'] }
    const tokens = [
      await w.admin.tokens.create({ ...NEW, owner: { account: 'b' }, policies: [other] }),
      await w.admin.tokens.create(NEW),
    ]
    armed = true
    let ended = false
    const end = () => {
      ended = true
    }
    w.admin.accounts.rename('acme', 'x').then(end, end)
    await new Promise(setImmediate)
    armed = false
    w.admin.tokens.revoke(theirs.id).then(end, end)
    for (const { token } of tokens) expect((await w.admin.tokens.revoke(token.id)).status).toBe('revoked')
    await new Promise(setImmediate)
    expect(ended).toBe(false)
  })

  test('one whose scopes have changed while it waited waits anew, for those of the new ones', async () => {
    const waiting: (() => void)[] = []
    const slow = committing(async (commit) => {
      if (armed) await new Promise<void>((go) => waiting.push(go))
      return commit()
    })
    let armed = false
    const w = await world({ through: slow })
    armed = true
    const owning = w.admin.accounts.create({ id: 'b', name: 'B', owner: 'bob' })
    const suspended = w.admin.users.suspend('bob')
    await vi.waitFor(() => expect(waiting).toHaveLength(1))
    armed = false
    waiting[0]?.()
    await owning
    // He is the only owner of an account by now, of which nothing was known when the suspension came.
    expect(await refused(suspended)).toBe('last_owner')
  })

  test('one that is refused doesn’t stop those behind it', async () => {
    const w = await world()
    const [first, second] = await Promise.allSettled([
      w.admin.accounts.rename('nope', 'x'),
      w.admin.accounts.rename('acme', 'x'),
    ])
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  })

  test('a storage that gives no answer', async () => {
    const storage = memoryStorage()
    const broken = { ...storage, account: () => Promise.reject(new TypeError('x is not a function')) }
    const w = emptyWorld({ through: () => broken })
    expect(await refusal(w.admin.accounts.get('a'))).toMatchObject({
      code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE',
      cause: expect.any(TypeError),
    })
    const thrown = {
      ...storage,
      account: () => {
        throw 'no error at all'
      },
    }
    const odd = emptyWorld({ through: () => thrown })
    expect(await refusal(odd.admin.accounts.rename('a', 'b'))).toMatchObject({ cause: 'no error at all' })
    await storage.close()
    expect(await refused(emptyWorld({ storage }).admin.accounts.get('a'))).toBe('ERR_BAILIWICK_STORAGE_UNAVAILABLE')
  })

  test('a clock that gives no time is the programmer’s error, and nothing is written', async () => {
    const w = emptyWorld()
    w.pass(Number.NaN)
    expect(await refused(w.admin.users.suspend('x'))).toBe('ERR_BAILIWICK_MISUSE')
    expect(w.events).toEqual([])
  })

  test('who and from where stand in the log', async () => {
    const w = await world()
    await w.admin.accounts.suspend('acme', { by: { service: 'bot', account: 'acme' }, from: '203.0.113.7' })
    await w.admin.accounts.activate('acme')
    const { items } = await w.admin.audit.list({ account: 'acme' }, {}, { limit: 2 })
    expect(items.map(({ actor, from, at, target }) => ({ actor, from, at, target }))).toEqual([
      { actor: 'host', from: undefined, at: START, target: 'account:acme' },
      { actor: 'service:acme/bot', from: '203.0.113.7', at: START, target: 'account:acme' },
    ])
    expect(await refused(w.admin.accounts.suspend('acme', { by: { user: '' } }))).toBe('origin.by bad_actor')
  })
})

describe('secrets', () => {
  test('stand in nothing but `value`', async () => {
    const w = await world()
    const { tokens } = w.admin
    const created = await tokens.create(NEW)
    const rolled = await tokens.roll(created.token.id, { overlapMs: 5 })
    await tokens.moveOverlap(created.token.id, START + 9)
    const secrets = (await w.storage.token(created.token.id))?.secrets
    const told = inspect(
      [
        await tokens.get(created.token.id),
        await tokens.list({ user: 'ann' }),
        created.token,
        rolled.token,
        await w.log('user:ann', 'account:acme'),
        await Promise.all([
          refusal(tokens.update(created.token.id, { name: '', policies: [] })),
          refusal(tokens.roll(created.token.id, { overlapMs: -1 })),
          refusal(tokens.get(''.padEnd(2_000, created.value))),
          refusal(tokens.disable(created.value)),
          refusal(tokens.disable(created.value.slice(-49, -6))),
        ]),
      ],
      { depth: null, maxStringLength: null, showHidden: true },
    )
    const hidden = [created.value, rolled.value].flatMap((value) => [value, value.slice(-49, -6)])
    for (const text of [...hidden, secrets?.digest.slice(7) ?? '', secrets?.previous?.digest.slice(7) ?? '']) {
      expect(text).not.toBe('')
      expect(told).not.toContain(text)
    }
    expect(told).not.toContain('sha256:')
  })
})

describe('the audit log agrees with the facts', () => {
  test.each([
    ['memory', memoryStorage, 200],
    ['sqlite', () => sqliteStorage(':memory:'), 30],
  ] as const)('whatever is done, over %s', async (_name, storage, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 30 }), async (operations) => {
        const w = emptyWorld({ storage: storage(), importedKeys: { sha256: true } })
        await w.admin.accounts.create({ id: 'acme', name: 'A', owner: 'ann' })
        await w.admin.members.add('acme', { service: 'bot' })
        const tokens: string[] = []
        for (const operation of operations) {
          w.pass(1)
          const before = await w.log(...SCOPES)
          const told = w.events.length
          const [result] = await Promise.allSettled([operation.run(w.admin, tokens)])
          const after = await w.log(...SCOPES)
          expect(after.length - before.length).toBe(w.events.length - told)
          if (result.status === 'rejected') {
            await refusal(Promise.reject(result.reason))
            expect(after).toEqual(before)
          } else tokens.push(...createdBy(result.value))
        }
        await agrees(w, await w.log(...SCOPES))
        for (const id of ACCOUNTS) {
          const verdict = w.admin.audit.verify({ account: id })
          if ((await w.storage.account(id)) === null) expect(await refused(verdict)).toBe('ERR_BAILIWICK_NOT_FOUND')
          else expect(await verdict).toMatchObject({ ok: true })
        }
        await w.storage.close()
      }),
      { numRuns },
    )
  })
})

function createdBy(result: unknown): readonly string[] {
  const token = typeof result === 'object' && result !== null && 'token' in result ? result.token : null
  const id = typeof token === 'object' && token !== null && 'id' in token ? token.id : null
  return typeof id === 'string' ? [id] : []
}

/** For each target, every `before` is the `after` that came before it, and the last `after` is what stands. */
async function agrees(w: World, newestFirst: readonly AuditEntry[]): Promise<void> {
  const last = new Map<string, unknown>()
  const oldestFirst = newestFirst.toReversed().toSorted((a, b) => a.at - b.at)
  for (const { action, target, before, after } of oldestFirst) {
    if (action.endsWith('block_token')) continue
    const changes = action === 'account.create' ? fromCreate(after) : [{ target, before, after }]
    for (const change of changes) {
      const known = last.get(change.target) ?? (change.target.startsWith('user:') ? change.before : null)
      expect(change.before, `${action} ${target}`).toEqual(known)
      last.set(change.target, withoutLeak(change.after))
    }
  }
  for (const [target, fact] of last) expect(await factOf(w, target), target).toEqual(fact)
}

/** That the secret before the current one leaked stands in the log alone. */
function withoutLeak(after: unknown): unknown {
  if (typeof after !== 'object' || after === null || !('previousLeak' in after)) return after
  const { previousLeak: _, ...fact } = after
  return fact
}

/** Creating an account writes its first owner too. */
function fromCreate(after: unknown) {
  const { account, owner } = after as { account: { id: string }; owner: { id: string } }
  return [
    { target: `account:${account.id}`, before: null, after: account },
    { target: `member:${account.id}/user/${owner.id}`, before: null, after: owner },
  ]
}

async function factOf(w: World, target: string): Promise<unknown> {
  const [noun = '', id = ''] = target.split(':')
  const [account = '', kind, member = ''] = id.split('/')
  if (noun === 'user') return w.storage.user(id)
  if (noun === 'account') return w.storage.account(id)
  if (noun === 'member') return w.storage.member({ account, kind: kind === 'user' ? 'user' : 'service', id: member })
  const record = await w.storage.token(id)
  const endsOn = record?.secrets.previous?.endsOn
  return endsOn === undefined || endsOn === 0 ? record?.token : { ...record?.token, overlapEndsOn: endsOn }
}
