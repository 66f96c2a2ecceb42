/** Which entries are found by the digest that opens them. */
import { expect, test } from 'vitest'
import { digestOf } from '../../src/credential/digest.ts'
import { createPeppers } from '../../src/credential/peppers.ts'
import { Entry } from '../../src/engine/entry.ts'
import type { Opens } from '../../src/engine/lock.ts'
import { Lock } from '../../src/engine/lock.ts'
import { Openers } from '../../src/engine/openers.ts'
import { session } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { subjectOf } from '../spec/core.ts'

const { snapshot } = subjectOf(EDGE, session())
const peppers = createPeppers(undefined, () => 0)

/** Bytes of a digest that begin and end so. */
const bytes = (first: number, last = 0) => String.fromCharCode(first, ...Array<number>(14).fill(7), last)

function lockedBy(opener: string): Entry {
  const lock = new Lock(peppers, { digest: digestOf(opener) })
  return new Entry({ at: 0, turn: 1 }, { snapshot, readings: [], tokenKind: 'u', lock })
}

function openedBy(opener: string): Entry {
  const entry = lockedBy(opener)
  open(entry, opener)
  entry.takeRenewals()
  return entry
}

function open(of: Opens, shown: string): void {
  expect(of.endsOnBytes(shown)).toBe(Infinity)
}

test('an entry is found by what opens it, and by nothing else', () => {
  const openers = new Openers(100)
  const entry = openedBy(bytes(1))
  expect(openers.find(bytes(1))).toBeNull()
  openers.add(entry)
  expect(openers.find(bytes(1))).toBe(entry)
  for (const other of [bytes(1, 1), bytes(129), bytes(2), bytes(1).slice(0, -1), ''])
    expect(openers.find(other)).toBeNull()
})

test('one that may have other openers is not found', () => {
  const openers = new Openers(100)
  const entry = lockedBy(bytes(1))
  openers.add(entry)
  openers.remove(entry)
  expect(openers.find(bytes(1))).toBeNull()
  open(entry, bytes(1))
  openers.add(entry)
  expect(openers.find(bytes(1))).toBeNull()
})

test('of two that have one place the last is found, and stays when the other is removed', () => {
  const openers = new Openers(100)
  const [first, second] = [openedBy(bytes(1)), openedBy(bytes(129))]
  for (const entry of [first, second]) openers.add(entry)
  expect([bytes(1), bytes(129)].map((shown) => openers.find(shown))).toEqual([null, second])
  openers.remove(first)
  expect(openers.find(bytes(129))).toBe(second)
  openers.remove(second)
  expect(openers.find(bytes(129))).toBeNull()
})

test('of as many as there is room for none displaces another whose digest begins otherwise', () => {
  const openers = new Openers(5)
  const entries = Array.from({ length: 8 }, (_, first) => openedBy(bytes(first)))
  for (const entry of entries) openers.add(entry)
  for (const [first, entry] of entries.entries()) expect(openers.find(bytes(first))).toBe(entry)
})

test.each([1, 2, 3, 50_000, 1e9])('there are places for every digest, for at most %d entries', (entries) => {
  const openers = new Openers(entries)
  for (const first of [0, 1, 2, 255, 256, 0xfffe, 0xffff]) {
    const entry = openedBy(bytes(first))
    openers.add(entry)
    expect(openers.find(bytes(first))).toBe(entry)
    openers.remove(entry)
    expect(openers.find(bytes(first))).toBeNull()
  }
})
