/** Stored facts are read without trust: what has another shape than was ever written is an error that names the field, and is never skipped. */
import { describe, expect, test } from 'vitest'
import { checkAccount, checkMember, checkToken, checkUser } from '../../src/core/stored.ts'
import { account, allow, member, token } from '../spec/building.ts'

const NO_TEXT = [undefined, null, '', 7, ['x'], {}]
const NOT_WHOLE = [null, '1', 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]
const NO_OBJECT = [null, 'x', 7, []]
const NO_LIST = [undefined, null, 'x', {}]
const NO_FLAG = [undefined, null, 0, 'true']

type Check = (row: never) => void
type Case = readonly [field: string, good: readonly object[], bad: readonly object[]]

/** One row for each value of one field. */
const each = (field: string, values: readonly unknown[]) => values.map((value) => ({ [field]: value }))
const rules = (field: string, values: readonly unknown[]) => values.map((value) => ({ tokenRules: { [field]: value } }))
const policy = (field: string, values: readonly unknown[]) =>
  values.map((value) => ({ policies: [{ ...allow('dns.read', 'account:acme'), [field]: value }] }))

const POLICIES: readonly Case[] = [
  ['policies', each('policies', [[]]), each('policies', [...NO_LIST])],
  [
    'policies',
    [],
    each(
      'policies',
      NO_OBJECT.map((one) => [one]),
    ),
  ],
  ['policies.extra', [], policy('extra', [undefined, 1])],
  ['policies.id', policy('id', ['p']), policy('id', NO_TEXT)],
  ['policies.effect', policy('effect', ['allow', 'deny']), policy('effect', [undefined, null, 'Allow', '', true])],
  [
    'policies.permissions',
    policy('permissions', [['a', 'b']]),
    policy('permissions', [null, 'x', {}, [], [''], ['a', 7]]),
  ],
  ['policies.permissionGroups', [], [...policy('permissions', [undefined]), ...policy('permissionGroups', [['a']])]],
  ['policies.permissionGroups', groups([['a', 'b']]), groups([null, 'x', {}, [], [''], ['a', 7]])],
  ['policies.resources', policy('resources', [['a', 'b']]), policy('resources', [...NO_LIST, [], [''], ['a', 7]])],
  [
    'policies.condition',
    policy('condition', [undefined, {}, { ip: 1, notBefore: 2, expiresOn: 3 }]),
    policy('condition', NO_OBJECT),
  ],
  ['policies.condition.until', [], policy('condition', [{ until: 1 }])],
]

const USER: readonly Case[] = [
  ['id', each('id', ['u']), each('id', NO_TEXT)],
  ['status', each('status', ['active', 'suspended']), each('status', [undefined, null, '', 'Active', 'pending'])],
]

const ACCOUNT: readonly Case[] = [
  ...USER,
  ['apiAccess', each('apiAccess', [true, false]), each('apiAccess', NO_FLAG)],
  ['tokenRules', each('tokenRules', [{}]), each('tokenRules', [undefined, ...NO_OBJECT])],
  ['tokenRules.extra', [], rules('extra', [undefined, true])],
  ['tokenRules.maxLifetimeMs', rules('maxLifetimeMs', [undefined, 0, 1]), rules('maxLifetimeMs', NOT_WHOLE)],
  ...['requireExpiry', 'requireIp', 'forbidPersonal'].map(
    (rule): Case => [`tokenRules.${rule}`, rules(rule, [undefined, true, false]), rules(rule, [null, 0, 'true'])],
  ),
]

const MEMBER: readonly Case[] = [
  ['id', each('id', ['u']), each('id', NO_TEXT)],
  ['account', each('account', ['acme']), each('account', NO_TEXT)],
  ['kind', each('kind', ['user', 'service']), each('kind', [undefined, null, '', 'User', 'account'])],
  [
    'status',
    each('status', ['pending', 'active', 'suspended']),
    each('status', [undefined, null, '', 'Active', 'revoked']),
  ],
  ['readmitted', each('readmitted', [true, false]), each('readmitted', NO_FLAG)],
  ['apiAccess', each('apiAccess', [true, false, null]), each('apiAccess', [undefined, 0, 'true'])],
  ['since', each('since', [0, -1]), each('since', [undefined, ...NOT_WHOLE])],
  ['roles', each('roles', [[], ['a', 'b']]), each('roles', [...NO_LIST, [''], ['a', 7]])],
  ...POLICIES,
]

const TOKEN: readonly Case[] = [
  ['id', each('id', ['t']), each('id', NO_TEXT)],
  [
    'owner',
    each('owner', [{ user: 'u' }, { account: 'a' }, { service: 's', account: 'a' }]),
    each('owner', [
      undefined,
      ...NO_OBJECT,
      {},
      { service: 's' },
      { user: 'u', account: 'a' },
      { user: '' },
      { account: 'a', service: 7 },
    ]),
  ],
  ['owner.role', [], each('owner', [{ user: 'u', role: 'r' }])],
  [
    'status',
    each('status', ['active', 'disabled', 'revoked']),
    each('status', [undefined, null, '', 'Active', 'suspended']),
  ],
  [
    'apiAccess',
    [...each('apiAccess', [null]), ...[true, false, null].map((apiAccess) => ({ owner: { account: 'a' }, apiAccess }))],
    [
      ...each('apiAccess', [undefined, true, false, 0]),
      { owner: { account: 'a' }, apiAccess: 'true' },
      { owner: { account: 'a', service: 's' }, apiAccess: true },
    ],
  ],
  ...['issuedOn', 'secretIssuedOn', 'revision'].map(
    (field): Case => [field, each(field, [0, -1]), each(field, [undefined, ...NOT_WHOLE])],
  ),
  ...['notBefore', 'expiresOn'].map((field): Case => [field, each(field, [undefined, 0]), each(field, NOT_WHOLE)]),
  ['condition', each('condition', [undefined, {}, { ip: {} }]), each('condition', NO_OBJECT)],
  ['condition.notBefore', [], each('condition', [{ notBefore: 1 }])],
  ...POLICIES,
]

describe.each<[string, Check, object, readonly Case[]]>([
  ['user `u`', checkUser, { id: 'u', status: 'active' }, USER],
  ['account `acme`', checkAccount, account(), ACCOUNT],
  ['member `ann` of `acme`', checkMember, member(), MEMBER],
  ['token `t1`', checkToken, token(), TOKEN],
])('of %s', (where, check, good, cases) => {
  const [kind = ''] = where.split(' ', 1)
  const read = (change: object) => check({ ...good, ...change } as never)

  test.each(cases)('`%s`', (field, taken, refused) => {
    for (const change of taken) expect(() => read(change), JSON.stringify(change)).not.toThrow()
    const fault = {
      code: 'ERR_BAILIWICK_STORED_FACT',
      message: expect.stringMatching(new RegExp(`^the stored ${kind} ?.* can't be understood: bad \`${field}\`$`)),
    }
    for (const change of refused)
      expect(() => read(change), JSON.stringify(change)).toThrow(expect.objectContaining(fault))
  })

  test('the message says which, and not what stands there', () => {
    expect(() => read({ status: 'sk_secret' })).toThrow(`the stored ${where} can't be understood: bad \`status\``)
  })
})

/** Groups in the place of the permissions. */
function groups(values: readonly unknown[]): readonly object[] {
  const { permissions: _, ...rest } = allow('dns.read', 'account:acme')
  return values.map((permissionGroups) => ({ policies: [{ ...rest, permissionGroups }] }))
}
