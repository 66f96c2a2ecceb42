/** What every server of this suite knows: a few hundred tokens of ten accounts, the same ones whatever stands in front of the route. */
import { createHash } from 'node:crypto'
import { front, memory } from '../engine/built.ts'

const TOKENS = 400
const ACCOUNTS = 10
const ZONES = 200
const ZONES_PER_TOKEN = 8

/** One token as its holder knows it, and what it grants: all of DNS in some zones of one account, but writing in the first of them. */
export interface Key {
  readonly value: string
  readonly account: string
  readonly zones: readonly string[]
}

export interface Place {
  readonly account: string
  readonly zone: string
}

const catalog = front.defineCatalog({
  resources: { zone: { in: 'account' }, record: { in: 'zone' } },
  permissions: {
    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: ['zone', 'record'] },
    'cache.purge': { on: 'zone' },
  },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] }, purge: { name: 'Purge', permissions: ['cache.purge'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns', 'purge'] } },
})

/** Every process mints the same tokens: the random bytes are counted out of a hash. Options are the package's own defaults. */
export async function seeded() {
  let drawn = 0
  const random = (bytes: number) => createHash('sha256').update(`bench ${drawn++}`).digest().subarray(0, bytes)
  const bw = front.createBailiwick({ catalog, storage: memory.memoryStorage(), random })
  const keys: Key[] = []
  for (let a = 0; a < ACCOUNTS; a++) await bw.accounts.create({ id: `a${a}`, name: `A${a}`, owner: `u${a}` })
  for (let n = 0; n < TOKENS; n++) {
    const account = `a${n % ACCOUNTS}`
    const zones = Array.from({ length: ZONES_PER_TOKEN }, (_, i) => `z${(n * 31 + i * 17) % ZONES}`)
    const [zone = ''] = zones
    const policies = [
      { effect: 'allow', permissionGroups: ['dns'], resources: zones.map((id) => `account:${account}/zone:${id}`) },
      { effect: 'deny', permissions: ['dns.write'], resources: [`account:${account}/zone:${zone}`] },
    ] as const
    const owner = { user: `u${n % ACCOUNTS}` }
    const condition = n % 5 === 0 ? { ip: { in: ['127.0.0.0/8'] } } : {}
    const { value } = await bw.tokens.create({ owner, name: `t${n}`, policies, condition })
    keys.push({ value, account, zones })
  }
  return { bw, keys }
}
