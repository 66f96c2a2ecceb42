/** Which compiled standings are shared, and which are not kept. */
import { describe, expect, test } from 'vitest'
import type { Scope, StandingFacts } from '../../src/core/facts.ts'
import { Standings } from '../../src/engine/standings.ts'
import { account, catalog, member } from './fixture.ts'

const acme = { account: account('acme'), member: member('u_1') }

function standings(change: { readonly max?: number; readonly maxSize?: number } = {}) {
  const kept = new Standings({ catalog, max: 100, maxSize: 1e8, ...change })
  /** The standing of these facts, read where the account had this revision. */
  return (facts: StandingFacts, revision: number | null) => {
    const revisions = new Map<Scope, number>(revision === null ? [] : [[`account:${facts.account.id}`, revision]])
    const [standing, ...more] = kept.of({ standings: [facts], revisions })
    expect([standing === undefined, more]).toEqual([false, []])
    return standing
  }
}

describe('a standing', () => {
  test('is compiled once for each revision of its account, and anew for every other, a lower one as well', () => {
    const of = standings()
    const first = of(acme, 1)
    expect(of({ account: account('acme'), member: member('u_1') }, 1)).toBe(first)
    const suspended = of({ ...acme, member: member('u_1', { status: 'suspended' }) }, 2)
    expect(suspended?.member?.status).toBe('suspended')
    expect(of(acme, 2)).toBe(suspended)
    expect(of(acme, 1)?.member?.status).toBe('active')
  })

  test('is one principal’s in one account, whatever their ids hold', () => {
    const of = standings()
    const inAccount = (id: string, change: Parameters<typeof member>[1] = {}, user = 'u_1') => ({
      account: account(id),
      member: member(user, { account: id, ...change }),
    })
    const all = [
      acme,
      inAccount('acme', {}, 'u_2'),
      inAccount('acme', { kind: 'service' }),
      inAccount('b'),
      inAccount('acme","user', {}, 'u_1'),
      inAccount('acme', {}, 'user","u_1'),
      { account: account('acme'), member: null },
      { account: account('b'), member: null },
    ]
    const compiled = all.map((facts) => of(facts, 1))
    expect(new Set(compiled).size).toBe(all.length)
    expect(all.map((facts) => of(facts, 1))).toEqual(compiled)
    for (const [i, { account, member }] of all.entries())
      expect(compiled[i]).toMatchObject({
        root: expect.stringMatching(/^account:/),
        account: { id: account.id },
        member: member && { kind: member.kind, id: member.id },
      })
  })

  test('of which the revision isn’t known is compiled each time, and stands for nobody else’s', () => {
    const of = standings()
    const one = of(acme, null)
    expect(of(acme, null)).not.toBe(one)
    expect(of(acme, 1)).not.toBe(one)
  })
})

test('no more are kept than there is room for, by number and by size', () => {
  for (const change of [{ max: 1 }, { maxSize: 3_000 }]) {
    const of = standings(change)
    const first = of(acme, 1)
    expect(of(acme, 1)).toBe(first)
    of({ account: account('b'), member: member('u_1', { account: 'b' }) }, 1)
    expect(of(acme, 1)).not.toBe(first)
  }
})
