/** Small worlds written by hand: everything is in order, but for what a test changes. */
import { expect } from 'vitest'
import type { Account, CredentialFacts, Member, Policy, Token } from '../../src/core/facts.ts'
import { EDGE } from './catalogs.ts'
import { answer, explained, subjectOf } from './core.ts'
import { reference } from './reference.ts'
import type { CatalogCase, Credential, Outcome, Question, SessionCredential, TokenCredential } from './vocabulary.ts'

export const NOW = 1_790_000_000_000
export const DAY = 86_400_000

export function account(changes: Partial<Account> = {}): Account {
  return { id: 'acme', name: 'Acme', status: 'active', apiAccess: true, tokenRules: {}, revision: 1, ...changes }
}

/** The person `ann`, who may do everything in `acme`. */
export function member(changes: Partial<Member> = {}): Member {
  return {
    ...{ account: 'acme', kind: 'user', id: 'ann', status: 'active', since: 0, readmitted: false, revision: 1 },
    ...{ roles: ['administrator'], policies: [], apiAccess: null },
    ...changes,
  }
}

export function allow(rights: string | readonly string[], ...resources: readonly string[]): Policy {
  return policy('allow', rights, resources)
}

export function deny(rights: string | readonly string[], ...resources: readonly string[]): Policy {
  return policy('deny', rights, resources)
}

/** `dns.read` is a permission, `dns` a group. */
function policy(effect: Policy['effect'], rights: string | readonly string[], resources: readonly string[]): Policy {
  const names = [rights].flat()
  const kind = names.some((name) => name.includes('.')) ? 'permissions' : 'permissionGroups'
  return { id: `${effect} ${names} ${resources}`, effect, [kind]: names, resources }
}

export function when(condition: NonNullable<Policy['condition']>, of: Policy): Policy {
  return { ...of, id: `${of.id} ${JSON.stringify(condition)}`, condition }
}

/** A token of `ann` that may read and write DNS and KV in `acme`. */
export function token(changes: Partial<Token> = {}): Token {
  return {
    ...{ id: 't1', name: 'test', owner: { user: 'ann' }, status: 'active', apiAccess: null, revision: 1 },
    ...{ issuedOn: NOW - DAY, issuedBy: 'user:ann', modifiedOn: NOW - DAY, secretIssuedOn: NOW - DAY },
    policies: [allow(['dns', 'kv', 'purge'], 'account:acme')],
    ...changes,
  }
}

/** The credential that storage would load: by default the member `ann` of `acme`. */
export function holder(
  held: Token = token(),
  changes: Partial<CredentialFacts> = {},
  secretEndsOn = Number.POSITIVE_INFINITY,
): TokenCredential {
  const facts = { user: null, standings: [{ account: account(), member: member() }], blockedIn: [], ...changes }
  return {
    kind: 'token',
    facts: { token: held, secrets: { digest: '' }, revisions: new Map(), ...facts },
    secretEndsOn,
  }
}

/** `ann`'s token with these policies. */
export function holding(...policies: readonly Policy[]): TokenCredential {
  return holder(token({ policies }))
}

/** A token owned by a service account of `acme`, by default `bot`. */
export function botToken(
  changes: Partial<Token> = {},
  { id = 'bot', of = {}, joined = {} }: { id?: string; of?: Partial<Account>; joined?: Partial<Member> } = {},
): TokenCredential {
  const standing = { account: account(of), member: member({ kind: 'service', id, ...joined }) }
  return holder(token({ owner: { account: 'acme', service: id }, ...changes }), { standings: [standing] })
}

/** A token owned by `acme` itself, or by another account. */
export function accountToken(changes: Partial<Token> = {}, of: Partial<Account> = {}): TokenCredential {
  const acme = account(of)
  return holder(token({ owner: { account: acme.id }, ...changes }), { standings: [{ account: acme, member: null }] })
}

export function session(user = 'ann', changes: Partial<SessionCredential['facts']> = {}): SessionCredential {
  const facts = { user: null, standings: [{ account: account(), member: member() }], revisions: new Map(), ...changes }
  return { kind: 'session', user, facts }
}

/** The outcome, on which the core, its explanation and the reference agree. */
export function decided(
  credential: Credential,
  permission: string,
  resource: string,
  { now = NOW, ip = null }: Partial<Pick<Question, 'now' | 'ip'>> = {},
  on: CatalogCase = EDGE,
): Outcome {
  const question = { permission, resource, now, ip }
  const got = answer(on, credential, question)
  expect(reference(on.declared, credential, question), `the reference on ${permission} ${resource}`).toBe(got)
  const explanation = got === 'error' ? got : explained(on, subjectOf(on, credential), question)
  const told = explanation === 'error' ? explanation : (explanation.decision.reason ?? explanation.decision.effect)
  expect(told, `explain on ${permission} ${resource}`).toBe(got)
  return got
}
