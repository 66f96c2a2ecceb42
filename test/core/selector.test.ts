/** What a selector is, what is wrong with a text that is none, and whose policies one may stand in. */
import { describe, expect, it } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { canMatter, isFault, misplacement, parseSelector, selectorOf } from '../../src/core/selector.ts'
import { EDGE, FILES, PERSONAL } from '../spec/catalogs.ts'
import type { CatalogCase } from '../spec/vocabulary.ts'

const DEEP = 'account:a/share:b/folder:c/box:d/file:e/version:f/chunk:g/block:*'

describe('a selector', () => {
  it.each<[string, readonly (readonly ['one' | 'any' | 'prefix', string])[]]>([
    ['account:acme', [['one', 'account:acme']]],
    ['account:*', [['any', 'account:']]],
    [
      'account:acme/zone:a*',
      [
        ['one', 'account:acme'],
        ['prefix', 'zone:a'],
      ],
    ],
    [
      'account:*/namespace:*/value:%20*',
      [
        ['any', 'account:'],
        ['any', 'namespace:'],
        ['prefix', 'value:%20'],
      ],
    ],
    ['user:ann', [['one', 'user:ann']]],
    [
      'account:acme/zone:x',
      [
        ['one', 'account:acme'],
        ['one', 'zone:x'],
      ],
    ],
  ])('is made of the pairs of %s', (text, pairs) => {
    const selector = parsed(text)
    expect(selector.pairs.map((pair) => [pair.match, pair.text])).toEqual(pairs)
    expect(selector.pairs.at(-1)?.type).toBe(selector.type)
    expect([selector.text, selector.root]).toEqual([text, text.split('/')[0]])
  })

  it('has as many pairs and characters as a name may have, and no more', () => {
    expect(parsed(DEEP, FILES).pairs).toHaveLength(8)
    expect(faultOf(`${DEEP}/block:*`, FILES)).toBe('malformed')
    expect(faultOf(`${DEEP}/`, FILES)).toBe('malformed')
    const long = `account:acme/namespace:${'%20'.repeat(1_021)}/value:${'x'.repeat(1_002)}*`
    expect([long.length, parsed(long).pairs.length]).toEqual([4_096, 3])
    expect(faultOf(long.replace('*', 'x*'))).toBe('malformed')
  })

  it('is not made of no pairs', () => {
    expect(selectorOf('', [])).toBe(null)
  })

  it.each([
    ['', 'malformed'],
    ['acme', 'malformed'],
    ['account:', 'malformed'],
    ['account:a*', 'malformed'],
    ['account:**', 'malformed'],
    ['account:a b', 'malformed'],
    ['account:acme/', 'malformed'],
    ['user:*', 'malformed'],
    ['user:a*', 'malformed'],
    ['account:acme/zone:a*/record:A,a', 'malformed'],
    ['account:acme/zone:**', 'malformed'],
    ['account:acme/zone:%2*', 'malformed'],
    ['account:acme/namespace:%2a', 'malformed'],
    ['account:acme/zone:A', 'malformed'],
    ['account:acme/planet:a', 'unknown'],
    ['planet:a', 'unknown'],
    ['zone:a', 'unknown'],
    ['account:acme/record:A,a', 'unknown'],
    ['account:acme/account:acme', 'unknown'],
    ['account:acme/:a', 'unknown'],
    [':a', 'unknown'],
  ])('is not %s, which is %s', (text, fault) => {
    expect(faultOf(text)).toBe(fault)
  })

  it('may have a prefix that no whole id of its type could be', () => {
    expect(parsed('account:acme/zone:A*').pairs.at(-1)).toMatchObject({ match: 'prefix', text: 'zone:A' })
  })
})

describe('a selector stands in the policies', () => {
  const user = { user: 'ann' }
  const service = { account: 'acme', service: 'bot' }
  const memberKey = { account: 'acme', kind: 'user', id: 'ann' } as const

  it.each([
    ['user:ann', user, null],
    ['account:acme', user, null],
    ['account:*', user, null],
    ['user:bob', user, 'a token may only name its own user'],
    ['user:a%20b', { user: 'a b' }, null],
    ['user:ann', service, "`user:` selectors stand only in that user's tokens"],
    ['user:ann', memberKey, "`user:` selectors stand only in that user's tokens"],
    ['account:*', service, "`account:*` stands only in a user's token"],
    ['account:acme', service, null],
    ['account:acme', memberKey, null],
    ['account:a%20b', { account: 'a b' }, null],
    ['account:other', { account: 'acme' }, 'must name the account `acme` itself'],
    ['account:other', memberKey, 'must name the account `acme` itself'],
  ])('of its own holder alone: %s of %j', (root, holder, wrong) => {
    expect(misplacement({ root }, holder)).toBe(wrong)
  })
})

describe('a policy can matter', () => {
  it.each([
    ['allow', 'dns.read', 'account:acme', true],
    ['allow', 'dns.read', 'account:acme/zone:a', true],
    ['allow', 'dns.read', 'account:acme/zone:a/record:A,a', true],
    ['allow', 'dns.read', 'account:acme/namespace:a', false],
    ['deny', 'dns.read', 'account:acme/namespace:a', false],
    ['allow', 'cache.purge', 'account:acme/zone:a/record:A,a', false],
    ['deny', 'cache.purge', 'account:acme/zone:a/record:A,a', false],
    ['allow', 'dns.export', 'account:acme/zone:a/record:A,a', false],
    ['deny', 'dns.export', 'account:acme/zone:a/record:A,a', true],
    ['deny', 'dns.export', 'account:acme/namespace:a', false],
    ['allow', 'dns.read', 'user:ann', false],
  ] as const)('%s %s on %s: %s', (effect, permission, text, matters) => {
    expect(canMatter([permissionNamed(EDGE.catalog, permission)], parsed(text), effect)).toBe(matters)
  })

  it('where any of the types of its permission is met, whichever is looked at first', () => {
    const { catalog } = PERSONAL
    const erase = permissionNamed(catalog, 'profile.erase')
    for (const text of ['user:ann/device:d', 'account:acme/note:n'])
      expect(canMatter([erase], parsed(text, PERSONAL), 'deny'), text).toBe(true)
  })
})

function parsed(text: string, { catalog }: CatalogCase = EDGE) {
  const selector = parseSelector(catalog, text)
  return isFault(selector) ? expect.unreachable(selector.message) : selector
}

function faultOf(text: string, { catalog }: CatalogCase = EDGE) {
  const selector = parseSelector(catalog, text)
  return isFault(selector) ? selector.fault : null
}
