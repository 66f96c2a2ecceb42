import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Secrets } from '../../src/core/facts.ts'
import { digest } from '../../src/credential/digest.ts'
import { printCredential } from '../../src/credential/format.ts'
import {
  account,
  allow,
  credentialOf,
  EPOCH,
  HELD_MS,
  idOf,
  member,
  rig,
  secretOf,
  secretsOf,
  seeded,
  token,
  WatchedReader,
  write,
  written,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'

describe('rung 1', () => {
  it('tells a missing, a malformed and an unknown credential apart, and nothing more', async () => {
    const { engine } = rig(await seeded())
    const reason = async (value: string | null | undefined) =>
      (await engine.authenticate(value, null)).check('dns.read', Z1).reason
    expect(await reason(null)).toBe('credential_missing')
    expect(await reason(undefined)).toBe('credential_missing')
    expect(await reason('')).toBe('credential_missing')
    expect(await reason('bwk_u_nothing')).toBe('credential_malformed')
    expect(await reason(`${credentialOf(1)} `)).toBe('credential_malformed')
    expect(await reason('x'.repeat(1_000_000))).toBe('credential_malformed')
    expect(await reason(credentialOf(2))).toBe('credential_unknown')
    expect(await reason(credentialOf(1, 3))).toBe('credential_unknown')
    expect(await reason(printCredential('bwk', 's', idOf(1), secretOf(0)))).toBe('credential_unknown')
  })

  it('does not accept a digest that was stored for the id under another kind', async () => {
    const storage = await seeded()
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1),
      secrets: { digest: digest('a', idOf(1), secretOf(0)) },
    })
    const { engine } = rig(storage)
    const access = await engine.authenticate(printCredential('bwk', 'a', idOf(1), secretOf(0)), null)
    expect(access.denial?.reason).toBe('credential_unknown')
  })
})

describe('a rolled secret', () => {
  it('works until its overlap ends, also in an access held across that end', async () => {
    const storage = await seeded()
    const endsOn = EPOCH + 3_000
    const secrets = secretsOf(1, 1, { digest: secretsOf(1).digest, endsOn })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets })
    const { engine, pass } = rig(storage)
    const old = await engine.authenticate(credentialOf(1, 0), null)
    const fresh = await engine.authenticate(credentialOf(1, 1), null)
    expect([old.can('dns.read', Z1), fresh.can('dns.read', Z1)]).toEqual([true, true])
    pass(2_000)
    expect([old.check('dns.read', Z1).reason, fresh.check('dns.read', Z1).reason]).toEqual(['token_expired', null])
    expect((await engine.authenticate(credentialOf(1, 0), null)).denial?.reason).toBe('token_expired')
  })
})

describe('an access that is held', () => {
  it('is refused from the moment this process sees its token end, and not before', async () => {
    const { engine, snapshots } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), null)
    snapshots.invalidate({ scopes: ['user:u_2'], token: written(token(2, { status: 'revoked', revision: 2 })) })
    expect(access.can('dns.read', Z1)).toBe(true)
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { status: 'revoked', revision: 2 })) })
    expect(access.check('dns.read', Z1).reason).toBe('token_revoked')
    expect(access.denial?.reason).toBe('token_revoked')
  })

  it('learns of an ending from a later load too', async () => {
    const storage = await seeded()
    const { engine, pass } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    pass(HELD_MS - 1)
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { status: 'disabled', revision: 2 }),
      secrets: secretsOf(1),
    })
    expect(access.can('dns.read', Z1)).toBe(true)
    pass(1)
    await engine.authenticate(credentialOf(1), null)
    expect(access.check('dns.read', Z1).reason).toBe('token_disabled')
  })

  it('works again when the token is enabled again', async () => {
    const { engine, snapshots } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), null)
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { status: 'disabled', revision: 2 })) })
    expect(access.can('dns.read', Z1)).toBe(false)
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { revision: 3 })) })
    expect(access.can('dns.read', Z1)).toBe(true)
  })

  it('hears at once that its secret was cut, moved or replaced', async () => {
    const storage = await seeded()
    const { engine, snapshots, pass } = rig(storage)
    const old = await engine.authenticate(credentialOf(1, 0), null)
    let revision = 1
    const hear = async (secrets: Secrets) => {
      const after = token(1, { revision: ++revision })
      await write(storage, ['user:u_1'], { kind: 'put_token', token: after, secrets })
      snapshots.invalidate({ scopes: ['user:u_1'], token: written(after, secrets) })
      return old.check('dns.read', Z1).reason
    }
    const previous = { digest: secretsOf(1).digest, endsOn: EPOCH + 2_500 }
    expect(await hear(secretsOf(1, 1, previous))).toBeNull()
    pass(1_500)
    expect(old.check('dns.read', Z1).reason).toBe('token_expired')
    // More time is for who asks anew: everything else this access knows is as old as it was.
    expect(await hear(secretsOf(1, 1, { ...previous, endsOn: EPOCH + 4_000 }))).toBe('token_expired')
    await old.refresh()
    expect(old.check('dns.read', Z1).reason).toBeNull()
    expect(await hear(secretsOf(1, 1, { ...previous, endsOn: EPOCH }))).toBe('token_expired')
    expect(await hear(secretsOf(1, 2))).toBe('credential_unknown')
    expect((await engine.authenticate(credentialOf(1, 2), null)).check('dns.read', Z1).reason).toBeNull()
  })

  it('is that of the same person after a refresh, whatever was done to the principal it told of', async () => {
    const { engine } = rig(await seeded())
    const access = await engine.session('nobody', null)
    Object.assign(access.principal ?? {}, { user: 'u_1' })
    await access.refresh()
    expect(access.principal).toEqual({ kind: 'session', user: 'nobody' })
    expect(access.can('dns.read', Z1)).toBe(false)
  })

  it('is not revived by a later write of its token, nor by one that may not have been written', async () => {
    const { engine, snapshots } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), null)
    const reason = () => access.check('dns.read', Z1).reason
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1, { status: 'disabled', revision: 2 })) })
    expect(reason()).toBe('token_disabled')
    snapshots.invalidate({
      scopes: ['user:u_1'],
      token: written(token(1, { status: 'disabled', revision: 3, name: 'renamed' })),
    })
    expect(reason()).toBe('token_disabled')
    snapshots.invalidate({ scopes: ['user:u_1'], token: { id: idOf(1), after: null } })
    expect(reason()).toBe('token_disabled')
  })

  it('does not take what it knows better for news', async () => {
    const storage = await seeded()
    const { engine, snapshots } = rig(storage)
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1), secretsOf(1, 0)) })
    const rolled = secretsOf(1, 1, { digest: secretsOf(1, 0).digest, endsOn: EPOCH })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1, { revision: 2 }), secrets: rolled })
    const reader = new WatchedReader(storage)
    const late = rig(reader)
    late.snapshots.invalidate({ scopes: ['user:u_1'], token: written(token(1), secretsOf(1, 0)) })
    const overtaken = late.engine.authenticate(credentialOf(1, 0), null)
    late.snapshots.invalidate({ scopes: ['user:u_1'] })
    expect((await overtaken).check('dns.read', Z1).reason).toBe('token_expired')
    expect((await engine.authenticate(credentialOf(1, 0), null)).check('dns.read', Z1).reason).toBe('token_expired')
  })

  it('keeps what the refresh that began last has found', async () => {
    const storage = await seeded()
    const reader = new WatchedReader(storage)
    const { engine, snapshots } = rig(reader)
    const access = await engine.authenticate(credentialOf(1), null)
    let release = () => {}
    reader.hold = new Promise((resolve) => {
      release = () => resolve()
    })
    snapshots.invalidate({ scopes: ['account:acme'] }) // so that it loads, and doesn't only confirm
    const first = access.refresh()
    await new Promise((resolve) => setImmediate(resolve))
    reader.hold = null
    await write(storage, ['account:acme'], { kind: 'put_account', account: account('acme', { apiAccess: false }) })
    snapshots.invalidate({ scopes: ['account:acme'] })
    await access.refresh()
    expect(access.check('dns.read', Z1).reason).toBe('api_access_disabled')
    release()
    await first
    expect(access.check('dns.read', Z1).reason).toBe('api_access_disabled')
  })

  it('throws when its facts are too old, until it is refreshed; it never reloads by itself', async () => {
    const storage = await seeded()
    const { engine, pass } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    pass(HELD_MS - 1)
    expect(access.can('dns.read', Z1)).toBe(true)
    pass(1)
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { policies: [allow('account:acme/zone:z2')] }),
      secrets: secretsOf(1),
    })
    const stale = expect.objectContaining({ code: 'ERR_BAILIWICK_ACCESS_STALE' })
    expect(() => access.can('dns.read', Z1)).toThrow(stale)
    expect(() => access.denial).toThrow(stale)
    expect(() => access.explain('dns.read', Z1)).toThrow(stale)
    await access.refresh()
    expect(access.check('dns.read', Z1).reason).toBe('not_granted')
    expect(access.can('dns.read', 'account:acme/zone:z2')).toBe(true)
  })

  it('is refused after a refresh that finds its secret gone', async () => {
    const storage = await seeded()
    const { engine, pass } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets: secretsOf(1, 1) })
    pass(HELD_MS)
    await access.refresh()
    expect(access.denial?.reason).toBe('credential_unknown')
    expect(access.principal).toBeNull()
  })
})

describe('asking', () => {
  it('throws for an unknown permission, even of a denied credential', async () => {
    const { engine } = rig(await seeded())
    const misuse = expect.objectContaining({
      code: 'ERR_BAILIWICK_MISUSE',
      message: expect.stringContaining('dns.write'),
    })
    for (const access of [await engine.authenticate(credentialOf(1), null), await engine.authenticate(null, null)]) {
      expect(() => access.can('dns.wrote' as 'dns.write', Z1)).toThrow(misuse)
      expect(() => access.checkAll([['dns.wrote' as 'dns.write', Z1]])).toThrow(misuse)
      expect(() => access.explain('dns.wrote' as 'dns.write', Z1)).toThrow(misuse)
    }
  })

  it('answers several questions at one instant, with the first denial', async () => {
    const storage = await seeded()
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { policies: [allow(Z1)] }),
      secrets: secretsOf(1),
    })
    const { engine } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    expect(
      access.checkAll([
        ['dns.read', Z1],
        ['dns.write', Z1],
      ]).effect,
    ).toBe('allow')
    expect(
      access.checkAll([
        ['dns.read', Z1],
        ['dns.write', 'account:acme/zone:z2'],
        ['dns.write', 'zone:z1'],
      ]).reason,
    ).toBe('not_granted')
    expect(() => access.checkAll([])).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }))
  })

  it('throws, and reports, where a stored name is not in the catalog: in that account alone', async () => {
    const storage = await seeded()
    const policies = [
      allow('account:acme'),
      { id: 'p2', effect: 'deny', permissionGroups: ['gone'], resources: ['account:other'] },
    ] as const
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1, { policies }), secrets: secretsOf(1) })
    const { engine, reports } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.can('dns.read', Z1)).toBe(true)
    const fault = expect.objectContaining({
      code: 'ERR_BAILIWICK_STORED_FACT',
      message: expect.stringContaining('gone'),
    })
    expect(() => access.can('dns.read', 'account:other/zone:z1')).toThrow(fault)
    expect(() => access.checkAll([['dns.read', 'account:other/zone:z1']])).toThrow(fault)
    expect(reports).toEqual([fault, fault])
  })

  it('gives the same frozen value for the same answer, and the throwing form of it', async () => {
    const { engine } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), null)
    const denied = access.check('dns.read', 'account:other/zone:z1')
    expect(denied).toBe(access.check('dns.write', 'account:third/zone:z1'))
    expect(Object.isFrozen(denied)).toBe(true)
    expect(() => access.require('dns.read', Z1)).not.toThrow()
    expect(() => access.require('dns.read', 'account:other/zone:z1')).toThrow(
      expect.objectContaining({ code: 'ERR_BAILIWICK_DENIED', reason: 'not_a_member' }),
    )
  })

  it('treats text that is no address as no address', async () => {
    const storage = await seeded()
    const bound = token(1, { condition: { ip: { in: ['203.0.113.0/24'] } } })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: bound, secrets: secretsOf(1) })
    const { engine } = rig(storage)
    const reason = async (ip: string | null) => (await engine.authenticate(credentialOf(1), ip)).denial?.reason
    expect(await reason('203.0.113.9')).toBeUndefined()
    expect(await reason('::ffff:203.0.113.9')).toBeUndefined()
    expect(await reason('198.51.100.1')).toBe('address_not_allowed')
    expect(await reason('203.0.113.9:443')).toBe('address_unknown')
    expect(await reason(null)).toBe('address_unknown')
  })
})

describe('who asks', () => {
  it('is named by text that a name can hold', async () => {
    const { engine } = rig(await seeded())
    const misuse = { code: 'ERR_BAILIWICK_MISUSE' }
    for (const id of ['', '\ud800', 123, null, undefined, { toString: () => 'u_1' }] as unknown as string[]) {
      await expect(engine.session(id, null)).rejects.toMatchObject(misuse)
      await expect(engine.viewAs({ token: id }, null)).rejects.toMatchObject(misuse)
      await expect(engine.viewAs({ user: id }, null)).rejects.toMatchObject(misuse)
    }
    expect((await engine.authenticate(['x'] as unknown as string, null)).denial?.reason).toBe('credential_malformed')
  })

  it('comes from an address that is text, or from nowhere', async () => {
    const storage = await seeded()
    const bound = token(1, { condition: { ip: { in: ['203.0.113.0/24'] } } })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: bound, secrets: secretsOf(1) })
    const { engine } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), ['203.0.113.9'] as unknown as string)
    expect(access.denial?.reason).toBe('address_unknown')
  })
})

describe('a list', () => {
  const OTHER = 'account:other/zone:z1'

  it('has what `can` allows, in its order, whatever the items are', async () => {
    const storage = await seeded()
    const deny = { id: 'd', effect: 'deny', permissionGroups: ['dns'], resources: ['account:acme/zone:z2'] } as const
    const policies = [allow('account:*'), deny]
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { policies }),
      secrets: secretsOf(1),
    })
    const { engine } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    const names = fc.constantFrom(Z1, 'account:acme/zone:z2', 'account:acme/zone:z3', OTHER, 'zone:z1', 'account:acme')
    fc.assert(
      fc.property(fc.array(names.map((name) => ({ name }))), (rows) => {
        const wanted = rows.filter(({ name }) => access.can('dns.read', name))
        const picked = access.filter('dns.read', rows, ({ name }) => name)
        expect(picked.length).toBe(wanted.length)
        expect(picked.every((row, i) => row === wanted[i])).toBe(true)
      }),
    )
  })

  it('throws like `can`, and is empty where the credential is refused as a whole', async () => {
    const { engine, pass } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), null)
    const misuse = expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' })
    expect(() => access.filter('dns.rite', [], (name) => name)).toThrow(misuse)
    const nobody = await engine.authenticate(null, null)
    expect(() => nobody.filter('dns.rite', [], (name) => name)).toThrow(misuse)
    expect(nobody.filter('dns.read', [Z1], (name) => name)).toEqual([])
    pass(HELD_MS)
    const stale = expect.objectContaining({ code: 'ERR_BAILIWICK_ACCESS_STALE' })
    expect(() => access.filter('dns.read', [], (name) => name)).toThrow(stale)
  })

  it('throws where a stored fact can’t be understood, and notes nothing then', async () => {
    const storage = await seeded()
    const other = member('u_1', { account: 'other', roles: ['long-gone'] })
    await write(
      storage,
      ['user:u_1', 'account:other'],
      { kind: 'put_account', account: account('other') },
      { kind: 'put_member', member: other },
      { kind: 'put_token', token: token(1, { policies: [allow('account:*')] }), secrets: secretsOf(1) },
    )
    const { engine, uses, reports } = rig(storage)
    const access = await engine.authenticate(credentialOf(1), null)
    const fact = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })
    expect(() => access.filter('dns.read', [Z1, OTHER], (name) => name)).toThrow(fact)
    expect([uses.waiting, reports.length]).toEqual([0, 1])
  })

  it('notes one use for each account in which something was allowed', async () => {
    const storage = await seeded()
    await write(
      storage,
      ['user:u_1', 'account:other'],
      { kind: 'put_account', account: account('other') },
      { kind: 'put_member', member: member('u_1', { account: 'other' }) },
      { kind: 'put_token', token: token(1, { policies: [allow('account:*')] }), secrets: secretsOf(1) },
    )
    const { engine, uses } = rig(storage)
    const noted: (readonly unknown[])[] = []
    const note = uses.note.bind(uses)
    uses.note = (...use) => {
      noted.push(use)
      note(...use)
    }
    const access = await engine.authenticate(credentialOf(1), '192.0.2.1')
    expect(access.filter('dns.read', ['account:none/zone:z1'], (name) => name)).toEqual([])
    expect(uses.waiting).toBe(0)
    const rows = Array.from({ length: 100 }, (_, i) => `account:${['acme', 'other', 'none'][i % 3]}/zone:z${i}`)
    expect(access.filter('dns.read', rows, (name) => name)).toHaveLength(67)
    expect([noted.length, uses.waiting]).toEqual([2, 2])
  })
})

describe('a session', () => {
  it('has all its user may do, needs no token, and is not bound by API switches', async () => {
    const { engine } = rig(await seeded())
    const access = await engine.session('u_1', null)
    expect(access.can('dns.write', Z1)).toBe(true)
    expect(access.can('bailiwick.read_tokens', 'user:u_1')).toBe(true)
    expect(access.check('bailiwick.read_tokens', 'user:u_2').reason).toBe('not_a_member')
    expect(access.principal).toEqual({ kind: 'session', user: 'u_1' })
    expect((await engine.session('stranger', null)).check('dns.write', Z1).reason).toBe('not_a_member')
  })
})

describe("the host's view as a token", () => {
  it('answers as the token would, without its secret', async () => {
    const { engine } = rig(await seeded())
    expect((await engine.viewAs({ token: idOf(1) }, null)).can('dns.read', Z1)).toBe(true)
    expect((await engine.viewAs({ token: idOf(2) }, null)).denial?.reason).toBe('credential_unknown')
  })
})

describe('secrets', () => {
  it('are in nothing an access shows of itself', async () => {
    const { engine } = rig(await seeded())
    const access = await engine.authenticate(credentialOf(1), null)
    const shown = `${inspect(access, { depth: 20, showHidden: true })}${JSON.stringify(access)}${access.explain('dns.read', Z1).text}`
    expect(shown).not.toContain(secretOf(0))
    expect(shown).not.toContain(credentialOf(1))
  })
})
