/**
 * What random worlds are drawn from: accounts, members, tokens and policies before they know of each other. The weights are tuned so
 * that every rung of the ladder is reached, passed and failed.
 */
import fc from 'fast-check'
import type { Account, Condition, Member, Token, User } from '../../src/core/facts.ts'
import { chainOf, idsOf } from './catalogs.ts'
import { encode } from './reference-text.ts'
import type { CatalogCase } from './vocabulary.ts'

/** A policy before it stands anywhere: its selectors don't name their root yet. */
export interface PolicyDraft {
  readonly effect: 'allow' | 'deny'
  readonly rights: { readonly permissionGroups: readonly string[] } | { readonly permissions: readonly string[] }
  readonly selectors: readonly SelectorDraft[]
  readonly condition: Condition | null
}

interface SelectorDraft {
  readonly root: 'account' | 'user'
  /** Which account a person's token means; from 7 on, all of them. */
  readonly account: number
  /** What follows the root. */
  readonly rest: string
}

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never
export type MemberDraft = Drawn<ReturnType<typeof memberDrafts>>
export type TokenDraft = Drawn<ReturnType<typeof tokenDrafts>>

/** The instants at which things begin and end, and around which questions are asked. */
export const INSTANTS = Array.from({ length: 10 }, (_, i) => 1_000_000 + 10 * i)
export const ISSUED = 900_000

const RANGES = [
  ...[
    '203.0.113.0/24',
    '203.0.113.0/25',
    '203.0.113.7/32',
    '203.0.113.5/32',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '128.0.0.0/1',
    '198.0.0.0/7',
  ],
  ...['::ffff:203.0.113.0/120', '::ffff:cb00:7100/121', '::ffff:10.0.0.0/104', '::ffff:0:0/96', '::ffff:10.0.0.0/103'],
  ...['2001:db8::/32', '2001:db8::/33', '2001:db8::1/128', '2001:db8::3/128', '2000::/31', '::/0', '::/64'],
]

export const userStatus = often<User['status'] | null>(
  [12, fc.constant(null)],
  [12, fc.constant('active')],
  [1, fc.constant('suspended')],
)

const ranges = fc.oneof(
  fc.constantFrom(...RANGES),
  fc.tuple(fc.nat(0xffff_ffff), fc.nat(32)).map(([bits, length]) => printRange(4, BigInt(bits), length)),
  fc.tuple(fc.bigInt(0n, (1n << 128n) - 1n), fc.nat(128)).map(([bits, length]) => printRange(6, bits, length)),
)

const ipConditions = often<NonNullable<Condition['ip']>>(
  [3, fc.record({ in: some(ranges, 4) })],
  [1, fc.record({ notIn: some(ranges, 2) })],
  [1, fc.record({ in: some(ranges, 3), notIn: some(ranges, 2) })],
)

/** The end is after the beginning. */
const windows = often<{ readonly notBefore?: number; readonly expiresOn?: number }>(
  [2, fc.record({ notBefore: instants(0, 4) })],
  [2, fc.record({ expiresOn: instants(5, 9) })],
  [1, fc.record({ notBefore: instants(0, 4), expiresOn: instants(5, 9) })],
  [1, fc.nat(8).map((i) => ({ notBefore: instant(i), expiresOn: instant(i + 1) }))],
)

const conditions = often<Condition>(
  [3, fc.record({ ip: ipConditions })],
  [3, windows],
  [2, fc.tuple(ipConditions, windows).map(([ip, window]) => ({ ip, ...window }))],
)

export const accountDrafts = fc.record({
  status: often<Account['status']>([20, fc.constant('active')], [1, fc.constant('suspended')]),
  apiAccess: often([4, fc.constant(true)], [1, fc.constant(false)]),
  tokenRules: often<Account['tokenRules']>(
    [18, fc.constant({})],
    [1, fc.record({ maxLifetimeMs: fc.nat(9).map((i) => instant(i) - ISSUED) })],
    [1, fc.record({ requireExpiry: fc.constant(true) })],
    [2, fc.record({ requireIp: fc.constant(true) })],
    [1, fc.record({ forbidPersonal: fc.constant(true) })],
    [1, fc.record({ maxLifetimeMs: fc.constant(200_000), requireIp: fc.boolean(), forbidPersonal: fc.boolean() })],
  ),
})

export function memberDrafts(on: CatalogCase) {
  const roles = fc.constantFrom(...Object.keys(on.declared.roles))
  const role = often(
    [12, fc.constant(on.catalog.ownerRole.id)],
    [10, roles],
    [0.3, fc.constantFrom('gone', '__proto__')],
  )
  return fc.record({
    status: often<Member['status']>(
      [30, fc.constant('active')],
      [1, fc.constant('pending')],
      [1, fc.constant('suspended')],
    ),
    since: often([18, fc.constant(0)], [1, fc.constant(ISSUED)], [1, fc.constant(ISSUED + 1)]),
    readmitted: often([2, fc.constant(false)], [1, fc.constant(true)]),
    roles: fc.array(role, { maxLength: 2 }),
    policies: fc.array(policyDrafts(on, 0.5), { maxLength: 3 }),
    apiAccess: often<boolean | null>([6, fc.constant(null)], [4, fc.constant(true)], [1, fc.constant(false)]),
  })
}

export function tokenDrafts(on: CatalogCase) {
  return fc.record({
    owner: often([5, fc.constant(0)], [1, fc.constant(1)], [2, fc.constant(2)], [2, fc.constant(3)]),
    home: fc.nat(2),
    status: often<Token['status']>(
      [60, fc.constant('active')],
      [1, fc.constant('disabled')],
      [1, fc.constant('revoked')],
    ),
    window: often<{ readonly notBefore?: number; readonly expiresOn?: number }>(
      [12, fc.constant({})],
      [1, fc.record({ notBefore: instants(0, 4) })],
      [4, fc.record({ expiresOn: instants(7, 9) })],
      [1, fc.record({ notBefore: instants(0, 3), expiresOn: instants(7, 9) })],
    ),
    condition: often<Pick<Token, 'condition'>>(
      [12, fc.constant({})],
      [4, fc.record({ condition: fc.record({ ip: ipConditions }) })],
      [1, fc.constant({ condition: {} })],
    ),
    secretIssuedOn: fc.constantFrom(ISSUED, ISSUED, ISSUED + 10, ISSUED + 20),
    secretEndsOn: often([19, fc.constant(Number.POSITIVE_INFINITY)], [1, instants(5, 9)]),
    apiAccess: often<boolean | null>([3, fc.constant(null)], [2, fc.constant(true)], [1, fc.constant(false)]),
    blockedIn: often([7, fc.constant(-1)], [2, fc.nat(2)]),
    policies: often([40, some(policyDrafts(on, 0.5), 5)], [1, some(policyDrafts(on, 0.02), 60, 20)]),
  })
}

/** Policies of any effect. `unknown`: how often, in a hundred names, one isn't in the catalog. */
export function policyDrafts(on: CatalogCase, unknown = 0): fc.Arbitrary<PolicyDraft> {
  const groups = fc.constantFrom(...Object.keys(on.declared.groups))
  const permissions = fc.constantFrom(...on.catalog.permissions.keys())
  const group = often([100, groups], [unknown, fc.constantFrom('gone', '__proto__', 'isPrototypeOf')])
  const permission = often([100, permissions], [unknown, fc.constantFrom('gone.read', 'constructor')])
  return fc.record({
    effect: often([4, fc.constant('allow' as const)], [1, fc.constant('deny' as const)]),
    rights: often<PolicyDraft['rights']>(
      [3, fc.record({ permissionGroups: some(group, 3) })],
      [1, fc.record({ permissions: some(permission, 5) })],
    ),
    selectors: some(selectorDrafts(on, unknown), 3),
    condition: often<Condition | null>([3, fc.constant(null)], [1, conditions]),
  })
}

function selectorDrafts(on: CatalogCase, unknown: number): fc.Arbitrary<SelectorDraft> {
  const known = [...on.catalog.types.keys()].map((type) => {
    const [root, ...rest] = chainOf(on.declared, type)
    const weight = (root === 'user' ? 1 : 2) * Math.max(1, 8 - 3 * rest.length)
    const pairs = rest.map((step, i) => pairTexts(on, step, i === rest.length - 1))
    return {
      weight: 100 * weight,
      arbitrary: drafts(
        root === 'user' ? 'user' : 'account',
        fc.tuple(...pairs).map((texts) => texts.join('')),
      ),
    }
  })
  const total = known.reduce((sum, { weight }) => sum + weight, 0)
  const misplaced = Object.keys(on.declared.resources).filter((type) => chainOf(on.declared, type).length > 2)
  const strange = drafts(
    'account',
    fc.constantFrom('/widget:*', '/__proto__:a', '/isprototypeof:*', ...misplaced.map((type) => `/${type}:*`)),
  )
  return fc.oneof(...known, { weight: Math.round((unknown * total) / 100), arbitrary: strange })
}

function drafts(root: 'account' | 'user', rest: fc.Arbitrary<string>): fc.Arbitrary<SelectorDraft> {
  return fc.record({ root: fc.constant(root), account: fc.nat(9), rest })
}

function pairTexts(on: CatalogCase, type: string, last: boolean): fc.Arbitrary<string> {
  const ids = fc.constantFrom(...idsOf(on, type))
  const beginnings = fc.tuple(ids, fc.nat(7)).map(([id, n]) => [...id].slice(0, n + 1).join(''))
  // Few enough that one is often the beginning of another in the same policies.
  const nested = fc.constantFrom('a', 'ab', 'l', 'logs', 'logs-', 'logs-1')
  const texts = often(
    [5, ids.map(encode)],
    [3, fc.constant('*')],
    [last ? 2 : 0, beginnings.map((prefix) => `${encode(prefix)}*`)],
    [last ? 4 : 0, nested.map((prefix) => `${prefix}*`)],
  )
  return texts.map((text) => `/${type}:${text}`)
}

export function often<T>(
  ...choices: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]
): fc.Arbitrary<T> {
  // fast-check wants whole weights.
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight: Math.round(weight * 50), arbitrary })))
}

export function some<T>(of: fc.Arbitrary<T>, maxLength: number, minLength = 1): fc.Arbitrary<T[]> {
  return fc.array(of, { minLength, maxLength, size: 'max' })
}

function instant(i: number): number {
  return INSTANTS[i] ?? 0
}

function instants(first: number, last: number): fc.Arbitrary<number> {
  return fc.integer({ min: first, max: last }).map(instant)
}

/** The range of this length that these bits are in. */
function printRange(family: 4 | 6, bits: bigint, length: number): string {
  const rest = BigInt((family === 4 ? 32 : 128) - length)
  return `${printAddress(family, (bits >> rest) << rest)}/${length}`
}

export function printAddress(family: 4 | 6, bits: bigint): string {
  const [words, size, radix, joint] = family === 4 ? [4, 8n, 10, '.'] : [8, 16n, 16, ':']
  const word = (i: number) => (bits >> (size * BigInt(words - 1 - i))) & ((1n << size) - 1n)
  return Array.from({ length: words }, (_, i) => word(i).toString(radix)).join(joint)
}
