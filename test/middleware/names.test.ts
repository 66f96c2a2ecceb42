import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineCatalog } from '../../src/core/define.ts'
import { nameBuilders } from '../../src/core/names.ts'
import { encodeId, parseName } from '../../src/core/resource.ts'
import { InputError, MisuseError } from '../../src/errors.ts'
import { catalog } from './world.ts'

const names = nameBuilders(catalog)

test('a builder spells the name of its type', () => {
  expect(names.account('acme')).toBe('account:acme')
  expect(names.zone('acme', 'z1')).toBe('account:acme/zone:z1')
  expect(names.record('acme', 'z1', 'TXT,_acme-challenge')).toBe('account:acme/zone:z1/record:TXT,_acme-challenge')
  expect(names.profile('u_1', 'main')).toBe('user:u_1/profile:main')
})

test('whatever an id holds, it stays one id', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (account, zone) => {
      if (encodeId(account) === null || encodeId(zone) === null) {
        expect(() => names.zone(account, zone)).toThrow(InputError)
        return
      }
      expect(parseName(names.zone(account, zone))).toEqual([
        { type: 'account', id: account },
        { type: 'zone', id: zone },
      ])
    }),
  )
})

test('every id that has no spelling is listed with its place', () => {
  const made = attempt(() => names.record('', '\ud800', 'www'))
  expect(made).toBeInstanceOf(InputError)
  expect(made instanceof InputError && made.issues.map(({ path, code }) => [...path, code])).toEqual([
    [0, 'bad_id'],
    [1, 'bad_id'],
    [2, 'bad_id'],
  ])
})

test('what is no text is no id', () => {
  const loose = names as unknown as Record<string, (...ids: unknown[]) => string>
  for (const id of [undefined, null, 1, ['z1'], { toString: () => 'z1' }])
    expect(() => loose.zone?.('acme', id)).toThrow(InputError)
})

test('a name too long has no spelling', () => {
  const long = 'é'.repeat(500)
  expect(attempt(() => names.zone(long, long))).toMatchObject({ issues: [{ path: [], code: 'bad_name' }] })
})

test('the wrong number of ids is misuse', () => {
  const loose = names as unknown as Record<string, (...ids: unknown[]) => string>
  expect(() => loose.zone?.('acme')).toThrow(MisuseError)
  expect(() => loose.zone?.('acme', 'z1', 'x')).toThrow(
    'the name of a `zone` needs the ids of account, zone, not 3 ids',
  )
})

test('types may be named like what every object has', () => {
  const odd = nameBuilders(
    defineCatalog({
      resources: { constructor: { in: 'account' }, tostring: { in: 'constructor' } },
      permissions: { 'a.b': { on: 'tostring' } },
      groups: { g: { name: 'G', permissions: ['a.b'] } },
      roles: { o: { name: 'O', owner: true, groups: ['g'] } },
    }),
  )
  expect(odd.tostring('a', 'b', 'c')).toBe('account:a/constructor:b/tostring:c')
  expect(odd.constructor('a', 'b')).toBe('account:a/constructor:b')
})

function attempt(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
