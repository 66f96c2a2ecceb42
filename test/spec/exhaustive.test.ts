/**
 * Everything that can be asked in a small world: each test counts out all sets of policies of some kind, compiles each and asks all questions.
 * The numbers are written down, so that a world that shrinks is noticed.
 *
 * What is counted out, and what is put together: the reference itself is asked about each single policy and all questions. Of a set it says "a
 * deny that applies, else an allow that does", whatever the set, since its `refusal` reads nothing but which policies apply; so nothing is
 * lost where `expectedOf` joins these answers, and the last test asks the reference about whole cases all the same. The core is spared
 * nothing: every set is compiled and asked. Both sides of a token meet in full where each has at most one policy, and for any sets of six.
 */
import { afterAll, expect, test, vi } from 'vitest'
import {
  type Asked,
  type Asker,
  type Case,
  credentialOf,
  EVERYTHING,
  expectedOf,
  OUTCOMES,
  reachOf,
  Tally,
  UNCONDITIONAL,
} from './exhaustive-asking.ts'
import {
  ALL,
  alphabet,
  CONDITIONS,
  type Letter,
  QUESTIONS,
  setsOf,
  TINY,
  WITHIN_AND_EARLY,
} from './exhaustive-world.ts'
import { reference } from './reference.ts'

vi.setConfig({ testTimeout: 300_000 })

const ROOTS = ['account:a', 'account:ab', 'account:*']
const NEAR = ['', '/folder:a*', '/folder:a', '/folder:*/file:a', '/folder:a/file:a*']
const NESTED = ['', '/folder:*', '/folder:a*', '/folder:ab*', '/folder:ab', '/folder:*/file:a', '/folder:ab/file:a*']
const DEEP = ['tree.delete']

const total = new Tally()

test('any two policies of a token in an account or in all: each selector, permission and effect, with and without a condition', () => {
  const letters = alphabet({ roots: ['account:a', 'account:*'], conditions: [null, WITHIN_AND_EARLY] })
  expect(letters).toHaveLength(272)
  expect(counted(tokens('person', setsOf(letters, 2)), EVERYTHING)).toEqual({ cases: 37_129, decisions: 11_584_248 })
})

test('any two policies of a token in any accounts', () => {
  const letters = alphabet({ roots: ROOTS })
  expect(letters).toHaveLength(204)
  expect(counted(tokens('person', setsOf(letters, 2)), UNCONDITIONAL)).toEqual({ cases: 20_911, decisions: 1_087_372 })
})

test('any two policies of a token under any two conditions', () => {
  const letters = alphabet({ roots: ['account:a', 'account:*'], tails: NEAR, conditions: [null, ...CONDITIONS] })
  expect(letters).toHaveLength(200)
  expect(counted(tokens('person', setsOf(letters, 2)), EVERYTHING)).toEqual({ cases: 20_101, decisions: 6_271_512 })
})

test('any three policies of a token: each selector, permission and effect', () => {
  const letters = alphabet({})
  expect(letters).toHaveLength(68)
  expect(counted(tokens('person', setsOf(letters, 3)), UNCONDITIONAL)).toEqual({ cases: 52_463, decisions: 2_728_076 })
})

test('any set of any size of a token: selectors in, above, beneath and beside each other', () => {
  const letters = alphabet({ tails: NESTED, permissions: DEEP })
  expect(counted(tokens('person', setsOf(letters, 14)), UNCONDITIONAL)).toEqual({ cases: 16_384, decisions: 851_968 })
})

test('any two policies of a member, of each role and of none, with a token and without', () => {
  const letters = alphabet({ conditions: [null, WITHIN_AND_EARLY] })
  expect(letters).toHaveLength(136)
  expect(counted(members('person', setsOf(letters, 2)), EVERYTHING)).toEqual({ cases: 27_951, decisions: 8_720_712 })
  for (const asker of ['session', 'service'] as const) {
    const cases = members(asker, setsOf(alphabet({}), 2))
    expect(counted(cases, UNCONDITIONAL)).toEqual({ cases: 7_041, decisions: 366_132 })
  }
})

test('any set of any size of a member', () => {
  const letters = alphabet({ tails: NESTED.slice(1), permissions: DEEP })
  expect(counted(members('session', setsOf(letters, 12)), UNCONDITIONAL)).toEqual({ cases: 12_288, decisions: 638_976 })
})

test('any two policies of the token of a service account, and of an account', () => {
  for (const asker of ['service', 'account'] as const) {
    const cases = tokens(asker, setsOf(alphabet({}), 2))
    expect(counted(cases, EVERYTHING)).toEqual({ cases: 2_347, decisions: 732_264 })
  }
})

test('any policy of a token with any policy of the member', () => {
  const ofToken = alphabet({ roots: ROOTS })
  expect(counted(pairs(setsOf(ofToken, 1), alphabet({}), 1), UNCONDITIONAL)).toEqual({
    cases: 14_145,
    decisions: 735_540,
  })
  const near = alphabet({ tails: NEAR.slice(1), permissions: DEEP, conditions: [null, ...CONDITIONS] })
  expect(near).toHaveLength(40)
  expect(counted(pairs(setsOf(near, 1), near, 1), EVERYTHING)).toEqual({ cases: 1_681, decisions: 524_472 })
})

test('any set of policies of a token with any set of policies of the member', () => {
  const letters = alphabet({ tails: ['/folder:a*', '/folder:ab', '/folder:*/file:a'], permissions: DEEP })
  expect(counted(pairs(setsOf(letters, 6), letters, 6), UNCONDITIONAL)).toEqual({ cases: 4_096, decisions: 212_992 })
})

test('what is put together of single answers is what the reference says of the whole', () => {
  const letters = alphabet({ roots: ROOTS, conditions: [null, ...CONDITIONS] })
  const own = alphabet({ conditions: [null, ...CONDITIONS] })
  const cases = letters.flatMap((one, i): readonly Case[] => {
    const asker = ASKERS[i % 4] ?? 'person'
    const other = letters[(i * 337) % letters.length] ?? one
    const token = asker === 'person' ? [one, other] : asker === 'session' ? [] : [own[i % own.length] ?? one]
    const member = [(i * 7) % own.length, (i * 211) % own.length].flatMap((place) => own[place] ?? [])
    return i % 3 === 0 ? [{ asker, token, member, role: ROLES[i % 2] ?? null }] : []
  })
  let count = 0
  for (const one of cases) {
    const credential = credentialOf(one)
    const reached = reachOf(one)
    for (const asked of EVERYTHING) {
      const question = QUESTIONS[asked.place]
      if (question === undefined) continue
      const whole = reference(TINY.declared, credential, question)
      if (expectedOf(one, reached, asked) !== whole) expect(expectedOf(one, reached, asked), whole).toBe(whole)
      count++
    }
  }
  expect(count).toBe(340 * 312)
})

test('each outcome of this world was reached', () => {
  for (const one of OUTCOMES) expect(total.outcomes[one] ?? 0, one).toBeGreaterThan(500_000)
})

afterAll(() => {
  const shares = OUTCOMES.map((one) => `${one} ${total.outcomes[one] ?? 0}`)
  console.log(`${total.cases} cases, ${total.decisions} decisions, compiled = naive: ${shares.join(', ')}`)
})

const ASKERS: readonly Asker[] = ['person', 'service', 'account', 'session']
const NONE: readonly Letter[] = []
const ROLES = [null, 'owner', 'reader'] as const

/** Tokens with these policies, whose owner may do everything. */
function* tokens(asker: Asker, sets: Iterable<readonly Letter[]>): Generator<Case> {
  for (const token of sets) yield { asker, token, member: NONE, role: 'owner' }
}

/** Members with these policies and each role, whose token stands in nobody's way. */
function* members(asker: Asker, sets: Iterable<readonly Letter[]>): Generator<Case> {
  for (const member of sets) for (const role of ROLES) yield { asker, token: ALL, member, role }
}

/** A person's token with these policies, and for each every set of at most so many of these of the member. */
function* pairs(sets: Iterable<readonly Letter[]>, letters: readonly Letter[], most: number): Generator<Case> {
  for (const token of sets)
    for (const member of setsOf(letters, most)) yield { asker: 'person', token, member, role: null }
}

/** Compiles all these cases and asks each all these questions: how many they were. */
function counted(cases: Iterable<Case>, questions: readonly Asked[]): Pick<Tally, 'cases' | 'decisions'> {
  const tally = new Tally()
  for (const one of cases) tally.compare(one, questions)
  total.add(tally)
  return { cases: tally.cases, decisions: tally.decisions }
}
