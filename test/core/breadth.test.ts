import { describe, expect, it } from 'vitest'
import { broadGrants } from '../../src/core/breadth.ts'
import type { Policy } from '../../src/core/facts.ts'
import { allow, deny, token, when } from '../spec/building.ts'
import { EDGE, PERSONAL } from '../spec/catalogs.ts'

describe('a broad grant', () => {
  it('is one on a whole account of what is only asked about things in it', () => {
    const [grant, ...others] = broad(allow(['dns.read', 'cache.purge'], 'account:acme'))
    expect(others).toEqual([])
    expect(grant).toMatchObject({ resource: 'account:acme', permissions: ['cache.purge', 'dns.read'] })
    expect(grant?.words).toMatch(
      /gives cache.purge, dns.read on all of account:acme: they are asked about record, zone,/,
    )
  })

  it('says what could be named instead: one permission, or several, by the types in an account that they are on', () => {
    const words = (on: typeof EDGE, ...policies: readonly Policy[]) =>
      broadGrants(on.catalog, token({ policies: policies.map((policy) => ({ ...policy, id: 'p' })) })).map(
        (one) => one.words,
      )
    expect(words(EDGE, allow('cache.purge', 'account:acme'), allow(['dns.read', 'kv.read'], 'account:acme'))).toEqual([
      'policy `p` gives cache.purge on all of account:acme: it is asked about zone, so name those that are meant',
      'policy `p` gives dns.read, kv.read on all of account:acme: they are asked about namespace, record, value, zone, so name those that are meant',
    ])
    expect(words(PERSONAL, allow('text.read', 'account:acme'))).toEqual([
      'policy `p` gives text.read on all of account:acme: it is asked about note, so name those that are meant',
    ])
    expect(words(EDGE, allow(['kv.clear', 'kv.read'], 'account:*'))).toEqual([
      'policy `p` gives kv.clear, kv.read in every account of its owner, also in those yet to come: name those that are meant',
    ])
  })

  it('is told once, however often its selector is listed', () => {
    expect(broad(allow('purge', 'account:acme', 'account:acme'))).toHaveLength(1)
  })

  it('is none where the permission is asked about the account itself', () => {
    expect(broad(allow(['bailiwick.manage_tokens', 'kv.clear'], 'account:acme'))).toEqual([])
  })

  it('leaves such permissions out of what is told', () => {
    const [grant] = broad(allow(['kv.clear', 'kv.read'], 'account:acme'))
    expect(grant?.permissions).toEqual(['kv.read'])
  })

  it('is every one on all accounts', () => {
    const [grant] = broad(allow(['kv.clear', 'kv.read'], 'account:*'))
    expect(grant).toMatchObject({ resource: 'account:*', permissions: ['kv.clear', 'kv.read'] })
    expect(grant?.words).toMatch(/in every account of its owner/)
  })

  it('is told for each selector of each policy', () => {
    const found = broad(allow('dns', 'account:acme', 'account:acme/zone:a', 'account:b'), allow('purge', 'account:*'))
    expect(found.map(({ resource }) => resource)).toEqual(['account:acme', 'account:b', 'account:*'])
  })

  it('is one whatever condition it has, and whatever is denied beside it', () => {
    const ever = when({ ip: { in: ['203.0.113.0/24'] } }, allow('purge', 'account:acme'))
    expect(broad(ever, deny('purge', 'account:acme'))).toHaveLength(1)
  })

  it.each([
    ['a deny', deny('dns', 'account:acme')],
    ['a grant beneath the account', allow('dns', 'account:acme/zone:a')],
    ['a wildcard beneath the account', allow('dns', 'account:*/zone:*')],
    ['what is retired', allow('dns.legacy', 'account:*')],
    ['what is on nothing there', allow('old', 'account:acme')],
  ])('is not %s', (_what, policy) => {
    expect(broad(policy)).toEqual([])
  })

  it("is not on a person's own root, and what is on that alone is broad nowhere", () => {
    const held = token({ policies: [allow('device.wipe', 'user:ann', 'account:*')] })
    expect(broadGrants(PERSONAL.catalog, held)).toEqual([])
  })

  it('is not guessed of a token that can not be understood', () => {
    const unknown = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })
    expect(() => broad(allow('gone', 'account:acme'), allow('dns', 'account:acme'))).toThrow(unknown)
  })
})

function broad(...policies: readonly Policy[]) {
  return broadGrants(EDGE.catalog, token({ policies }))
}
