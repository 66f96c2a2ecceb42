/** Where a principal stands: found by a hash, and told by the text. */
import { beforeEach, describe, expect, it } from 'vitest'
import { NO_CONDITIONS } from '../../src/core/condition.ts'
import { hashText } from '../../src/core/hash.ts'
import { EMPTY_TABLE } from '../../src/core/policy-table.ts'
import { indexRoots, rootEntries } from '../../src/core/roots.ts'
import { account, accountToken, allow, decided, holder, member, session, token } from '../spec/building.ts'

/** Two accounts of one hash, and two whose hashes differ in their first two bits alone. */
const TWINS = ['dxlbsu', 'ometuv'] as const
const NEAR = ['otunjx', 'pzdnkw'] as const

describe.each([
  ['a few', []],
  ['many', ['a0', 'a1', 'a2', 'a3', 'a4']],
])('among %s accounts', (_, others) => {
  beforeEach(() => {
    const [one, other] = TWINS.map((id) => hashText(`account:${id}`))
    expect(one).toBe(other)
    const [near = 0, far = 0] = NEAR.map((id) => hashText(`account:${id}`))
    expect(near & 0x3fffffff).toBe(far & 0x3fffffff)
  })

  it.each([[TWINS], [TWINS.toReversed()], [NEAR], [NEAR.toReversed()]])(
    '%j are told apart',
    ([here = '', there = '']) => {
      const standings = [...others, here, there].map((id) => ({
        account: account({ id, status: id === there ? 'suspended' : 'active' }),
        member: member({ account: id }),
      }))
      const held = token({ policies: [allow('dns', 'account:*')] })
      for (const credential of [holder(held, { standings }), session('ann', { standings })]) {
        expect(decided(credential, 'dns.read', `account:${here}/zone:a`)).toBe('allow')
        expect(decided(credential, 'dns.read', `account:${there}/zone:a`)).toBe('account_suspended')
      }
      const alone = standings.filter((standing) => standing.account.id !== there)
      for (const credential of [holder(held, { standings: alone }), session('ann', { standings: alone })]) {
        expect(decided(credential, 'dns.read', `account:${here}/zone:a`)).toBe('allow')
        expect(decided(credential, 'dns.read', `account:${there}/zone:a`)).toBe('not_a_member')
      }
    },
  )
})

it.each([1, 2, 3, 4, 5, 6])('with %i accounts a principal stands at each, and at its own root', (count) => {
  const ids = Array.from({ length: count }, (_, n) => `a${n}`)
  const standings = ids.map((id) => ({ account: account({ id }), member: member({ account: id }) }))
  for (const id of ids) expect(decided(session('ann', { standings }), 'dns.read', `account:${id}/zone:a`)).toBe('allow')
  expect(decided(session('ann', { standings }), 'bailiwick.read_tokens', 'user:ann')).toBe('allow')
  expect(decided(session('ann', { standings }), 'bailiwick.read_tokens', 'user:bob')).toBe('not_a_member')
})

it('whoever has no root of their own stands at none, and at no account that is not theirs', () => {
  const credential = accountToken({ policies: [allow('dns', 'account:acme')] })
  expect(decided(credential, 'bailiwick.read_tokens', 'user:ann')).toBe('not_a_member')
  expect(decided(credential, 'dns.read', 'account:b/zone:a')).toBe('not_a_member')
})

describe('roots', () => {
  const at = (ids: readonly string[]) =>
    indexRoots(
      ids.map((id) => ({
        root: `account:${id}`,
        closed: null,
        grants: EMPTY_TABLE,
        rights: null,
        conditions: NO_CONDITIONS,
        fault: null,
      })),
    )

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('of %i accounts are all told, those of one hash among them', (count) => {
    const ids = [...TWINS, ...NEAR, 'a0', 'a1', 'a2'].slice(0, count)
    const told = rootEntries(at(ids)).map(({ root }) => root)
    expect(told.toSorted()).toEqual(ids.map((id) => `account:${id}`).toSorted())
  })

  it('are a map where there are more than four, by small integers', () => {
    const ids = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5']
    expect([1, 2, 3, 4, 5, 6].map((count) => at(ids.slice(0, count)) instanceof Map)).toEqual([
      ...Array(4).fill(false),
      ...Array(2).fill(true),
    ])
    const many = at(ids)
    const keys = many instanceof Map ? [...many.keys()] : expect.unreachable()
    expect(keys).toEqual(ids.map((id) => hashText(`account:${id}`) & 0x3fffffff))
  })
})
