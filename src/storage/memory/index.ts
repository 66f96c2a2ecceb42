/**
 * Facts in this process's memory: for tests, demos, and hosts that load their grants at start. Nothing outlives the process.
 *
 * Every fact is copied and frozen on its way in, so the stored object itself can be handed out: nobody can change it. No method waits between its first
 * read and its last, so each sees one state.
 */
import { ownerScope } from '../../core/facts.ts'
import { StorageUnavailableError } from '../../errors.ts'
import { compareBinary } from '../order.ts'
import { cutPage, startOf } from '../page.ts'
import type { Storage } from '../port.ts'
import { ownerFacts, userFacts } from '../standings.ts'
import { applyChange } from './apply.ts'
import { audit } from './audit.ts'
import { credentials } from './credentials.ts'
import type { Tables } from './tables.ts'
import { emptyTables, inOrder, lookupIn, memberKey, membershipsOf, membersOf, sameOwner, tokensIn } from './tables.ts'
import * as found from './tokens.ts'
import { recordUses, replaceDigests } from './usage.ts'

/**
 * A storage in this process's memory, empty at first. For tests, demos, and hosts that load their grants at start.
 *
 * Nothing outlives the process, nothing is shared with another one, and nothing bounds what it holds. After `close` every call rejects with
 * `ERR_BAILIWICK_STORAGE_UNAVAILABLE`.
 *
 * @example
 * ```ts
 * const bw = createBailiwick({ catalog, storage: memoryStorage() })
 * ```
 */
export function memoryStorage(): Storage {
  const tables = emptyTables()
  const look = lookupIn(tables)
  let closed = false

  /** Every method goes through here: an `async` function, so that a throw is a rejection like any driver's. */
  async function answer<T>(work: (tables: Tables) => T): Promise<T> {
    if (closed) throw new StorageUnavailableError('the memory storage is closed')
    return work(tables)
  }

  return {
    credential: (id) =>
      answer(({ tokens, blocks }) => {
        const record = tokens.get(id)
        return record === undefined
          ? null
          : { ...record, blockedIn: inOrder(blocks.get(id)), ...ownerFacts(look, record.token) }
      }),
    principal: (user) => answer(() => userFacts(look, user)),
    revisions: (scopes) => answer(() => look.revisions(scopes)),
    tokensByDigest: (digests) => answer((t) => found.tokensByDigest(t, digests)),

    user: (id) => answer(() => look.user(id)),
    account: (id) => answer((t) => t.accounts.get(id) ?? null),
    member: (key) => answer((t) => t.members.get(key.account)?.get(memberKey(key)) ?? null),
    members: (account, page) =>
      answer((t) => {
        const start = startOf(page, 2)
        const rest = membersOf(t, account).filter((m) => start === null || compareKeys([m.id, m.kind], start) > 0)
        return cutPage(rest, page.limit, (m) => [m.id, m.kind])
      }),
    memberships: (user) => answer((t) => membershipsOf(t, user)),
    holders: (account, role) =>
      answer((t) => membersOf(t, account).filter((m) => m.kind === 'user' && m.roles.includes(role))),
    token: (id) =>
      answer(({ tokens, blocks }) => {
        const record = tokens.get(id)
        return record === undefined ? null : { ...record, blockedIn: inOrder(blocks.get(id)) }
      }),
    tokens: (owner, page) =>
      answer((t) => {
        const start = startOf(page, 1)
        const own = tokensIn(t, ownerScope(owner)).filter((token) => sameOwner(token.owner, owner))
        const rest = own.filter((token) => start === null || compareKeys([token.id], start) > 0)
        return cutPage(rest, page.limit, (token) => [token.id])
      }),
    countTokens: (owner) =>
      answer((t) => {
        const live = tokensIn(t, ownerScope(owner)).filter((token) => token.status !== 'revoked')
        return live.filter((token) => !('service' in owner) || sameOwner(token.owner, owner)).length
      }),
    accounts: (ids) => answer(() => Object.freeze(look.accounts(ids))),
    switchedOnTokens: (account) => answer((t) => found.switchedOnTokens(t, account)),
    switchedOnMembers: (account) =>
      answer((t) => {
        const on = membersOf(t, account).filter((m) => m.apiAccess === true)
        return Object.freeze(on.map(({ kind, id }) => Object.freeze({ account, kind, id })))
      }),
    credentials: (account, filter, page) => answer((t) => credentials(t, account, filter, page)),
    tokensNaming: (account, page) => answer((t) => found.tokensNaming(t, account, page)),
    tokensExpiring: (range, page) => answer((t) => found.tokensExpiring(t, range, page)),
    tokenUses: (token) => answer((t) => found.tokenUses(t, token)),
    countDigests: (scheme, now) => answer((t) => found.countDigests(t, scheme, now)),
    audit: (scope, query, page) => answer((t) => audit(t, scope, query, page)),
    auditHead: (scope) => answer((t) => t.heads.get(scope) ?? null),

    recordUse: ({ uses, digests }) =>
      answer((t) => {
        recordUses(t, uses)
        replaceDigests(t, digests)
      }),
    commit: (change) => answer((t) => applyChange(t, change)),

    async close() {
      closed = true
    },
  }
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [i, part] of a.entries()) {
    const order = compareBinary(part, b[i] ?? '')
    if (order !== 0) return order
  }
  return 0
}
