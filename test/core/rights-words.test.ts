/** Rights as a person reads them: who gives what, where, while what holds, and what cuts into it. */
import { describe, expect, test } from 'vitest'
import type { Condition } from '../../src/core/facts.ts'
import type { Right } from '../../src/core/rights.ts'
import { overriddenInWords, rightInWords, rightsInWords } from '../../src/core/rights-words.ts'

const RIGHT: Omit<Right, 'words'> = {
  permissions: ['dns.read'],
  resources: ['account:acme'],
  condition: null,
  from: { kind: 'policy', id: 'p' },
  except: [],
}
const IN = ['10.0.0.0/8', '192.0.2.0/24']
const OUT = ['10.1.0.0/16', '10.2.0.0/16']

describe('a right', () => {
  test('names its permissions, its resources and where it comes from', () => {
    expect(rightInWords(RIGHT, false)).toBe('may dns.read on account:acme (policy `p`)')
    const role = { kind: 'role', id: 'r', name: 'Reader', groups: [] } as const
    const two = { ...RIGHT, permissions: ['a.b', 'c.d'], resources: ['account:a', 'account:b'], from: role }
    expect(rightInWords(two, false)).toBe('may a.b, c.d on account:a, account:b (role Reader)')
  })

  test('says that it covers what lies beneath, where something does', () => {
    expect(rightInWords(RIGHT, true)).toBe('may dns.read on account:acme and all beneath it (policy `p`)')
    const two = { ...RIGHT, resources: ['account:a', 'account:b'] }
    expect(rightInWords(two, true)).toBe('may dns.read on account:a, account:b and all beneath them (policy `p`)')
  })

  test.each<[Condition, string]>([
    [{ ip: { in: IN } }, 'from 10.0.0.0/8, 192.0.2.0/24'],
    [{ ip: { notIn: OUT } }, 'from addresses outside 10.1.0.0/16, 10.2.0.0/16'],
    [{ ip: { in: IN, notIn: OUT } }, 'from 10.0.0.0/8, 192.0.2.0/24 but not 10.1.0.0/16, 10.2.0.0/16'],
    [{ notBefore: 0 }, 'since 1970-01-01T00:00:00Z'],
    [{ expiresOn: 1 }, 'before 1970-01-01T00:00:00.001Z'],
    [{ notBefore: 0, expiresOn: 1 }, 'since 1970-01-01T00:00:00Z and before 1970-01-01T00:00:00.001Z'],
  ])('says while what it is given: %j', (condition, told) => {
    expect(rightInWords({ ...RIGHT, condition }, false)).toBe(
      `may dns.read on account:acme (policy \`p\`), only ${told}`,
    )
  })

  test('says what cuts into it, and that a deny also stands where the address is unknown', () => {
    const always = { policy: 'no', resource: 'account:acme/zone:a', above: false, condition: null }
    const above = { ...always, above: true, condition: { ip: { notIn: OUT }, notBefore: 0 } }
    expect(rightInWords({ ...RIGHT, condition: { notBefore: 0 }, except: [always, above] }, false)).toBe(
      [
        'may dns.read on account:acme (policy `p`)',
        'only since 1970-01-01T00:00:00Z',
        'not on account:acme/zone:a (policy `no`)',
        'not on account:acme/zone:a or above it from addresses outside 10.1.0.0/16, 10.2.0.0/16 or an unknown address and since 1970-01-01T00:00:00Z (policy `no`)',
      ].join(', '),
    )
  })
})

test('what is overridden names those who take it', () => {
  expect(overriddenInWords({ ...RIGHT, by: ['x', 'y'] }, true)).toBe(
    'nothing of dns.read on account:acme and all beneath it (policy `p`): denied by policy `x`, `y`',
  )
})

describe('all of it', () => {
  const right = { ...RIGHT, words: 'may a' }
  const lost = { ...RIGHT, by: ['x'], words: 'nothing of b' }

  test.each([
    ['rights and what is overridden, a line each', null, [right], [lost], 'may a\nnothing of b'],
    ['that there are no rights', null, [], [], 'has no rights here'],
    ['that there are no rights but overridden ones', null, [], [lost], 'has no rights here\nnothing of b'],
    [
      'what would come back',
      'member_suspended',
      [right],
      [lost],
      'may do nothing here now: the membership is suspended; but for that:\nmay a\nnothing of b',
    ],
    [
      'that nothing would come back',
      'account_suspended',
      [],
      [],
      'may do nothing here now: the account is suspended; but for that:\nhas no rights here',
    ],
  ] as const)('says %s', (_, closed, rights, overridden, told) => {
    expect(rightsInWords(closed, rights, overridden)).toBe(told)
  })
})
