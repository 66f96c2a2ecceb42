/**
 * The contract of `close`: afterwards every call rejects.
 */
import assert from 'node:assert/strict'
import type { AuditEntry, Storage } from '../../storage/port.ts'
import type { Clauses } from './fixtures.ts'
import { account, addToken, chained, entry, member, NOW, putAccount, putMember, token, write } from './fixtures.ts'

export const lifetimeClauses: Clauses = {
  'after close every operation rejects': async (storage) => {
    await write(storage, [
      putAccount(account('acme')),
      putMember(member('acme', 'u_1')),
      addToken(token('t_1', { user: 'u_1' })),
    ])
    const audit = await chained(storage, entry('account:acme'))
    for (const [name, ask] of Object.entries(everyOperation(storage, audit))) await assert.doesNotReject(ask, name)
    await storage.close()
    for (const [name, ask] of Object.entries(everyOperation(storage, audit))) await assert.rejects(ask, name)
  },

  'closing twice is closing once': async (storage) => {
    await storage.close()
    await assert.doesNotReject(storage.close())
  },
}

/** A method that is missing here doesn't compile. */
function everyOperation(
  storage: Storage,
  audit: AuditEntry,
): Readonly<Record<Exclude<keyof Storage, 'close'>, () => Promise<unknown>>> {
  const page = { limit: 1 }
  return {
    credential: () => storage.credential('t_1'),
    principal: () => storage.principal('u_1'),
    revisions: () => storage.revisions(['account:acme']),
    user: () => storage.user('u_1'),
    account: () => storage.account('acme'),
    member: () => storage.member({ account: 'acme', kind: 'user', id: 'u_1' }),
    members: () => storage.members('acme', page),
    memberships: () => storage.memberships('u_1'),
    holders: () => storage.holders('acme', 'administrator'),
    token: () => storage.token('t_1'),
    tokens: () => storage.tokens({ user: 'u_1' }, page),
    countTokens: () => storage.countTokens({ user: 'u_1' }),
    switchedOnTokens: () => storage.switchedOnTokens('acme'),
    switchedOnMembers: () => storage.switchedOnMembers('acme'),
    credentials: () => storage.credentials('acme', { now: NOW }, page),
    tokensNaming: () => storage.tokensNaming('acme', page),
    tokensExpiring: () => storage.tokensExpiring({ from: 0, before: NOW }, page),
    tokenUses: () => storage.tokenUses('t_1'),
    countDigests: () => storage.countDigests('sha256', NOW),
    audit: () => storage.audit('account:acme', {}, page),
    auditHead: () => storage.auditHead('account:acme'),
    tokensByDigest: () => storage.tokensByDigest(['digest of t_1']),
    accounts: () => storage.accounts(['acme']),
    recordUse: () => storage.recordUse({ uses: [], digests: [] }),
    commit: () => storage.commit({ expect: new Map(), writes: [], audit }),
  }
}
