import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { ParsedName } from '../../src/core/parsed-name.ts'
import { encodeId, parseName } from '../../src/core/resource.ts'
import { MisuseError } from '../../src/errors.ts'
import { fillPattern, parsePattern } from '../../src/middleware/pattern.ts'
import { catalog } from './world.ts'

const ZONE = parsePattern(catalog, 'cache.purge', 'account:{account}/zone:{zone}')
const nothing = () => {}
const fill = (params: Record<string, unknown>) => fillPattern(ZONE, params, nothing)

/** What a stranger would try, among anything else. */
const BENT = [
  'z1/record:x',
  'z1%2Frecord:x',
  'z1%252Frecord:x',
  '..',
  '.',
  '*',
  'z*',
  '%2A',
  '%2e%2e',
  '{zone}',
  '__proto__',
  'zone:z1',
  '/',
  '\0',
  'z1 ',
  'z1\n',
  'Ｚ1',
] as const
const param = fc.oneof(
  fc.constantFrom(...BENT),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string(),
)

describe('filling', () => {
  test('a parameter becomes exactly one id, or the resource is malformed', () => {
    const parsed = new ParsedName()
    const purge = permissionNamed(catalog, 'cache.purge')
    fc.assert(
      fc.property(param, param, (account, zone) => {
        const name = fill({ account, zone })
        if (name === null) {
          expect(encodeId(account) === null || encodeId(zone) === null || account.length + zone.length > 400).toBe(true)
          return
        }
        expect(parseName(name)).toEqual([
          { type: 'account', id: account },
          { type: 'zone', id: zone },
        ])
        expect(parsed.parse(purge, name)).toBe(true)
        expect(parsed.depth).toBe(2)
      }),
      { numRuns: 5_000 },
    )
  })

  test('two different requests are never one resource', () => {
    fc.assert(
      fc.property(param, param, param, param, (account, zone, otherAccount, otherZone) => {
        const one = fill({ account, zone })
        const other = fill({ account: otherAccount, zone: otherZone })
        if (one !== null) expect(one === other).toBe(account === otherAccount && zone === otherZone)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each(BENT)('%j stays in its place', (zone) => {
    expect(fill({ account: 'acme', zone })).toBe(`account:acme/zone:${encodeId(zone)}`)
  })

  test('nothing is decoded again', () => {
    expect(fill({ account: 'acme', zone: 'z%31' })).toBe('account:acme/zone:z%2531')
  })

  test.each([
    ['empty', ''],
    ['a lone surrogate', '\ud800'],
    ['too long', 'x'.repeat(1_025)],
    ['a list', ['z1']],
    ['a list of two', ['z1', 'z2']],
    ['a number', 1],
    ['null', null],
    ['undefined', undefined],
    ['an object that says it is text', { toString: () => 'z1' }],
    ['a text object', Object('z1')],
  ])('%s is no id', (_, zone) => {
    expect(fill({ account: 'acme', zone })).toBeNull()
  })

  test('anything but one text is no id', () => {
    const anything = fc.anything().filter((value) => typeof value !== 'string')
    fc.assert(fc.property(anything, (zone) => fill({ account: 'acme', zone }) === null))
  })

  test('a parameter is the request’s own, never inherited', () => {
    const inherited = parsePattern(catalog, 'cache.purge', 'account:{constructor}/zone:{zone}')
    expect(fillPattern(inherited, { zone: 'z1' }, nothing)).toBeNull()
    expect(fillPattern(ZONE, Object.create({ account: 'acme', zone: 'z1' }), nothing)).toBeNull()
  })

  test('a name too long is malformed, though each id is none', () => {
    expect(fill({ account: 'é'.repeat(500), zone: 'é'.repeat(500) })).toBeNull()
  })

  test('is told of a parameter that the request doesn’t have, and of no other', () => {
    const absent = vi.fn()
    expect(fillPattern(ZONE, { account: 'acme', zone: 'z1' }, absent)).toBe('account:acme/zone:z1')
    for (const zone of ['', undefined, null, ['z1']])
      expect(fillPattern(ZONE, { account: 'acme', zone }, absent)).toBeNull()
    expect(absent).not.toHaveBeenCalled()
    expect(fillPattern(ZONE, { account: 'acme' }, absent)).toBeNull()
    expect(absent.mock.calls).toEqual([['zone']])
  })

  test('literal ids stand as written', () => {
    const fixed = parsePattern(catalog, 'cache.purge', 'account:a%2Fb/zone:{zone}')
    expect(fillPattern(fixed, { zone: 'z1' }, nothing)).toBe('account:a%2Fb/zone:z1')
  })
})

describe('reading', () => {
  test.each([
    ['cache.purge', 'account:acme/zone:z1'],
    ['cache.purge', 'account:{a}/zone:{a}'],
    ['cache.purge', 'account:{account_id}/zone:{zone-id}'],
    ['dns.read', 'account:{account}/zone:{zone}'],
    ['dns.read', 'account:{account}/zone:{zone}/record:{record}'],
    ['dns.read', 'account:{account}/zone:{zone}/record:TXT,_acme-challenge'],
    ['profile.read', 'user:{user}/profile:main'],
  ])('%s takes %s', (permission, pattern) => {
    expect(() => parsePattern(catalog, permission, pattern)).not.toThrow()
  })

  test.each([
    ['cache.prge', 'account:{account}/zone:{zone}', 'unknown permission `cache.prge` (did you mean `cache.purge`?)'],
    ['cache.purge', 'account:{account}/zon:{zone}', 'names unknown type `zon` (did you mean `zone`?)'],
    [
      'cache.purge',
      'account:{account}/namespace:{n}',
      'ends in `namespace`; `cache.purge` is on `account:{account}/zone:{zone}`',
    ],
    ['cache.purge', 'account:{account}', 'ends in `account`; `cache.purge` is on `account:{account}/zone:{zone}`'],
    ['cache.purge', 'zone:{zone}', 'has `zone` at the root; `cache.purge` is on `account:{account}/zone:{zone}`'],
    [
      'dns.read',
      'account:{account}/record:{record}',
      'has `record` in `account`; `dns.read` is on `account:{account}/zone:{zone}` or `account:{account}/zone:{zone}/record:{record}`',
    ],
    ['cache.purge', 'user:{user}/zone:{zone}', 'has `zone` in `user`'],
    ['cache.purge', 'account:{account}/account:{account}', 'has `account` in `account`'],
    ['cache.purge', 'account:{account}/zone', 'holds `zone`, which is no `type:id`'],
    ['cache.purge', 'account:{account}//zone:{zone}', 'holds ``, which is no `type:id`'],
    ['cache.purge', '/account:{account}/zone:{zone}', 'holds ``'],
    ['cache.purge', 'account:{account}/zone:{zone}/', 'holds ``'],
    ['cache.purge', '', 'holds ``'],
    ['cache.purge', 'account:{account}/zone:{{zone}}', 'a parameter is a whole id written `{name}`'],
    ['cache.purge', 'account:{account}/zone:{}', 'holds `{}`'],
    ['cache.purge', 'account:{account}/zone:{zone', 'holds `{zone`'],
    ['cache.purge', 'account:{account}/zone:zone}', 'holds `zone}`'],
    ['cache.purge', 'account:{account}/zone:{zone}{zone}', 'holds `{zone}{zone}`'],
    ['cache.purge', 'account:{account}/zone:z-{zone}', 'holds `z-{zone}`'],
    ['dns.read', 'account:{a}/zone:{z}/record:{type},{name}', 'holds `{type},{name}`'],
    ['cache.purge', 'account:{account}/zone:{ zone }', 'holds `{ zone }`'],
    ['cache.purge', 'account:{account}/zone::zone', 'which is not the one spelling of an id (`%3Azone` is)'],
    ['cache.purge', 'account:{account}/zone:*', 'which is not the one spelling of an id (`%2A` is)'],
    ['cache.purge', 'account:{account}/zone:', 'holds ``, which is not the one spelling'],
    ['cache.purge', 'account:a%2fb/zone:{zone}', 'which is not the one spelling of an id'],
    ['dns.read', 'account:{a}/zone:{z}/record:www', 'holds `www`, which is no id of a `record`'],
  ])('%s does not take %s', (permission, pattern, says) => {
    const read = () => parsePattern(catalog, permission, pattern)
    expect(read).toThrow(MisuseError)
    expect(read).toThrow(says)
  })

  test('any text is a pattern or misuse', () => {
    const pieces = fc.constantFrom('account', 'zone', ':', '/', '{', '}', 'a', '*', '%2A', '%', '{account}', '{zone}')
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces).map((chosen) => chosen.join('')),
    )
    fc.assert(
      fc.property(text, (pattern) => {
        try {
          const name = fillPattern(
            parsePattern(catalog, 'cache.purge', pattern),
            { account: 'acme', zone: 'z1', a: 'b' },
            nothing,
          )
          if (name !== null) expect(parseName(name)?.map(({ type }) => type)).toEqual(['account', 'zone'])
        } catch (error) {
          expect(error).toBeInstanceOf(MisuseError)
        }
      }),
      { numRuns: 5_000 },
    )
  })
})
