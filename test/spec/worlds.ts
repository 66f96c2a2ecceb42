/**
 * Random worlds: a catalog, three accounts, three principals with their memberships, and credentials with what storage loads for them.
 * Type-directed, so that most of it means something, and tuned so that every rung of the ladder is reached, passed and failed.
 */
import fc from 'fast-check'
import {
  type Account,
  type Member,
  type Owner,
  ownerKind,
  type Policy,
  type StandingFacts,
  type Token,
  type User,
} from '../../src/core/facts.ts'
import { CATALOGS } from './catalogs.ts'
import {
  accountDrafts,
  ISSUED,
  type MemberDraft,
  memberDrafts,
  often,
  type PolicyDraft,
  policyDrafts,
  some,
  type TokenDraft,
  tokenDrafts,
  userStatus,
} from './drafts.ts'
import { encode } from './reference-text.ts'
import type { CatalogCase, Credential } from './vocabulary.ts'

export interface World {
  readonly on: CatalogCase
  readonly accounts: readonly Account[]
  readonly credentials: readonly Credential[]
  /** Policies that stand nowhere yet, and name nothing unknown. */
  readonly spare: readonly PolicyDraft[]
}

/** A person, a service account of the same id, and another person. */
const PERSON = { kind: 'user', id: 'x' } as const
const SERVICE = { kind: 'service', id: 'x' } as const
const OTHER = { kind: 'user', id: 'u/2' } as const

export const worlds: fc.Arbitrary<World> = fc.oneof(...CATALOGS.map(worldsOn))

/** The policy as this owner may have it: only a person's token names other accounts, all accounts, or that person. */
export function placed(draft: PolicyDraft, id: string, accounts: readonly Account[], owner: Owner): Policy {
  const { effect, rights, condition, selectors } = draft
  const resources = selectors.map(({ root, account, rest }): string => {
    if (!('user' in owner)) return `account:${encode(owner.account)}${root === 'account' ? rest : ''}`
    if (root === 'user') return `user:${encode(owner.user)}${rest}`
    const named = account < 7 ? accounts[account % accounts.length] : undefined
    return `account:${named === undefined ? '*' : encode(named.id)}${rest}`
  })
  return { id, effect, ...rights, resources, ...(condition === null ? {} : { condition }) }
}

function worldsOn(on: CatalogCase): fc.Arbitrary<World> {
  const member = fc.option(memberDrafts(on), { freq: 12, nil: null })
  const principals = fc.record({ person: member, service: member, other: member })
  return fc
    .record({
      ids: fc.constantFrom(['acme', 'b', 'a/b'], ['Acme', 'acme', '__proto__'], ['é', '*', 'acme']),
      accounts: fc.tuple(accountDrafts, accountDrafts, accountDrafts),
      members: fc.tuple(principals, principals, principals),
      person: userStatus,
      other: userStatus,
      credentials: some(often<TokenDraft | 'session'>([9, tokenDrafts(on)], [1, fc.constant('session')]), 4, 3),
      spare: some(policyDrafts(on), 3, 3),
    })
    .map(({ ids, accounts: drafts, members: joined, person, other, credentials, spare }) => {
      const accounts = drafts.map(
        (draft, i): Account => ({ id: ids[i] ?? '', name: `Account ${i}`, ...draft, revision: 1 }),
      )
      const members = accounts.flatMap((account, i) => [
        ...enrol(account, PERSON, joined[i]?.person ?? null),
        ...enrol(account, SERVICE, joined[i]?.service ?? null),
        ...enrol(account, OTHER, joined[i]?.other ?? null),
      ])
      const row = (id: string): User | null => {
        const status = id === PERSON.id ? person : other
        return status === null ? null : { id, status }
      }
      return {
        on,
        accounts,
        credentials: credentials.map((draft, i) => credentialOf(draft, i, accounts, members, row)),
        spare,
      }
    })
}

function enrol(
  account: Account,
  key: typeof PERSON | typeof SERVICE | typeof OTHER,
  draft: MemberDraft | null,
): readonly Member[] {
  if (draft === null) return []
  const policies = draft.policies.map((policy, i) => placed(policy, `m${i}`, [account], { account: account.id }))
  return [{ account: account.id, ...key, ...draft, policies, revision: 1 }]
}

function credentialOf(
  draft: TokenDraft | 'session',
  index: number,
  accounts: readonly Account[],
  members: readonly Member[],
  row: (user: string) => User | null,
): Credential {
  const revisions = new Map<never, number>()
  if (draft === 'session') {
    const user = PERSON.id
    return {
      kind: 'session',
      user,
      facts: { user: row(user), standings: standingsOf({ user }, accounts, members), revisions },
    }
  }
  const home = accounts[draft.home]?.id ?? ''
  const owners: readonly Owner[] = [
    { user: PERSON.id },
    { user: OTHER.id },
    { account: home, service: SERVICE.id },
    { account: home },
  ]
  const owner = owners[draft.owner] ?? { account: home }
  const token: Token = {
    ...{ id: `t${index}`, name: `Token ${index}`, owner, issuedBy: 'test', modifiedOn: ISSUED, revision: 1 },
    ...{ ...draft.window, ...draft.condition, status: draft.status },
    ...{ issuedOn: ISSUED, secretIssuedOn: draft.secretIssuedOn },
    policies: draft.policies.map((policy, i) => placed(policy, `p${i}`, accounts, owner)),
    apiAccess: ownerKind(owner) === 'account' ? draft.apiAccess : null,
  }
  const facts = {
    token,
    secrets: { digest: '' },
    user: 'user' in owner ? row(owner.user) : null,
    standings: standingsOf(owner, accounts, members),
    blockedIn: accounts.flatMap(({ id }, i) => (draft.blockedIn === i ? [id] : [])),
    revisions,
  }
  return { kind: 'token', facts, secretEndsOn: draft.secretEndsOn }
}

/** What storage loads for an owner: its accounts with its membership of each; of a token owned by an account, that account alone. */
function standingsOf(owner: Owner, accounts: readonly Account[], members: readonly Member[]): readonly StandingFacts[] {
  return accounts.flatMap((account): readonly StandingFacts[] => {
    if (!('user' in owner) && owner.account !== account.id) return []
    if (!('user' in owner) && !('service' in owner)) return [{ account, member: null }]
    const [kind, key] = 'user' in owner ? ['user', owner.user] : ['service', owner.service]
    return members
      .filter((member) => member.account === account.id && member.kind === kind && member.id === key)
      .map((member) => ({ account, member }))
  })
}
