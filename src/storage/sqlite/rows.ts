/**
 * Turns rows into facts, and facts into rows. `compile` checks the content of JSON columns; here it only has to be JSON of the right outer shape.
 */
import type {
  Account,
  IpCondition,
  Leak,
  Member,
  MemberKey,
  Owner,
  Policy,
  Scope,
  Secrets,
  Token,
  TokenRules,
  User,
} from '../../core/facts.ts'
import { ownerKind } from '../../core/facts.ts'
import { accountsAllowed } from '../../core/reach.ts'
import { ruled } from '../../core/rules.ts'
import type { AuditEntry, TokenUse } from '../port.ts'
import { Columns, ListedColumns } from './columns.ts'
import type { Row, SqliteValue } from './connection.ts'

/** The columns of a row to write. */
export type NewRow = Readonly<Record<string, SqliteValue>>

const MEMBER_KEY = ['account', 'kind', 'id']

const TOKEN_STATUSES = ['active', 'disabled', 'revoked'] as const

export function readUser(row: Row): User {
  const at = new Columns(row, 'bailiwick_users', ['id'])
  return Object.freeze({ id: at.text('id'), status: at.oneOf('status', ['active', 'suspended']) })
}

export function userRow(user: User): NewRow {
  return { id: user.id, status: user.status }
}

export function readAccount(row: Row): Account {
  const at = new Columns(row, 'bailiwick_accounts', ['id'])
  return Object.freeze({
    id: at.text('id'),
    name: at.text('name'),
    status: at.oneOf('status', ['active', 'suspended']),
    apiAccess: at.flag('api_access'),
    tokenRules: at.record('token_rules') as TokenRules,
    revision: at.integer('revision'),
  })
}

export function accountRow(account: Account): NewRow {
  return {
    id: account.id,
    name: account.name,
    status: account.status,
    api_access: flag(account.apiAccess),
    token_rules: JSON.stringify(account.tokenRules),
    revision: account.revision,
  }
}

export function readMember(row: Row): Member {
  return memberOf(new Columns(row, 'bailiwick_members', MEMBER_KEY))
}

/** With `null` for what of it can't be parsed. */
export function readListedMember(row: Row): Member {
  return memberOf(new ListedColumns(row, 'bailiwick_members', MEMBER_KEY))
}

function memberOf(at: Columns): Member {
  return Object.freeze({
    account: at.text('account'),
    kind: at.oneOf('kind', ['user', 'service']),
    id: at.text('id'),
    status: at.oneOf('status', ['pending', 'active', 'suspended']),
    since: at.integer('since'),
    readmitted: at.flag('readmitted'),
    roles: at.list('roles') as readonly string[],
    policies: at.list('policies') as readonly Policy[],
    apiAccess: at.isNull('api_access') ? null : at.flag('api_access'),
    revision: at.integer('revision'),
  })
}

export function readMemberKey(row: Row): MemberKey {
  const at = new Columns(row, 'bailiwick_members', MEMBER_KEY)
  return Object.freeze({ account: at.text('account'), kind: at.oneOf('kind', ['user', 'service']), id: at.text('id') })
}

export function memberRow(member: Member): NewRow {
  return {
    account: member.account,
    kind: member.kind,
    id: member.id,
    status: member.status,
    since: member.since,
    readmitted: flag(member.readmitted),
    api_access: maybeFlag(member.apiAccess),
    revision: member.revision,
    roles: JSON.stringify(member.roles),
    policies: JSON.stringify(member.policies),
  }
}

export function readToken(row: Row): Token {
  return tokenOf(new Columns(row, 'bailiwick_tokens', ['id']))
}

/** With `null` for what of it can't be parsed. */
export function readListedToken(row: Row): Token {
  return tokenOf(new ListedColumns(row, 'bailiwick_tokens', ['id']))
}

function tokenOf(at: Columns): Token {
  return Object.freeze({
    id: at.text('id'),
    name: at.text('name'),
    owner: readOwner(at),
    policies: at.list('policies') as readonly Policy[],
    ...(at.isNull('condition') ? {} : { condition: at.record('condition') as { readonly ip?: IpCondition } }),
    ...(at.isNull('not_before') ? {} : { notBefore: at.integer('not_before') }),
    ...(at.isNull('expires_on') ? {} : { expiresOn: at.integer('expires_on') }),
    status: at.oneOf('status', TOKEN_STATUSES),
    apiAccess: at.isNull('api_access') ? null : at.flag('api_access'),
    issuedOn: at.integer('issued_on'),
    issuedBy: at.text('issued_by'),
    modifiedOn: at.integer('modified_on'),
    secretIssuedOn: at.integer('secret_issued_on'),
    ...(at.isNull('leak') ? {} : { leak: at.record('leak') as Leak }),
    revision: at.integer('revision'),
  })
}

export function readTokenName(row: Row): Pick<Token, 'id' | 'name' | 'status'> {
  const at = new Columns(row, 'bailiwick_tokens', ['id'])
  return Object.freeze({ id: at.text('id'), name: at.text('name'), status: at.oneOf('status', TOKEN_STATUSES) })
}

function readOwner(at: Columns): Owner {
  const kind = at.oneOf('owner_kind', ['user', 'service', 'account'])
  if (kind === 'user') return Object.freeze({ user: at.text('owner_user') })
  const account = at.text('owner_account')
  return Object.freeze(kind === 'service' ? { account, service: at.text('owner_service') } : { account })
}

export function readSecrets(row: Row): Secrets {
  const at = new Columns(row, 'bailiwick_tokens', ['id'])
  return Object.freeze({
    digest: at.text('digest'),
    ...(at.isNull('previous_digest')
      ? {}
      : { previous: Object.freeze({ digest: at.text('previous_digest'), endsOn: at.integer('previous_ends_on') }) }),
  })
}

/** All columns but those of `secretsRow`. */
export function tokenRow(token: Token): NewRow {
  const { owner } = token
  return {
    id: token.id,
    name: token.name,
    owner_kind: ownerKind(owner),
    owner_user: 'user' in owner ? owner.user : null,
    owner_account: 'account' in owner ? owner.account : null,
    owner_service: 'service' in owner ? owner.service : null,
    status: token.status,
    api_access: maybeFlag(token.apiAccess),
    not_before: token.notBefore ?? null,
    expires_on: token.expiresOn ?? null,
    issued_on: token.issuedOn,
    issued_by: token.issuedBy,
    modified_on: token.modifiedOn,
    secret_issued_on: token.secretIssuedOn,
    revision: token.revision,
    condition: token.condition === undefined ? null : JSON.stringify(token.condition),
    policies: JSON.stringify(token.policies),
    leak: token.leak === undefined ? null : JSON.stringify(token.leak),
    reaches_everywhere: flag(accountsAllowed(token.policies).everywhere),
    ip_is_narrow: flag(ruled(token).ipIsNarrow),
  }
}

export function secretsRow({ digest, previous }: Secrets): NewRow {
  return { digest, previous_digest: previous?.digest ?? null, previous_ends_on: previous?.endsOn ?? null }
}

export function readUse(row: Row): TokenUse {
  const at = new Columns(row, 'bailiwick_token_uses', ['token', 'account'])
  return Object.freeze({
    token: at.text('token'),
    account: at.text('account') || null,
    at: at.integer('at'),
    from: at.isNull('from_address') ? null : at.text('from_address'),
  })
}

/**
 * An entry's columns, and whether one of them holds a NUL. This driver writes none. A driver that cuts text at a NUL would read another text than the one SQL
 * compares, and the filters would miss such a row.
 */
export const ENTRY_COLUMNS = `a.*, instr(a.actor || a.action || a.target || coalesce(a.from_address, '') || coalesce(a.through, '')
  || a.before || a.after || a.previous || a.hash, char(0)) AS nul_at`

export function readEntry(row: Row, scope: Scope): AuditEntry {
  const at = new Columns(row, 'bailiwick_audit', ['scope', 'sequence'])
  at.zero('nul_at')
  return Object.freeze({
    scope,
    sequence: at.integer('sequence'),
    at: at.integer('at'),
    actor: at.text('actor'),
    ...(at.isNull('from_address') ? {} : { from: at.text('from_address') }),
    ...(at.isNull('through') ? {} : { through: at.text('through') }),
    action: at.text('action'),
    target: at.text('target'),
    before: at.exactJson('before'),
    after: at.exactJson('after'),
    previous: at.text('previous'),
    hash: at.text('hash'),
  })
}

export function entryRow(entry: AuditEntry): NewRow {
  return {
    scope: entry.scope,
    sequence: entry.sequence,
    at: entry.at,
    actor: entry.actor,
    from_address: entry.from ?? null,
    through: entry.through ?? null,
    action: entry.action,
    target: entry.target,
    before: JSON.stringify(entry.before ?? null),
    after: JSON.stringify(entry.after ?? null),
    previous: entry.previous,
    hash: entry.hash,
  }
}

function flag(value: boolean): number {
  return value ? 1 : 0
}

function maybeFlag(value: boolean | null): number | null {
  return value === null ? null : flag(value)
}
