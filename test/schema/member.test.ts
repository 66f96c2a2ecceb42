import { describe, expect, test } from 'vitest'
import type { Member, Policy } from '../../src/core/facts.ts'
import { parseMemberKey } from '../../src/schema/ids.ts'
import { parseMemberAdd, parseMemberUpdate } from '../../src/schema/member.ts'
import { contextWith, issuesOf } from './helpers.ts'

const POLICY: Policy = { id: 'p', effect: 'deny', permissionGroups: ['dns'], resources: ['account:acme/zone:a'] }

describe('a new member', () => {
  const add = (input: unknown) => parseMemberAdd('acme', input, contextWith())

  test('is active, without rights and without a switch of its own, unless it is said', () => {
    expect(add({ user: 'u1' })).toEqual({
      key: { account: 'acme', kind: 'user', id: 'u1' },
      status: 'active',
      readmitted: false,
      roles: [],
      policies: [],
      apiAccess: null,
    })
    expect(
      add({
        service: 'u1',
        roles: ['reader', 'administrator', 'reader'],
        policies: [POLICY],
        apiAccess: false,
        readmit: true,
      }),
    ).toEqual({
      key: { account: 'acme', kind: 'service', id: 'u1' },
      status: 'active',
      readmitted: true,
      roles: ['administrator', 'reader'],
      policies: [POLICY],
      apiAccess: false,
    })
    expect(add({ user: 'u1', status: 'pending' }).status).toBe('pending')
  })

  const elsewhere = { ...POLICY, resources: ['account:other', 'account:*', 'user:u1'] }
  const cases: readonly [what: string, input: unknown, issues: readonly string[]][] = [
    ['nobody', {}, [' bad_member']],
    ['two', { user: 'a', service: 'b' }, [' bad_member']],
    ['an empty id', { user: '' }, ['user bad_id']],
    ['an unknown role', { user: 'u', roles: ['readr'] }, ['roles.0 unknown_role']],
    ['a retired role', { user: 'u', roles: ['reader', 'ghost'] }, ['roles.1 retired']],
    ['a suspended one', { user: 'u', status: 'suspended' }, ['status bad_value']],
    ['an invited service account', { service: 's', status: 'pending' }, ['status bad_value']],
    ['an unknown field', { user: 'u', role: 'reader' }, ['role unknown_field']],
    [
      'policies elsewhere',
      { user: 'u', policies: [elsewhere] },
      [
        'policies.0.resources.0 misplaced_selector',
        'policies.0.resources.1 misplaced_selector',
        'policies.0.resources.2 misplaced_selector',
        'policies.0.resources.2 vacuous_grant',
      ],
    ],
    [
      'a deprecated group',
      { user: 'u', policies: [{ ...POLICY, permissionGroups: ['kv'] }] },
      ['policies.0.permissionGroups.0 deprecated'],
    ],
    [
      'all of it',
      { user: 1, roles: 'x', policies: [{ ...POLICY, effect: 1 }], apiAccess: 0, readmit: 1 },
      ['user bad_type', 'roles bad_type', 'policies.0.effect bad_value', 'apiAccess bad_type', 'readmit bad_type'],
    ],
  ]
  test.each(cases)('is refused: %s', (_what, input, issues) => {
    expect(issuesOf(() => add(input))).toEqual(issues)
  })
})

describe('changes', () => {
  const stored: Member = {
    account: 'acme',
    kind: 'user',
    id: 'u1',
    status: 'active',
    since: 1,
    readmitted: false,
    roles: ['ghost', 'reader'],
    policies: [{ ...POLICY, permissionGroups: ['kv'] }],
    apiAccess: null,
    revision: 2,
  }
  const update = (changes: unknown) => parseMemberUpdate(changes, stored, contextWith())

  test('replace what is given', () => {
    const { roles, policies } = stored
    expect(update({})).toEqual({ roles, policies, ifRevision: undefined })
    expect(update({ roles: [], ifRevision: 2 })).toEqual({ roles: [], policies, ifRevision: 2 })
    expect(update({ policies: [] })).toEqual({ roles, policies: [], ifRevision: undefined })
  })

  test('keep what was retired since it was given, and take no more of it', () => {
    expect(update({ roles: ['ghost'], policies: stored.policies })).toMatchObject({ roles: ['ghost'] })
    expect(issuesOf(() => parseMemberUpdate({ roles: ['ghost'] }, { ...stored, roles: [] }, contextWith()))).toEqual([
      'roles.0 retired',
    ])
  })

  test('of anything else are refused', () => {
    expect(issuesOf(() => update({ status: 'active', apiAccess: true, since: 5 }))).toEqual([
      'status unknown_field',
      'apiAccess unknown_field',
      'since unknown_field',
    ])
  })
})

test('a member is named by one of two ids', () => {
  expect(parseMemberKey('acme', { user: 'x' })).toEqual({ account: 'acme', kind: 'user', id: 'x' })
  expect(parseMemberKey('acme', { service: 'x' })).toEqual({ account: 'acme', kind: 'service', id: 'x' })
  expect(issuesOf(() => parseMemberKey('acme', {}))).toEqual(['member bad_member'])
  expect(issuesOf(() => parseMemberKey('acme', 'x'))).toEqual(['member bad_type'])
  expect(issuesOf(() => parseMemberKey('', { user: 'x' }))).toEqual(['account bad_id'])
})
