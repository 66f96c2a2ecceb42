/** Which entries are found by the digest that opens them. */
import { expect, test } from 'vitest'
import { digestOf } from '../../src/credential/digest.ts'
import { createPeppers } from '../../src/credential/peppers.ts'
import { DigestIndex } from '../../src/engine/digest-index.ts'
import { Entry } from '../../src/engine/entry.ts'
import type { Verifier } from '../../src/engine/secret-verifier.ts'
import { SecretVerifier } from '../../src/engine/secret-verifier.ts'
import { session } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { subjectOf } from '../spec/core.ts'

const { snapshot } = subjectOf(EDGE, session())
const peppers = createPeppers(undefined, () => 0)

/** Bytes of a digest that begin and end so. */
const bytes = (first: number, last = 0) => String.fromCharCode(first, ...Array<number>(14).fill(7), last)

function lockedBy(soleDigest: string): Entry {
  const verifier = new SecretVerifier(peppers, { digest: digestOf(soleDigest) })
  return new Entry({ at: 0, turn: 1 }, { snapshot, readings: [], tokenKind: 'u', verifier })
}

function openedBy(soleDigest: string): Entry {
  const entry = lockedBy(soleDigest)
  open(entry, soleDigest)
  entry.takeRenewals()
  return entry
}

function open(of: Verifier, shown: string): void {
  expect(of.endsOnBytes(shown)).toBe(Infinity)
}

test('an entry is found by what opens it, and by nothing else', () => {
  const digests = new DigestIndex(100)
  const entry = openedBy(bytes(1))
  expect(digests.find(bytes(1))).toBeNull()
  digests.add(entry)
  expect(digests.find(bytes(1))).toBe(entry)
  for (const other of [bytes(1, 1), bytes(129), bytes(2), bytes(1).slice(0, -1), ''])
    expect(digests.find(other)).toBeNull()
})

test('one that may have other digests is not found', () => {
  const digests = new DigestIndex(100)
  const entry = lockedBy(bytes(1))
  digests.add(entry)
  digests.remove(entry)
  expect(digests.find(bytes(1))).toBeNull()
  open(entry, bytes(1))
  digests.add(entry)
  expect(digests.find(bytes(1))).toBeNull()
})

test('of two that have one place the last is found, and stays when the other is removed', () => {
  const digests = new DigestIndex(100)
  const [first, second] = [openedBy(bytes(1)), openedBy(bytes(129))]
  for (const entry of [first, second]) digests.add(entry)
  expect([bytes(1), bytes(129)].map((shown) => digests.find(shown))).toEqual([null, second])
  digests.remove(first)
  expect(digests.find(bytes(129))).toBe(second)
  digests.remove(second)
  expect(digests.find(bytes(129))).toBeNull()
})

test('of as many as there is room for none displaces another whose digest begins otherwise', () => {
  const digests = new DigestIndex(5)
  const entries = Array.from({ length: 8 }, (_, first) => openedBy(bytes(first)))
  for (const entry of entries) digests.add(entry)
  for (const [first, entry] of entries.entries()) expect(digests.find(bytes(first))).toBe(entry)
})

test.each([1, 2, 3, 50_000, 1e9])('there are places for every digest, for at most %d entries', (entries) => {
  const digests = new DigestIndex(entries)
  for (const first of [0, 1, 2, 255, 256, 0xfffe, 0xffff]) {
    const entry = openedBy(bytes(first))
    digests.add(entry)
    expect(digests.find(bytes(first))).toBe(entry)
    digests.remove(entry)
    expect(digests.find(bytes(first))).toBeNull()
  }
})
