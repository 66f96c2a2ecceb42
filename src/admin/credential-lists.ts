/**
 * Lists of the credentials that reach an account, as of one instant.
 */
import type { Token, TokenRules } from '../core/facts.ts'
import { checkAccount } from '../core/stored.ts'
import type { ReadFilter } from '../schema/credentials.ts'
import type { Page, PageRequest } from '../storage/port.ts'
import { type Credential, credentialsIn } from './credentials.ts'
import type { AdminDeps } from './deps.ts'
import { needAccount } from './facts.ts'

/** A credential as an owner sees it, and the token it was read from. */
export interface Seen {
  readonly credential: Credential
  readonly token: Token
}

type CredentialList = (page: PageRequest) => Promise<Page<Seen>>

/**
 * The credentials of an account that pass a filter: a function that reads pages. Throws `NotFoundError` for an unknown account, and
 * `StoredFactError` where the account itself can't be understood.
 */
export async function credentialList(
  { catalog, storage }: Pick<AdminDeps, 'catalog' | 'storage'>,
  id: string,
  { breaksRule, ...terms }: ReadFilter & { readonly breaks?: TokenRules },
  now: number,
): Promise<CredentialList> {
  const account = await needAccount(storage, id)
  checkAccount(account)
  const filter = { now, ...terms, ...(breaksRule && { breaks: account.tokenRules }) }
  const show = credentialsIn(catalog, account, now)
  return async (page) => {
    const { items, next } = await storage.credentials(id, filter, page)
    return { items: items.map((record) => ({ credential: show(record), token: record.token })), next }
  }
}

/** The same page with its items shown in another way. */
export function shown<A, B>({ items, next }: Page<A>, show: (item: A) => B): Page<B> {
  return Object.freeze({ items: Object.freeze(items.map(show)), next })
}
