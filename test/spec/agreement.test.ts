/**
 * The compiled evaluator against the naive one: whatever is asked in whatever world, both answer the same. The shares of the outcomes are
 * printed and held to a floor, so that no rung of the ladder is tested only by luck.
 */
import { expect, test, vi } from 'vitest'
import { DENY_REASONS } from '../../src/core/decision.ts'
import { explained, outcome, subjectOf } from './core.ts'
import { credentialOf, questionOf, scenes } from './questions.ts'
import { applies, reference, rights } from './reference.ts'
import { readAddress, readName } from './reference-text.ts'
import { holdsAlways, minutes, times } from './runs.ts'
import type { CatalogCase, Credential, Outcome, Question } from './vocabulary.ts'
import { worlds } from './worlds.ts'

vi.setConfig({ testTimeout: minutes(5) })

const QUESTIONS = 40
const WORLDS = 2_600

/** Rung 1 is the engine's: it has no facts to decide on. */
const OUTCOMES: readonly Outcome[] = ['allow', ...DENY_REASONS.slice(DENY_REASONS.indexOf('token_disabled')), 'error']

test('the index changes nothing (compiled = naive reference)', () => {
  const tally = new Tally()
  holdsAlways(scenes(worlds, QUESTIONS), WORLDS, ([world, aims]) => {
    const subjects = new Map(world.credentials.map((credential) => [credential, subjectOf(world.on, credential)]))
    for (const aim of aims) {
      const credential = credentialOf(world, aim)
      const question = questionOf(world, aim)
      const subject = subjects.get(credential) ?? subjectOf(world.on, credential)
      const expected = reference(world.on.declared, credential, question)
      const got = outcome(world.on, subject, question)
      if (got !== expected) fail(`the core says ${got}, the reference ${expected}`, world.on, credential, question)
      const explanation = explained(world.on, subject, question)
      const told = explanation === 'error' ? 'error' : (explanation.decision.reason ?? explanation.decision.effect)
      if (told !== got) fail(`decide says ${got}, explain ${told}`, world.on, credential, question)
      if (explanation !== 'error' && POLICIES_DECIDED.has(got)) {
        const named = explanation.policies.filter((policy) => policy.applies)
        const applying = sorted(named.map(({ side, effect, id }) => `${side} ${effect} ${id}`))
        const expectedToApply = sorted(applyingPolicies(world.on, credential, question))
        if (applying !== expectedToApply) {
          fail(`explain says [${applying}] apply, the reference [${expectedToApply}]`, world.on, credential, question)
        }
      }
      tally.count(kindOf(credential, question), got)
    }
  })
  tally.print()
  expect(tally.total).toBeGreaterThanOrEqual(times(100_000))
  for (const one of OUTCOMES) expect(tally.of(one), one).toBeGreaterThan(tally.total * 0.004)
  for (const kind of KINDS) {
    expect(tally.of('allow', kind), `allow to ${kind}`).toBeGreaterThan(tally.total * 0.002)
    expect(tally.of('not_a_member', kind), `not_a_member to ${kind}`).toBeGreaterThan(tally.total * 0.0005)
  }
})

/** Outcomes for which the policies of both sides were, or could have been, read. */
const POLICIES_DECIDED: ReadonlySet<Outcome> = new Set<Outcome>([
  'allow',
  'denied_by_token',
  'not_granted',
  'denied_to_owner',
  'not_granted_to_owner',
])

function applyingPolicies({ declared }: CatalogCase, credential: Credential, question: Question): readonly string[] {
  const { permission, now, ip } = question
  const name = readName(question.resource) ?? []
  const asked = { permission, now, name, ip: ip === null ? null : readAddress(ip) }
  const account = name[0]?.type === 'account' ? name[0].id : null
  const member = credential.facts.standings.find((standing) => standing.account.id === account)?.member
  const ofToken = credential.kind === 'token' ? credential.facts.token.policies : []
  const ofMember = member?.policies ?? []
  const ofRoles = member ? rights(declared, { ...member, policies: [] }) : []
  return [
    ...ofToken.filter((p) => applies(declared, p, asked)).map(({ effect, id }) => `token ${effect} ${id}`),
    ...ofMember.filter((p) => applies(declared, p, asked)).map(({ effect, id }) => `owner ${effect} ${id}`),
    ...ofRoles.filter((p) => applies(declared, p, asked)).map(({ effect, id }) => `owner ${effect} role:${id}`),
  ]
}

function sorted(lines: readonly string[]): string {
  return [...new Set(lines)].sort().join(', ')
}

const KINDS = [
  "a user's token",
  "a service account's token",
  "an account's token",
  'a session',
  'their own user root',
] as const
type Kind = (typeof KINDS)[number]

function kindOf(credential: Credential, { resource }: Question): Kind {
  if (resource.startsWith('user:')) return 'their own user root'
  if (credential.kind === 'session') return 'a session'
  const { owner } = credential.facts.token
  if ('user' in owner) return "a user's token"
  return 'service' in owner ? "a service account's token" : "an account's token"
}

class Tally {
  total = 0
  readonly #counts = new Map<string, number>()

  count(kind: Kind, outcome: Outcome): void {
    this.total++
    for (const key of [outcome, `${outcome} ${kind}`]) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  of(outcome: Outcome, kind?: Kind): number {
    return this.#counts.get(kind === undefined ? outcome : `${outcome} ${kind}`) ?? 0
  }

  print(): void {
    const share = (count: number) => `${((100 * count) / this.total).toFixed(2)}%`.padStart(7)
    const lines = OUTCOMES.map((one) => {
      const shares = KINDS.map((kind) => share(this.of(one, kind)))
      return `${one.padEnd(22)}${share(this.of(one))}  =${shares.join('')}`
    })
    const head = `${'outcome'.padEnd(22)}  share  = user  service account session user root`
    console.log([`${this.total} decisions, compiled = naive`, head, ...lines].join('\n'))
  }
}

/** Everything needed to ask again. */
function fail(message: string, on: CatalogCase, credential: Credential, question: Question): never {
  const facts = JSON.stringify(credential, (_, value) => (value instanceof Map ? undefined : value), 1)
  throw new Error(`${message}\ncatalog ${on.name}\n${JSON.stringify(question)}\n${facts}`)
}
