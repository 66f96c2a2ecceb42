import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Owner, TokenRules } from '../../src/core/facts.ts'
import { minutes } from '../spec/runs.ts'
import { PURGE, refused, START, world } from './helpers.ts'
import { always, everything } from './stored.ts'

vi.setConfig({ testTimeout: minutes(2) })

const DAY = 86_400_000

const rules: fc.Arbitrary<TokenRules> = fc.record(
  {
    maxLifetimeMs: fc.constantFrom(DAY, 5 * DAY),
    requireExpiry: fc.boolean(),
    requireIp: fc.boolean(),
    forbidPersonal: fc.boolean(),
  },
  { requiredKeys: [] },
)

const drafts = fc.array(
  fc.record({
    owner: fc.constantFrom<Owner>({ user: 'bob' }, { account: 'acme', service: 'bot' }, { account: 'acme' }),
    lasts: fc.constantFrom(null, DAY, DAY + 1, 9 * DAY),
    cidr: fc.constantFrom(null, '10.0.0.0/8', '0.0.0.0/7'),
    end: fc.constantFrom('revoke', 'disable', null, null, null),
  }),
  { maxLength: 10 },
)

describe('a preview of rules', () => {
  test('lists what breaks them, says what is blocked already, and writes nothing', async () => {
    const w = await world()
    const { accounts, tokens } = w.admin
    const make = async (name: string, owner: Owner, expiresOn?: number) =>
      tokens.create({ owner, name, policies: [PURGE], ...(expiresOn !== undefined && { expiresOn }) })
    await make('forever', { user: 'bob' })
    await make('short', { account: 'acme' }, START + DAY)
    await make('long', { account: 'acme', service: 'bot' }, START + 9 * DAY)
    await accounts.setTokenRules('acme', { requireExpiry: true })
    w.events.length = 0
    const { items } = await accounts.previewTokenRules('acme', { maxLifetimeMs: DAY, forbidPersonal: true })
    const told = items.map(({ credential, breaks, alreadyBroken }) => ({
      name: credential.name,
      breaks,
      alreadyBroken,
    }))
    expect(told.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'forever', breaks: ['forbidPersonal', 'maxLifetimeMs'], alreadyBroken: true },
      { name: 'long', breaks: ['maxLifetimeMs'], alreadyBroken: false },
    ])
    expect((await accounts.previewTokenRules('acme', {})).items).toEqual([])
    expect((await accounts.previewTokenRules('acme', { requireIp: true }, { limit: 1 })).next).not.toBeNull()
    expect(w.events).toEqual([])
    expect(await refused(accounts.previewTokenRules('nope', {}))).toBe('ERR_BAILIWICK_NOT_FOUND')
    expect(await refused(accounts.previewTokenRules('acme', { maxLifetimeMs: 0, x: 1 } as never))).toBe(
      'rules.maxLifetimeMs bad_value, rules.x unknown_field',
    )
  })

  test('is what the rules do once they are set', async () => {
    let blocked = 0
    await always(fc.tuple(drafts, rules, rules), 80, async ([made, today, tomorrow]) => {
      const w = await world()
      const { accounts, tokens } = w.admin
      for (const { owner, lasts, cidr, end } of made) {
        const { token } = await tokens.create({
          ...{ owner, name: 'n', policies: [PURGE] },
          ...(lasts !== null && { expiresOn: START + lasts }),
          ...(cidr !== null && { condition: { ip: { in: [cidr] } } }),
        })
        if (end !== null) await tokens[end](token.id)
      }
      await accounts.setTokenRules('acme', today)
      const live = async () =>
        (await everything((page) => accounts.credentials('acme', {}, page))).filter(
          ({ status }) => status !== 'revoked',
        )
      const before = await live()
      const preview = await everything((page) => accounts.previewTokenRules('acme', tomorrow, page), 3)
      await accounts.setTokenRules('acme', tomorrow)
      const after = await live()
      expect(preview.map(({ credential }) => credential)).toEqual(
        before.filter((_, i) => after[i]?.closed === 'token_rule_violated'),
      )
      expect(preview.map(({ breaks }) => breaks)).toEqual(
        after.map(({ brokenRules }) => brokenRules).filter((broken) => broken.length > 0),
      )
      for (const { credential, alreadyBroken } of preview)
        expect(alreadyBroken).toBe(credential.closed === 'token_rule_violated')
      expect(
        (await everything((page) => accounts.credentials('acme', { breaksRule: true }, page))).map(({ id }) => id),
      ).toEqual(preview.map(({ credential }) => credential.id))
      blocked += preview.length
    })
    expect(blocked).toBeGreaterThan(20)
  })
})

test('a credential that is closed by something else, and by no rule, breaks none already', async () => {
  const w = await world()
  const { accounts, tokens } = w.admin
  const { token } = await tokens.create({ owner: { user: 'bob' }, name: 'n', policies: [PURGE] })
  await accounts.blockToken('acme', token.id)
  expect((await accounts.previewTokenRules('acme', { requireExpiry: true })).items).toMatchObject([
    { credential: { closed: 'token_blocked' }, alreadyBroken: false },
  ])
  await accounts.setTokenRules('acme', { requireIp: true })
  expect((await accounts.previewTokenRules('acme', { requireExpiry: true })).items).toMatchObject([
    { credential: { closed: 'token_blocked' }, alreadyBroken: true },
  ])
})
