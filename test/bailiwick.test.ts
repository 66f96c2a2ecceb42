/** The whole, as a host uses it: options, what each write changes for the next request, and what a token may know of itself. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type BailiwickOptions, type Catalog, createBailiwick, defineCatalog } from '../src/index.ts'
import { memoryStorage } from '../src/storage/memory/index.ts'
import { sqliteStorage } from '../src/storage/sqlite/index.ts'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' }, 'dns.write': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})
type Options = Omit<BailiwickOptions<typeof catalog extends Catalog<infer S> ? S : never>, 'catalog' | 'storage'>

const Z1 = 'account:acme/zone:z1'
const NOW = Date.parse('2026-06-01T12:00:00Z')
const DNS = { effect: 'allow', permissionGroups: ['dns'], resources: ['account:acme'] } as const
const MISUSE = expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' })

async function host(options: Options = {}, storage = memoryStorage()) {
  const bw = createBailiwick({ catalog, storage, clock: () => NOW, ...options })
  if ((await bw.accounts.get('acme')) === null) await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'u_1' })
  return bw
}

describe('options', () => {
  it('are refused at start when they can not be right', () => {
    const make = (options: Options) => () => createBailiwick({ catalog, storage: memoryStorage(), ...options })
    expect(make({ prefix: 'Not a prefix' })).toThrow(MISUSE)
    expect(make({ acceptPrefixes: ['ok', '1st'] })).toThrow(MISUSE)
    expect(make({ freshness: { mode: 'bounded', maxStalenessMs: 1 } })).toThrow(MISUSE)
    expect(make({ freshness: { mode: 'bounded', maxStalenessMs: Number.POSITIVE_INFINITY } })).toThrow(MISUSE)
    expect(make({ freshness: { mode: 'eventual' as 'strict' } })).toThrow(MISUSE)
    expect(make({ cache: { maxEntries: 0 } })).toThrow(MISUSE)
    expect(make({ cache: { maxBytes: 1.5 } })).toThrow(MISUSE)
    expect(make({ limits: { policies: 0 } })).toThrow(MISUSE)
    expect(make({ prefx: 'acme' } as Options)).toThrow(/unknown field `prefx` \(did you mean `prefix`\?\)/)
    expect(make({ freshness: { mode: 'bounded', maxStaleness: 3 } } as unknown as Options)).toThrow(/maxStalenessMs/)
    expect(make({ cache: { max: 3 } } as Options)).toThrow(MISUSE)
    expect(make({ storage: memoryStorage } as Options)).toThrow(/`storage` to be an object/)
    expect(make({ catalog: undefined } as Options)).toThrow(/`catalog`/)
    expect(make({ prefix: 'acme_api' })).not.toThrow()
  })

  it('let tokens of an earlier prefix in, where it is named', async () => {
    const storage = memoryStorage()
    const old = await host({ prefix: 'old' }, storage)
    const { value } = await old.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [DNS] })
    expect(value).toMatch(/^old_u_/)
    const reason = async (options: Options) => (await (await host(options, storage)).authenticate(value)).denial?.reason
    expect(await reason({})).toBe('credential_malformed')
    expect(await reason({ acceptPrefixes: ['old'] })).toBeUndefined()
  })
})

describe('a write', () => {
  it('is seen by the next request of this process', async () => {
    const bw = await host()
    await bw.accounts.create({ id: 'other', name: 'Other', owner: 'u_2' })
    const { token, value } = await bw.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [DNS] })
    const reason = async () => (await bw.authenticate(value)).check('dns.read', Z1).reason
    const owner = { user: 'u_1' }
    await bw.members.add('acme', { user: 'u_2', roles: ['owner'] })
    const steps: readonly (readonly [() => Promise<unknown>, Awaited<ReturnType<typeof reason>>])[] = [
      [() => bw.accounts.setApiAccess('acme', false), 'api_access_disabled'],
      [() => bw.members.setApiAccess('acme', owner, true), null],
      [() => bw.accounts.setTokenRules('acme', { requireExpiry: true }), 'token_rule_violated'],
      [() => bw.tokens.update(token.id, { expiresOn: NOW + 1 }), null],
      [() => bw.accounts.blockToken('acme', token.id), 'token_blocked'],
      [() => bw.accounts.unblockToken('acme', token.id), null],
      [() => bw.accounts.suspend('acme'), 'account_suspended'],
      [() => bw.accounts.activate('acme'), null],
      [() => bw.members.suspend('acme', owner), 'member_suspended'],
      [() => bw.members.activate('acme', owner), null],
      [() => bw.members.update('acme', owner, { roles: [] }), 'not_granted_to_owner'],
      [() => bw.members.update('acme', owner, { roles: ['owner'] }), null],
      [() => bw.users.suspend('u_1'), 'owner_suspended'],
      [() => bw.users.activate('u_1'), null],
      [() => bw.members.remove('acme', owner), 'not_a_member'],
      [() => bw.members.add('acme', { ...owner, roles: ['owner'] }), 'not_a_member'],
      [() => bw.members.remove('acme', owner), 'not_a_member'],
      [() => bw.members.add('acme', { ...owner, roles: ['owner'], readmit: true }), 'api_access_disabled'],
      [() => bw.accounts.setApiAccess('acme', true), null],
      [
        () => bw.tokens.update(token.id, { policies: [{ ...DNS, resources: ['account:acme/zone:z2'] }] }),
        'not_granted',
      ],
      [() => bw.tokens.disable(token.id), 'token_disabled'],
      [() => bw.tokens.enable(token.id), 'not_granted'],
      [() => bw.tokens.roll(token.id), 'token_expired'],
      [() => bw.tokens.revoke(token.id), 'token_revoked'],
    ]
    expect(await reason()).toBeNull()
    for (const [write, expected] of steps) {
      await write()
      expect(await reason(), String(write)).toBe(expected)
    }
  })

  it('of another process is seen at once when strict, and within the bound otherwise', async () => {
    const storage = sqliteStorage(':memory:')
    const writer = await host({}, storage)
    const { value } = await writer.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [DNS] })
    let elapsed = 0
    const monotonic = () => elapsed
    const strict = await host({ freshness: { mode: 'strict' }, monotonic }, storage)
    const bounded = await host({ freshness: { mode: 'bounded', maxStalenessMs: 10_000 }, monotonic }, storage)
    const ask = async (bw: typeof strict) => (await bw.authenticate(value)).can('dns.read', Z1)
    expect([await ask(strict), await ask(bounded)]).toEqual([true, true])
    await writer.accounts.setApiAccess('acme', false)
    elapsed += 1
    expect([await ask(strict), await ask(bounded)]).toEqual([false, true])
    elapsed += 5_000
    expect(await ask(bounded)).toBe(false)
    await writer.close()
  })
})

describe('an access that is held', () => {
  it('stays denied after its token was disabled, whatever else is written but enabling it', async () => {
    const storage = memoryStorage()
    let broken = false
    const bw = await host(
      {},
      { ...storage, commit: (change) => (broken ? Promise.reject(new Error('disk')) : storage.commit(change)) },
    )
    const { token, value } = await bw.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [DNS] })
    const access = await bw.authenticate(value)
    await bw.tokens.disable(token.id)
    const writes: readonly (() => Promise<unknown>)[] = [
      () => bw.tokens.update(token.id, { name: 'leaked' }),
      () => bw.tokens.addPolicies(token.id, [{ ...DNS, effect: 'deny' }]),
      () => bw.tokens.roll(token.id, { overlapMs: 60_000 }),
      () => bw.tokens.moveOverlap(token.id, NOW + 90_000),
      () => bw.accounts.rename('acme', 'Acme Inc'),
    ]
    for (const write of writes) {
      await write()
      expect(access.check('dns.read', Z1).reason, String(write)).toBe('token_disabled')
      broken = true
      await write().catch(() => {})
      broken = false
      expect(access.check('dns.read', Z1).reason, String(write)).toBe('token_disabled')
    }
    await bw.tokens.enable(token.id)
    expect(access.check('dns.read', Z1).reason).toBeNull()
  })
})

describe('a secret', () => {
  it('put where a name belongs is not repeated in an error, and not printed with the token that was issued', async () => {
    const bw = await host()
    const issued = await bw.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [DNS] })
    const { value } = issued
    const access = await bw.authenticate(value)
    const errors = [
      await bw.tokens
        .create({ owner: { user: 'u_1' }, name: 't', policies: [{ ...DNS, resources: [value] }] })
        .catch((e) => e),
      await bw.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [{ ...DNS, [value]: 1 }] }).catch((e) => e),
      ...(await Promise.all(
        [`zone:${value}`, `Bearer ${value}`, `account:acme/zone:${value} `, `account:${value}`].map((text) =>
          bw.tokens
            .create({
              owner: { user: 'u_1' },
              name: 't',
              policies: [{ ...DNS, resources: [text] }],
              condition: { ip: { in: [text] } },
            })
            .catch((e) => e),
        ),
      )),
      await bw.tokens
        .create({ owner: { user: 'u_1' }, name: 't', policies: [{ ...DNS, [`Authorization: ${value}`]: 1 }] })
        .catch((e) => e),
      await bw.accounts.rename('acme', 'y', { by: { token: value } }).catch((e) => e),
      await bw.accounts.rename(value, 'x').catch((e) => e),
      await bw.members.suspend('acme', { user: value }).catch((e) => e),
      (() => {
        try {
          return access.can(value as 'dns.read', Z1)
        } catch (error) {
          return error
        }
      })(),
    ]
    await bw.accounts.rename('acme', 'Acme Inc', { from: value })
    for (const shown of [...errors, issued, (await bw.audit.list({ account: 'acme' })).items]) {
      const text = inspect(shown, { depth: 10, showHidden: true })
      expect(text).not.toContain(value)
      expect(text).not.toContain(value.slice(28, 44)) // nor a part of the secret
    }
    expect(errors.every((error) => error instanceof Error)).toBe(true)
    expect(JSON.parse(JSON.stringify(issued)).value).toBe(value)
  })
})

describe('a write that finds all as wanted already', () => {
  it('is heard all the same: another process may have done it, unknown to this one', async () => {
    const storage = memoryStorage()
    const [a, b] = [await host({}, storage), await host({}, storage)]
    await a.members.add('acme', { user: 'u_2', roles: ['owner'] })
    const { token, value } = await a.tokens.create({ owner: { user: 'u_2' }, name: 't', policies: [DNS] })
    const held = await a.authenticate(value)
    const fresh = async () => (await a.authenticate(value)).check('dns.read', Z1).reason
    expect(held.check('dns.read', Z1).reason).toBeNull()
    await b.members.suspend('acme', { user: 'u_2' })
    expect(await fresh()).toBeNull() // within the bound
    await a.members.suspend('acme', { user: 'u_2' })
    expect(await fresh()).toBe('member_suspended')
    await b.tokens.revoke(token.id)
    await a.tokens.revoke(token.id)
    expect([held.check('dns.read', Z1).reason, await fresh()]).toEqual(['token_revoked', 'token_revoked'])
  })

  it('so the retry of a revocation whose answer was lost ends the accesses that are held', async () => {
    const storage = memoryStorage()
    let lose = false
    const commit: typeof storage.commit = async (change) => {
      const done = await storage.commit(change)
      if (lose) throw new Error('connection reset')
      return done
    }
    const bw = await host({}, { ...storage, commit })
    const { token, value } = await bw.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [DNS] })
    const access = await bw.authenticate(value)
    lose = true
    await expect(bw.tokens.revoke(token.id)).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
    lose = false
    await bw.tokens.revoke(token.id)
    expect(access.check('dns.read', Z1).reason).toBe('token_revoked')
  })
})

describe('a token that asks about itself', () => {
  it('is told its state, its policies, and where it is open', async () => {
    const bw = await host()
    const { value } = await bw.tokens.create({
      owner: { user: 'u_1' },
      name: 't',
      policies: [DNS],
      expiresOn: NOW + 1_000,
    })
    expect(await bw.tokens.verify(value)).toMatchObject({
      name: 't',
      owner: { user: 'u_1' },
      status: 'active',
      notBefore: null,
      expiresOn: NOW + 1_000,
      denial: null,
      policies: [{ effect: 'allow', permissionGroups: ['dns'], resources: ['account:acme'] }],
      accounts: [{ account: 'account:acme', closed: null }],
    })
    await bw.accounts.setApiAccess('acme', false)
    expect((await bw.tokens.verify(value))?.accounts).toEqual([
      { account: 'account:acme', closed: 'api_access_disabled' },
    ])
  })

  it('is told of accounts, and not of the pattern that stands for all of them', async () => {
    const bw = await host()
    const everywhere = { ...DNS, resources: ['account:*'] as const }
    const { value } = await bw.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [everywhere] })
    expect((await bw.tokens.verify(value))?.accounts).toEqual([{ account: 'account:acme', closed: null }])
  })

  it('is told no more than its state while it is refused as a whole, and nothing without the secret', async () => {
    const bw = await host()
    const bound = { ip: { in: ['203.0.113.0/24'] } }
    const { value } = await bw.tokens.create({ owner: { user: 'u_1' }, name: 't', policies: [DNS], condition: bound })
    const report = await bw.tokens.verify(value, { ip: '198.51.100.1' })
    expect(report).toMatchObject({ status: 'active', denial: 'address_not_allowed', policies: [], accounts: [] })
    expect(inspect(report)).not.toContain('203.0.113')
    const other = await bw.tokens.create({ owner: { user: 'u_1' }, name: 'other', policies: [DNS] })
    expect(await bw.tokens.verify(`${value.slice(0, 30)}${other.value.slice(30)}`)).toBeNull()
    expect(await bw.tokens.verify('nothing')).toBeNull()
  })
})

describe("the host's view", () => {
  it('is what the token or the user would get', async () => {
    const bw = await host()
    const readOnly = { effect: 'allow', permissions: ['dns.read'], resources: ['account:acme'] } as const
    const { token } = await bw.tokens.create({ owner: { account: 'acme' }, name: 't', policies: [readOnly] })
    const asToken = await bw.accessOf({ token: token.id })
    const asUser = await bw.accessOf({ user: 'u_1' })
    expect([asToken.can('dns.read', Z1), asToken.can('dns.write', Z1), asUser.can('dns.write', Z1)]).toEqual([
      true,
      false,
      true,
    ])
    expect(asToken.principal).toEqual({ kind: 'token', id: token.id, owner: { account: 'acme' } })
    expect((await bw.accessOf({ token: 'none' })).denial?.reason).toBe('credential_unknown')
  })
})

describe('a stored fact that can not be understood', () => {
  it('refuses that credential alone, and is reported', async () => {
    const reports: unknown[] = []
    const storage = memoryStorage()
    const bw = await host({ onError: (error) => void reports.push(error) }, storage)
    const good = await bw.tokens.create({ owner: { user: 'u_1' }, name: 'good', policies: [DNS] })
    const bad = await bw.tokens.create({ owner: { user: 'u_1' }, name: 'bad', policies: [DNS] })
    const stored = await storage.token(bad.token.id)
    if (stored === null) throw new Error('it was just created')
    const token = { ...stored.token, policies: [{ ...DNS, id: 'p', resources: ['account:acme/zone:a b'] }] }
    const [revision = 0] = await storage.revisions(['user:u_1'])
    const head = await storage.auditHead('user:u_1')
    const audit = {
      scope: 'user:u_1',
      at: NOW,
      actor: 'disk',
      action: 'disk.rot',
      target: 'x',
      before: null,
      after: null,
      sequence: (head?.sequence ?? 0) + 1,
      previous: head?.hash ?? '',
      hash: 'not looked at here',
    } as const
    await storage.commit({
      expect: new Map([['user:u_1', revision]]),
      writes: [{ kind: 'put_token', token, secrets: stored.secrets }],
      audit,
    })
    await expect(bw.authenticate(bad.value)).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORED_FACT' })
    expect((await bw.authenticate(good.value)).can('dns.read', Z1)).toBe(true)
    expect(reports).toHaveLength(1)
  })
})
