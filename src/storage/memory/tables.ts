/**
 * The tables of the memory storage: maps by key, and indexes beside them.
 */
import type { Account, Member, MemberKey, Owner, Scope, Secrets, Token, User } from '../../core/facts.ts'
import { ownerScope } from '../../core/facts.ts'
import { compareBinary } from '../order.ts'
import type { AuditEntry, AuditHead, TokenUse } from '../port.ts'
import type { Lookup } from '../standings.ts'

export interface TokenRecord {
  readonly token: Token
  readonly secrets: Secrets
}

export interface Tables {
  readonly users: Map<string, User>
  readonly accounts: Map<string, Account>
  /** By account, then by `memberKey`. */
  readonly members: Map<string, Map<string, Member>>
  /** The same members by `memberKey`, then by account. */
  readonly memberships: Map<string, Map<string, Member>>
  readonly tokens: Map<string, TokenRecord>
  /** Token ids by the scope of their owner: those of an account and of its service accounts are together. */
  readonly owned: Map<Scope, Set<string>>
  /** Token ids by digest, current or previous. */
  readonly digests: Map<string, Set<string>>
  /** Last uses by token, then by `useKey`. */
  readonly uses: Map<string, Map<string, TokenUse>>
  /** Account ids by the token that is blocked there. */
  readonly blocks: Map<string, Set<string>>
  readonly audit: Map<Scope, AuditEntry[]>
  readonly heads: Map<Scope, AuditHead>
  readonly revisions: Map<Scope, number>
}

export function emptyTables(): Tables {
  return {
    users: new Map(),
    accounts: new Map(),
    members: new Map(),
    memberships: new Map(),
    tokens: new Map(),
    owned: new Map(),
    digests: new Map(),
    uses: new Map(),
    blocks: new Map(),
    audit: new Map(),
    heads: new Map(),
    revisions: new Map(),
  }
}

/** One text for kind and id: a kind holds no colon, so no two keys meet. */
export function memberKey(member: Pick<MemberKey, 'kind' | 'id'>): string {
  return `${member.kind}:${member.id}`
}

/** The account, or the empty text for the user's root: no id is empty. */
export function useKey(account: string | null): string {
  return account ?? ''
}

export function lookupIn(tables: Tables): Lookup {
  return {
    user: (id) => tables.users.get(id) ?? null,
    accounts: (ids) => ids.flatMap((id) => tables.accounts.get(id) ?? []),
    members: (kind, id, accounts) => {
      const memberships = tables.memberships.get(memberKey({ kind, id }))
      return accounts.flatMap((account) => memberships?.get(account) ?? [])
    },
    memberships: (user, limit) => membershipsOf(tables, user).slice(0, limit),
    revisions: (scopes) => scopes.map((scope) => tables.revisions.get(scope) ?? 0),
  }
}

export function membershipsOf(tables: Tables, user: string): readonly Member[] {
  const members = tables.memberships.get(memberKey({ kind: 'user', id: user }))?.values() ?? []
  return [...members].sort((a, b) => compareBinary(a.account, b.account))
}

/** Members of an account in the order of its list: by id, then by kind. */
export function membersOf(tables: Tables, account: string): readonly Member[] {
  const members = tables.members.get(account)?.values() ?? []
  return [...members].sort((a, b) => compareBinary(a.id, b.id) || compareBinary(a.kind, b.kind))
}

/** Tokens of the owner's scope, in order of their ids. */
export function tokensIn(tables: Tables, scope: Scope): readonly Token[] {
  return inOrder(tables.owned.get(scope)).flatMap((id) => tables.tokens.get(id)?.token ?? [])
}

export function inOrder(ids: Iterable<string> = []): readonly string[] {
  return [...ids].sort(compareBinary)
}

export function sameOwner(a: Owner, b: Owner): boolean {
  const service = 'service' in a ? a.service : null
  return ownerScope(a) === ownerScope(b) && service === ('service' in b ? b.service : null)
}
