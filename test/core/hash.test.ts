/** The hashes that names are found by: FNV-1a of a text, and of a path one that depends on each pair and on their order. */
import { expect, test } from 'vitest'
import { hashStep, hashText, PATH, PREFIX_PATH, pathStep } from '../../src/core/hash.ts'

// Published vectors of FNV-1a in 32 bits: http://www.isthe.com/chongo/src/fnv/test_fnv.c
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['foobar', 0xbf9cf968],
])('of %j it is FNV-1a', (text, hash) => {
  expect(hashText(text) >>> 0).toBe(hash)
})

test('it goes on character by character', () => {
  expect(hashStep(hashText('fooba'), 'r'.charCodeAt(0))).toBe(hashText('foobar'))
})

test('of paths it differs with each pair, with their order, and for what ends in a prefix', () => {
  const [a, b] = [hashText('zone:a'), hashText('zone:b')]
  const paths = [PATH, PREFIX_PATH].flatMap((path) => [
    path,
    pathStep(path, a),
    pathStep(path, b),
    pathStep(pathStep(path, a), b),
    pathStep(pathStep(path, b), a),
  ])
  expect(new Set(paths).size).toBe(10)
  expect(paths.every((hash) => hash === (hash | 0))).toBe(true)
})
