/** A change of a token is measured by the rules of accounts as a new token is, but for what the token broke before. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Owner, Token, TokenRules } from '../../src/core/facts.ts'
import type { PolicyInput } from '../../src/schema/policy.ts'
import type { TokenChanges } from '../../src/schema/token.ts'
import { minutes } from '../spec/runs.ts'
import { PURGE, refused, START, type World, world } from './helpers.ts'
import { always } from './stored.ts'

vi.setConfig({ testTimeout: minutes(2) })

const DAY = 86_400_000
const NARROW = { ip: { in: ['10.0.0.0/8'] } }
const KEPT = { expiresOn: START + DAY, condition: NARROW } as const
const RULES: TokenRules = { maxLifetimeMs: DAY, requireExpiry: true, requireIp: true }
const EVERYWHERE: PolicyInput = { ...PURGE, id: 'all', resources: ['account:*'] }
const ELSEWHERE: PolicyInput = { ...PURGE, id: 'else', resources: ['account:zeta'] }

async function tokenOf(w: World, owner: Owner, given: object = KEPT): Promise<Token> {
  return (await w.admin.tokens.create({ owner, name: 'n', policies: [{ ...PURGE, id: 'p' }], ...given })).token
}

/** Where `ann` and `bob` are members too. */
async function withZeta(tokenRules: TokenRules = RULES): Promise<World> {
  const w = await world()
  await w.admin.accounts.create({ id: 'zeta', name: 'Z', owner: 'ann', tokenRules })
  await w.admin.members.add('zeta', { user: 'bob', roles: ['reader'] })
  return w
}

describe.each<[string, Owner]>([
  ['a person', { user: 'bob' }],
  ['a service account', { account: 'acme', service: 'bot' }],
  ['the account', { account: 'acme' }],
])('a token of %s', (_whose, owner) => {
  test.each<[TokenChanges, string]>([
    [{ expiresOn: null }, 'expiresOn rule_violated, expiresOn rule_violated'],
    [{ expiresOn: START + DAY + 1 }, 'expiresOn rule_violated'],
    [{ condition: null }, 'condition.ip.in rule_violated'],
    [{ condition: { ip: { in: ['0.0.0.0/7'] } } }, 'condition.ip.in rule_violated'],
    [{ condition: { ip: { notIn: ['192.0.2.0/24'] } } }, 'condition.ip.in rule_violated'],
  ])('is not changed by %j, which breaks rules that it kept', async (changes, says) => {
    const w = await world()
    await w.admin.accounts.setTokenRules('acme', RULES)
    const token = await tokenOf(w, owner)
    w.events.length = 0
    expect(await refused(w.admin.tokens.update(token.id, changes))).toBe(says)
    expect(await w.admin.tokens.get(token.id)).toEqual(token)
    expect(w.events).toEqual([])
  })

  test('that breaks a rule already can be edited and mended, and is reported until it keeps it', async () => {
    const w = await world()
    const { tokens } = w.admin
    const { id } = await tokenOf(w, owner, {})
    await w.admin.accounts.setTokenRules('acme', RULES)
    const all = ['maxLifetimeMs', 'requireExpiry', 'requireIp']
    expect((await tokens.update(id, { name: 'm' })).blockedIn).toEqual([{ account: 'acme', rules: all }])
    const nearer = await tokens.update(id, { expiresOn: START + 9 * DAY })
    expect(nearer.blockedIn).toEqual([{ account: 'acme', rules: ['maxLifetimeMs', 'requireIp'] }])
    expect(await refused(tokens.update(id, { expiresOn: null }))).toBe('expiresOn rule_violated') // it kept this one by now
    expect((await tokens.addPolicies(id, [{ ...PURGE, id: 'q' }])).blockedIn).toHaveLength(1)
    expect((await tokens.update(id, KEPT)).blockedIn).toEqual([])
  })
})

describe('a person’s token', () => {
  test('is not led into an account whose rules it breaks, by whatever call', async () => {
    const w = await withZeta({ requireIp: true, forbidPersonal: true })
    const { id } = await tokenOf(w, { user: 'bob' }, {})
    const says = 'owner rule_violated, condition.ip.in rule_violated'
    expect(await refused(w.admin.tokens.addPolicies(id, [ELSEWHERE]))).toBe(says)
    expect(await refused(w.admin.tokens.update(id, { policies: [PURGE, ELSEWHERE] }))).toBe(says)
    expect((await w.admin.tokens.addPolicies(id, [{ ...ELSEWHERE, effect: 'deny' }])).blockedIn).toEqual([])
  })

  test('is led there through `account:*`, and it is told where it is of no use', async () => {
    const w = await withZeta()
    const { id } = await tokenOf(w, { user: 'bob' }, {})
    const blocked = [{ account: 'zeta', rules: ['maxLifetimeMs', 'requireExpiry', 'requireIp'] }]
    expect((await w.admin.tokens.addPolicies(id, [EVERYWHERE])).blockedIn).toEqual(blocked)
    expect((await w.admin.tokens.addPolicies(id, [ELSEWHERE])).blockedIn).toEqual(blocked) // it broke them there before
    expect((await w.admin.tokens.update(id, KEPT)).blockedIn).toEqual([])
    expect(await refused(w.admin.tokens.update(id, { condition: null }))).toBe('condition.ip.in rule_violated')
  })

  test('hears nothing of accounts that its owner is no member of', async () => {
    const w = await withZeta()
    await w.admin.members.remove('zeta', { user: 'bob' })
    const { id } = await tokenOf(w, { user: 'bob' }, {})
    expect((await w.admin.tokens.addPolicies(id, [ELSEWHERE, EVERYWHERE])).blockedIn).toEqual([])
  })
})

test('a change is refused where a new token of the same terms would be, unless the token broke the same before', async () => {
  const rule = fc.record({ requireExpiry: fc.boolean(), requireIp: fc.boolean(), forbidPersonal: fc.boolean() })
  const terms = fc.record({
    policies: fc.subarray<PolicyInput>([{ ...PURGE, id: 'p' }, EVERYWHERE, ELSEWHERE], { minLength: 1 }),
    expiresOn: fc.constantFrom(null, START + DAY),
    condition: fc.constantFrom(null, NARROW),
  })
  let both = [0, 0]
  await always(fc.tuple(rule, rule, terms, terms), 150, async ([acme, zeta, before, after]) => {
    const w = await withZeta({})
    const given = ({ expiresOn, condition, policies }: typeof before) => ({
      ...{ owner: { user: 'bob' }, name: 'n', policies },
      ...(expiresOn !== null && { expiresOn }),
      ...(condition !== null && { condition }),
    })
    const { token } = await w.admin.tokens.create(given(before))
    await w.admin.accounts.setTokenRules('acme', acme)
    await w.admin.accounts.setTokenRules('zeta', zeta)
    const stood = (await w.admin.tokens.update(token.id, {})).blockedIn
    const made = await Promise.allSettled([w.admin.tokens.create(given(after))])
    const changed = await Promise.allSettled([w.admin.tokens.update(token.id, after)])
    const issuesOf = ([one]: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
      one?.status === 'rejected' ? one.reason.issues.map(({ message }: { message: string }) => message) : []
    const excused = issuesOf(made).filter((message) =>
      stood.some(({ account, rules }) =>
        rules.some((name) => message.startsWith(`account \`${account}\` ${SAID[name]}`)),
      ),
    )
    expect(issuesOf(changed)).toEqual(issuesOf(made).filter((message) => !excused.includes(message)))
    both = [(both[0] ?? 0) + issuesOf(changed).length, (both[1] ?? 0) + excused.length]
  })
  expect(Math.min(...both)).toBeGreaterThan(10)
})

const SAID = {
  requireExpiry: 'wants tokens to expire',
  maxLifetimeMs: 'wants tokens to expire within',
  requireIp: 'wants tokens bound',
  forbidPersonal: 'forbids',
} as const
