/**
 * Random questions about a random world. Most aim at what a policy covers, some stray from it at one place, some are malformed; their
 * instants are the edges of windows, their addresses the edges of ranges.
 */
import fc from 'fast-check'
import type { Policy } from '../../src/core/facts.ts'
import { chainOf, idsOf } from './catalogs.ts'
import { INSTANTS, printAddress } from './drafts.ts'
import { covers, encode, type Pair, readRange } from './reference-text.ts'
import type { Credential, Question } from './vocabulary.ts'
import type { World } from './worlds.ts'

/** One question in so many for each way of spoiling its name. */
const SPOILABLE = 999

/** The numbers a question is made of; each means something only in its world. */
export type Aim = typeof aims extends fc.Arbitrary<infer T> ? T : never

export const aims = fc.record({
  credential: fc.nat(3),
  policy: fc.nat(9),
  selector: fc.nat(2),
  permission: fc.nat(99),
  type: fc.nat(9),
  ids: fc.array(fc.nat(99), { minLength: 8, maxLength: 8 }),
  stray: fc.nat(39),
  spoil: fc.nat(SPOILABLE),
  at: fc.nat(9),
  shift: fc.constantFrom(0, 0, 0, -1, -0.5, 0.5, 1),
  from: fc.nat(9),
  range: fc.nat(19),
  flip: fc.nat(127),
})

/** A world, and how many questions about it. */
export function scenes(worlds: fc.Arbitrary<World>, questions: number): fc.Arbitrary<readonly [World, readonly Aim[]]> {
  return fc.noBias(fc.tuple(worlds, fc.array(aims, { minLength: questions, maxLength: questions })))
}

export function credentialOf(world: World, aim: Aim): Credential {
  const credential = world.credentials[aim.credential % world.credentials.length]
  if (credential === undefined) throw new Error('a world has credentials')
  return credential
}

export function questionOf(world: World, aim: Aim): Question {
  const credential = credentialOf(world, aim)
  const policy = aimedAt(world, credential, aim)
  const permission = permissionOf(world, policy, aim)
  const resource = nameOf(world, credential, policy, permission, aim)
  const spoil = SPOILS[SPOILABLE - aim.spoil]
  return {
    permission,
    resource: spoil === undefined ? resource : spoil(resource),
    now: (INSTANTS[aim.at] ?? 0) + aim.shift,
    ip: addressOf(credential, aim),
  }
}

/** A policy of the token or of its owner, or what a role gives; or none. */
function aimedAt(world: World, credential: Credential, aim: Aim): Policy | undefined {
  const own = credential.kind === 'token' ? credential.facts.token.policies : []
  if (aim.policy < 7 && own.length > 0) return own[aim.policy % own.length]
  const ofOwner = credential.facts.standings.flatMap(({ account, member }) => {
    const ofRoles = (member?.roles ?? []).map((id): Policy => {
      const permissionGroups = (world.on.catalog.roles.get(id)?.groups ?? []).map((group) => group.id)
      return { id, effect: 'allow', permissionGroups, resources: [`account:${encode(account.id)}`] }
    })
    return [...ofRoles, ...(member?.policies ?? [])]
  })
  return ofOwner[(aim.policy * 3 + aim.selector) % (ofOwner.length + 1)]
}

function permissionOf({ on }: World, policy: Policy | undefined, aim: Aim): string {
  const all = [...on.catalog.permissions.keys()]
  const grouped = (policy?.permissionGroups ?? []).flatMap((id) => [...(on.catalog.groups.get(id)?.permissions ?? [])])
  const named = (policy?.permissions ?? []).filter((name) => on.catalog.permissions.has(name))
  const of = [...grouped.map(({ name }) => name), ...named]
  return pick(aim.permission > 87 || of.length === 0 ? all : of, aim.permission) ?? ''
}

/** A name the permission may be asked about and, where it can be, one that the policy covers. */
function nameOf(
  world: World,
  credential: Credential,
  policy: Policy | undefined,
  permission: string,
  aim: Aim,
): string {
  const selector = pick(policy?.resources ?? [], aim.selector)?.split('/') ?? []
  const chains = [...(world.on.catalog.permissions.get(permission)?.on ?? [])].map(({ name }) =>
    chainOf(world.on.declared, name),
  )
  const alike = chains.filter(([root]) => selector[0]?.startsWith(`${root}:`))
  const near = alike.filter((chain) => selector.every((part, i) => part.startsWith(`${chain[i]}:`)))
  const chain = pick(near.length > 0 ? near : alike.length > 0 ? alike : chains, aim.type) ?? []
  const pairs = chain.map((type, i): Pair => {
    const part = selector[i]?.startsWith(`${type}:`) ? selector[i] : `${type}:*`
    const pool = i === 0 ? rootIds(world, credential, type) : idsOf(world.on, type)
    const covered = part === `${type}:*` ? pool : pool.filter((id) => covers(part, [{ type, id }], false))
    return { type, id: pick(39 - aim.stray === i || covered.length === 0 ? pool : covered, aim.ids[i] ?? 0) ?? 'x' }
  })
  return pairs.map(({ type, id }) => `${type}:${encode(id)}`).join('/')
}

/** Mostly ids that exist; of users, mostly the one who asks. */
function rootIds({ accounts }: World, credential: Credential, type: string): readonly string[] {
  const owner = credential.kind === 'token' ? credential.facts.token.owner : { user: credential.user }
  if (type === 'user') return 'user' in owner ? [owner.user, owner.user, owner.user, 'u/2'] : ['x']
  const ids = accounts.map(({ id }) => id)
  return 'user' in owner
    ? [...ids, ...ids, ...ids, ...ids, ...ids, 'nowhere']
    : [...ids, ...Array<string>(9).fill(owner.account)]
}

/** No address, one of a few, or one at the edge of a range that this credential knows. */
function addressOf(credential: Credential, aim: Aim): string | null {
  if (aim.from < 2) return null
  const text = pick(rangesOf(credential), aim.range)
  if (aim.from < 4 || text === undefined) return pick(ADDRESSES, aim.flip) ?? null
  const { family, bits, length } = readRange(text)
  const width = family === 4 ? 32 : 128
  // Inside, or with one bit turned: next to the last bit that counts, or anywhere.
  const place = aim.from === 4 ? aim.flip % width : length + (aim.flip % 3) - 1
  const turned = aim.from > 7 || place < 0 || place >= width ? bits : bits ^ (1n << BigInt(width - 1 - place))
  return family === 4 && aim.flip % 4 === 0 ? `::ffff:${printAddress(4, turned)}` : printAddress(family, turned)
}

function rangesOf({ facts }: Credential): readonly string[] {
  const token = 'token' in facts ? facts.token : undefined
  const policies = [...(token?.policies ?? []), ...facts.standings.flatMap(({ member }) => member?.policies ?? [])]
  const ofToken = [token?.condition, token?.condition, token?.condition]
  return [...ofToken, ...policies.map(({ condition }) => condition)].flatMap((condition) => [
    ...(condition?.ip?.in ?? []),
    ...(condition?.ip?.notIn ?? []),
  ])
}

const ADDRESSES = [
  ...['203.0.113.7', '203.0.113.128', '198.51.100.1', '10.1.2.3', '127.255.255.255', '128.0.0.0', '0.0.0.0'],
  ...['::ffff:203.0.113.7', '::FFFF:cb00:7107', '0:0:0:0:0:ffff:10.1.2.3', '::203.0.113.7', '64:ff9b::203.0.113.7'],
  ...['2001:db8::1', '2001:DB8:8000::', '::', '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '::fffe:cb00:7107'],
]

/** Ways to miss the one spelling, or the type; a few of them still are names. */
const SPOILS: readonly ((name: string) => string)[] = [
  () => '',
  (name) => `${name}/`,
  (name) => `/${name}`,
  (name) => name.replace('/', '//'),
  (name) => name.toUpperCase(),
  (name) => name.replace(':', '%3A'),
  (name) => name.replace(':', '::'),
  (name) => name.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16).toUpperCase()}`),
  (name) => `${name}%c3%a9`,
  (name) => `${name}%C3`,
  (name) => `${name}%C0%AF`,
  (name) => `${name}%ED%A0%80`,
  (name) => `${name}%`,
  (name) => `${name}%2`,
  (name) => `${name}é`,
  (name) => `${name}\ud800`,
  (name) => `${name} `,
  (name) => `${name}\n`,
  (name) => `${name}%0A`,
  (name) => `${name}\0`,
  (name) => `${name}?`,
  (name) => `${name}!`,
  (name) => `${name}%21`,
  (name) => `${name}%2E`,
  (name) => name.replace(/[^:]*$/, ''),
  (name) => name.replace(/[^:]*$/, '*'),
  (name) => name.replace(/[^:]*$/, '..'),
  (name) => name.replace(/[^:]*$/, 'a'.repeat(1024)),
  (name) => name.replace(/[^:]*$/, 'a'.repeat(1025)),
  (name) => name.replace(/[^:]*$/, '%C3%A9'.repeat(512)),
  (name) => name.replace(/[^:]*$/, '%C3%A9'.repeat(513)),
  (name) => name.replaceAll(/(?<=\/[a-z]+:)[^/]*/g, 'a'.repeat(1024)),
  (name) => name.replaceAll('%2F', '/'),
  (name) => name.replaceAll('%', '%25'),
  (name) => name.replace(/^[^/]*\//, ''),
  (name) => name.replace(/^[^/]*/, '$&/$&'),
  (name) => name.replace(/\/[^/]*$/, ''),
  (name) => name.replace(/[^/]*$/, '$&/$&'),
  (name) => `${name}/widget:a`,
  (name) => name.replace(/[a-z]+(?=:[^:]*$)/, 'constructor'),
  (name) => name.replace(/[a-z]+(?=:[^:]*$)/, '__proto__'),
  (name) => name.replace(/^account/, 'user'),
  (name) => name.replace(/^user/, 'account'),
  (name) => name.split('/').reverse().join('/'),
  (name) => `${name}/a:b/a:b/a:b/a:b/a:b/a:b/a:b/a:b`,
]

function pick<T>(from: readonly T[], n: number): T | undefined {
  return from[n % from.length]
}
