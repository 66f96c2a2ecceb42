/** What depends on a scope, and that what many read of it is kept once. */
import { expect, test } from 'vitest'
import type { Scope } from '../../src/core/facts.ts'
import { Scopes } from '../../src/engine/scopes.ts'

const read = (...revisions: readonly (readonly [Scope, number])[]) => new Map(revisions)

test('says what was read, in its order', () => {
  const revisions = read(['user:u', 3], ['account:a', 0])
  const expected = [
    { scope: 'user:u', revision: 3 },
    { scope: 'account:a', revision: 0 },
  ]
  const scopes = new Scopes()
  expect(scopes.readings(revisions)).toEqual(expected)
  scopes.link('k', scopes.readings(revisions))
  expect(scopes.readings(revisions)).toEqual(expected)
  expect(scopes.readings(read())).toEqual([])
})

test('keeps a revision once for all that read it, and what others read stays as they read it', () => {
  const scopes = new Scopes()
  const first = scopes.readings(read(['account:a', 1]))
  scopes.link('k1', first)
  const same = scopes.readings(read(['account:a', 1]))
  expect(same[0]).toBe(first[0])
  const later = scopes.readings(read(['account:a', 2]))
  expect([first, later]).toEqual([[{ scope: 'account:a', revision: 1 }], [{ scope: 'account:a', revision: 2 }]])
  expect(scopes.readings(read(['account:a', 2]))[0]).toBe(later[0])
})

test('knows what depends on a scope, each once, as long as it does', () => {
  const scopes = new Scopes()
  const [a, both] = [scopes.readings(read(['account:a', 1])), scopes.readings(read(['account:a', 1], ['user:u', 1]))]
  scopes.link('k1', a)
  for (let i = 0; i < 2; i++) scopes.link('k2', both)
  const known = () => [scopes.keysOf('account:a'), scopes.keysOf('user:u'), scopes.keysOf('user:v'), scopes.size]
  expect(known()).toEqual([['k1', 'k2'], ['k2'], [], 2])
  scopes.unlink('k1', a)
  expect(known()).toEqual([['k2'], ['k2'], [], 2])
  for (let i = 0; i < 2; i++) scopes.unlink('k2', both)
  expect(known()).toEqual([[], [], [], 0])
})

test('tells those that are taken away while they are told', () => {
  const scopes = new Scopes()
  const a = scopes.readings(read(['account:a', 1]))
  for (const key of ['k1', 'k2', 'k3']) scopes.link(key, a)
  const told: string[] = []
  for (const key of scopes.keysOf('account:a')) {
    told.push(key)
    scopes.unlink(key, a)
  }
  expect([told, scopes.size]).toEqual([['k1', 'k2', 'k3'], 0])
})
