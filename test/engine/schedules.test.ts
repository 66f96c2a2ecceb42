/** The cache changes nothing but time: thousands of schedules of reads, writes, evictions and clocks, each answer held to the naive evaluator. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes, times } from '../spec/runs.ts'
import { account, catalog, credentialOf, EPOCH, rig, secretsOf, seeded, token, write, written } from './fixture.ts'
import { DECLARED, PRESENTED } from './schedules-facts.ts'
import { play, type Schedule, type Tally } from './schedules-play.ts'

const schedule = (strict: boolean): fc.Arbitrary<Schedule> =>
  fc.record({
    strict: fc.constant(strict),
    maxEntries: fc.constantFrom(1, 2, 3, 50),
    maxBytes: fc.constantFrom(12_000, 1e6),
    callers: fc.array(fc.nat(PRESENTED.length - 1), { minLength: 1, maxLength: 4 }),
    steps: fc.array(fc.nat(2 ** 16 - 1), { minLength: 10, maxLength: 45, size: 'max' }),
  })

const SCHEDULES = 5_000

/** How often each must be met in a schedule on average: about half as often as it is, and seldom things a third. */
const EVERYWHERE = {
  ...{ allow: 4, not_a_member: 2, credential_unknown: 3, token_disabled: 0.2, token_revoked: 0.2, token_expired: 0.15 },
  ...{
    owner_suspended: 0.3,
    member_suspended: 0.2,
    account_suspended: 0.2,
    api_access_disabled: 0.2,
    token_blocked: 0.02,
  },
  ...{ not_granted: 0.08, not_granted_to_owner: 0.1, error: 0.04, here: 1.3, elsewhere: 0.8, full: 1.5, stale: 0.2 },
  ...{ 'dropped by a write': 0.3, 'reads overtaken': 0.7, 'answered over a write': 1.5, 'right a moment ago': 0.2 },
  ...{ refreshed: 0.15, unavailable: 0.2, 'guesses at rest': 0.3 },
}
const STRICT = { ...EVERYWHERE, joined: 0.04 }
const BOUNDED = { ...EVERYWHERE, joined: 1, hit: 0.7 }

describe('the cache changes nothing but time', () => {
  it('the evaluator reads the catalog that the engine was given', () => {
    const own = [...catalog.permissions.keys()].filter((name) => !name.startsWith('bailiwick.'))
    expect(own).toEqual(Object.keys(DECLARED.permissions))
    expect([...catalog.groups.keys(), ...catalog.roles.keys()]).toEqual(['dns', 'owner'])
  })

  it.each([
    ['strict', true],
    ['bounded', false],
  ] as const)(
    '%s: each answer was right at an instant that is allowed, whatever the order of reads and writes',
    async (_mode, strict) => {
      const tally: Tally = new Map()
      const seed = process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }
      await fc.assert(
        fc.asyncProperty(schedule(strict), (drawn) => play(drawn, tally)),
        { numRuns: times(SCHEDULES), ...seed },
      )
      // A schedule that never meets what it is about proves nothing.
      const seen = Object.entries(strict ? STRICT : BOUNDED)
      const rare = seen.filter(([what, per]) => (tally.get(what) ?? 0) < per * times(SCHEDULES))
      expect(rare, `seldom met, of ${JSON.stringify(Object.fromEntries(tally))}`).toEqual([])
    },
    minutes(3),
  )

  it('held: an access whose secret is given more time here is not answered from two states at once', async () => {
    const storage = await seeded()
    const { engine, snapshots, pass } = rig(storage)
    const overlap = (endsOn: number) => secretsOf(1, 1, { digest: secretsOf(1).digest, endsOn })
    await write(storage, ['user:u_1'], { kind: 'put_token', token: token(1), secrets: overlap(EPOCH + 2_000) })
    pass(2_000)
    const access = await engine.authenticate(credentialOf(1), null)
    expect(access.denial?.reason).toBe('token_expired')
    // Another process switches the account off; then the overlap is moved here. At no instant was both right: the secret good, the account on.
    await write(storage, ['account:acme'], { kind: 'put_account', account: account('acme', { apiAccess: false }) })
    const moved = { token: token(1, { revision: 2 }), secrets: overlap(EPOCH + 9_000) }
    await write(storage, ['user:u_1'], { kind: 'put_token', ...moved })
    snapshots.invalidate({ scopes: ['user:u_1'], token: written(moved.token, moved.secrets) })
    expect(access.can('dns.read', 'account:acme/zone:z1')).toBe(false)
  })
})
