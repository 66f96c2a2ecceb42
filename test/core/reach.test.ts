/** Which accounts policies name, as their text says it: all of them, or the allows alone. */
import { expect, test } from 'vitest'
import type { Policy } from '../../src/core/facts.ts'
import { accountsAllowed, accountsNamed, reaches } from '../../src/core/reach.ts'
import { allow, deny } from '../spec/building.ts'

const listed = ({ everywhere, named }: ReturnType<typeof accountsNamed>) => [everywhere, ...named]

test('an account is named by its own selectors and by those of what is in it, once', () => {
  const policies = [allow('dns', 'account:acme/zone:a', 'account:acme'), allow('dns', 'account:b/zone:*')]
  expect(listed(accountsNamed(policies))).toEqual([false, 'acme', 'b'])
  expect(listed(accountsAllowed(policies))).toEqual([false, 'acme', 'b'])
})

test('a deny names an account and allows nothing there', () => {
  const policies = [allow('dns', 'account:acme'), deny('dns', 'account:b', 'account:*')]
  expect(listed(accountsNamed(policies))).toEqual([true, 'acme', 'b'])
  expect(listed(accountsAllowed(policies))).toEqual([false, 'acme'])
})

test('ids come out raw, and an account called `*` is not every account', () => {
  expect(listed(accountsNamed([allow('dns', 'account:a%2Fb/zone:z', 'account:%2A')]))).toEqual([false, 'a/b', '*'])
  expect(listed(accountsNamed([allow('dns', 'account:*/zone:z')]))).toEqual([true])
})

test.each<[string, unknown]>([
  ['no list', 'account:acme'],
  ['nothing', undefined],
  ['what is no policy', [null, 7, 'account:acme']],
  ['policies without resources', [{ effect: 'allow' }, { effect: 'allow', resources: 'account:acme' }]],
  [
    'what is no selector',
    [{ effect: 'allow', resources: [7, '', 'account', '*', 'user:acme', 'account:%', 'zone:z'] }],
  ],
])('%s names none', (_, policies) => {
  expect(listed(accountsNamed(policies))).toEqual([false])
  expect(listed(accountsAllowed(policies))).toEqual([false])
})

test('an account is reached by its name or with all of them', () => {
  const reached = (policies: readonly Policy[]) => reaches(accountsAllowed(policies), 'acme')
  expect(reached([allow('dns', 'account:acme/zone:a')])).toBe(true)
  expect(reached([allow('dns', 'account:*')])).toBe(true)
  expect(reached([allow('dns', 'account:acm'), deny('dns', 'account:acme')])).toBe(false)
})
