/** A guard in front of the real engine: what it refuses is told once, with what it was about. */
import { describe, expect, test } from 'vitest'
import type { CatalogShape } from '../../src/core/catalog-types.ts'
import { type Demand, readDemand } from '../../src/middleware/demand.ts'
import { type Authenticator, enforcer, type GuardOptions } from '../../src/middleware/enforce.ts'
import type { Exchange } from '../../src/middleware/exchange.ts'
import type { RefusalView } from '../../src/middleware/refusal.ts'
import { catalog, credentialOf, EPOCH, FLUSH_MS, idOf, rig, seeded } from '../engine/fixture.ts'

type ZoneDemand = Demand<CatalogShape, string>

const ZONE = 'account:{account}/zone:{zone}'
const inAcme = { account: 'acme', zone: 'z1' }
const good = `Bearer ${credentialOf(1)}`

describe('a guard', () => {
  test.each<[string, ZoneDemand[], Partial<Exchange<string>>, object[]]>([
    ['an allow', [['dns.read', ZONE]], {}, []],
    [
      'an allow marked `audit`',
      [['dns.export', ZONE]],
      {},
      [{ permission: 'dns.export', decision: { effect: 'allow' } }],
    ],
    [
      'a denial',
      [['dns.read', ZONE]],
      { params: { account: 'other', zone: 'z1' } },
      [{ permission: 'dns.read', resource: 'account:other/zone:z1', decision: { reason: 'not_a_member' } }],
    ],
    [
      'the first denial of several',
      [
        ['dns.export', ZONE],
        ['dns.write', 'account:other/zone:z2'],
        ['dns.read', 'account:other/zone:z3'],
      ],
      {},
      [{ permission: 'dns.write', resource: 'account:other/zone:z2', decision: { reason: 'not_a_member' } }],
    ],
    [
      'a resource that was not found',
      [['dns.read', () => null]],
      {},
      [{ permission: 'dns.read', resource: null, decision: { reason: 'not_a_member' }, policies: [] }],
    ],
    [
      'a parameter that is no id',
      [['dns.read', ZONE]],
      { params: { account: 'acme', zone: '' } },
      [{ permission: 'dns.read', resource: null, decision: { reason: 'resource_malformed' } }],
    ],
    [
      'a denial before a resource that was not found',
      [
        ['dns.write', 'account:other/zone:z2'],
        ['dns.read', () => null],
      ],
      {},
      [{ permission: 'dns.write', resource: 'account:other/zone:z2' }],
    ],
    [
      'a resource that was not found, after an allow marked `audit`',
      [
        ['dns.export', ZONE],
        ['dns.read', () => null],
      ],
      {},
      [{ permission: 'dns.read', resource: null, decision: { reason: 'not_a_member' } }],
    ],
    [
      'a denial between an allow marked `audit` and a resource that was not found',
      [
        ['dns.export', ZONE],
        ['dns.write', 'account:other/zone:z2'],
        ['dns.read', () => null],
      ],
      {},
      [{ permission: 'dns.write', resource: 'account:other/zone:z2', decision: { reason: 'not_a_member' } }],
    ],
    [
      'no credential',
      [['dns.read', ZONE]],
      { authorization: [] },
      [{ permission: null, resource: null, decision: { reason: 'credential_missing' } }],
    ],
    ['a header that can’t be read', [['dns.read', ZONE]], { authorization: ['a', 'b'] }, []],
  ])('of %s tells this, and no more', async (_, demands, over, wanted) => {
    const { events, refused } = await enforced(demands, over)
    expect(events).toMatchObject(wanted)
    expect(events).toHaveLength(wanted.length)
    const [event] = events
    if (event?.decision.effect === 'deny')
      expect(refused).toMatchObject({ reason: event.decision.reason, permission: event.permission })
  })

  test('tells which request it was, of tokens and of sessions', async () => {
    const options = { requestId: (request: string) => `id of ${request}`, session: () => 'u_1' }
    for (const authorization of [[good], []]) {
      const { events } = await enforced([['dns.export', ZONE]], { authorization }, options)
      expect(events).toMatchObject([{ requestId: 'id of r', address: '127.0.0.1' }])
    }
    const { events } = await enforced([['dns.export', ZONE]], {}, { requestId: () => undefined })
    expect(events).toMatchObject([{ requestId: null }])
  })

  test('notes the use of what it lets through, and not of what it refuses', async () => {
    const { uses } = await enforced([['dns.read', ZONE]], {})
    expect(uses).toEqual([{ token: idOf(1), account: 'acme', at: EPOCH + 1_000, from: '127.0.0.1' }])
    const denied: ZoneDemand[] = [
      ['dns.read', ZONE],
      ['dns.read', 'account:other/zone:z1'],
    ]
    const notFound: ZoneDemand[] = [
      ['dns.read', ZONE],
      ['dns.read', () => null],
    ]
    for (const demands of [denied, notFound]) expect((await enforced(demands, {})).uses).toEqual([])
  })
})

async function enforced(
  demands: readonly ZoneDemand[],
  over: Partial<Exchange<string>>,
  options: GuardOptions<string> = {},
) {
  const uses: unknown[] = []
  const sink = { recordUse: async (batch: { readonly uses: readonly unknown[] }) => void uses.push(...batch.uses) }
  const { engine, events, pass } = rig(await seeded(), { decisions: true, sink })
  const bw: Authenticator = {
    catalog,
    authenticate: (value, { ip, requestId }) => engine.authenticate(value, ip, requestId),
    session: ({ user, ip, requestId }) => engine.session(user, ip, requestId),
  }
  const exchange: Exchange<string> = {
    request: 'r',
    authorization: [good],
    hasHeader: () => false,
    remoteAddress: '127.0.0.1',
    params: inAcme,
    route: () => null,
    ...over,
  }
  let refused: RefusalView | null = null
  const render = (view: RefusalView) => {
    refused = view
    return { body: '' }
  }
  const read = demands.map((demand) => readDemand<string>(bw.catalog, demand, () => {}))
  await enforcer(bw, read, { hide: false, ...options, render }, () => {})(exchange)
  pass(FLUSH_MS)
  await new Promise((resolve) => setImmediate(resolve))
  return { events, uses, refused }
}
