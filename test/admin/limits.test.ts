import { describe, expect, test } from 'vitest'
import type { PolicyInput } from '../../src/schema/policy.ts'
import { PURGE, refusal, type World, world } from './helpers.ts'

const LIMITS = { policies: 2, selectors: 3, conditions: 1, cidrs: 2 }
const NEW = { owner: { user: 'ann' }, name: 'n' } as const
const DIGEST = { scheme: 'sha256-hex', value: 'ab'.repeat(32) } as const

const ip = (...cidrs: readonly string[]) => ({ ip: { in: cidrs } })
const zones = (...ids: readonly string[]) => ids.map((id) => `account:acme/zone:${id}`)
const policy = (more: Partial<PolicyInput> = {}) => ({ ...PURGE, ...more }) as PolicyInput

/** Too much by itself, and how much that is; each policy and selector that stands already is one more. */
const TOO_MUCH: readonly (readonly [string, readonly PolicyInput[], (standing: number) => string])[] = [
  ['policies', [policy(), policy(), policy()], (n) => `${3 + n} policies, at most 2 `],
  [
    'selectors',
    [policy({ resources: zones('a', 'b') }), policy({ resources: zones('c', 'd') })],
    (n) => `${4 + n} selectors, at most 3 `,
  ],
  [
    'conditions',
    [policy({ condition: ip('10.0.0.0/8') }), policy({ condition: ip('11.0.0.0/8') })],
    () => '2 distinct conditions, at most 1 ',
  ],
  ['CIDRs', [policy({ condition: ip('10.0.0.0/8', '11.0.0.0/8', '12.0.0.0/8') })], () => '3 CIDRs, at most 2 '],
]

/** Every way in which policies are written, and what stands beside them. */
const PATHS: Readonly<
  Record<string, readonly [number, (w: World, token: string, policies: readonly PolicyInput[]) => Promise<unknown>]>
> = {
  'tokens.create': [0, (w, _token, policies) => w.admin.tokens.create({ ...NEW, policies })],
  'tokens.import': [0, (w, _token, policies) => w.admin.tokens.import({ ...NEW, policies, digest: DIGEST })],
  'tokens.update': [0, (w, token, policies) => w.admin.tokens.update(token, { policies })],
  'tokens.addPolicies': [1, (w, token, policies) => w.admin.tokens.addPolicies(token, policies)],
  'members.add': [0, (w, _token, policies) => w.admin.members.add('acme', { user: 'eve', policies })],
  'members.update': [0, (w, _token, policies) => w.admin.members.update('acme', { service: 'bot' }, { policies })],
}

describe.each(Object.entries(PATHS))('%s', (_path, [standing, write]) => {
  test.each(TOO_MUCH)('tells count and limit of too many %s, and writes nothing', async (_what, policies, told) => {
    const w = await world({ limits: LIMITS, importedKeys: { sha256: true } })
    const { token } = await w.admin.tokens.create({ ...NEW, policies: [policy()] })
    w.events.length = 0
    expect((await refusal(write(w, token.id, policies))).message).toContain(told(standing))
    expect(w.events).toEqual([])
  })

  test('takes as much as is allowed', async () => {
    const w = await world({ limits: LIMITS, importedKeys: { sha256: true } })
    const { token } = await w.admin.tokens.create({ ...NEW, policies: [policy()] })
    const condition = ip('10.0.0.0/8', '11.0.0.0/8')
    const whole = [policy({ condition, resources: zones('a', 'b') }), policy()].slice(standing)
    expect(await write(w, token.id, whole)).toBeDefined()
  })

  test('refuses names deeper than eight pairs', async () => {
    const w = await world({ importedKeys: { sha256: true } })
    const { token } = await w.admin.tokens.create({ ...NEW, policies: [policy()] })
    const deep = policy({ resources: [`account:acme${'/zone:a'.repeat(8)}`] })
    expect((await refusal(write(w, token.id, [deep]))).message).toContain('at most 8 pairs')
  })
})

test('addresses of the token itself and of its policies are counted together', async () => {
  const w = await world({ limits: LIMITS })
  const { tokens } = w.admin
  const condition = ip('10.0.0.0/8')
  const { token } = await tokens.create({ ...NEW, policies: [policy({ condition })], condition })
  const more = ip('11.0.0.0/8', '12.0.0.0/8')
  for (const write of [
    tokens.addPolicies(token.id, [policy({ condition })]),
    tokens.update(token.id, { condition: more }),
    tokens.update(token.id, { policies: [policy({ condition: more })] }),
    tokens.create({ ...NEW, policies: [policy({ condition })], condition: more }),
  ])
    expect((await refusal(write)).message).toContain('3 CIDRs, at most 2 ')
})

test('as many tokens as an owner may have, by each way to make one', async () => {
  const w = await world({ limits: { tokensPerUser: 1, tokensPerAccount: 1 }, importedKeys: { sha256: true } })
  for (const owner of [{ user: 'ann' }, { account: 'acme', service: 'bot' }]) {
    const given = { owner, name: 'n', policies: [policy()] }
    await w.admin.tokens.create(given)
    for (const make of [w.admin.tokens.create(given), w.admin.tokens.import({ ...given, digest: DIGEST })])
      expect((await refusal(make)).message).toContain('would have 2 tokens, at most 1 are allowed')
  }
})
