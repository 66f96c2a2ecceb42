/**
 * What several nouns share: scopes and audit targets, look-ups that must find, and checks before a change.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Account, MemberKey, Owner, Scope, Token } from '../core/facts.ts'
import { encodeId } from '../core/resource.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import type { TokenKey } from '../schema/token-ref.ts'
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

/** A token, whoever owns it. */
export function needToken(storage: StorageDirectory, id: string) {
  return needTokenOf(storage, { id, owner: null })
}

/**
 * A token of this owner. Somebody else's gives the same error as none at all. The error repeats the id only where it looks like one: what a caller
 * mistakes for an id may be a secret.
 */
export async function needTokenOf(storage: StorageDirectory, key: TokenKey) {
  const record = await findTokenOf(storage, key)
  if (record !== null) return record
  throw new NotFoundError(MINTED_ID.test(key.id) ? `token \`${key.id}\` does not exist` : 'no such token')
}

/** The same, or `null` where there is none. The owner of a token never changes, so one look is good for every later write. */
export async function findTokenOf(storage: StorageDirectory, { id, owner }: TokenKey) {
  const record = await storage.token(id)
  return record === null || (owner !== null && !isOf(record.token.owner, owner)) ? null : record
}

/** An account stands for itself and for its service accounts, which are parts of it; never for the people who are its members. */
function isOf(owner: Owner, asked: Owner): boolean {
  if ('user' in asked) return 'user' in owner && owner.user === asked.user
  if ('user' in owner || owner.account !== asked.account) return false
  return !('service' in asked) || ('service' in owner && owner.service === asked.service)
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
