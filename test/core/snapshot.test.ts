import { describe, expect, it } from 'vitest'
import { StoredFactError } from '../../src/errors.ts'
import { account, allow, decided, deny, holder, holding, member, session, token } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { subjectOf } from '../spec/core.ts'

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
