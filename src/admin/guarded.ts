/**
 * The storage as the administration uses it: a driver's own errors become `StorageUnavailableError`.
 */
import { asked } from '../storage/asked.ts'
import type { AdminStorage } from './deps.ts'

export function guarded(storage: AdminStorage): AdminStorage {
  return {
    revisions: (scopes) => asked(() => storage.revisions(scopes)),
    user: (id) => asked(() => storage.user(id)),
    account: (id) => asked(() => storage.account(id)),
    accounts: (ids) => asked(() => storage.accounts(ids)),
    member: (key) => asked(() => storage.member(key)),
    members: (account, page) => asked(() => storage.members(account, page)),
    memberships: (user) => asked(() => storage.memberships(user)),
    holders: (account, role) => asked(() => storage.holders(account, role)),
    token: (id) => asked(() => storage.token(id)),
    tokens: (owner, page) => asked(() => storage.tokens(owner, page)),
    countTokens: (owner) => asked(() => storage.countTokens(owner)),
    switchedOnTokens: (account) => asked(() => storage.switchedOnTokens(account)),
    switchedOnMembers: (account) => asked(() => storage.switchedOnMembers(account)),
    credentials: (account, filter, page) => asked(() => storage.credentials(account, filter, page)),
    tokensNaming: (account, page) => asked(() => storage.tokensNaming(account, page)),
    tokensExpiring: (range, page) => asked(() => storage.tokensExpiring(range, page)),
    tokenUses: (token) => asked(() => storage.tokenUses(token)),
    tokensByDigest: (digests) => asked(() => storage.tokensByDigest(digests)),
    countDigests: (scheme, now) => asked(() => storage.countDigests(scheme, now)),
    audit: (scope, query, page) => asked(() => storage.audit(scope, query, page)),
    auditHead: (scope) => asked(() => storage.auditHead(scope)),
    commit: (change) => asked(() => storage.commit(change)),
  }
}
