/**
 * What several nouns share: scopes and audit targets, look-ups that must find, and checks before a change.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Account, MemberKey, Scope, Token } from '../core/facts.ts'
import { encodeId } from '../core/resource.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import type { StorageDirectory } from '../storage/port.ts'

export function accountScope(id: string): Scope {
  return `account:${id}`
}

export function userScope(id: string): Scope {
  return `user:${id}`
}

/** The scopes whose decisions a membership can change: the account, and the person who is the member. */
export function memberScopes({ account, kind, id }: MemberKey): readonly Scope[] {
  return kind === 'user' ? [accountScope(account), userScope(id)] : [accountScope(account)]
}

/** Ids are spelled as in names, so that no two targets share a text. */
export function memberTarget({ account, kind, id }: MemberKey): string {
  return `member:${encodeId(account)}/${kind}/${encodeId(id)}`
}

export function target(kind: 'account' | 'user' | 'token', id: string): string {
  return `${kind}:${encodeId(id)}`
}

export async function needAccount(storage: StorageDirectory, id: string): Promise<Account> {
  const account = await storage.account(id)
  if (account === null) throw new NotFoundError(`account \`${id}\` does not exist`)
  return account
}

const MINTED_ID = /^[0-9A-Za-z]{22}$/

/** The error repeats the id only where it looks like one: what a caller mistakes for an id may be a secret. */
export async function needToken(storage: StorageDirectory, id: string) {
  const record = await storage.token(id)
  if (record === null) throw new NotFoundError(MINTED_ID.test(id) ? `token \`${id}\` does not exist` : 'no such token')
  return record
}

export function refuseRevoked(token: Token): void {
  if (token.status === 'revoked') throw new ConflictError('state', `token \`${token.id}\` is revoked, which is final`)
}

/** Throws unless the record has the revision that the caller has seen, where the caller gives one. */
export function checkRevision({ revision }: { readonly revision: number }, expected: number | undefined): void {
  if (expected !== undefined && expected !== revision)
    throw new ConflictError('revision', `the revision is ${revision}, not ${expected}: it was changed in between`)
}

/** Whether two facts say the same, in whatever order a storage gives their fields. */
export function same(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b)
}
