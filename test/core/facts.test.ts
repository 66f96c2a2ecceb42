/** Who a token belongs to, which counter a write to it moves, and whom a membership lets in. */
import { expect, test } from 'vitest'
import { letsIn, ownerKind, ownerScope } from '../../src/core/facts.ts'

test.each([
  [{ user: 'ann' }, 'user', 'user:ann'],
  [{ account: 'acme', service: 'bot' }, 'service', 'account:acme'],
  [{ account: 'acme' }, 'account', 'account:acme'],
] as const)('%j', (owner, kind, scope) => {
  expect([ownerKind(owner), ownerScope(owner)]).toEqual([kind, scope])
})

test.each([
  ['lets in what was issued since it began', { status: 'active', since: 5, readmitted: false }, 5, true],
  ['lets in nothing that is older', { status: 'active', since: 5, readmitted: false }, 4, false],
  ['lets in what is older where the member was re-admitted', { status: 'active', since: 5, readmitted: true }, 4, true],
  [
    'lets in while it is suspended, which is another answer',
    { status: 'suspended', since: 5, readmitted: false },
    5,
    true,
  ],
  ['lets in nobody while pending', { status: 'pending', since: 5, readmitted: true }, 9, false],
  ['lets in nobody while pending, nor a session', { status: 'pending', since: 5, readmitted: false }, Infinity, false],
  ['lets in a session', { status: 'active', since: 5, readmitted: false }, Infinity, true],
] as const)('a membership %s', (_, member, issuedOn, expected) => {
  expect(letsIn(member, issuedOn)).toBe(expected)
})
