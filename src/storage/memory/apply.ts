/**
 * Applies one change to the tables of the memory storage, whole or not at all: everything that can refuse it comes before the first write.
 */
import { ownerScope } from '../../core/facts.ts'
import { frozen } from '../frozen.ts'
import type { AuditEntry, Change, Write } from '../port.ts'
import { checkWrite, digestsOf, follows, type Known } from '../precondition.ts'
import type { Tables, TokenRecord } from './tables.ts'
import { memberKey } from './tables.ts'

/** `false` where an expected scope or the head of the log has moved. */
export function applyChange(tables: Tables, change: Change): boolean {
  for (const [scope, revision] of change.expect) {
    if ((tables.revisions.get(scope) ?? 0) !== revision) return false
  }
  const { audit } = change
  if (!follows(audit, tables.heads.get(audit.scope) ?? null)) return false
  const writes = frozen(change.writes)
  const entry = frozen({ ...audit, before: audit.before ?? null, after: audit.after ?? null })
  checkAll(tables, writes)

  for (const write of writes) apply(tables, write)
  append(tables, entry)
  for (const [scope, revision] of change.expect) tables.revisions.set(scope, revision + 1)
  return true
}

/** Checks each write against what is stored and what the writes before it will have changed. */
function checkAll(tables: Tables, writes: readonly Write[]): void {
  const accounts = new Set<string>()
  const tokens = new Map<string, readonly string[]>()
  const given = new Map<string, Set<string>>() // who in this change was given a digest, and may have another by now
  const known: Known = {
    account: (id) => tables.accounts.has(id) || accounts.has(id),
    token: (id) => tables.tokens.has(id) || tokens.has(id),
    digest: (digest) =>
      [...(given.get(digest) ?? [])].some((id) => tokens.get(id)?.includes(digest)) ||
      [...(tables.digests.get(digest) ?? [])].some((id) => !tokens.has(id)),
  }
  for (const write of writes) {
    checkWrite(write, known)
    if (write.kind === 'put_account') accounts.add(write.account.id)
    if ((write.kind === 'add_token' || write.kind === 'put_token') && write.secrets !== undefined) {
      tokens.set(write.token.id, digestsOf(write.secrets))
      for (const digest of digestsOf(write.secrets)) within(given, digest, emptySet).add(write.token.id)
    }
  }
}

function apply(tables: Tables, write: Write): void {
  switch (write.kind) {
    case 'put_user':
      tables.users.set(write.user.id, write.user)
      break
    case 'put_account':
      tables.accounts.set(write.account.id, write.account)
      break
    case 'put_member': {
      const { member } = write
      within(tables.members, member.account, emptyMap).set(memberKey(member), member)
      within(tables.memberships, memberKey(member), emptyMap).set(member.account, member)
      break
    }
    case 'remove_member':
      tables.members.get(write.member.account)?.delete(memberKey(write.member))
      tables.memberships.get(memberKey(write.member))?.delete(write.member.account)
      break
    case 'add_token':
    case 'put_token': {
      const secrets = write.secrets ?? tables.tokens.get(write.token.id)?.secrets
      if (secrets !== undefined) putToken(tables, { token: write.token, secrets })
      break
    }
    case 'block_token':
      within(tables.blocks, write.token, emptySet).add(write.account)
      break
    case 'unblock_token':
      tables.blocks.get(write.token)?.delete(write.account)
      break
    case 'prune_audit': {
      const log = tables.audit.get(write.scope) ?? []
      tables.audit.set(
        write.scope,
        log.filter(({ sequence }) => sequence >= write.before),
      )
      break
    }
    default:
      write satisfies never
  }
}

function append(tables: Tables, entry: AuditEntry): void {
  within(tables.audit, entry.scope, () => []).push(entry)
  tables.heads.set(entry.scope, Object.freeze({ sequence: entry.sequence, hash: entry.hash }))
}

/** Puts a record into all tables, after removing the old one of its id from them. */
export function putToken(tables: Tables, record: TokenRecord): void {
  const { id, owner } = record.token
  const old = tables.tokens.get(id)
  if (old !== undefined) {
    tables.owned.get(ownerScope(old.token.owner))?.delete(id)
    for (const digest of digestsOf(old.secrets)) tables.digests.get(digest)?.delete(id)
  }
  within(tables.owned, ownerScope(owner), emptySet).add(id)
  for (const digest of digestsOf(record.secrets)) within(tables.digests, digest, emptySet).add(id)
  tables.tokens.set(id, record)
}

function emptySet(): Set<string> {
  return new Set()
}

function emptyMap<K, V>(): Map<K, V> {
  return new Map()
}

/** The value of this key, made when it is missing. */
export function within<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
