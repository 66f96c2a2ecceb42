import { describe, expect, it } from 'vitest'
import type { Policy } from '../../src/core/facts.ts'
import { snapshotBytes } from '../../src/engine/size.ts'
import { StoredFactError } from '../../src/errors.ts'
import { account, allow, decided, deny, holder, holding, member, NOW, session, token, when } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { explained as explainedOn, subjectOf } from '../spec/core.ts'
import type { Credential } from '../spec/vocabulary.ts'

/** The explanation, where there is one. */
function explained(credential: Credential, permission: string, resource: string) {
  const told = explainedOn(EDGE, subjectOf(EDGE, credential), { permission, resource, now: NOW, ip: null })
  return told === 'error' ? expect.unreachable() : told
}

const Z1 = 'account:acme/zone:a.example'

describe('a snapshot', () => {
  it('is not made of two standings in one account, whichever of them denies', () => {
    const open = { account: account(), member: member() }
    const shut = { account: account(), member: member({ policies: [deny('dns', 'account:acme')] }) }
    for (const standings of [
      [open, shut],
      [shut, open],
    ]) {
      expect(() => subjectOf(EDGE, holder(token(), { standings }))).toThrow(StoredFactError)
      expect(() => subjectOf(EDGE, session('ann', { standings }))).toThrow(StoredFactError)
    }
  })

  it('finds its place among many accounts', () => {
    const ids = Array.from({ length: 40 }, (_, n) => `a${n}`)
    const standings = ids.map((id) => ({
      account: account({ id, status: id === 'a7' ? 'suspended' : 'active' }),
      member: member({ account: id }),
    }))
    const credential = holder(token({ policies: [allow('dns', 'account:*')] }), { standings })
    for (const id of ids)
      expect(decided(credential, 'dns.read', `account:${id}/zone:a.example`)).toBe(
        id === 'a7' ? 'account_suspended' : 'allow',
      )
    expect(decided(credential, 'dns.read', 'account:a40/zone:a.example')).toBe('not_a_member')
  })

  it('is explained with selectors that each policy has itself, also where prefixes begin one another', () => {
    const policies = [
      allow('dns', 'account:acme/zone:a*'),
      allow('dns', 'account:acme/zone:ab*', 'account:acme/zone:a*'),
      deny('dns.write', 'account:acme/zone:abc*'),
    ]
    const { policies: told } = explained(holding(...policies), 'dns.write', 'account:acme/zone:abcd')
    expect(told.map(({ id, selector }) => [id, selector])).toEqual([
      [policies[0]?.id, 'account:acme/zone:a*'],
      [policies[1]?.id, 'account:acme/zone:a*'],
      [policies[2]?.id, 'account:acme/zone:abc*'],
      ['role:administrator', 'account:acme'],
    ])
  })

  it('counts the addresses of its conditions among what it holds', () => {
    const of = Array.from({ length: 200 }, (_, n) => `2001:db8:${(2 * n).toString(16)}::/48`)
    const held = (policy: Policy) => snapshotBytes(subjectOf(EDGE, holding(policy)).snapshot, 1)
    const grant = allow('dns', 'account:acme')
    expect(held(when({ ip: { in: of } }, grant)) - held(grant)).toBeGreaterThan(200 * 16 * 8)
  })

  it('puts together what a token says of one account and of all', () => {
    expect(decided(holding(allow('dns', 'account:*'), deny('dns.read', 'account:acme')), 'dns.read', Z1)).toBe(
      'denied_by_token',
    )
    expect(decided(holding(allow('dns', 'account:acme'), deny('dns.read', 'account:*')), 'dns.read', Z1)).toBe(
      'denied_by_token',
    )
    expect(decided(holding(allow('dns.read', 'account:*'), allow('dns.write', 'account:acme')), 'dns.write', Z1)).toBe(
      'allow',
    )
  })
})
