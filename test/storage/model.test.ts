/**
 * SQLite keeps a table of who reaches what beside the facts. Whatever was written in whatever order, it answers as the memory storage does,
 * which keeps none.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Member, Owner, Policy, Token } from '../../src/core/facts.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { CredentialFilter, DigestChange, Storage, TokenUse, Write } from '../../src/storage/port.ts'
import { sqliteStorage } from '../../src/storage/sqlite/index.ts'
import {
  account,
  allPages,
  blockToken,
  denial,
  editToken,
  member,
  NOW,
  policy,
  putAccount,
  putMember,
  putToken,
  removeMember,
  token,
  write,
} from '../../src/testing/contract/fixtures.ts'
import { minutes, times } from '../spec/runs.ts'

const ACCOUNTS = ['acme', '*', 'b\0ta']
const IDS = ['x', 'y']
const TOKENS = ['t1', 't2', 't\0', '😀', '\uff5e']

const anyAccount = fc.constantFrom(...ACCOUNTS)
const anyId = fc.constantFrom(...IDS)
const anyToken = fc.constantFrom(...TOKENS)
const anyTime = fc.integer({ min: -3, max: 3 }).map((n) => NOW + n)
const anySwitch = fc.constantFrom(true, false, null)

const anyOwner: fc.Arbitrary<Owner> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ user: anyId }) },
  fc.record({ account: anyAccount, service: anyId }),
  fc.record({ account: anyAccount }),
)
const anySelector = fc.constantFrom(
  'account:*',
  'account:%2A/zone:z',
  'account:acme',
  'account:b%00ta',
  'user:x',
  'bad',
  'account:%',
)
const anyPolicy: fc.Arbitrary<Policy> = fc
  .tuple(fc.boolean(), fc.array(anySelector, { minLength: 1, maxLength: 2 }))
  .map(([allow, selectors]) => (allow ? policy(...selectors) : denial(...selectors)))
const anyCondition = fc.constantFrom(
  ...[{ in: ['192.0.2.0/24'] }, { in: ['10.0.0.0/7'] }, { notIn: ['10.0.0.0/8'] }].map((ip) => ({ condition: { ip } })),
  {},
)
const putsToken: fc.Arbitrary<Write> = fc
  .record({
    id: anyToken,
    owner: anyOwner,
    policies: fc.array(anyPolicy, { maxLength: 3 }),
    rest: fc.record(
      { expiresOn: anyTime, issuedOn: anyTime, secretIssuedOn: anyTime },
      { requiredKeys: ['issuedOn', 'secretIssuedOn'] },
    ),
    status: fc.constantFrom<Token['status']>('active', 'active', 'disabled', 'revoked'),
    apiAccess: anySwitch,
    condition: anyCondition,
    old: fc.option(fc.record({ digest: fc.constantFrom('s1:a', 's2:b'), endsOn: anyTime }), { nil: undefined }),
    scheme: fc.constantFrom('s1', 's2'),
  })
  .map(({ id, owner, policies, rest, status, apiAccess, condition, old, scheme }) =>
    putToken(token(id, owner, { policies, status, apiAccess, ...rest, ...condition }), {
      digest: `${scheme}:${id}`,
      ...(old && { previous: old }),
    }),
  )
/** Every token of `TOKENS` is there from the start. */
const editsToken = putsToken.map((write) => (write.kind === 'put_token' ? editToken(write.token) : write))
const putsMember: fc.Arbitrary<Write> = fc
  .record({
    of: anyAccount,
    id: anyId,
    kind: fc.constantFrom<Member['kind']>('user', 'user', 'service'),
    apiAccess: anySwitch,
    status: fc.constantFrom<Member['status']>('active', 'active', 'pending', 'suspended'),
    since: anyTime,
    readmitted: fc.boolean(),
  })
  .map(({ of, id, ...rest }) => putMember(member(of, id, rest)))
const removesMember: fc.Arbitrary<Write> = fc
  .tuple(anyAccount, anyId, fc.constantFrom<Member['kind']>('user', 'service'))
  .map(([of, id, kind]) => removeMember(of, id, kind))

type Step = { readonly writes: readonly Write[] } | Parameters<Storage['recordUse']>[0]

const anyUse: fc.Arbitrary<TokenUse> = fc.record({
  token: anyToken,
  account: fc.option(anyAccount),
  at: anyTime,
  from: fc.constantFrom(null, '192.0.2.1'),
})
const anyDigestChange: fc.Arbitrary<DigestChange> = fc.record({
  token: anyToken,
  from: fc.constantFrom('s1:t1', 's1:a', 's2:b'),
  to: fc.constantFrom('s2:new', 's1:newer'),
})
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    writes: fc.array(fc.oneof(putsToken, editsToken, putsMember, removesMember), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({ uses: fc.array(anyUse, { maxLength: 6 }), digests: fc.array(anyDigestChange, { maxLength: 2 }) }),
)
const anyFilter: fc.Arbitrary<CredentialFilter> = fc
  .record(
    {
      owner: anyOwner,
      kind: fc.constantFrom('user', 'service', 'account'),
      status: fc.constantFrom('active', 'disabled', 'expired', 'revoked'),
      unusedSince: anyTime,
      neverUsed: fc.constant(true),
      expiresBefore: anyTime,
      breaks: fc.record(
        {
          maxLifetimeMs: fc.integer({ min: 0, max: 5 }),
          requireExpiry: fc.boolean(),
          requireIp: fc.boolean(),
          forbidPersonal: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      staysOn: fc.constant(true),
    } as const,
    { requiredKeys: [] },
  )
  .chain((filter) => anyTime.map((now) => ({ now, ...filter })))

describe('the two drivers', () => {
  it('answer alike after the same history', { timeout: minutes(1) }, async () => {
    const history = fc.array(anyStep, { minLength: 1, maxLength: 12 })
    const questions = fc.array(fc.tuple(anyAccount, anyFilter, fc.integer({ min: 1, max: 4 })), {
      minLength: 8,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(history, questions, async (steps, asked) => {
        const storages = [memoryStorage(), sqliteStorage(':memory:')]
        const [memory, sqlite] = await Promise.all(storages.map((storage) => answers(storage, steps, asked)))
        expect(sqlite).toEqual(memory)
        await Promise.all(storages.map((storage) => storage.close()))
      }),
      { numRuns: times(150) },
    )
  })
})

async function answers(
  storage: Storage,
  steps: readonly Step[],
  asked: readonly (readonly [string, CredentialFilter, number])[],
): Promise<unknown> {
  await write(
    storage,
    ACCOUNTS.map((id) => putAccount(account(id))),
  )
  await write(storage, [...TOKENS.map((id) => putToken(token(id, { user: 'x' }))), blockToken('acme', 't1')])
  for (const step of steps) await ('writes' in step ? write(storage, step.writes) : storage.recordUse(step))
  const whole = ACCOUNTS.map((id) => [id, { now: NOW }, 2] as const)
  const lists: unknown[] = []
  for (const [of, filter, limit] of [...whole, ...asked])
    lists.push([of, filter, await allPages(limit, (page) => storage.credentials(of, filter, page))])
  for (const of of ACCOUNTS) lists.push(await allPages(2, (page) => storage.tokensNaming(of, page)))
  for (const id of TOKENS) lists.push(await storage.tokenUses(id), await storage.token(id))
  const range = { from: NOW - 2, before: NOW + 2 }
  lists.push(await allPages(2, (page) => storage.tokensExpiring(range, page)))
  for (const scheme of ['s1', 's2']) lists.push(await storage.countDigests(scheme, NOW))
  for (const digest of ['s1:a', 's2:b', 's2:new', 's1:t1'])
    lists.push(await storage.tokensByDigest([digest, 's1:newer']))
  for (const of of ACCOUNTS) lists.push(await storage.switchedOnMembers(of), await storage.switchedOnTokens(of))
  lists.push(await storage.accounts([...ACCOUNTS, 'none', ...ACCOUNTS].reverse()))
  return lists
}
