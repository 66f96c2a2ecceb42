/**
 * Checks the shape of stored facts: a row may come from another version, another program or a broken disk.
 * What can't be understood is an error (`ERR_BAILIWICK_STORED_FACT`), never skipped. Messages name the field, not its value.
 */
import { StoredFactError } from '../errors.ts'
import type { Account, Member, Policy, Token, TokenRules, User } from './facts.ts'

export function checkUser(user: User): void {
  const where = `user \`${text(user.id, 'user', 'id')}\``
  oneOf(user.status, ['active', 'suspended'], where, 'status')
}

export function checkAccount(account: Account): void {
  const where = `account \`${text(account.id, 'account', 'id')}\``
  oneOf(account.status, ['active', 'suspended'], where, 'status')
  oneOf(account.apiAccess, [true, false], where, 'apiAccess')
  checkRules(account.tokenRules, where)
}

function checkRules(rules: TokenRules, where: string): void {
  record(rules, ['maxLifetimeMs', 'requireExpiry', 'requireIp', 'forbidPersonal'], where, 'tokenRules')
  if (rules.maxLifetimeMs !== undefined) whole(rules.maxLifetimeMs, where, 'tokenRules.maxLifetimeMs')
  oneOf(rules.requireExpiry, [undefined, true, false], where, 'tokenRules.requireExpiry')
  oneOf(rules.requireIp, [undefined, true, false], where, 'tokenRules.requireIp')
  oneOf(rules.forbidPersonal, [undefined, true, false], where, 'tokenRules.forbidPersonal')
}

export function checkMember(member: Member): void {
  const where = `member \`${text(member.id, 'member', 'id')}\` of \`${text(member.account, 'member', 'account')}\``
  oneOf(member.kind, ['user', 'service'], where, 'kind')
  oneOf(member.status, ['pending', 'active', 'suspended'], where, 'status')
  oneOf(member.readmitted, [true, false], where, 'readmitted')
  oneOf(member.apiAccess, [true, false, null], where, 'apiAccess')
  whole(member.since, where, 'since')
  for (const role of list(member.roles, where, 'roles')) text(role, where, 'roles')
  for (const policy of list(member.policies, where, 'policies')) checkPolicy(policy, where)
}

export function checkToken(token: Token): void {
  const where = `token \`${text(token.id, 'token', 'id')}\``
  const owner = record(token.owner, ['user', 'account', 'service'], where, 'owner')
  const shape = Object.keys(owner).sort().join()
  oneOf(shape, ['user', 'account', 'account,service'], where, 'owner')
  for (const id of Object.values(owner)) text(id, where, 'owner')
  oneOf(token.status, ['active', 'disabled', 'revoked'], where, 'status')
  oneOf(token.apiAccess, shape === 'account' ? [true, false, null] : [null], where, 'apiAccess')
  whole(token.issuedOn, where, 'issuedOn')
  whole(token.secretIssuedOn, where, 'secretIssuedOn')
  whole(token.revision, where, 'revision')
  if (token.notBefore !== undefined) whole(token.notBefore, where, 'notBefore')
  if (token.expiresOn !== undefined) whole(token.expiresOn, where, 'expiresOn')
  if (token.condition !== undefined) record(token.condition, ['ip'], where, 'condition')
  for (const policy of list(token.policies, where, 'policies')) checkPolicy(policy, where)
}

function checkPolicy(policy: Policy, where: string): void {
  record(policy, ['id', 'effect', 'permissionGroups', 'permissions', 'resources', 'condition'], where, 'policies')
  text(policy.id, where, 'policies.id')
  oneOf(policy.effect, ['allow', 'deny'], where, 'policies.effect')
  if ((policy.permissionGroups === undefined) === (policy.permissions === undefined))
    fail(where, 'policies.permissionGroups')
  for (const field of ['permissionGroups', 'permissions', 'resources'] as const) {
    const names = policy[field]
    if (names === undefined && field !== 'resources') continue
    if (list(names, where, `policies.${field}`).length === 0) fail(where, `policies.${field}`)
    for (const name of names ?? []) text(name, where, `policies.${field}`)
  }
  if (policy.condition !== undefined)
    record(policy.condition, ['ip', 'notBefore', 'expiresOn'], where, 'policies.condition')
}

function text(value: unknown, where: string, field: string): string {
  return typeof value === 'string' && value !== '' ? value : fail(where, field)
}

function whole(value: unknown, where: string, field: string): void {
  if (!Number.isSafeInteger(value)) fail(where, field)
}

function oneOf(value: unknown, allowed: readonly unknown[], where: string, field: string): void {
  if (!allowed.includes(value)) fail(where, field)
}

function list(value: unknown, where: string, field: string): readonly unknown[] & readonly Policy[] {
  return Array.isArray(value) ? value : fail(where, field)
}

function record(value: unknown, fields: readonly string[], where: string, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(where, field)
  const unknown = Object.keys(value).find((key) => !fields.includes(key))
  return unknown === undefined ? (value as Record<string, unknown>) : fail(where, `${field}.${unknown}`)
}

function fail(where: string, field: string): never {
  throw new StoredFactError(`the stored ${where} can't be understood: bad \`${field}\``)
}
