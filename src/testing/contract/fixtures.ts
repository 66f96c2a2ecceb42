/**
 * Facts for the contract, each complete and different from the others, and the one way in which the clauses write them.
 */
import assert from 'node:assert/strict'
import type { Account, Member, MemberKey, Owner, Policy, Scope, Secrets, Token, User } from '../../core/facts.ts'
import type { AuditEntry, Page, PageRequest, Storage, Write } from '../../storage/port.ts'

/** The clauses of the contract: each a sentence, and a check on a new, empty storage. */
export type Clauses = Readonly<Record<string, (storage: Storage) => Promise<void>>>

export const NOW = 1_790_000_000_000

export function user(id: string, over: Partial<User> = {}): User {
  return { id, status: 'active', ...over }
}

export function account(id: string, over: Partial<Account> = {}): Account {
  return { id, name: `Account ${id}`, status: 'active', apiAccess: true, tokenRules: {}, revision: 1, ...over }
}

export function member(account: string, id: string, over: Partial<Member> = {}): Member {
  return {
    account,
    kind: 'user',
    id,
    status: 'active',
    since: NOW,
    readmitted: false,
    roles: ['administrator'],
    policies: [],
    apiAccess: null,
    revision: 1,
    ...over,
  }
}

export function token(id: string, owner: Owner, over: Partial<Token> = {}): Token {
  return {
    id,
    name: `Token ${id}`,
    owner,
    policies: [],
    status: 'active',
    apiAccess: null,
    issuedOn: NOW,
    issuedBy: 'host',
    modifiedOn: NOW,
    secretIssuedOn: NOW,
    revision: 1,
    ...over,
  }
}

export function secrets(digest: string): Secrets {
  return { digest }
}

export function policy(...resources: readonly string[]): Policy {
  return { id: 'p1', effect: 'allow', permissionGroups: ['dns-write'], resources }
}

export function denial(...resources: readonly string[]): Policy {
  return { id: 'p2', effect: 'deny', permissions: ['dns.write'], resources }
}

/** An entry that has no place in a log yet. */
export type Note = Omit<AuditEntry, 'sequence' | 'previous' | 'hash'>

export function entry(scope: Scope, over: Partial<Note> = {}): Note {
  return {
    scope,
    at: NOW,
    actor: 'host',
    action: 'test.write',
    target: 'account:acme',
    before: null,
    after: null,
    ...over,
  }
}

export const putUser = (user: User): Write => ({ kind: 'put_user', user })
export const putAccount = (account: Account): Write => ({ kind: 'put_account', account })
export const putMember = (member: Member): Write => ({ kind: 'put_member', member })
export const removeMember = (account: string, id: string, kind: MemberKey['kind'] = 'user'): Write => ({
  kind: 'remove_member',
  member: { account, kind, id },
})
export const addToken = (token: Token, digests = ownSecrets(token)): Write => ({
  kind: 'add_token',
  token,
  secrets: digests,
})
export const putToken = (token: Token, digests = ownSecrets(token)): Write => ({
  kind: 'put_token',
  token,
  secrets: digests,
})
/** Replaces a token, and leaves its secrets. */
export const editToken = (token: Token): Write => ({ kind: 'put_token', token })
export const blockToken = (account: string, token: string): Write => ({ kind: 'block_token', account, token })

/** No two tokens have one digest. */
function ownSecrets({ id }: Token): Secrets {
  return secrets(`digest of ${id}`)
}

/** The revisions that a change was decided on. */
export function at(...revisions: readonly (readonly [Scope, number])[]): ReadonlyMap<Scope, number> {
  return new Map(revisions)
}

/** The entry as the next one in the log of its scope. A storage accepts any text as a hash. */
export async function chained(storage: Storage, note: Note): Promise<AuditEntry> {
  const head = await storage.auditHead(note.scope)
  const sequence = (head?.sequence ?? 0) + 1
  return { ...note, sequence, previous: head?.hash ?? '', hash: `hash ${sequence} of ${note.scope}` }
}

export async function commit(
  storage: Storage,
  expect: ReadonlyMap<Scope, number>,
  writes: readonly Write[],
  note: Note,
): Promise<boolean> {
  return storage.commit({ expect, writes, audit: await chained(storage, note) })
}

/** Writes at the current revision, as the administration does, and asserts that it is accepted. Returns the audit entry. */
export async function write(
  storage: Storage,
  writes: readonly Write[],
  note: Note = entry('account:acme'),
): Promise<AuditEntry> {
  const [revision = 0] = await storage.revisions([note.scope])
  const audit = await chained(storage, note)
  assert.equal(await storage.commit({ expect: at([note.scope, revision]), writes, audit }), true)
  return audit
}

/** Every page of a list, one after another. */
export async function allPages<T>(
  limit: number,
  list: (page: PageRequest) => Promise<Page<T>>,
  between: () => Promise<unknown> = async () => {},
): Promise<readonly T[]> {
  const items: T[] = []
  let page = await list({ limit })
  for (;;) {
    assert.ok(page.items.length <= limit)
    items.push(...page.items)
    assert.ok(items.length < 10_000, 'the list ends')
    if (page.next === null) return items
    assert.equal(page.items.length, limit, 'a page before the last is full')
    await between()
    page = await list({ limit, after: page.next })
  }
}

/** The page sizes that lists are read with: one by one, exactly all, more than there are. */
export const LIMITS = [1, 2, 16, 53, 100]

/** The order of every list: by the UTF-8 bytes of the ids. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Numbers out of order, so that a list that comes back sorted was sorted. */
export function shuffled(count: number): readonly number[] {
  const step = 7919 // a prime, so that every number comes once
  return Array.from({ length: count }, (_, i) => (i * step) % count)
}
