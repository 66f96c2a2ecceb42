/** The form of the corpus, as docs/reference/corpus.md describes it: JSON on one side, the facts that the core reads on the other. */
import { readFileSync } from 'node:fs'
import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import { defineCatalog } from '../../src/core/define.ts'
import type { Account, Member, Owner, Policy, StandingFacts, Token } from '../../src/core/facts.ts'
import type { CatalogCase, Credential, Outcome, Question } from './vocabulary.ts'

export type CorpusPolicy = Omit<Policy, 'id'>

export interface CorpusToken
  extends Pick<
    Token,
    'status' | 'apiAccess' | 'issuedOn' | 'secretIssuedOn' | 'notBefore' | 'expiresOn' | 'condition'
  > {
  readonly owner: Owner
  /** The end of the overlap of the secret that was shown; `null`, it has none. */
  readonly secretEndsOn: number | null
  readonly blockedIn: readonly string[]
  readonly policies: readonly CorpusPolicy[]
}

export interface CorpusStanding {
  readonly account: Pick<Account, 'id' | 'status' | 'apiAccess' | 'tokenRules'>
  readonly member:
    | (Pick<Member, 'status' | 'since' | 'readmitted' | 'apiAccess' | 'roles'> & {
        readonly policies: readonly CorpusPolicy[]
      })
    | null
}

export interface CorpusRequest extends Question {
  readonly expect: Outcome
}

/** One line of a file: who asks, what is stored about it, and eight requests with their outcomes. */
export interface CorpusWorld {
  readonly catalog: string
  /** `null`: a session of the user. */
  readonly token: CorpusToken | null
  /** The person who asks or owns the token; `null` where there is none. */
  readonly user: { readonly id: string; readonly status: 'active' | 'suspended' | null } | null
  readonly standings: readonly CorpusStanding[]
  readonly requests: readonly CorpusRequest[]
}

export const REQUESTS = 8

const FOLDER = new URL('corpus/', import.meta.url)

export function corpusFile(name: string): URL {
  return new URL(name, FOLDER)
}

/** The catalogs of the corpus. */
export function readCatalogs(): ReadonlyMap<string, CatalogCase> {
  const text = JSON.parse(readFileSync(corpusFile('catalogs.json'), 'utf8'), (_, value) =>
    typeof value === 'object' && typeof value?.id === 'string' ? { ...value, id: new RegExp(value.id) } : value,
  )
  const declared: { readonly [name: string]: CatalogDefinition } = text
  type None = Record<never, never> // the types know nothing of these names: here they are just strings
  const define = (definition: CatalogDefinition) => defineCatalog<None, None, None, None>(definition as never)
  const cases = Object.entries(declared).map(([name, definition]): [string, CatalogCase] => {
    return [name, { name, declared: definition, catalog: define(definition), ids: {} }]
  })
  return new Map(cases)
}

export function readWorlds(catalog: string): readonly CorpusWorld[] {
  const lines = readFileSync(corpusFile(`${catalog}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line): CorpusWorld => JSON.parse(line))
}

/** Of a credential what decides: names, dates and ids that no decision reads are left out. */
export function toWorld(on: CatalogCase, credential: Credential, requests: readonly CorpusRequest[]): CorpusWorld {
  const { facts } = credential
  const held = credential.kind === 'token' ? credential.facts : null
  const owner = held?.token.owner ?? { user: credential.kind === 'session' ? credential.user : '' }
  return {
    catalog: on.name,
    token: held && {
      owner,
      status: held.token.status,
      apiAccess: held.token.apiAccess,
      issuedOn: held.token.issuedOn,
      secretIssuedOn: held.token.secretIssuedOn,
      ...present('notBefore', held.token.notBefore),
      ...present('expiresOn', held.token.expiresOn),
      ...present('condition', held.token.condition),
      secretEndsOn:
        credential.kind === 'token' && Number.isFinite(credential.secretEndsOn) ? credential.secretEndsOn : null,
      blockedIn: held.blockedIn,
      policies: held.token.policies.map(withoutId),
    },
    user: 'user' in owner ? { id: owner.user, status: facts.user?.status ?? null } : null,
    standings: facts.standings.map(({ account: { id, status, apiAccess, tokenRules }, member }) => ({
      account: { id, status, apiAccess, tokenRules },
      member: member && {
        ...{ status: member.status, since: member.since, readmitted: member.readmitted },
        ...{ apiAccess: member.apiAccess, roles: member.roles, policies: member.policies.map(withoutId) },
      },
    })),
    requests,
  }
}

/** What storage would load. */
export function toCredential({ token, user, standings }: CorpusWorld): Credential {
  const owner: Owner = token?.owner ?? { user: user?.id ?? '' }
  const principal = {
    user: user?.status ? { id: user.id, status: user.status } : null,
    standings: standings.map((standing) => standingOf(owner, standing)),
    revisions: new Map<never, number>(),
  }
  if (token === null) return { kind: 'session', user: user?.id ?? '', facts: principal }
  const { secretEndsOn, blockedIn, policies, ...stored } = token
  const meaningless = { id: 't', name: 't', issuedBy: 'host', modifiedOn: token.issuedOn, revision: 1 }
  const held: Token = { ...meaningless, ...stored, policies: policies.map(withId) }
  const facts = { ...principal, token: held, secrets: { digest: '' }, blockedIn }
  return { kind: 'token', facts, secretEndsOn: secretEndsOn ?? Number.POSITIVE_INFINITY }
}

function standingOf(owner: Owner, { account, member }: CorpusStanding): StandingFacts {
  const whole: Account = { ...account, name: account.id, revision: 1 }
  if (member === null) return { account: whole, member: null }
  const [kind, id] =
    'user' in owner ? ['user' as const, owner.user] : ['service' as const, 'service' in owner ? owner.service : '']
  const policies = member.policies.map(withId)
  return { account: whole, member: { ...member, account: account.id, kind, id, policies, revision: 1 } }
}

function withId(policy: CorpusPolicy, place: number): Policy {
  return { ...policy, id: `p${place}` }
}

function withoutId({ id: _, ...policy }: Policy): CorpusPolicy {
  return policy
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V })
}
