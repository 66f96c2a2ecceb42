/**
 * The laws of docs/reference/semantics.md, each a property of its name over random worlds. Each also counts how often what it speaks of came
 * to pass: a law that was never tried is no law. (That the index changes nothing is agreement.test.ts; the cache is tested with the cache.)
 */
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { DENY_REASONS } from '../../src/core/decision.ts'
import { ownerKind, ownerScope, type Policy } from '../../src/core/facts.ts'
import { answer, explained, outcome, subjectOf } from './core.ts'
import {
  accountAsked,
  Dice,
  inserted,
  narrowings,
  ownerOf,
  policiesOf,
  type Side,
  selectorBeneath,
  selectorOver,
  shuffled,
  sidesOf,
  withAccount,
  withMembers,
  withPolicies,
  withToken,
} from './edits.ts'
import { credentialOf, questionOf, scenes } from './questions.ts'
import { covers, readName } from './reference-text.ts'
import { holdsAlways, minutes, times } from './runs.ts'
import type { CatalogCase, Credential, Outcome, Question } from './vocabulary.ts'
import { placed, type World, worlds } from './worlds.ts'

vi.setConfig({ testTimeout: minutes(2) })

test('default deny', () => {
  law({ token: 70, owner: 70, denied: 200 }, ({ on, credential, question, before, dice, seen }) => {
    if (before !== 'allow' && dice.upTo(3) > 0) return
    for (const side of sidesOf(credential, question)) {
      const onlyDenies = (policies: readonly Policy[]) => policies.filter(({ effect }) => effect === 'deny')
      const stripped = withPolicies(credential, side, question, onlyDenies)
      const bare = side === 'owner' ? withMembers(stripped, (member) => ({ ...member, roles: [] })) : stripped
      expect(answer(on, bare, question)).not.toBe('allow')
      seen(before === 'allow' ? side : 'denied')
    }
  })
})

test('deny overrides allow', () => {
  law({ token: 70, owner: 70, beneath: 5, unknown: 5 }, ({ on, credential, question, before, dice, seen }) => {
    if (before !== 'allow') return
    const { permission, resource, ip } = question
    const containing = [...on.catalog.groups.values()].filter((g) =>
      [...g.permissions].some((p) => p.name === permission),
    )
    const beneath = on.catalog.permissions.get(permission)?.deep ? selectorBeneath(on, resource) : null
    for (const side of sidesOf(credential, question)) {
      const over = selectorOver(resource, ownerFor(side, credential, question), dice)
      for (const selector of beneath === null ? [over] : [over, beneath]) {
        const group = dice.upTo(1) === 0 ? dice.of(containing)?.id : undefined
        const unknown = ip === null && dice.upTo(1) === 0
        const deny: Policy = {
          id: 'extra',
          effect: 'deny',
          ...(group === undefined ? { permissions: [permission] } : { permissionGroups: [group] }),
          resources: [selector],
          ...(unknown ? { condition: { ip: { in: ['192.0.2.0/24'] } } } : {}),
        }
        const after = answer(on, withPolicies(credential, side, question, inserted(deny, dice)), question)
        expect(after).toBe(side === 'token' ? 'denied_by_token' : 'denied_to_owner')
        seen(selector === beneath ? 'beneath' : side)
        if (unknown) seen('unknown')
      }
    }
  })
})

test('order and duplicates do not matter', () => {
  law({ allow: 100, deny: 300, error: 15 }, ({ on, credential, question, before, dice, seen }) => {
    expect(answer(on, shuffled(credential, dice), question)).toBe(before)
    seen(before === 'allow' || before === 'error' ? before : 'deny')
  })
})

test('adding an allow never turns allow into deny', () => {
  law({ token: 70, owner: 70 }, ({ world, on, credential, question, before, dice, seen }) => {
    if (before !== 'allow') return
    for (const side of sidesOf(credential, question)) {
      const extra = extraPolicy(world, credential, question, side, 'allow', dice)
      expect(answer(on, withPolicies(credential, side, question, inserted(extra, dice)), question)).toBe('allow')
      seen(side)
    }
  })
})

test('adding a deny never turns deny into allow', () => {
  law({ token: 300, owner: 200, reasonChanged: 10 }, ({ world, on, credential, question, before, dice, seen }) => {
    if (before === 'allow') return
    for (const side of sidesOf(credential, question)) {
      const extra = extraPolicy(world, credential, question, side, 'deny', dice)
      const after = answer(on, withPolicies(credential, side, question, inserted(extra, dice)), question)
      expect(after).not.toBe('allow')
      seen(after === before ? side : 'reasonChanged')
    }
  })
})

test('narrowing an allow never allows more', () => {
  law(
    { wasDenied: 200, stillAllowed: 30, nowDenied: 30 },
    ({ world, on, credential, question, before, dice, seen }) => {
      if (before === 'error') return // without the name that isn't known, it may well be understood
      for (const side of sidesOf(credential, question)) {
        const allows = policiesOf(credential, side, question).filter(({ effect }) => effect === 'allow')
        const name = readName(question.resource) ?? []
        const near = allows.filter(({ resources }) => resources.some((selector) => covers(selector, name, false)))
        const wide = dice.of(near) ?? dice.of(allows)
        const narrow = wide && dice.of(narrowings(on, wide, world.accounts, dice))
        if (!wide || !narrow) continue
        const edit = (policies: readonly Policy[]) => policies.with(policies.indexOf(wide), narrow)
        const after = answer(on, withPolicies(credential, side, question, edit), question)
        if (before !== 'allow') expect(after).not.toBe('allow')
        seen(before !== 'allow' ? 'wasDenied' : after === 'allow' ? 'stillAllowed' : 'nowDenied')
      }
    },
  )
})

test('a token never exceeds its owner', () => {
  law(
    { person: 20, service: 10, userRoot: 10, onlyTheOwnerRefused: 20 },
    ({ on, credential, question, before, seen }) => {
      if (credential.kind === 'session') return
      const owner = ownerOf(credential)
      if (before === 'denied_to_owner' || before === 'not_granted_to_owner') seen('onlyTheOwnerRefused')
      if (before !== 'allow' || !('user' in owner || 'service' in owner)) return
      // The owner without the token. A service account can't log in: a person who has all that it has does.
      const user = 'user' in owner ? owner.user : owner.service
      const { facts } = withMembers(credential, (member) => ({ ...member, kind: 'user' }))
      expect(answer(on, { kind: 'session', user, facts }, question)).toBe('allow')
      seen(question.resource.startsWith('user:') ? 'userRoot' : 'user' in owner ? 'person' : 'service')
    },
  )
})

test('switching API access off never allows more', () => {
  law(
    { off: 30, stillOnByName: 15, session: 20, elsewhere: 30 },
    ({ world, on, credential, question, before, dice, seen }) => {
      const { id } = dice.of(
        world.accounts.filter((account) => account.id === accountAsked(question) || dice.upTo(1) > 0),
      ) ?? { id: '' }
      const accountOff = withAccount(credential, id, (account) => ({ ...account, apiAccess: false }))
      const membersOff = withMembers(accountOff, (member) =>
        member.account === id ? { ...member, apiAccess: false } : member,
      )
      const { token } = membersOff.kind === 'token' ? membersOff.facts : { token: null }
      const own = token !== null && ownerKind(token.owner) === 'account' && ownerScope(token.owner) === `account:${id}`
      const allOff =
        membersOff.kind === 'token' && own ? withToken(membersOff, (t) => ({ ...t, apiAccess: false })) : membersOff
      const after = answer(on, accountOff, question)
      const afterAll = answer(on, allOff, question)
      if (credential.kind === 'token' && accountAsked(question) === id) {
        if (after !== before) expect(after).toBe('api_access_disabled')
        expect(afterAll).not.toBe('allow')
        if (before === 'allow') seen(after === 'allow' ? 'stillOnByName' : 'off')
      } else {
        expect([after, afterAll]).toEqual([before, before])
        if (before === 'allow')
          seen(credential.kind === 'session' && accountAsked(question) === id ? 'session' : 'elsewhere')
      }
    },
  )
})

test('outside its window a token does nothing', () => {
  law({ early: 20, late: 20, onTheEdge: 20, overlapOver: 20 }, ({ on, credential, question, before, dice, seen }) => {
    if (credential.kind === 'session') return
    const instant = Math.floor(question.now)
    const { notBefore: _, expiresOn: __, ...always } = credential.facts.token
    const [when, outside] = dice.of([
      ['early', withToken(credential, () => ({ ...always, notBefore: instant + 1 + dice.upTo(5) }))],
      ['late', withToken(credential, () => ({ ...always, expiresOn: instant - dice.upTo(5) }))],
      ['onTheEdge', withToken(credential, () => ({ ...always, expiresOn: instant }))],
      ['overlapOver', { ...credential, secretEndsOn: instant - dice.upTo(5) }],
    ] as const) ?? ['early', credential]
    expect(answer(on, outside, question)).toMatch(/^token_(disabled|revoked|not_yet_valid|expired)$/)
    if (before === 'allow') seen(when)
  })
})

test('an absent address never allows more than any present one', () => {
  law({ allowed: 50, onlyWithAddress: 5 }, ({ on, credential, question, before, dice, seen }) => {
    const absent = answer(on, credential, { ...question, ip: null })
    if (absent === 'allow') {
      const present = [question.ip ?? '192.0.2.1', ...ADDRESSES.slice(dice.upTo(2))]
      for (const ip of present) expect(answer(on, credential, { ...question, ip })).toBe('allow')
      if (JSON.stringify(credential.facts).includes('"ip"')) seen('allowed')
    } else if (before === 'allow') seen('onlyWithAddress')
  })
})

test('explain agrees with decide', () => {
  const least = {
    allow: 100,
    denied_by_token: 20,
    not_granted: 50,
    denied_to_owner: 10,
    not_granted_to_owner: 10,
    early: 50,
  }
  law(least, ({ on, credential, question, before, seen }) => {
    const explanation = explained(on, subjectOf(on, credential), question)
    if (explanation === 'error') return expect(before).toBe('error')
    const { decision, policies } = explanation
    expect(decision.reason ?? decision.effect).toBe(before)
    for (const { side, id, selector } of policies)
      if (!id.startsWith('role:')) expect(selectorsOf(credential, side, id)).toContain(selector)
    const sides = sidesOf(credential, question)
    if (!isByPolicy(before) || sides.length === 0) return seen('early')
    // Deny overrides and default deny, over the policies that it says apply: that is the answer, too.
    const refusals = sides.map((side) => {
      const effects = policies.filter((policy) => policy.side === side && policy.applies).map(({ effect }) => effect)
      if (effects.includes('deny')) return side === 'token' ? 'denied_by_token' : 'denied_to_owner'
      return effects.includes('allow') ? null : side === 'token' ? 'not_granted' : 'not_granted_to_owner'
    })
    expect(refusals.find((refusal) => refusal !== null) ?? 'allow').toBe(before)
    seen(before)
  })
})

/** Refused before a policy is read: of these a few are enough. */
const EARLY: ReadonlySet<Outcome> = new Set(DENY_REASONS.slice(0, DENY_REASONS.indexOf('member_suspended')))
const BY_POLICY = ['allow', 'denied_by_token', 'not_granted', 'denied_to_owner', 'not_granted_to_owner'] as const
const ADDRESSES = ['203.0.113.7', '::ffff:10.1.2.3', '2001:db8::1', '::', '255.255.255.255']

function isByPolicy(outcome: Outcome): outcome is (typeof BY_POLICY)[number] {
  return BY_POLICY.some((one) => one === outcome)
}

/** Whose policies a side's policies are: an owner's stand in the account asked about, and name it. */
function ownerFor(side: Side, credential: Credential, question: Question) {
  return side === 'token' ? ownerOf(credential) : { account: accountAsked(question) ?? '' }
}

/** A policy to add: any at all or, as often, one that covers the resource. */
function extraPolicy(
  { accounts, spare }: World,
  credential: Credential,
  question: Question,
  side: Side,
  effect: Policy['effect'],
  dice: Dice,
): Policy {
  const owner = ownerFor(side, credential, question)
  const draft = dice.of(spare)
  const any = readName(question.resource) === null || dice.upTo(1) === 0
  if (draft !== undefined && any) return { ...placed(draft, 'extra', accounts, owner), effect }
  const resources = [selectorOver(question.resource, owner, dice)]
  return { id: 'extra', effect, permissions: [question.permission], resources }
}

interface Tried<What extends string> {
  readonly world: World
  readonly on: CatalogCase
  readonly credential: Credential
  readonly question: Question
  /** The outcome in the world as it is. */
  readonly before: Outcome
  readonly dice: Dice
  /** Counts that something the law speaks of came to pass. */
  readonly seen: (what: What) => void
}

/** Holds a law over random questions, and `least` over what was seen meanwhile. */
function law<What extends string>(least: Record<What, number>, holds: (tried: Tried<What>) => void): void {
  const counts = new Map<string, number>()
  const seen = (what: What) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  holdsAlways(fc.tuple(scenes(worlds, 12), fc.nat()), 300, ([[world, aims], seed]) => {
    const { on } = world
    const dice = new Dice(seed)
    const subjects = new Map(world.credentials.map((credential) => [credential, subjectOf(on, credential)]))
    for (const aim of aims) {
      const credential = credentialOf(world, aim)
      const question = questionOf(world, aim)
      const before = outcome(on, subjects.get(credential) ?? subjectOf(on, credential), question)
      if (EARLY.has(before) && dice.upTo(4) > 0) continue
      try {
        holds({ world, on, credential, question, before, dice, seen })
      } catch (error) {
        const asked = `${on.name} ${JSON.stringify(question)} was ${before}`
        throw new Error(`${error}\n${asked}\n${JSON.stringify(credential)}`, { cause: error })
      }
    }
  })
  for (const [what, count] of Object.entries<number>(least)) {
    expect(counts.get(what) ?? 0, `how often: ${what}`).toBeGreaterThanOrEqual(times(count))
  }
}

/** The selectors of the policies with this id, on this side. */
function selectorsOf({ kind, facts }: Credential, side: 'token' | 'owner', id: string): readonly string[] {
  const own = kind === 'token' ? facts.token.policies : []
  const policies = side === 'token' ? own : facts.standings.flatMap(({ member }) => member?.policies ?? [])
  return policies.filter((policy) => policy.id === id).flatMap(({ resources }) => resources)
}
