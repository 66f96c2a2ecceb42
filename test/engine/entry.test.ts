/** What opens what is kept of a token, before its verifier is let go and after. */
import { describe, expect, test } from 'vitest'
import type { Secrets } from '../../src/core/facts.ts'
import { digest, digestBytes } from '../../src/credential/digest.ts'
import { createPeppers, type PepperOptions } from '../../src/credential/peppers.ts'
import { Entry } from '../../src/engine/entry.ts'
import { SecretVerifier } from '../../src/engine/secret-verifier.ts'
import { session } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { subjectOf } from '../spec/core.ts'
import { EPOCH, idOf, secretOf } from './fixture.ts'

const P1 = 'the first pepper, of 32 characters or more'
const P2 = 'the second pepper, of 32 characters or more'
const ENDS_ON = EPOCH + 9_000

const plainOf = (generation: number) => digest('u', idOf(1), secretOf(generation))
const bytesOf = (generation: number) => digestBytes('u', idOf(1), secretOf(generation))
const one = createPeppers({ current: 'p1', keys: { p1: P1 } }, () => EPOCH)

const { snapshot } = subjectOf(EDGE, session())

function entryOf(secrets: Secrets, options?: PepperOptions): Entry {
  const verifier = new SecretVerifier(
    createPeppers(options, () => EPOCH),
    secrets,
  )
  return new Entry({ at: 1, turn: 1 }, { snapshot, readings: [], tokenKind: 'u', verifier })
}

describe('an entry with one secret', () => {
  test('is opened by it and by no other, while it has its verifier and when that was let go', () => {
    const entry = entryOf({ digest: plainOf(1) })
    const shown = [bytesOf(2), bytesOf(1), bytesOf(0), bytesOf(1).slice(1), '']
    for (const soleDigest of [null, bytesOf(1), bytesOf(1)]) {
      expect(entry.soleDigest).toBe(soleDigest)
      expect(shown.map((bytes) => entry.endsOnBytes(bytes))).toEqual([null, Infinity, null, null, null])
      expect(entry.endsOn(plainOf(2))).toBeNull()
      expect(entry.takeRenewals()).toEqual([])
    }
    expect(entry.endsOn(plainOf(1))).toBeNull() // no verifier is left to know that this is the same digest
  })

  test('keeps its verifier as long as nothing opened it', () => {
    const entry = entryOf({ digest: plainOf(1) })
    entry.endsOnBytes(bytesOf(2))
    entry.takeRenewals()
    expect(entry.soleDigest).toBeNull()
    expect(entry.endsOnBytes(bytesOf(1))).toBe(Infinity)
  })

  test('is opened by an imported key, whose digest is shown as text', () => {
    const entry = entryOf({ digest: 'raw-sha256:x'.padEnd(54, 'x') })
    const plain = 'raw-sha256:x'.padEnd(54, 'x')
    for (let i = 0; i < 2; i++) {
      expect([entry.endsOn(plain), entry.endsOn(`${plain.slice(0, -1)}y`)]).toEqual([Infinity, null])
      entry.takeRenewals()
    }
    expect(entry.soleDigest).toBe(plain)
  })

  test('under another pepper than today’s is to be renewed once, and only then its verifier is let go', () => {
    const entry = entryOf({ digest: one.seal(plainOf(1)) }, { current: 'p2', keys: { p1: P1, p2: P2 } })
    expect(entry.endsOnBytes(bytesOf(1))).toBe(Infinity)
    expect(entry.takeRenewals()).toMatchObject([{ from: one.seal(plainOf(1)) }])
    entry.takeRenewals()
    expect([entry.soleDigest, entry.takeRenewals()]).toEqual([bytesOf(1), []])
  })

  test('that lacks a pepper and is accepted for a time is asked about each time', () => {
    let now = EPOCH
    const peppers = createPeppers({ current: 'p1', keys: { p1: P1 }, acceptUnpepperedUntil: EPOCH + 1 }, () => now)
    const verifier = new SecretVerifier(peppers, { digest: plainOf(1) })
    const entry = new Entry({ at: 1, turn: 1 }, { snapshot, readings: [], tokenKind: 'u', verifier })
    for (let i = 0; i < 2; i++) {
      expect(entry.endsOnBytes(bytesOf(1))).toBe(Infinity)
      entry.takeRenewals()
      expect(entry.soleDigest).toBeNull()
    }
    now = EPOCH + 1
    expect([entry.endsOnBytes(bytesOf(1)), entry.endsOn(plainOf(1))]).toEqual([null, null]) // it can't be told any more
  })
})

test('an entry with two secrets keeps its verifier: the earlier one opens it until its end', () => {
  const entry = entryOf({ digest: plainOf(1), previous: { digest: plainOf(0), endsOn: ENDS_ON } })
  for (let i = 0; i < 3; i++) {
    expect([1, 0, 2].map((n) => entry.endsOnBytes(bytesOf(n)))).toEqual([Infinity, ENDS_ON, null])
    entry.takeRenewals()
    expect(entry.soleDigest).toBeNull()
  }
})

test('an entry of a session is opened by nothing', () => {
  const entry = new Entry({ at: 1, turn: 1 }, { snapshot, readings: [], tokenKind: null, verifier: null })
  expect([entry.endsOnBytes(''), entry.endsOn(''), entry.takeRenewals(), entry.soleDigest]).toEqual([
    null,
    null,
    [],
    null,
  ])
})
