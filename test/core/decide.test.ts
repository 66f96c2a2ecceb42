import { expect, it } from 'vitest'
import { allow, decided, deny, holding, session } from '../spec/building.ts'

it('what is not understood of every account is no error at the root of another person', () => {
  const lost = holding(deny('gone', 'account:*'), allow('dns', 'account:acme'))
  expect(decided(lost, 'bailiwick.read_tokens', 'account:nowhere')).toBe('error')
  expect(decided(lost, 'bailiwick.read_tokens', 'user:bob')).toBe('not_a_member')
})

it('what is retired is granted to nobody', () => {
  expect(decided(session(), 'dns.legacy', 'account:acme/zone:a')).toBe('not_granted_to_owner')
  const named = holding(allow('dns.legacy', 'account:acme'))
  expect(decided(named, 'dns.legacy', 'account:acme/zone:a')).toBe('not_granted')
})
