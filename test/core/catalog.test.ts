import { describe, expect, it } from 'vitest'
import { type Catalog, permissionNamed } from '../../src/core/catalog.ts'
import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import { decide } from '../../src/core/decide.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { sessionSubject } from '../../src/core/snapshot.ts'

const GOOD = {
  resources: { zone: { in: 'account' }, record: { in: 'zone' } },
  permissions: { 'dns.read': { on: ['zone', 'record'] }, 'dns.write': { on: 'record' }, 'kv.read': { on: 'account' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] }, read: { name: 'Read', permissions: ['*.read'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
} satisfies CatalogDefinition

/** The good catalog with parts replaced, as JavaScript without types could write it. */
function define(parts: object): Catalog {
  return defineCatalog({ ...GOOD, ...parts } as CatalogDefinition)
}

function refusal(parts: object): string {
  try {
    define(parts)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_BAILIWICK_CATALOG' })
    return String((error as Error).message)
  }
  throw new Error('it was not refused')
}

describe('a catalog', () => {
  it('expands wildcards, which never match the built-in permissions', () => {
    const { groups, permissions } = define({})
    const names = (id: string) => [...(groups.get(id)?.permissions ?? [])].map(({ name }) => name)
    expect(names('dns')).toEqual(['dns.read', 'dns.write'])
    expect(names('read')).toEqual(['dns.read', 'kv.read'])
    expect([...permissions.keys()].filter((name) => name.startsWith('bailiwick.'))).toHaveLength(6)
  })

  it('lets a group name a built-in permission one by one', () => {
    const { groups } = define({
      groups: { ...GOOD.groups, admin: { name: 'Admin', permissions: ['bailiwick.manage_tokens'] } },
    })
    expect([...(groups.get('admin')?.permissions ?? [])].map(({ name }) => name)).toEqual(['bailiwick.manage_tokens'])
  })

  it('keeps retired names and takes what they meant away', () => {
    const { groups, roles, permissions } = define({
      permissions: { ...GOOD.permissions, 'dns.write': { on: 'record', retired: true } },
      groups: { ...GOOD.groups, old: { name: 'Old', permissions: ['dns.*'], retired: true } },
      roles: { ...GOOD.roles, gone: { name: 'Gone', groups: ['dns'], retired: true } },
    })
    expect(permissions.get('dns.write')?.retired).toBe(true)
    expect([...(groups.get('dns')?.permissions ?? [])].map(({ name }) => name)).toEqual(['dns.read'])
    expect(groups.get('old')?.permissions.size).toBe(0)
    expect(roles.get('gone')?.permissions.size).toBe(0)
  })

  it('gives a role what its groups hold together', () => {
    const { roles } = define({ roles: { ...GOOD.roles, both: { name: 'Both', groups: ['read', 'dns', 'read'] } } })
    const names = (id: string) => [...(roles.get(id)?.permissions ?? [])].map(({ name }) => name)
    expect(names('owner')).toEqual(['dns.read', 'dns.write'])
    expect(names('both')).toEqual(['dns.read', 'kv.read', 'dns.write'])
    expect(roles.get('both')?.groups.map(({ id }) => id)).toEqual(['read', 'dns', 'read'])
  })

  it('declares what is not said as not so', () => {
    const { permissions, groups, roles } = define({})
    const plain = { deprecated: false, retired: false }
    expect(permissions.get('dns.read')).toMatchObject({ ...plain, deep: false, audit: false })
    expect(groups.get('dns')).toMatchObject(plain)
    expect(define({ roles: { ...GOOD.roles, r: { name: 'R', groups: [] } } }).roles.get('r')).toMatchObject({
      ...plain,
      owner: false,
    })
    expect(roles.get('owner')).toMatchObject({ ...plain, owner: true })
  })

  it('declares what is said', () => {
    const said = { deprecated: true, retired: true }
    const { permissions, groups, roles } = define({
      permissions: { ...GOOD.permissions, 'x.y': { on: 'zone', deep: true, audit: true, ...said } },
      groups: { ...GOOD.groups, g: { name: 'G', permissions: ['dns.*'], ...said } },
      roles: { ...GOOD.roles, r: { name: 'R', groups: ['dns'], ...said } },
    })
    expect(permissions.get('x.y')).toMatchObject({ deep: true, audit: true, ...said })
    expect([groups.get('g'), roles.get('r')]).toMatchObject([said, said])
  })

  it('may have types eight deep, and ids of 64 characters', () => {
    const long = 'g'.repeat(64)
    const made = define({
      resources: { ...GOOD.resources, ...chain(7) },
      groups: { ...GOOD.groups, [long]: { name: 'x', permissions: ['dns.*'] } },
    })
    expect([made.types.get('t6')?.depth, made.groups.has(long)]).toEqual([8, true])
  })

  it('is not changed by changing what it was declared with', () => {
    const pattern = /[a-z]+/
    const on = ['zone']
    const made = define({
      resources: { ...GOOD.resources, zone: { in: 'account', id: pattern } },
      permissions: { ...GOOD.permissions, 'kv.read': { on } },
    })
    on.push('record')
    pattern.exec = () => null
    expect(made.permissions.get('kv.read')?.on.size).toBe(1)
    expect(made.types.get('zone')?.id?.test('abc')).toBe(true)
    expect(Object.isFrozen(made)).toBe(true)
  })
})

describe('a declaration is refused', () => {
  it.each([
    [
      'a type in an unknown type',
      { resources: { zone: { in: 'acount' } } },
      /type `zone` is in unknown type `acount` \(did you mean `account`\?\)/,
    ],
    [
      'a type in an unknown root',
      { resources: { zone: { in: 'usr' } } },
      /unknown type `usr` \(did you mean `user`\?\)/,
    ],
    [
      'a group id of 65 characters',
      { groups: { ...GOOD.groups, ['g'.repeat(65)]: { name: 'x', permissions: ['dns.*'] } } },
      /1 to 64 characters/,
    ],
    ['a cycle', { resources: { a: { in: 'b' }, b: { in: 'a' } } }, /cycle/],
    ['a type in itself', { resources: { a: { in: 'a' } } }, /cycle/],
    [
      'a built-in root declared again',
      { resources: { ...GOOD.resources, user: { in: 'account' } } },
      /`user` is built in/,
    ],
    ['the other built-in root declared again', { resources: { account: { in: 'user' } } }, /`account` is built in/],
    ['a role id that is no id', { roles: { ...GOOD.roles, 'a b': { name: 'x', groups: [] } } }, /role id `a b`/],
    [
      'an id pattern with the flag y',
      { resources: { zone: { in: 'account', id: /a/y }, record: { in: 'zone' } } },
      /flags g, y or m/,
    ],
    ['a malformed type name', { resources: { ...GOOD.resources, 'Zone:': { in: 'account' } } }, /`Zone:` must match/],
    ['a tree deeper than eight', { resources: { ...GOOD.resources, ...chain(9) } }, /at most 8/],
    [
      'an id pattern with the flag g',
      { resources: { zone: { in: 'account', id: /a/g }, record: { in: 'zone' } } },
      /flags g, y or m/,
    ],
    [
      'an id pattern with the flag m',
      { resources: { zone: { in: 'account', id: /a/m }, record: { in: 'zone' } } },
      /flags g, y or m/,
    ],
    [
      'a permission on an unknown type',
      { permissions: { ...GOOD.permissions, 'x.y': { on: 'zoe' } } },
      /unknown type `zoe` \(did you mean `zone`\?\)/,
    ],
    ['a permission on nothing', { permissions: { ...GOOD.permissions, 'x.y': { on: [] } } }, /on no type/],
    [
      'a permission without a verb',
      { permissions: { ...GOOD.permissions, dns: { on: 'zone' } } },
      /`dns` must be written `area.verb`/,
    ],
    ['a permission of three parts', { permissions: { ...GOOD.permissions, 'a.b.c': { on: 'zone' } } }, /area\.verb/],
    ['the reserved area', { permissions: { ...GOOD.permissions, 'bailiwick.x': { on: 'zone' } } }, /reserved/],
    [
      'a group with an unknown permission',
      { groups: { dns: { name: 'x', permissions: ['dns.raed'] } } },
      /unknown permission `dns.raed` \(did you mean `dns.read`\?\)/,
    ],
    [
      'a wildcard that matches nothing',
      { groups: { dns: { name: 'x', permissions: ['*.purge'] } } },
      /matches nothing/,
    ],
    [
      'a wildcard on the reserved area',
      { groups: { dns: { name: 'x', permissions: ['bailiwick.*'] } } },
      /matches nothing/,
    ],
    ['a wildcard of three parts', { groups: { dns: { name: 'x', permissions: ['*.read.x'] } } }, /unknown permission/],
    [
      'a wildcard with more behind it',
      { groups: { dns: { name: 'x', permissions: ['dns.*.x'] } } },
      /unknown permission/,
    ],
    ['a wildcard for everything', { groups: { dns: { name: 'x', permissions: ['*.*'] } } }, /unknown permission/],
    ['an empty group', { groups: { dns: { name: 'x', permissions: [] } } }, /no permissions/],
    [
      'a group id that is no id',
      { groups: { ...GOOD.groups, 'a b': { name: 'x', permissions: ['dns.*'] } } },
      /group id `a b`/,
    ],
    [
      'a role with an unknown group',
      { roles: { owner: { name: 'x', owner: true, groups: ['dms'] } } },
      /unknown group `dms` \(did you mean `dns`\?\)/,
    ],
    [
      'a misspelt field of a permission',
      { permissions: { ...GOOD.permissions, 'x.y': { on: 'zone', depp: true } } },
      /permission `x.y` has unknown field `depp` \(did you mean `deep`\?\)/,
    ],
    [
      'a misspelt field of a type',
      { resources: { ...GOOD.resources, zone: { in: 'account', idd: /x/ } } },
      /resource type `zone` has unknown field `idd`/,
    ],
    [
      'a misspelt field of a group',
      { groups: { ...GOOD.groups, x: { name: 'x', permissions: ['dns.*'], retird: true } } },
      /group `x` has unknown field `retird` \(did you mean `retired`\?\)/,
    ],
    [
      'a misspelt field of a role',
      { roles: { ...GOOD.roles, x: { name: 'x', groups: [], ownr: true } } },
      /role `x` has unknown field `ownr` \(did you mean `owner`\?\)/,
    ],
    ['an unknown part', { tempaltes: {} }, /the catalog has unknown field `tempaltes` \(did you mean `templates`\?\)/],
    ['a part that is missing', { roles: undefined }, /the catalog needs `roles` to be an object/],
    [
      'a flag that is no boolean',
      { permissions: { ...GOOD.permissions, 'x.y': { on: 'zone', deep: 'yes' } } },
      /needs `deep` to be true or false/,
    ],
    [
      'an id pattern that is text',
      { resources: { ...GOOD.resources, zone: { in: 'account', id: '[a-z]+' } } },
      /needs `id` to be a regular expression/,
    ],
    ['a group without a list', { groups: { dns: { name: 'x' } } }, /needs `permissions` to be a list of texts/],
    ['no owner role', { roles: { reader: { name: 'x', groups: ['dns'] } } }, /exactly one role .* 0 do/],
    [
      'two owner roles',
      { roles: { a: { name: 'a', owner: true, groups: [] }, b: { name: 'b', owner: true, groups: [] } } },
      /exactly one role .* 2 do/,
    ],
    [
      'a retired owner role',
      { roles: { owner: { name: 'x', owner: true, groups: [], retired: true } } },
      /can't be retired/,
    ],
  ])('for %s', (_what, parts, message) => {
    expect(refusal(parts)).toMatch(message)
  })
})

describe('a retired permission', () => {
  it('is allowed to nobody, not even to a user at their own root', () => {
    const catalog = define({
      permissions: { ...GOOD.permissions, 'me.read': { on: 'user' }, 'me.old': { on: 'user', retired: true } },
    })
    const subject = sessionSubject(catalog, 'u', { user: null, standings: [], revisions: new Map() })
    const reason = (name: string) =>
      decide(subject, permissionNamed(catalog, name), 'user:u', { now: 0, ip: null }).reason
    expect([reason('me.read'), reason('me.old')]).toEqual([null, 'not_granted_to_owner'])
  })
})

describe('an unknown permission', () => {
  it('throws and names the nearest known one', () => {
    const catalog = define({})
    const misuse = {
      code: 'ERR_BAILIWICK_MISUSE',
      message: 'unknown permission `dns.rite` (did you mean `dns.write`?)',
    }
    expect(() => permissionNamed(catalog, 'dns.rite')).toThrow(expect.objectContaining(misuse))
    expect(() => permissionNamed(catalog, '__proto__')).toThrow(
      expect.objectContaining({ message: 'unknown permission `__proto__`' }),
    )
    for (const name of [undefined, null, 7, {}, ['dns.read']])
      expect(() => permissionNamed(catalog, name as never)).toThrow(
        expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }),
      )
  })
})

function chain(length: number): Record<string, { in: string }> {
  return Object.fromEntries(Array.from({ length }, (_, i) => [`t${i}`, { in: i === 0 ? 'account' : `t${i - 1}` }]))
}
