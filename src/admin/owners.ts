/**
 * The last owner: every account has an active member of kind user, of an active user, who holds the owner role. Suspended accounts too.
 */
import type { Catalog } from '../core/catalog.ts'
import type { Member, User } from '../core/facts.ts'
import { ConflictError } from '../errors.ts'
import type { StorageDirectory } from '../storage/port.ts'

/** Whether this member's own row makes it an owner: an active person with the owner role. Doesn't look at whether the user is suspended. */
export function ownsByRow(catalog: Catalog, member: Member | null): boolean {
  return member?.kind === 'user' && member.status === 'active' && member.roles.includes(catalog.ownerRole.id)
}

export function isActive(user: User | null): boolean {
  return user?.status !== 'suspended'
}

/** Whether the account has an owner besides this user. A write that relies on the answer must expect the account's scope. */
export async function hasOtherOwner(
  storage: StorageDirectory,
  catalog: Catalog,
  account: string,
  user: string,
): Promise<boolean> {
  for (const member of await storage.holders(account, catalog.ownerRole.id)) {
    if (member.id !== user && ownsByRow(catalog, member) && isActive(await storage.user(member.id))) return true
  }
  return false
}

export function lastOwner(account: string, user: string): ConflictError {
  return new ConflictError('last_owner', `account \`${account}\` has no other active owner than user \`${user}\``)
}
