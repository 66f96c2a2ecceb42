/**
 * Written by hand for speed: per side one Map from the text of a selector to the policies that have it, as bits; permissions as bits too;
 * conditions answered once at authentication; ancestors by slices. At most 31 policies a side.
 */
import type { Member, Policy } from 'bailiwick/core'
import type { Evaluator } from '../decide/evaluator.ts'
import { groups, permissionNames } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { addressNumber, isWithin, type Range, rangeOf } from './addresses.ts'
import { shapesOf } from './selectors.ts'
import { ownersPolicies } from './sides.ts'

interface Side {
  /** Policies by bit: those with this account, zone or record among their selectors. */
  readonly exact: ReadonlyMap<string, number>
  /** Almost always empty. */
  readonly prefixes: readonly (readonly [prefix: string, policies: number])[]
  readonly everywhere: readonly (readonly [account: string, record: string, policies: number])[]
  /** Permissions, 32 to a word; the same word of all policies side by side, so that one look at memory tells which policies are concerned. */
  readonly permissions: Uint32Array
  readonly denies: number
  readonly ranges: readonly (readonly Range[] | null)[]
}

interface Prepared {
  readonly own: Side
  readonly owners: readonly { readonly account: string; readonly side: Side | null }[]
  readonly word: number
  readonly bit: number
  /** The token's policies whose conditions hold. An owner's have none, here as in most systems. */
  readonly holding: number
}

export function open(world: World): Evaluator<Prepared> {
  const members = new Map<Member, Side>()
  const memberSide = (member: Member): Side => {
    const side = members.get(member) ?? sideOf(ownersPolicies(member))
    members.set(member, side)
    return side
  }
  const holders = world.facts.map(({ token, standings }) => {
    const owners = standings.map(({ account, member }) => {
      return { account: `account:${account.id}`, side: member === null ? null : memberSide(member) }
    })
    return { own: sideOf(token.policies), owners }
  })
  const numbers = new Map(permissionNames.map((name, n) => [name, n]))
  return {
    prepare({ token, permission, ip }) {
      const holder = holders[token]
      if (holder === undefined) throw new RangeError('no such token')
      const number = numbers.get(permission) ?? 0
      const address = addressNumber(ip)
      let holding = 0
      for (const [p, ranges] of holder.own.ranges.entries()) if (isWithin(ranges, address)) holding |= 1 << p
      return { ...holder, word: number >>> 5, bit: 1 << (number & 31), holding }
    },
    ask({ own, owners, word, bit, holding }, resource) {
      const second = resource.lastIndexOf('/')
      const first = second < 0 ? -1 : resource.indexOf('/')
      const account = second < 0 ? resource : resource.slice(0, first)
      const zone = first === second ? null : resource.slice(0, second)
      if (!grants(own, word, bit, holding, resource, zone, account)) return false
      for (let n = 0; n < owners.length; n++) {
        const owner = owners[n]
        if (owner?.account === account)
          return owner.side === null || grants(owner.side, word, bit, -1, resource, zone, account)
      }
      return false
    },
  }
}

/** `zone` is the one the resource lies in, where it is a record. */
function grants(
  side: Side,
  word: number,
  bit: number,
  holding: number,
  resource: string,
  zone: string | null,
  account: string,
): boolean {
  const { exact, prefixes, everywhere, permissions, denies, ranges } = side
  let concerned = 0
  for (let p = 0; p < ranges.length; p++)
    if (((permissions[word * ranges.length + p] ?? 0) & bit) !== 0) concerned |= 1 << p
  concerned &= holding
  if ((concerned & ~denies) === 0) return false
  // Where no deny is concerned, the first allow that covers settles it.
  const isSettledByOne = (concerned & denies) === 0
  let covering = (exact.get(resource) ?? 0) & concerned
  if (isSettledByOne && covering !== 0) return true
  if (zone !== null) covering |= (exact.get(zone) ?? 0) & concerned
  if (isSettledByOne && covering !== 0) return true
  if (account !== resource) covering |= (exact.get(account) ?? 0) & concerned
  if (isSettledByOne && covering !== 0) return true
  for (let n = 0; n < prefixes.length; n++) {
    const prefix = prefixes[n]
    if (prefix !== undefined && resource.startsWith(prefix[0])) covering |= prefix[1] & concerned
  }
  if (zone !== null)
    for (let n = 0; n < everywhere.length; n++) {
      const one = everywhere[n]
      if (one !== undefined && one[0] === account && resource.endsWith(one[1])) covering |= one[2] & concerned
    }
  return covering !== 0 && (covering & denies) === 0
}

const WORDS = Math.ceil(permissionNames.length / 32)

function permissionWords(policies: readonly Policy[]): Uint32Array {
  const words = new Uint32Array(WORDS * policies.length)
  for (const [p, { permissionGroups = [] }] of policies.entries()) {
    const names = new Set(permissionGroups.flatMap((group) => groups.get(group) ?? []))
    for (const [n, name] of permissionNames.entries()) {
      const at = (n >>> 5) * policies.length + p
      if (names.has(name)) words[at] = (words[at] ?? 0) | (1 << (n & 31))
    }
  }
  return words
}

function sideOf(policies: readonly Policy[]): Side {
  if (policies.length > 31) throw new RangeError('at most 31 policies')
  const exact = new Map<string, number>()
  const prefixes = new Map<string, number>()
  const everywhere: (readonly [string, string, number])[] = []
  let denies = 0
  for (const [p, { effect, resources }] of policies.entries()) {
    if (effect === 'deny') denies |= 1 << p
    const { accounts, zones, records, zonePrefixes, everywhere: records2 } = shapesOf(resources)
    for (const name of [...accounts, ...zones, ...records]) exact.set(name, (exact.get(name) ?? 0) | (1 << p))
    for (const prefix of zonePrefixes) prefixes.set(prefix, (prefixes.get(prefix) ?? 0) | (1 << p))
    for (const { account, record } of records2) everywhere.push([account, `/${record}`, 1 << p])
  }
  const permissions = permissionWords(policies)
  const ranges = policies.map(({ condition }) => condition?.ip?.in?.map(rangeOf) ?? null)
  return { exact, prefixes: [...prefixes], everywhere, permissions, denies, ranges }
}
