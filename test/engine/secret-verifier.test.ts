/** What opens a verifier, what it costs to be asked again, and what it says of a row that belongs under another pepper. */
import { describe, expect, test } from 'vitest'
import { digest, digestBytes } from '../../src/credential/digest.ts'
import { createPeppers, type PepperOptions, type Peppers } from '../../src/credential/peppers.ts'
import { SecretVerifier, unlessStoredFault } from '../../src/engine/secret-verifier.ts'
import { StoredFactError } from '../../src/errors.ts'
import { EPOCH, idOf, secretOf } from './fixture.ts'

const P1 = 'the first pepper, of 32 characters or more'
const P2 = 'the second pepper, of 32 characters or more'
const ENDS_ON = EPOCH + 9_000
const STORED_FACT = expect.objectContaining({ code: 'ERR_BAILIWICK_STORED_FACT' })

const plainOf = (generation: number) => digest('u', idOf(1), secretOf(generation))
const bytesOf = (generation: number) => digestBytes('u', idOf(1), secretOf(generation))
const peppersOf = (options?: PepperOptions) => createPeppers(options, () => EPOCH)
const none = peppersOf()
const one = peppersOf({ current: 'p1', keys: { p1: P1 } })
const two = peppersOf({ current: 'p2', keys: { p1: P1, p2: P2 } })
const onlyTwo = peppersOf({ current: 'p2', keys: { p2: P2 } })
const accepting = peppersOf({ current: 'p1', keys: { p1: P1 }, acceptUnpepperedUntil: EPOCH + 1 })

/** Counts how often a stored digest is asked about. */
function counted(peppers: Peppers) {
  const asked: string[] = []
  const opens = (stored: string, plain: string) => {
    asked.push(plain)
    return peppers.opens(stored, plain)
  }
  return { asked, peppers: { ...peppers, opens } }
}

describe.each([
  ['without peppers', none, none],
  ['with a pepper', one, one],
  ['under an older pepper', one, two],
])('a verifier %s', (_, sealing, opening) => {
  const secrets = { digest: sealing.seal(plainOf(1)), previous: { digest: sealing.seal(plainOf(0)), endsOn: ENDS_ON } }

  test('is opened for ever by the current secret, until its end by the previous one, and by no other', () => {
    const verifier = new SecretVerifier(opening, secrets)
    for (let i = 0; i < 2; i++) {
      expect([1, 0, 2].map((generation) => verifier.endsOnBytes(bytesOf(generation)))).toEqual([
        Infinity,
        ENDS_ON,
        null,
      ])
      expect([1, 0, 2].map((generation) => verifier.endsOn(plainOf(generation)))).toEqual([Infinity, ENDS_ON, null])
    }
    expect(new SecretVerifier(opening, { digest: secrets.digest }).endsOn(plainOf(0))).toBeNull()
  })

  test('is not opened by what is neither the bytes of its digest nor its text', () => {
    const verifier = new SecretVerifier(opening, secrets)
    verifier.endsOnBytes(bytesOf(1))
    verifier.endsOnBytes(bytesOf(0))
    for (const other of ['', bytesOf(1).slice(1), bytesOf(2)]) expect(verifier.endsOnBytes(other)).toBeNull()
    expect(verifier.endsOn(bytesOf(2))).toBeNull()
  })

  test.each([
    ['bytes', (verifier: SecretVerifier, generation: number) => verifier.endsOnBytes(bytesOf(generation))],
    ['text', (verifier: SecretVerifier, generation: number) => verifier.endsOn(plainOf(generation))],
  ])('asks no more about what opened it before, shown as %s', (_, show) => {
    const { asked, peppers } = counted(opening)
    const verifier = new SecretVerifier(peppers, secrets)
    for (const generation of [1, 0]) show(verifier, generation)
    expect(asked).toEqual([plainOf(1), plainOf(0), plainOf(0)])
    for (const generation of [1, 0, 1, 0]) show(verifier, generation)
    expect(asked).toHaveLength(3)
  })
})

test('a row that still lacks a pepper is asked about each time, as it is accepted for a time alone', () => {
  const { asked, peppers } = counted(accepting)
  const verifier = new SecretVerifier(peppers, { digest: plainOf(1) })
  for (let i = 0; i < 3; i++) expect(verifier.endsOnBytes(bytesOf(1))).toBe(Infinity)
  expect(asked).toHaveLength(3)
})

describe('what opened a verifier under another pepper than today’s', () => {
  test('is told once, with the form that belongs there', () => {
    const verifier = new SecretVerifier(two, { digest: one.seal(plainOf(1)) })
    expect(verifier.takeRenewals()).toEqual([])
    verifier.endsOnBytes(bytesOf(2))
    expect(verifier.takeRenewals()).toEqual([])
    for (let i = 0; i < 2; i++) verifier.endsOnBytes(bytesOf(1))
    expect(verifier.takeRenewals()).toEqual([{ from: one.seal(plainOf(1)), to: two.seal(plainOf(1)) }])
    verifier.endsOnBytes(bytesOf(1))
    expect(verifier.takeRenewals()).toEqual([])
  })

  test('is told of both secrets together, and where one has no pepper it is told once, too', () => {
    const verifier = new SecretVerifier(accepting, {
      digest: plainOf(1),
      previous: { digest: plainOf(0), endsOn: ENDS_ON },
    })
    for (const generation of [1, 0, 1, 0]) verifier.endsOnBytes(bytesOf(generation))
    expect(verifier.takeRenewals()).toEqual([1, 0].map((n) => ({ from: plainOf(n), to: one.seal(plainOf(n)) })))
    for (const generation of [1, 0]) verifier.endsOnBytes(bytesOf(generation))
    expect(verifier.takeRenewals()).toEqual([])
  })

  test('is nothing where it stands under today’s already', () => {
    const verifier = new SecretVerifier(two, { digest: two.seal(plainOf(1)) })
    verifier.endsOnBytes(bytesOf(1))
    expect(verifier.takeRenewals()).toEqual([])
  })
})

describe('a verifier that can’t be told', () => {
  const foreign = one.seal(plainOf(1))

  test('is a stored fact where it is the current one', () => {
    expect(() => new SecretVerifier(onlyTwo, { digest: foreign }).endsOnBytes(bytesOf(1))).toThrow(STORED_FACT)
  })

  test('opens nothing where it is the previous one, and the current one still opens', () => {
    const verifier = new SecretVerifier(onlyTwo, {
      digest: onlyTwo.seal(plainOf(2)),
      previous: { digest: foreign, endsOn: ENDS_ON },
    })
    expect([1, 2, 1].map((generation) => verifier.endsOnBytes(bytesOf(generation)))).toEqual([null, Infinity, null])
  })

  test('hides no other error', () => {
    const broken = {
      ...none,
      opens: (stored: string) => {
        if (stored === plainOf(0)) throw new TypeError('broken')
        return false
      },
    }
    const verifier = new SecretVerifier(broken, {
      digest: plainOf(1),
      previous: { digest: plainOf(0), endsOn: ENDS_ON },
    })
    expect(() => verifier.endsOnBytes(bytesOf(0))).toThrow(TypeError)
  })
})

test('what can’t be told is undefined, what is told is told, and any other error is thrown on', () => {
  const fail = (error: Error) => () => {
    throw error
  }
  expect(unlessStoredFault(fail(new StoredFactError('unknown pepper')))).toBeUndefined()
  expect(() => unlessStoredFault(fail(new TypeError('broken')))).toThrow(TypeError)
  expect([unlessStoredFault(() => 5), unlessStoredFault(() => null)]).toEqual([5, null])
})
