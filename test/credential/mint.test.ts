import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BASE62, scannerPattern } from '../../src/credential/format.ts'
import { cryptoRandom, mint, mintSecret } from '../../src/credential/mint.ts'
import { parseCredential } from './parsed.ts'

const BWK = new Set(['bwk'])

test('every minted value parses back to its id and secret', () => {
  fc.assert(
    fc.property(fc.constantFrom('u', 's', 'a'), bytes(16), bytes(32), (kind, id, secret) => {
      const minted = mint('bwk', kind, inTurn(id, secret))
      expect(parseCredential(minted.value, BWK)).toEqual({ kind, id: minted.id, secret: minted.secret })
      expect(minted.value).toMatch(new RegExp(`^${scannerPattern('bwk')}$`))
    }),
  )
})

test('the text of the bytes is their number in base62, so no two share one', () => {
  fc.assert(
    fc.property(bytes(16), bytes(32), (id, secret) => {
      const minted = mint('bwk', 'u', inTurn(id, secret))
      expect(fromBase62(minted.id)).toBe(toNumber(id))
      expect(fromBase62(minted.secret)).toBe(toNumber(secret))
    }),
  )
})

test('the smallest and the largest bytes fit', () => {
  const smallest = mint('bwk', 'u', (count) => new Uint8Array(count))
  expect([smallest.id, smallest.secret]).toEqual(['0'.repeat(22), '0'.repeat(43)])
  const largest = mint('bwk', 'u', (count) => new Uint8Array(count).fill(255))
  expect(fromBase62(largest.id)).toBe(2n ** 128n - 1n)
  expect(fromBase62(largest.secret)).toBe(2n ** 256n - 1n)
  expect([largest.id.length, largest.secret.length]).toEqual([22, 43])
})

test('16 bytes are drawn for an id and 32 for a secret, and a roll draws no id', () => {
  const drawn: number[] = []
  const random = (count: number) => {
    drawn.push(count)
    return new Uint8Array(count).fill(drawn.length)
  }
  const minted = mint('bwk', 's', random)
  expect(drawn).toEqual([16, 32])
  const rolled = mintSecret('bwk', 's', minted.id, random)
  expect(drawn).toEqual([16, 32, 32])
  expect(rolled.id).toBe(minted.id)
  expect(rolled.secret).not.toBe(minted.secret)
  expect(parseCredential(rolled.value, BWK)).toEqual({ kind: 's', id: minted.id, secret: rolled.secret })
})

test.each([0, 8, 31, 33])('a random source that gives %i bytes for 32 is refused', (given) => {
  const short = (count: number) => new Uint8Array(count === 32 ? given : count)
  expect(() => mint('bwk', 'u', short)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }))
})

test('an id that was not minted here can’t be rolled into a value nobody could read', () => {
  expect(() => mintSecret('bwk', 'u', 'imported-1', cryptoRandom)).toThrow(
    expect.objectContaining({ code: 'ERR_BAILIWICK_MISUSE' }),
  )
})

test('random bytes come from the system and differ', () => {
  const minted = Array.from({ length: 1_000 }, () => mint('bwk', 'u', cryptoRandom))
  expect(new Set(minted.map(({ id }) => id)).size).toBe(1_000)
  expect(new Set(minted.map(({ secret }) => secret)).size).toBe(1_000)
})

function inTurn(...given: readonly Uint8Array[]): (count: number) => Uint8Array {
  const left = [...given]
  return () => left.shift() ?? new Uint8Array()
}

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length })
}

function toNumber(given: Uint8Array): bigint {
  return given.reduce((number, byte) => number * 256n + BigInt(byte), 0n)
}

function fromBase62(digits: string): bigint {
  return [...digits].reduce((number, digit) => number * 62n + BigInt(BASE62.indexOf(digit)), 0n)
}
