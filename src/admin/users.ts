/**
 * Users: people whom the host knows. Only whether they are suspended is kept here.
 */
import type { Member, User } from '../core/facts.ts'
import { parseId } from '../schema/ids.ts'
import type { Origin } from '../schema/origin.ts'
import type { AdminDeps } from './deps.ts'
import { accountScope, target, userScope } from './facts.ts'
import { hasOtherOwner, isActive, lastOwner, ownsByRow } from './owners.ts'
import type { Writer } from './write.ts'

/** Administration of users. Nothing checks who calls: put your own guard in front. */
export interface Users {
  /** The user. One never written is active: the host need not mirror its users, so this doesn't show whether the host knows it. */
  get(id: string): Promise<User>
  /**
   * Ends all that this user's tokens and sessions may do, everywhere, until it is activated again. Its memberships stay as they are.
   * Refused (`ERR_BAILIWICK_CONFLICT`, `last_owner`) while some account has no other active owner. Does nothing when it is suspended already.
   */
  suspend(id: string, origin?: Origin): Promise<User>
  activate(id: string, origin?: Origin): Promise<User>
}

export function createUsers({ catalog, storage }: AdminDeps, write: Writer): Users {
  const get = async (id: string): Promise<User> =>
    (await storage.user(id)) ?? Object.freeze({ id, status: 'active' as const })

  async function setStatus(id: string, status: User['status'], origin: Origin | undefined): Promise<User> {
    const user = parseId(id, 'id')
    return write({
      origin,
      // The scopes of the owner's accounts too, so that two owners of one can't be suspended at the same instant.
      scopes: async () => {
        const owned = status === 'suspended' ? ownedBy(await storage.memberships(user)) : []
        return [userScope(user), ...owned.map(accountScope)]
      },
      facts: async (scopes) => {
        const before = await get(user)
        if (status === 'active' || !isActive(before)) return { before, orphan: undefined }
        const owned = ownedBy(await storage.memberships(user))
        if (!owned.every((account) => scopes.includes(accountScope(account)))) return null
        for (const account of owned)
          if (!(await hasOtherOwner(storage, catalog, account, user))) return { before, orphan: account }
        return { before, orphan: undefined }
      },
      decide: ({ before, orphan }) => {
        if (before.status === status) return { unchanged: before }
        if (orphan !== undefined) throw lastOwner(orphan, user)
        const after: User = Object.freeze({ id: user, status })
        return {
          writes: [{ kind: 'put_user', user: after }],
          log: userScope(user),
          action: status === 'suspended' ? 'user.suspend' : 'user.activate',
          target: target('user', user),
          before,
          after,
          result: after,
        }
      },
    })
  }

  function ownedBy(memberships: readonly Member[]): readonly string[] {
    return memberships.filter((member) => ownsByRow(catalog, member)).map(({ account }) => account)
  }

  return {
    get: async (id) => get(parseId(id, 'id')),
    suspend: (id, origin) => setStatus(id, 'suspended', origin),
    activate: (id, origin) => setStatus(id, 'active', origin),
  }
}
