/** What opens a lock, what it costs to be asked again, and what it says of a row that belongs under another pepper. */
import { describe, expect, test } from 'vitest'
import { digest, digestBytes } from '../../src/credential/digest.ts'
import { createPeppers, type PepperOptions, type Peppers } from '../../src/credential/peppers.ts'
import { ifTold, Lock } from '../../src/engine/lock.ts'
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
])('a lock %s', (_, sealing, opening) => {
  const secrets = { digest: sealing.seal(plainOf(1)), previous: { digest: sealing.seal(plainOf(0)), endsOn: ENDS_ON } }

  test('is opened for ever by the current secret, until its end by the previous one, and by no other', () => {
    const lock = new Lock(opening, secrets)
    for (let i = 0; i < 2; i++) {
      expect([1, 0, 2].map((generation) => lock.endsOnBytes(bytesOf(generation)))).toEqual([Infinity, ENDS_ON, null])
      expect([1, 0, 2].map((generation) => lock.endsOn(plainOf(generation)))).toEqual([Infinity, ENDS_ON, null])
    }
    expect(new Lock(opening, { digest: secrets.digest }).endsOn(plainOf(0))).toBeNull()
  })

  test('is not opened by what is neither the bytes of its digest nor its text', () => {
    const lock = new Lock(opening, secrets)
    lock.endsOnBytes(bytesOf(1))
    lock.endsOnBytes(bytesOf(0))
    for (const other of ['', bytesOf(1).slice(1), bytesOf(2)]) expect(lock.endsOnBytes(other)).toBeNull()
    expect(lock.endsOn(bytesOf(2))).toBeNull()
  })

  test.each([
    ['bytes', (lock: Lock, generation: number) => lock.endsOnBytes(bytesOf(generation))],
    ['text', (lock: Lock, generation: number) => lock.endsOn(plainOf(generation))],
  ])('asks no more about what opened it before, shown as %s', (_, show) => {
    const { asked, peppers } = counted(opening)
    const lock = new Lock(peppers, secrets)
    for (const generation of [1, 0]) show(lock, generation)
    expect(asked).toEqual([plainOf(1), plainOf(0), plainOf(0)])
    for (const generation of [1, 0, 1, 0]) show(lock, generation)
    expect(asked).toHaveLength(3)
  })
})

test('a row that still lacks a pepper is asked about each time, as it is accepted for a time alone', () => {
  const { asked, peppers } = counted(accepting)
  const lock = new Lock(peppers, { digest: plainOf(1) })
  for (let i = 0; i < 3; i++) expect(lock.endsOnBytes(bytesOf(1))).toBe(Infinity)
  expect(asked).toHaveLength(3)
})

describe('what opened a lock under another pepper than today’s', () => {
  test('is told once, with the form that belongs there', () => {
    const lock = new Lock(two, { digest: one.seal(plainOf(1)) })
    expect(lock.takeRenewals()).toEqual([])
    lock.endsOnBytes(bytesOf(2))
    expect(lock.takeRenewals()).toEqual([])
    for (let i = 0; i < 2; i++) lock.endsOnBytes(bytesOf(1))
    expect(lock.takeRenewals()).toEqual([{ from: one.seal(plainOf(1)), to: two.seal(plainOf(1)) }])
    lock.endsOnBytes(bytesOf(1))
    expect(lock.takeRenewals()).toEqual([])
  })

  test('is told of both secrets together, and where one has no pepper it is told once, too', () => {
    const lock = new Lock(accepting, {
      digest: plainOf(1),
      previous: { digest: plainOf(0), endsOn: ENDS_ON },
    })
    for (const generation of [1, 0, 1, 0]) lock.endsOnBytes(bytesOf(generation))
    expect(lock.takeRenewals()).toEqual([1, 0].map((n) => ({ from: plainOf(n), to: one.seal(plainOf(n)) })))
    for (const generation of [1, 0]) lock.endsOnBytes(bytesOf(generation))
    expect(lock.takeRenewals()).toEqual([])
  })

  test('is nothing where it stands under today’s already', () => {
    const lock = new Lock(two, { digest: two.seal(plainOf(1)) })
    lock.endsOnBytes(bytesOf(1))
    expect(lock.takeRenewals()).toEqual([])
  })
})

describe('a lock that can’t be told', () => {
  const foreign = one.seal(plainOf(1))

  test('is a stored fact where it is the current one', () => {
    expect(() => new Lock(onlyTwo, { digest: foreign }).endsOnBytes(bytesOf(1))).toThrow(STORED_FACT)
  })

  test('opens nothing where it is the previous one, and the current one still opens', () => {
    const lock = new Lock(onlyTwo, {
      digest: onlyTwo.seal(plainOf(2)),
      previous: { digest: foreign, endsOn: ENDS_ON },
    })
    expect([1, 2, 1].map((generation) => lock.endsOnBytes(bytesOf(generation)))).toEqual([null, Infinity, null])
  })

  test('hides no other error', () => {
    const broken = {
      ...none,
      opens: (stored: string) => {
        if (stored === plainOf(0)) throw new TypeError('broken')
        return false
      },
    }
    const lock = new Lock(broken, { digest: plainOf(1), previous: { digest: plainOf(0), endsOn: ENDS_ON } })
    expect(() => lock.endsOnBytes(bytesOf(0))).toThrow(TypeError)
  })
})

test('what can’t be told is undefined, what is told is told, and any other error is thrown on', () => {
  const fail = (error: Error) => () => {
    throw error
  }
  expect(ifTold(fail(new StoredFactError('unknown pepper')))).toBeUndefined()
  expect(() => ifTold(fail(new TypeError('broken')))).toThrow(TypeError)
  expect([ifTold(() => 5), ifTold(() => null)]).toEqual([5, null])
})
