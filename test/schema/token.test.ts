import { describe, expect, test } from 'vitest'
import type { Catalog } from '../../src/core/catalog.ts'
import type { CatalogShape } from '../../src/core/catalog-types.ts'
import { defineCatalog } from '../../src/core/define.ts'
import type { Token } from '../../src/core/facts.ts'
import {
  parseIfRevision,
  parseOverlap,
  parseOverlapEnd,
  parseTokenCreate,
  parseTokenUpdate,
  type TokenInput,
} from '../../src/schema/token.ts'
import { contextWith, errorOf, issuesOf } from './helpers.ts'

const NEW = {
  owner: { user: 'u1' },
  name: 'deploy',
  policies: [{ id: 'p', effect: 'allow', permissionGroups: ['purge'], resources: ['account:acme/zone:a'] }],
} satisfies TokenInput

const create = (input: unknown) => parseTokenCreate(input, contextWith())

describe('a new token', () => {
  test('is read with its times rounded to the stricter side', () => {
    const times = { notBefore: '2026-01-01T00:00:00.0001Z', expiresOn: '2027-01-01T01:00:00.0009+01:00' }
    const token = create({ ...NEW, ...times, condition: { ip: { in: ['::FFFF:1.2.3.4/128'] } } })
    expect(token).toEqual({
      ...NEW,
      apiAccess: null,
      notBefore: Date.UTC(2026, 0, 1) + 1,
      expiresOn: Date.UTC(2027, 0, 1),
      condition: { ip: { in: ['1.2.3.4/32'] } },
    })
    expect(Object.isFrozen(token)).toBe(true)
  })

  test('without times and condition has none of them', () => {
    expect(Object.keys(create({ ...NEW, condition: {} })).sort()).toEqual(['apiAccess', 'name', 'owner', 'policies'])
  })

  test('takes times before and after those that read as seconds', () => {
    expect(create({ ...NEW, notBefore: 999_999_999, expiresOn: 1e11 })).toMatchObject({
      notBefore: 999_999_999,
      expiresOn: 1e11,
    })
  })

  const cases: readonly [what: string, change: object, issue: string][] = [
    ['an unknown field', { expires_on: 1 }, 'expires_on unknown_field'],
    ['a time in the condition', { condition: { expiresOn: 1 } }, 'condition.expiresOn unknown_field'],
    ['no owner', { owner: undefined }, 'owner required'],
    ['an owner that is none', { owner: 'u1' }, 'owner bad_type'],
    ['an owner without a name', { owner: {} }, 'owner bad_owner'],
    ['two owners', { owner: { user: 'u1', account: 'acme' } }, 'owner bad_owner'],
    ['a service of no account', { owner: { service: 's' } }, 'owner bad_owner'],
    ['an empty id', { owner: { user: '' } }, 'owner.user bad_id'],
    ['a lone surrogate', { owner: { user: '\ud800' } }, 'owner.user bad_id'],
    ['an id of 1,025 bytes', { owner: { user: `${'é'.repeat(512)}x` } }, 'owner.user bad_id'],
    ['no name', { name: undefined }, 'name required'],
    ['an empty name', { name: '' }, 'name bad_name'],
    ['a blank name', { name: ' \u3000' }, 'name bad_name'],
    ['a name of 121 characters', { name: '😀'.repeat(121) }, 'name bad_name'],
    ['a name on two lines', { name: 'a\nb' }, 'name bad_name'],
    ['a name with a line separator', { name: 'a\u2028b' }, 'name bad_name'],
    ['a window that never opens', { notBefore: 2, expiresOn: '1970-01-01T00:00:00.001Z' }, 'expiresOn empty_window'],
    ['a year beyond 9999', { expiresOn: 1e15 }, 'expiresOn bad_time'],
    ['seconds of 2001', { expiresOn: 1e9 }, 'expiresOn bad_time'],
    ['seconds of 5138', { notBefore: 99_999_999_999 }, 'notBefore bad_time'],
    ['a switch of a person’s token', { apiAccess: true }, 'apiAccess not_account_owned'],
    ['a switch that is none', { apiAccess: 'on' }, 'apiAccess bad_type'],
  ]
  test.each(cases)('is refused: %s', (_what, change, issue) => {
    expect(issuesOf(() => create({ ...NEW, ...change }))).toEqual([issue])
  })

  test('may be owned by ids of exactly 1,024 bytes and have a name of 120 characters', () => {
    expect(create({ ...NEW, owner: { user: 'é'.repeat(512) }, name: '😀'.repeat(120) }).name).toHaveLength(240)
  })

  test('is told everything at once, policies of an unreadable owner too', () => {
    const wrong = {
      owner: {},
      name: '',
      policies: [{ effect: 'allow', permissionGroups: ['x'], resources: ['y'] }],
      apiAccess: 1,
      a: 1,
    }
    expect(issuesOf(() => create({ ...wrong, notBefore: 'x', condition: { ip: { in: [] } } })).toSorted()).toEqual([
      'a unknown_field',
      'apiAccess bad_type',
      'condition.ip.in empty_list',
      'name bad_name',
      'notBefore bad_time',
      'owner bad_owner',
      'policies.0.permissionGroups.0 unknown_group',
      'policies.0.resources.0 bad_selector',
    ])
  })

  test('that is no object at all', () => {
    for (const input of [undefined, null, 7, [], new Date(), new (class Token {})()])
      expect(errorOf(() => create(input)).issues).toHaveLength(1)
  })
})

describe('changes', () => {
  const stored: Token = {
    ...create({ ...NEW, notBefore: 10, expiresOn: 20, condition: { ip: { in: ['10.0.0.0/8'] } } }),
    id: 't',
    status: 'active',
    issuedOn: 1,
    issuedBy: 'host',
    modifiedOn: 1,
    secretIssuedOn: 1,
    revision: 3,
  }
  const { name, policies, condition, notBefore, expiresOn } = stored
  const update = (changes: unknown) => parseTokenUpdate(changes, stored, contextWith())

  test('replace what is given and leave the rest', () => {
    expect(update({})).toEqual({ terms: { name, policies, condition, notBefore, expiresOn }, ifRevision: undefined })
    expect(update({ name: 'b', ifRevision: 3 })).toEqual({
      terms: { name: 'b', policies, condition, notBefore, expiresOn },
      ifRevision: 3,
    })
  })

  test('`null` removes, and so does an empty condition', () => {
    expect(update({ condition: null, notBefore: null, expiresOn: null }).terms).toEqual({ name, policies })
    expect(update({ condition: {} }).terms).toEqual({ name, policies, notBefore, expiresOn })
  })

  test('are measured against what stays', () => {
    expect(issuesOf(() => update({ notBefore: 20 }))).toEqual(['notBefore empty_window'])
    expect(issuesOf(() => update({ expiresOn: 10 }))).toEqual(['expiresOn empty_window'])
    expect(update({ expiresOn: 10, notBefore: null }).terms).toMatchObject({ expiresOn: 10 })
  })

  test('to what can’t change are refused', () => {
    expect(issuesOf(() => update({ owner: { user: 'u2' }, status: 'active', ifRevision: '3' })).toSorted()).toEqual([
      'ifRevision bad_revision',
      'owner unknown_field',
      'status unknown_field',
    ])
    expect(issuesOf(() => update({ policies: null, name: null }))).toEqual(['name bad_type', 'policies bad_type'])
  })
})

test('options of the other calls', () => {
  expect(parseIfRevision({})).toBeUndefined()
  expect(parseIfRevision({ ifRevision: 4 })).toBe(4)
  expect(issuesOf(() => parseIfRevision({ ifrevision: 4 }))).toEqual(['options.ifrevision unknown_field'])
  expect(parseOverlap({}, 5)).toBe(5)
  expect(parseOverlap({ overlapMs: 7 }, 5)).toBe(12)
  for (const overlapMs of [-1, 0.5, Number.NaN, Infinity, 1e17, '5', null])
    expect(issuesOf(() => parseOverlap({ overlapMs }, 5))).toEqual(['options.overlapMs bad_overlap'])
  expect(parseOverlapEnd('now', 5)).toBe(5)
  expect(parseOverlapEnd('1970-01-01T00:00:01Z', 5)).toBe(1_000)
  expect(issuesOf(() => parseOverlapEnd('later', 5))).toEqual(['endsOn bad_time'])
})

test('names of the catalog are types', () => {
  const small = defineCatalog({
    resources: { zone: { in: 'account' } },
    permissions: { 'cache.purge': { on: 'zone' } },
    groups: { purge: { name: 'Purge', permissions: ['cache.purge'] } },
    roles: { owner: { name: 'Owner', owner: true, groups: ['purge'] } },
  })
  type Shape = typeof small extends Catalog<infer S extends CatalogShape> ? S : never
  const resources = ['account:acme/zone:z']
  const right: TokenInput<Shape>['policies'] = [
    { effect: 'allow', permissionGroups: ['purge'], resources },
    { effect: 'deny', permissions: ['cache.purge', 'bailiwick.read_tokens'], resources },
  ]
  const wrong: TokenInput<Shape>['policies'] = [
    // @ts-expect-error no such group
    { effect: 'allow', permissionGroups: ['pruge'], resources },
    // @ts-expect-error no such permission
    { effect: 'allow', permissions: ['cache.prune'], resources },
    // @ts-expect-error never both
    { effect: 'allow', permissions: ['cache.purge'], permissionGroups: ['purge'], resources },
  ]
  expect(right.length + wrong.length).toBe(5)
})
