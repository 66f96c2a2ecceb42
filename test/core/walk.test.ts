/** Which texts are read as the resource of a permission, and what is found of them: their pairs, and the hashes that selectors are found by. */
import { beforeEach, describe, expect, test } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { MAX_NAME_LENGTH } from '../../src/core/resource.ts'
import { isFault, parseSelector, type Selector } from '../../src/core/selector.ts'
import { above, depthOf, isAbove, isPlain, prefixLength } from '../../src/core/shape.ts'
import { Walk } from '../../src/core/walk.ts'
import { EDGE, PERSONAL } from '../spec/catalogs.ts'

let walk: Walk
beforeEach(() => {
  walk = new Walk()
})
const read = (text: unknown, permission = 'kv.read') =>
  walk.read(permissionNamed(EDGE.catalog, permission), text as string)

/** A name of `length` characters whose two ids are as long as ids may be, or nearly. */
function longName(length: number): string {
  const end = `/namespace:${'%C3%A9'.repeat(512)}`
  return `account:${'a'.repeat(length - end.length - 'account:'.length)}${end}`
}

describe('a name is read', () => {
  test.each([
    ['of the type that the permission is on', 'account:acme/namespace:a', 'kv.read'],
    ['of another type that it is on', 'account:acme/namespace:a/value:b', 'kv.read'],
    ['of a type with a pattern that the id matches', 'account:acme/zone:a.example', 'dns.read'],
    ['of an account', 'account:acme', 'kv.clear'],
    ['with an id that is spelled by its bytes', 'account:a%20b/namespace:a%2Fb', 'kv.read'],
    ['with an id of 1,024 plain bytes', `account:acme/namespace:${'a'.repeat(1_024)}`, 'kv.read'],
    ['with an id of 1,024 bytes that are spelled', `account:acme/namespace:${'%C3%A9'.repeat(512)}`, 'kv.read'],
    ['of 4,096 characters', longName(MAX_NAME_LENGTH), 'kv.read'],
  ])('%s', (_, text, permission) => {
    expect(read(text, permission)).toBe(true)
  })

  test('along each of the ways that lead to the permission, and along no mixture of them', () => {
    const names = ['account:a/note:b', 'user:a/memo:b', 'account:a/memo:b', 'user:a/note:b']
    const text = permissionNamed(PERSONAL.catalog, 'text.read')
    expect(names.map((name) => walk.read(text, name))).toEqual([true, true, false, false])
  })
})

describe('a text is refused', () => {
  test.each([
    ['that is empty', ''],
    ['that is a slash', '/'],
    ['of a type above that of the permission', 'account:acme'],
    ['of a type beside it', 'account:acme/zone:a'],
    ['of no root', 'namespace:a'],
    ['of an unknown type', 'account:acme/bucket:a'],
    ['without a type', 'account:acme/a'],
    ['that goes on', 'account:acme/namespace:a/value:b/value:c'],
    ['that ends in a slash', 'account:acme/namespace:a/'],
    ['with two slashes', 'account:acme//namespace:a'],
    ['with an empty id', 'account:acme/namespace:'],
    ['with an empty id above', 'account:/namespace:a'],
    ['with a space', 'account:acme/namespace:a b'],
    ['with a letter that is not ASCII', 'account:acme/namespace:é'],
    ['with a star', 'account:acme/namespace:*'],
    ['with a plain letter by its byte', 'account:acme/namespace:%41'],
    ['with a lower-case escape', 'account:acme/namespace:a%2fb'],
    ['with half an escape', 'account:acme/namespace:%4'],
    ['with bytes that are no text', 'account:acme/namespace:%C3'],
    ['with an id of 1,025 plain bytes', `account:acme/namespace:${'a'.repeat(1_025)}`],
    ['with an id of 1,026 bytes that are spelled', `account:acme/namespace:${'%C3%A9'.repeat(513)}`],
    ['of 4,097 characters', longName(MAX_NAME_LENGTH + 1)],
  ])('%s', (_, text) => {
    expect(read(text)).toBe(false)
  })

  test('whose id the pattern of its type does not match', () => {
    expect([read('account:acme/zone:A', 'dns.read'), read('account:acme/zone:a%20b', 'dns.read')]).toEqual([
      false,
      false,
    ])
  })

  test.each([undefined, null, 7, {}, ['account:acme/namespace:a']])('that is none: %o', (given) => {
    expect(read(given)).toBe(false)
  })
})

describe('the pairs of a name', () => {
  test('are told by their whole text', () => {
    read('account:acme/namespace:ab/value:c')
    expect([
      walk.depth,
      walk.pairIs(0, 'account:acme'),
      walk.pairIs(1, 'namespace:ab'),
      walk.pairIs(2, 'value:c'),
    ]).toEqual([3, true, true, true])
    const others = ['namespace:a', 'namespace:abc', 'namespace:ac', 'account:acme', 'namespace:ab/value:c', '']
    expect(others.filter((pair) => walk.pairIs(1, pair))).toEqual([])
  })

  test('are those of the name read last', () => {
    read('account:acme/namespace:ab/value:c')
    read('account:b/namespace:c')
    expect([walk.depth, walk.pairIs(0, 'account:b'), walk.pairIs(1, 'namespace:c')]).toEqual([2, true, true])
  })
})

describe('a selector is found by its hash', () => {
  const found = (text: string) => walk.hashFor(selector(text).shape) === selector(text).hash

  test.each([
    ['the name itself', 'account:acme/namespace:ab/value:c'],
    ['what lies above it', 'account:acme/namespace:ab'],
    ['its account', 'account:acme'],
    ['any account, as the root is no part of the hash', 'account:*/namespace:ab/value:c'],
    ['any of the type, above', 'account:acme/namespace:*/value:c'],
    ['any of the type, last', 'account:acme/namespace:ab/value:*'],
    ['any and any', 'account:acme/namespace:*/value:*'],
    ['a prefix', 'account:acme/namespace:a*'],
    ['a prefix beneath a pair', 'account:acme/namespace:ab/value:c*'],
    ['a prefix beneath any', 'account:acme/namespace:*/value:c*'],
  ])('where it is %s', (_, text) => {
    read('account:acme/namespace:ab/value:c')
    expect(found(text)).toBe(true)
  })

  test.each([
    'account:acme/namespace:a',
    'account:acme/namespace:a/value:c',
    'account:acme/namespace:ab/value:d',
    'account:acme/namespace:a/value:*',
    'account:acme/namespace:*/value:d',
    'account:acme/namespace:a/value:c*',
    'account:acme/zone:*',
    'account:acme/zone:a*',
  ])('and not where it is %s', (text) => {
    read('account:acme/namespace:ab/value:c')
    expect(found(text)).toBe(false)
  })

  test('whatever prefix was asked for before, of this name or of another', () => {
    const under = (...paths: readonly string[]) => paths.map((path) => `account:acme/namespace:${path}`)
    const [name = '', other = '', longer = ''] = under('abc/value:abc', 'xyz/value:xyz', 'abcd*')
    const prefixes = under('a*', 'ab*', 'abc*', 'abc/value:a*', 'abc/value:abc*', '*/value:ab*')
    for (const before of [...prefixes, longer])
      for (const text of prefixes) {
        read(name)
        found(before)
        expect(found(text), `${text} after ${before}`).toBe(true)
        read(other)
        found(before)
        read(name)
        expect(found(text), `${text} after ${before} of another name`).toBe(true)
      }
  })

  test('and a prefix by another one than the name that is spelt like it', () => {
    const [name, prefix] = ['account:acme/namespace:a', 'account:acme/namespace:a*'].map(selector)
    expect(name?.hash).not.toBe(prefix?.hash)
  })
})

describe('the shape of a selector', () => {
  const shape = (text: string) => selector(text).shape

  test('tells how deep it is, whether it is spelt like a name, and how long the prefix is that it ends in', () => {
    const told = (text: string) => [depthOf(shape(text)), isPlain(shape(text)), prefixLength(shape(text))]
    expect(told('account:acme')).toEqual([1, true, 0])
    expect(told('account:acme/namespace:ab/value:c')).toEqual([3, true, 0])
    expect(told('account:acme/namespace:*')).toEqual([2, false, 0])
    expect(told('account:acme/namespace:*/value:c')).toEqual([3, false, 0])
    expect(told('account:acme/namespace:ab/value:c*')).toEqual([3, false, 'value:c'.length])
  })

  test('says nothing of its root', () => {
    expect([shape('account:*'), shape('account:*/zone:a')]).toEqual([shape('account:b'), shape('account:b/zone:a')])
  })

  test('is one for selectors that are found alike, and another for others', () => {
    const alike = [
      'zone:a',
      'zone:*',
      'zone:a*',
      'zone:ab*',
      'namespace:a/value:b',
      'namespace:*/value:b',
      'namespace:a/value:*',
    ]
    const more = [...alike, 'namespace:*/value:*', 'namespace:a/value:b*', 'namespace:*/value:b*']
    expect(new Set(more.map((rest) => shape(`account:acme/${rest}`))).size).toBe(more.length)
    expect(shape('account:acme/namespace:a')).toBe(shape('account:acme/zone:b'))
  })

  test('of what lies above a selector is another, as deep and as plain', () => {
    for (const text of ['account:acme/namespace:ab', 'account:acme/namespace:*']) {
      const of = shape(text)
      expect([isAbove(of), isAbove(above(of)), above(of) === of]).toEqual([false, true, false])
      expect([depthOf(above(of)), isPlain(above(of)), prefixLength(above(of))]).toEqual([2, isPlain(of), 0])
    }
  })
})

function selector(text: string): Selector {
  const parsed = parseSelector(EDGE.catalog, text)
  if (isFault(parsed)) throw new Error(parsed.message)
  return parsed
}
