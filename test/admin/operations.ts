/** Any administration of a small world, as random as it comes: three people, a service account, two accounts, their tokens. */
import { hash } from 'node:crypto'
import fc from 'fast-check'
import type { Admin } from '../../src/admin/admin.ts'
import type { Scope } from '../../src/core/facts.ts'
import type { MemberName } from '../../src/schema/ids.ts'
import { OWNER_ROLE, PURGE, START } from './helpers.ts'

const USERS = ['ann', 'bob', 'eve'] as const
export const ACCOUNTS = ['acme', 'zeta'] as const
export const SCOPES: readonly Scope[] = [
  ...USERS.map((id): Scope => `user:${id}`),
  ...ACCOUNTS.map((id): Scope => `account:${id}`),
]

export interface Operation {
  readonly text: string
  /** `tokens` are the ids of all created so far. */
  run(admin: Admin, tokens: readonly string[]): Promise<unknown>
}

const user = fc.constantFrom(...USERS)
const account = fc.constantFrom(...ACCOUNTS)
const member: fc.Arbitrary<MemberName> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ user }) },
  fc.constant({ service: 'bot' }),
)
const roles = fc.constantFrom([OWNER_ROLE], [OWNER_ROLE, 'reader'], ['reader'], [])
const pick = fc.nat({ max: 5 })

/** Everything that bears on who owns an account. */
const ownership: fc.Arbitrary<Operation> = fc.oneof(
  op(fc.record({ id: account, owner: user }), 'create', (admin, { id, owner }) =>
    admin.accounts.create({ id, name: id, owner }),
  ),
  op(
    fc.record({ account, member, roles, pending: fc.boolean() }),
    'add',
    (admin, { account, member, roles, pending }) =>
      admin.members.add(account, {
        ...member,
        roles,
        ...(pending && 'user' in member && { status: 'pending' as const }),
      }),
  ),
  op(fc.record({ account, member, roles }), 'update', (admin, { account, member, roles }) =>
    admin.members.update(account, member, { roles }),
  ),
  op(fc.record({ account, member }), 'remove', (admin, { account, member }) => admin.members.remove(account, member)),
  op(fc.record({ account, member }), 'suspend', (admin, { account, member }) => admin.members.suspend(account, member)),
  op(fc.record({ account, member }), 'activate', (admin, { account, member }) =>
    admin.members.activate(account, member),
  ),
  op(fc.record({ account, member }), 'accept', (admin, { account, member }) => admin.members.accept(account, member)),
  op(fc.record({ account, member, readmitted: fc.boolean() }), 'readmit', (admin, { account, member, readmitted }) =>
    admin.members.setReadmitted(account, member, readmitted),
  ),
  op(user, 'suspend user', (admin, id) => admin.users.suspend(id)),
  op(user, 'activate user', (admin, id) => admin.users.activate(id)),
)

const owner = fc.oneof(
  fc.record({ user }),
  fc.record({ account }),
  account.map((account) => ({ account, service: 'bot' })),
)

const key = fc.constantFrom('key 0', 'key 1', 'key 2')

/** Everything there is, but for what shortens a log. The world must accept imported SHA-256 digests. */
export const anything: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 2, arbitrary: ownership },
  op(fc.record({ owner, account, key }), 'import token', (admin, { owner, account, key }) =>
    admin.tokens.import({
      owner,
      name: 'n',
      policies: [{ ...PURGE, resources: [`account:${account}`] }],
      digest: { scheme: 'sha256-hex', value: hash('sha256', key, 'hex') },
    }),
  ),
  op(key, 'report leaked', (admin, key) => admin.tokens.reportLeaked(key, { source: 'test' })),
  op(account, 'forget', (admin, account) => admin.resources.forget(`account:${account}/zone:a`)),
  op(fc.record({ account, name: fc.constantFrom('a', 'b', '') }), 'rename', (admin, { account, name }) =>
    admin.accounts.rename(account, name),
  ),
  op(fc.record({ account, on: fc.boolean() }), 'switch account', (admin, { account, on }) =>
    admin.accounts.setApiAccess(account, on),
  ),
  op(fc.record({ account, requireExpiry: fc.boolean() }), 'rules', (admin, { account, requireExpiry }) =>
    admin.accounts.setTokenRules(account, { requireExpiry }),
  ),
  op(fc.record({ account, pick }), 'block', (admin, { account, pick }, tokens) =>
    admin.accounts.blockToken(account, tokens[pick] ?? 'none'),
  ),
  op(fc.record({ account, pick }), 'unblock', (admin, { account, pick }, tokens) =>
    admin.accounts.unblockToken(account, tokens[pick] ?? 'none'),
  ),
  op(fc.record({ account, member, on: fc.constantFrom(true, false, null) }), 'switch member', (admin, given) =>
    admin.members.setApiAccess(given.account, given.member, given.on),
  ),
  {
    weight: 3,
    arbitrary: op(
      fc.record({ owner, account, expires: fc.boolean() }),
      'create token',
      (admin, { owner, account, expires }) =>
        admin.tokens.create({
          owner,
          name: 'n',
          policies: [{ ...PURGE, resources: [`account:${account}`] }],
          ...(expires && { expiresOn: '2030-01-01T00:00:00Z' }),
        }),
    ),
  },
  op(
    fc.record({ pick, name: fc.constantFrom('a', 'b'), ifRevision: fc.integer({ min: 1, max: 3 }) }),
    'update token',
    (admin, { pick, ...changes }, tokens) => admin.tokens.update(tokens[pick] ?? 'none', changes),
  ),
  op(fc.record({ pick, account }), 'add policy', (admin, { pick, account }, tokens) =>
    admin.tokens.addPolicies(tokens[pick] ?? 'none', [{ ...PURGE, resources: [`account:${account}`] }]),
  ),
  op(pick, 'disable token', (admin, pick, tokens) => admin.tokens.disable(tokens[pick] ?? 'none')),
  op(pick, 'enable token', (admin, pick, tokens) => admin.tokens.enable(tokens[pick] ?? 'none')),
  op(pick, 'revoke token', (admin, pick, tokens) => admin.tokens.revoke(tokens[pick] ?? 'none')),
  op(fc.record({ pick, overlapMs: fc.constantFrom(-1, 0, 5) }), 'roll token', (admin, { pick, overlapMs }, tokens) =>
    admin.tokens.roll(tokens[pick] ?? 'none', { overlapMs }),
  ),
  op(pick, 'end overlap', (admin, pick, tokens) => admin.tokens.moveOverlap(tokens[pick] ?? 'none', 'now')),
  op(pick, 'switch token', (admin, pick, tokens) => admin.tokens.setApiAccess(tokens[pick] ?? 'none', true)),
)

/** All of it, with what bears on ownership most often. */
export const everything: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: ownership },
  { weight: 2, arbitrary: anything },
  op(fc.record({ account, age: fc.nat({ max: 1 }) }), 'prune', (admin, { account, age }) =>
    admin.audit.prune({ account }, { before: START + age }),
  ),
)

/** An operation that prints as what it does, so that a counterexample can be read. */
function op<T>(
  given: fc.Arbitrary<T>,
  name: string,
  run: (admin: Admin, given: T, tokens: readonly string[]) => Promise<unknown>,
): fc.Arbitrary<Operation> {
  return given.map((value) => {
    const text = `${name} ${JSON.stringify(value)}`
    return { text, run: (admin, tokens) => run(admin, value, tokens), [fc.toStringMethod]: () => text }
  })
}
