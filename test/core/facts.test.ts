/** Who a token belongs to, and which counter a write to it moves. */
import { expect, test } from 'vitest'
import { ownerKind, ownerScope } from '../../src/core/facts.ts'

test.each([
  [{ user: 'ann' }, 'user', 'user:ann'],
  [{ account: 'acme', service: 'bot' }, 'service', 'account:acme'],
  [{ account: 'acme' }, 'account', 'account:acme'],
] as const)('%j', (owner, kind, scope) => {
  expect([ownerKind(owner), ownerScope(owner)]).toEqual([kind, scope])
})
