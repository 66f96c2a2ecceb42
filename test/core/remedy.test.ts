/** What a refused request is told would change it: for each reason one step that somebody can take, and never a step that changes nothing. */
import { describe, expect, test } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { defineCatalog } from '../../src/core/define.ts'
import type { Account, Member, Policy } from '../../src/core/facts.ts'
import { remedy } from '../../src/core/remedy.ts'
import {
  account,
  accountToken,
  allow,
  botToken,
  deny,
  holder,
  holding,
  member,
  NOW,
  session,
  token,
  when,
} from '../spec/building.ts'
import { EDGE, PERSONAL } from '../spec/catalogs.ts'
import { explained, subjectOf } from '../spec/core.ts'
import type { CatalogCase, Credential } from '../spec/vocabulary.ts'

const ZONE = 'account:acme/zone:a'

describe('a step for each rung', () => {
  const young = { account: account(), member: member({ since: NOW }) }

  test.each<[string, string, Credential, string]>([
    [
      'a rolled secret whose overlap has ended',
      'token_expired',
      holder(token({ expiresOn: NOW + 1 }), {}, NOW),
      'this secret was rolled: use the current one',
    ],
    [
      'a token that ended together with the overlap',
      'token_expired',
      holder(token({ expiresOn: NOW }), {}, NOW),
      'it ended at 2026-09-21T14:13:20Z: move `expiresOn`, or create a new token',
    ],
    [
      'the user is suspended',
      'owner_suspended',
      holder(token(), { user: { id: 'ann', status: 'suspended' } }),
      'lift the suspension of the owning user',
    ],
    [
      'the host does not know the address',
      'address_unknown',
      holder(token({ condition: { ip: { in: ['10.0.0.0/8'] } } })),
      "tell the guard how to find the client's address (`ip`)",
    ],
    [
      'a session of a stranger',
      'not_a_member',
      session('ann', { standings: [] }),
      'give the user an active membership in `account:acme`',
    ],
    [
      'a membership younger than the token',
      'not_a_member',
      holder(token(), { standings: [young] }),
      'give the owner an active membership in `account:acme`; if it is younger than the token, re-admit it with its earlier tokens',
    ],
    [
      'the member is suspended',
      'member_suspended',
      joined({ status: 'suspended' }),
      'lift the suspension of the member',
    ],
    [
      'the account is suspended',
      'account_suspended',
      joined({}, { status: 'suspended' }),
      'lift the suspension of the account',
    ],
    [
      "the member's switch is off",
      'api_access_disabled',
      joined({ apiAccess: false }),
      'switch API access on for this member, or for the account',
    ],
    [
      "the switch of an account's own token is off",
      'api_access_disabled',
      accountToken({ apiAccess: false }),
      'switch API access on for this token, or for the account',
    ],
    [
      'the account blocks the token',
      'token_blocked',
      holder(token(), { blockedIn: ['acme'] }),
      'unblock the token in this account',
    ],
    [
      'the token breaks a rule',
      'token_rule_violated',
      joined({}, { tokenRules: { requireExpiry: true } }),
      "bring the token in line with the account's token rules: `accounts.credentials` says which it breaks (`brokenRules`)",
    ],
  ])('%s', (_, reason, credential, step) => {
    expect(told(credential)).toEqual([reason, [step]])
  })

  test.each(['credential_missing', 'credential_malformed', 'credential_unknown'] as const)('%s', (reason) => {
    const permission = permissionNamed(EDGE.catalog, 'cache.purge')
    const asked = {
      catalog: EDGE.catalog,
      subject: subjectOf(EDGE, session()),
      permission,
      resource: ZONE,
      policies: [],
    }
    expect(remedy(reason, asked)).toEqual(['present a token that exists'])
  })
})

describe('a deny that stands in the way', () => {
  const no = { ...deny('purge', 'account:acme/zone:*'), id: 'no' }
  const step = 'would pass without the deny policy `no` on `account:acme/zone:*`'

  test('is named on the side it is on, and only where it applies', () => {
    const past = { ...deny('purge', ZONE), id: 'past', condition: { expiresOn: NOW } }
    const all = allow('purge', 'account:acme')
    expect(told(holding(all, no, past))).toEqual(['denied_by_token', [step]])
    expect(told(joined({ policies: [no, past] }))).toEqual(['denied_to_owner', [step]])
    const both = { account: account(), member: member({ policies: [{ ...no, id: "the owner's" }] }) }
    expect(told(holder(token({ policies: [all, no] }), { standings: [both] }))).toEqual(['denied_by_token', [step]])
  })
})

describe('what would grant it', () => {
  test('is first a policy that is there and does not apply, then the smallest group that is not deprecated', () => {
    const soon = { ...when({ notBefore: NOW + 1 }, allow('purge', ZONE)), id: 'soon' }
    const past = when({ expiresOn: NOW }, deny('purge', ZONE))
    const held = token({ policies: [past, soon, allow('dns', 'account:acme')] })
    expect(told(holder(held))).toEqual([
      'not_granted',
      [
        'policy `soon` would allow it, but it begins at 2026-09-21T14:13:20.001Z',
        'grant the token `cache.purge` on `account:acme/zone:a`: Cache Purge',
      ],
    ])
  })

  test('is to its owner a role besides, the smallest first', () => {
    expect(told(joined({ roles: [] }), 'dns.read')).toEqual([
      'not_granted_to_owner',
      [
        'grant its owner `ann` `dns.read` on `account:acme/zone:a`: Read, DNS',
        'or give its owner `ann` a role over the whole account: Reader, Administrator',
      ],
    ])
  })

  test('is to its owner also a policy of its own that does not apply, and none of the token', () => {
    const ended = { ...when({ expiresOn: NOW }, allow('dns.read', ZONE)), id: 'ended' }
    const policies = [{ ...ended, id: 'of the token' }, allow('dns', 'account:acme')]
    const standings = [{ account: account(), member: member({ roles: [], policies: [ended] }) }]
    const [reason, steps] = told(holder(token({ policies }), { standings }), 'dns.read')
    expect([reason, steps[0]]).toEqual([
      'not_granted_to_owner',
      'policy `ended` would allow it, but it ended at 2026-09-21T14:13:20Z',
    ])
    expect(steps).toHaveLength(3)
  })

  test('says what the owner needs besides, where the token is not the only one to lack it', () => {
    const nothing = { policies: [allow('kv', 'account:acme/namespace:n')] }
    const under = (change: Parameters<typeof member>[0]) => ({
      standings: [{ account: account(), member: member({ roles: [], ...change }) }],
    })
    const steps = (change: Parameters<typeof member>[0]) => told(holder(token(nothing), under(change)), 'dns.read')[1]
    const forToken = 'grant the token `dns.read` on `account:acme/zone:a`: Read, DNS'
    expect(steps({})).toEqual([
      forToken,
      'besides: grant its owner `ann` `dns.read` on `account:acme/zone:a`: Read, DNS',
      'besides: or give its owner `ann` a role over the whole account: Reader, Administrator',
    ])
    expect(steps({ policies: [allow('dns', 'account:acme')] })).toEqual([forToken])
    const no = { ...deny('dns', ZONE), id: 'no' }
    expect(steps({ policies: [allow('dns', 'account:acme'), no] })).toEqual([
      forToken,
      `besides: would pass without the deny policy \`no\` on \`${ZONE}\``,
    ])
    const ended = { ...when({ expiresOn: NOW }, allow('dns.read', ZONE)), id: 'ended' }
    expect(steps({ policies: [ended] })[1]).toBe(
      'besides: policy `ended` would allow it, but it ended at 2026-09-21T14:13:20Z',
    )
  })

  test('says what the owner needs in this account alone, whatever it has in others', () => {
    const beta = { account: account({ id: 'b' }), member: member({ account: 'b' }) }
    const standings = [{ account: account(), member: member({ roles: [] }) }, beta]
    const policies = [allow('kv', 'account:acme/namespace:n', 'account:b')]
    expect(told(holder(token({ policies }), { standings }), 'dns.read')[1][1]).toBe(
      'besides: grant its owner `ann` `dns.read` on `account:acme/zone:a`: Read, DNS',
    )
  })

  test('is nothing besides, where nobody stands above the token', () => {
    const own = accountToken({ policies: [allow('kv', 'account:acme/namespace:n')] })
    expect(told(own, 'dns.read')).toEqual([
      'not_granted',
      ['grant the token `dns.read` on `account:acme/zone:a`: Read, DNS'],
    ])
    const policies = [allow('text', 'account:acme'), allow('device.wipe', 'user:ann')]
    const standings = [{ account: account(), member: member({ roles: ['owner'] }) }]
    const held = holder(token({ policies }), { standings })
    const [reason, steps] = told(held, 'profile.read', 'user:ann', PERSONAL)
    expect([reason, steps.length]).toEqual(['not_granted', 1])
    expect(steps[0]).toMatch(/^grant the token `profile.read` on `user:ann`/)
  })

  test('is told of a service account by its own id', () => {
    expect(told(botToken({}, { joined: { roles: [] } }), 'dns.read')[1][0]).toBe(
      'grant its owner `bot` `dns.read` on `account:acme/zone:a`: Read, DNS',
    )
  })

  test('is no group and no role where none holds the permission', () => {
    expect(told(session(), 'bailiwick.manage_tokens', 'account:acme')).toEqual([
      'not_granted_to_owner',
      ['grant this user `bailiwick.manage_tokens` on `account:acme`'],
    ])
  })

  test('never is what is deprecated, which can’t be granted anew', () => {
    const { groups, roles, ...rest } = EDGE.declared
    const declared = {
      ...rest,
      groups,
      roles: { ...roles, reader: { name: 'Reader', groups: ['read'], deprecated: true } },
    }
    const on = { ...EDGE, catalog: defineCatalog(declared as never) }
    expect(told(joined({ roles: [] }), 'kv.read', 'account:acme/namespace:n', on)).toEqual([
      'not_granted_to_owner',
      [
        'grant its owner `ann` `kv.read` on `account:acme/namespace:n`: Read',
        'or give its owner `ann` a role over the whole account: Keeper, Administrator',
      ],
    ])
  })
})

test('a token reaches an account by its allows there, whatever it denies', () => {
  const away = allow('purge', 'account:b')
  const no = deny('purge', 'account:acme/zone:b')
  const young = { standings: [{ account: account(), member: member({ since: NOW }) }] }
  const step = (...policies: readonly Policy[]) => told(holder(token({ policies }), young))
  expect(step(away, no)).toEqual([
    'not_a_member',
    ['give the token an allow policy on `account:acme` or something in it'],
  ])
  expect(step(no, allow('purge', ZONE))[1][0]).toMatch(/^give the owner an active membership in `account:acme`;/)
  expect(step(no, allow('purge', 'account:*'))[1][0]).toMatch(/^give the owner an active membership in `account:acme`;/)
})

test('nobody is told to become a member of a person', () => {
  expect(told(holding(allow('text', 'account:*')), 'profile.read', 'user:bob', PERSONAL)).toEqual([
    'not_a_member',
    ["ask as `user:bob`: nobody else stands at a person's root"],
  ])
})

test('a malformed name is answered with every shape that it could have', () => {
  expect(told(holder(), 'dns.read', 'nonsense')).toEqual([
    'resource_malformed',
    [
      '`dns.read` is asked about `account:<id>/zone:<id>` or `account:<id>/zone:<id>/record:<id>`, each id percent-encoded in the canonical way',
    ],
  ])
})

/** The reason and the steps. */
function told(
  credential: Credential,
  permission = 'cache.purge',
  resource = ZONE,
  on: CatalogCase = EDGE,
): readonly [string | null, readonly string[]] {
  const explanation = explained(on, subjectOf(on, credential), { permission, resource, now: NOW, ip: null })
  if (explanation === 'error') throw new Error('a stored fact could not be understood')
  return [explanation.decision.reason, explanation.remedies]
}

/** The usual token, of a member and an account changed so. */
function joined(changes: Partial<Member>, of: Partial<Account> = {}): Credential {
  return holder(token(), { standings: [{ account: account(of), member: member(changes) }] })
}
