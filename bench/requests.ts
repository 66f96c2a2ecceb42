/** Streams of requests on a world: which token asks for which permission on which resource, given as text, from which address. */
import type { Policy } from 'bailiwick/core'
import { type Chance, chance, zipf } from './random.ts'
import { groups, permissionNames, permissions } from './vocabulary.ts'
import { accountName, RANGES, RECORDS, recordName, type World, zoneName } from './worlds.ts'

/** What is known of a request. All but the resource a server knows before it asks: the token since authentication, the permission from its route. */
export interface Request {
  readonly token: number
  readonly permission: string
  readonly resource: string
  /** IPv4, always known. */
  readonly ip: string
}

export interface Stream {
  readonly requests: readonly Request[]
  /** The resources anew: flat texts of their own that nothing else holds and nobody has hashed, as out of a URL. */
  freshTexts(): string[]
}

export type Spread = 'uniform' | 'zipf'

export function makeStream(world: World, spread: Spread, length: number, seed: number): Stream {
  const luck = chance(seed)
  const tokenOf = spread === 'zipf' ? zipf(world.tokens, luck) : () => luck.below(world.tokens)
  const requests = Array.from({ length }, () => makeRequest(luck, world, tokenOf()))
  return streamOf(requests)
}

export function streamOf(requests: readonly Request[]): Stream {
  const joined = Buffer.from(requests.map(({ resource }) => resource).join(''), 'latin1')
  const freshTexts = () => {
    let end = 0
    return requests.map(({ resource }) => {
      const start = end
      end += resource.length
      return joined.toString('latin1', start, end)
    })
  }
  return { requests, freshTexts }
}

/**
 * Nine of ten requests aim at what an allow policy of the token grants; the rest ask for anything in an account, often not the token's. Nine of ten
 * come from where the token is at home, the rest from anywhere.
 */
function makeRequest(luck: Chance, world: World, token: number): Request {
  const facts = world.facts[token]
  if (facts === undefined) throw new RangeError('no such token')
  const { policies } = facts.token
  const ip = luck.next() < 0.1 ? addressIn(luck.pick(RANGES), luck.below(16)) : homeOf(token, policies)
  if (luck.next() < 0.1) {
    const account = luck.next() < 0.7 ? token % world.accounts : luck.below(world.accounts)
    const permission = luck.pick(permissionNames)
    return { token, permission, resource: makeResource(luck, world, permission, account), ip }
  }
  const policy = luck.pick(policies.filter(({ effect }) => effect === 'allow'))
  const permission = luck.pick(groups.get(luck.pick(policy.permissionGroups ?? [])) ?? [])
  return { token, permission, resource: within(luck, world, permission, luck.pick(policy.resources)), ip }
}

/** An address that its conditions hold, if it has any. */
function homeOf(token: number, policies: readonly Policy[]): string {
  const ranges = policies.flatMap(({ condition }) => condition?.ip?.in ?? [])
  return addressIn(ranges[0] ?? RANGES[token % RANGES.length] ?? '', token % 16)
}

/** A resource that this selector covers, of a type the permission is on; where there is none, another in the same account. */
function within(luck: Chance, world: World, permission: string, selector: string): string {
  const [account = '', zone, record] = selector.split('/')
  const number = Number(account.slice('account:a'.length))
  if (zone === undefined) return makeResource(luck, world, permission, number)
  const stem = zone.endsWith('*') ? zone.slice('zone:z'.length, -1) : zone.slice('zone:z'.length)
  const rest = 4 - stem.length
  const digits = `${stem}${String(luck.below(Math.min(world.zones, 10 ** rest))).padStart(rest, '0')}`.slice(0, 4)
  const zoneText = `${account}/zone:z${digits}`
  const { on = [] } = permissions.get(permission) ?? {}
  if (!on.includes('record')) return zoneText
  if (record !== undefined) return `${zoneText}/${record}`
  return luck.next() < 0.5 ? zoneText : `${zoneText}/record:r${String(luck.below(RECORDS)).padStart(2, '0')}`
}

function makeResource(luck: Chance, { zones }: World, permission: string, account: number): string {
  const { on = [] } = permissions.get(permission) ?? {}
  const type = luck.pick(on)
  if (type === 'account') return accountName(account)
  const zone = luck.below(zones)
  return type === 'zone' ? zoneName(account, zone) : recordName(account, zone, luck.below(RECORDS))
}

/** One of the sixteen addresses of a range. */
function addressIn(range: string, n: number): string {
  const [base = ''] = range.split('/')
  const dot = base.lastIndexOf('.') + 1
  return `${base.slice(0, dot)}${Number(base.slice(dot)) + n}`
}
