/** Work whose steps are counted: each takes how many there are, prepares them, and returns what is to be counted. */

import { permissionNamed } from '../../src/core/catalog.ts'
import { explain } from '../../src/core/explain.ts'
import type { Policy, StandingFacts, Token } from '../../src/core/facts.ts'
import { tokenSubject } from '../../src/core/snapshot.ts'
import { EDGE } from '../spec/catalogs.ts'

const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i))

const base: Token = {
  ...{ id: 't', name: 'x', owner: { user: 'u' }, policies: [], status: 'active', apiAccess: null },
  ...{ issuedOn: 1, issuedBy: 'host', modifiedOn: 1, secretIssuedOn: 1, revision: 1 },
}

function standing(i: number): StandingFacts {
  const account = `a${i}`
  return {
    account: { id: account, name: 'x', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 },
    member: {
      ...{ account, kind: 'user', id: 'u', status: 'active', since: 0, readmitted: false },
      ...{ roles: ['administrator'], policies: [], apiAccess: null, revision: 1 },
    },
  }
}

const policy = (i: number, change: Partial<Policy> = {}): Policy => ({
  ...{ id: `p${i}`, effect: 'allow', permissions: ['kv.read'], resources: [`account:a0/namespace:n${i}`] },
  ...change,
})

const compiled = (policies: readonly Policy[], standings: readonly StandingFacts[]) => () =>
  tokenSubject(EDGE.catalog, {
    ...{ token: { ...base, policies }, standings, secrets: { digest: '' }, user: null, blockedIn: [] },
    revisions: new Map(),
  })

export const WORK: Readonly<
  Record<'selectors' | 'policies' | 'addresses' | 'standings' | 'explained', (count: number) => () => unknown>
> = {
  selectors: (count) =>
    compiled(
      [policy(0, { resources: many(count, (i) => `account:a0/namespace:${i % 3 === 0 ? `n${i}` : `p${i}*`}`) })],
      [standing(0)],
    ),
  policies: (count) =>
    compiled(
      many(count, (i) => policy(i, { effect: i % 2 === 0 ? 'allow' : 'deny' })),
      [standing(0)],
    ),
  addresses: (count) =>
    compiled(
      [
        policy(0, {
          condition: { ip: { in: many(count, (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`).toReversed() } },
        }),
      ],
      [standing(0)],
    ),
  /** A denial by prefixes of which each begins the next, all of policies of their own, where the name goes the way of none. */
  explained(count) {
    const nested = many(count, (i) => policy(i, { resources: [`account:a0/namespace:${'n'.repeat(i + 1)}*`] }))
    const subject = compiled(nested, [standing(0)])()
    const read = permissionNamed(EDGE.catalog, 'kv.read')
    return () => explain(EDGE.catalog, subject, read, 'account:a0/namespace:m', { now: 2, ip: null })
  },
  standings: (count) => compiled([policy(0, { resources: ['account:*'] })], many(count, standing)),
}
