/** What a member is said to be able to do is what decisions say, in every world and of every question. */
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { Condition, StandingFacts } from '../../src/core/facts.ts'
import { type MemberRights, memberRights } from '../../src/core/rights.ts'
import { StoredFactError } from '../../src/errors.ts'
import { answer } from './core.ts'
import { credentialOf, questionOf, scenes } from './questions.ts'
import { type Asked, applies } from './reference.ts'
import { covers, readAddress, readName } from './reference-text.ts'
import { holdsAlways, minutes, times } from './runs.ts'
import type { CatalogCase, Outcome, Question } from './vocabulary.ts'
import { worlds } from './worlds.ts'

vi.setConfig({ testTimeout: minutes(3) })

type MemberStanding = Parameters<typeof memberRights>[1]

const CLOSED = ['not_a_member', 'member_suspended', 'account_suspended'] as const
const OPEN = ['allow', 'denied_to_owner', 'not_granted_to_owner'] as const

test('a member may do what its rights say, and nothing else', () => {
  const counts = new Map<string, number>()
  const seen = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  holdsAlways(scenes(worlds, 60), 700, ([world, aims]) => {
    const told = new Map<StandingFacts, MemberRights | 'error'>()
    for (const aim of aims) {
      const question = questionOf(world, aim)
      const account = accountOf(question)
      const standing = credentialOf(world, aim).facts.standings.find((one) => one.account.id === account)
      if (standing === undefined || !hasMember(standing)) continue
      const rights = told.get(standing) ?? rightsOf(world.on, standing)
      told.set(standing, rights)
      const decided = inSession(world.on, standing, question)
      if (decided === 'resource_malformed') continue
      check(world.on, standing, question, decided, rights, seen)
    }
  })
  for (const one of ['allow', 'denied_to_owner', 'not_granted_to_owner', 'error', ...CLOSED, 'overridden', 'except'])
    expect(counts.get(one) ?? 0, `how often: ${one}`).toBeGreaterThanOrEqual(times(30))
  expect(counts.get('above') ?? 0, 'how often: a deny beneath').toBeGreaterThanOrEqual(times(1))
})

function check(
  on: CatalogCase,
  standing: MemberStanding,
  question: Question,
  decided: Outcome,
  rights: MemberRights | 'error',
  seen: (what: string) => void,
): void {
  const told = `${on.name} ${JSON.stringify(question)} was ${decided}\n${JSON.stringify([standing, rights])}`
  seen(decided)
  if (rights === 'error') expect([...CLOSED, 'error'], told).toContain(decided)
  else if (rights.closed !== null) expect(decided, told).toBe(rights.closed)
  else checkOpen(on, question, decided, rights, told, seen)
}

function checkOpen(
  on: CatalogCase,
  question: Question,
  decided: Outcome,
  rights: MemberRights,
  told: string,
  seen: (what: string) => void,
): void {
  expect(OPEN, told).toContain(decided)
  expect(mayByRights(on, rights, question, seen), told).toBe(decided === 'allow')
  if (rights.overridden.some((one) => meets(one, question))) {
    seen('overridden')
    expect(decided, told).toBe('denied_to_owner')
  }
}

/** Some right gives it, and nothing is excepted of it. */
function mayByRights(
  { declared }: CatalogCase,
  { rights }: MemberRights,
  question: Question,
  seen: (what: string) => void,
): boolean {
  const { permission, resource, now, ip } = question
  const name = readName(resource) ?? []
  const asked: Asked = { permission, name, now, ip: ip === null ? null : readAddress(ip) }
  const holds = (effect: 'allow' | 'deny', condition: Condition | null) =>
    condition === null ||
    applies(declared, { id: '', effect, permissions: [permission], resources: [resource], condition }, asked)
  return rights.some((right) => {
    if (!meets(right, question) || !holds('allow', right.condition)) return false
    const excepted = right.except.filter(
      ({ resource, above, condition }) => covers(resource, name, above) && holds('deny', condition),
    )
    if (excepted.length > 0) seen('except')
    if (excepted.length > 0 && !excepted.some((one) => covers(one.resource, name, false))) seen('above')
    return excepted.length === 0
  })
}

function meets(
  { permissions, resources }: { readonly permissions: readonly string[]; readonly resources: readonly string[] },
  { permission, resource }: Question,
): boolean {
  const name = readName(resource) ?? []
  return permissions.includes(permission) && resources.some((selector) => covers(selector, name, false))
}

function rightsOf({ catalog }: CatalogCase, standing: MemberStanding): MemberRights | 'error' {
  try {
    return memberRights(catalog, standing)
  } catch (error) {
    if (error instanceof StoredFactError) return 'error'
    throw error
  }
}

/** What a session of this member is told. Rights don't depend on what kind of member has them. */
function inSession(on: CatalogCase, { account, member }: MemberStanding, question: Question): Outcome {
  const standings = [{ account, member: { ...member, kind: 'user' as const } }]
  return answer(
    on,
    { kind: 'session', user: member.id, facts: { user: null, standings, revisions: new Map() } },
    question,
  )
}

function hasMember(standing: StandingFacts): standing is MemberStanding {
  return standing.member !== null
}

function accountOf({ resource }: Question): string | null {
  const root = readName(resource)?.[0]
  return root?.type === 'account' ? root.id : null
}

test('rights are told whatever the order of policies, roles and selectors', () => {
  holdsAlways(fc.tuple(worlds, fc.nat()), 100, ([{ on, credentials }]) => {
    for (const standing of credentials.flatMap(({ facts }) => facts.standings).filter(hasMember)) {
      const rights = rightsOf(on, standing)
      const { roles, policies } = standing.member
      const turned = policies.map((one) => ({ ...one, resources: one.resources.toReversed() })).reverse()
      const member = { ...standing.member, roles: roles.toReversed(), policies: turned }
      const again = rightsOf(on, { ...standing, member })
      if (rights === 'error' || again === 'error') expect(again).toBe(rights)
      else expect(lines(again)).toEqual(lines(rights))
    }
  })
})

/** What is said, whichever is said first. */
function lines({ rights, overridden }: MemberRights): readonly string[] {
  return [...rights, ...overridden].map((one) => JSON.stringify(one)).sort()
}
