import { expect, it } from 'vitest'
import { allow, decided, deny, holding, session } from '../spec/building.ts'

it('what is not understood of every account is no error at the root of another person', () => {
  const lost = holding(deny('gone', 'account:*'), allow('dns', 'account:acme'))
  expect(decided(lost, 'bailiwick.read_tokens', 'account:nowhere')).toBe('error')
  expect(decided(lost, 'bailiwick.read_tokens', 'user:bob')).toBe('not_a_member')
})

it('a deny holds whatever is allowed of every account, and one of every account whatever is allowed here', () => {
  const here = holding(allow('dns', 'account:*'), deny('dns.write', 'account:acme'))
  const everywhere = holding(allow('dns', 'account:acme'), deny('dns.write', 'account:*'))
  for (const credential of [here, everywhere]) {
    expect(decided(credential, 'dns.write', 'account:acme/zone:a')).toBe('denied_by_token')
    expect(decided(credential, 'dns.read', 'account:acme/zone:a')).toBe('allow')
  }
})

it('what is allowed of every account is allowed at no root of a person', () => {
  const named = ['account:*', 'user:ann']
  const own = named.map((root) => holding(allow('bailiwick.read_tokens', root)))
  const said = own.map((credential) => decided(credential, 'bailiwick.read_tokens', 'user:ann'))
  expect(said).toEqual(['not_granted', 'allow'])
  const both = holding(allow('bailiwick.read_tokens', 'account:*'), allow('dns', 'user:ann'))
  expect(decided(both, 'bailiwick.read_tokens', 'user:ann')).toBe('not_granted')
})

it('what is retired is granted to nobody', () => {
  expect(decided(session(), 'dns.legacy', 'account:acme/zone:a')).toBe('not_granted_to_owner')
  const named = holding(allow('dns.legacy', 'account:acme'))
  expect(decided(named, 'dns.legacy', 'account:acme/zone:a')).toBe('not_granted')
})
