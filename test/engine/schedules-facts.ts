/** The small world that schedules are played in: who may present what, what is asked, and every kind of write that changes an answer. */
import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import type { CredentialFacts, Owner, Policy, PrincipalFacts, Scope, Secrets, Token } from '../../src/core/facts.ts'
import { ownerKind } from '../../src/core/facts.ts'
import { digest } from '../../src/credential/digest.ts'
import { printCredential, TOKEN_KIND } from '../../src/credential/format.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import type { Storage, Write, WriteEvent } from '../../src/storage/port.ts'
import type { Question } from '../spec/vocabulary.ts'
import { account, allow, EPOCH, idOf, member, secretOf, token, write } from './fixture.ts'

/** The fixture's catalog as the reference evaluator reads it. */
export const DECLARED: CatalogDefinition = {
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' }, 'dns.write': { on: 'zone' }, 'dns.export': { on: 'zone', audit: true } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
}

const OWNERS: Readonly<Record<number, Owner>> = {
  1: { user: 'u_1' },
  2: { user: 'u_1' },
  3: { account: 'acme', service: 'bot' },
  4: { account: 'acme' },
  5: { user: 'u_2' },
  6: { user: 'u_2' },
}

const IMPORTED = 'a key of another make'

/** What a request presents. `token` is the one it names, where it names one. */
export interface Presented {
  readonly token: number | null
  readonly by: { readonly value: string } | { readonly session: string } | { readonly view: number }
}

const native = (n: number, generation: number): Presented => ({
  token: n,
  by: { value: printCredential('bwk', TOKEN_KIND[ownerKind(ownerOf(n))], idOf(n), secretOf(generation)) },
})

/** No roll comes so far. */
const WRONG = 999

/** Good secrets, rolled ones, one that is always wrong, a token that isn't there yet, an imported key, people, the host's view. */
export const PRESENTED: readonly Presented[] = [
  native(1, 0),
  native(1, 2),
  native(1, WRONG),
  native(2, 0),
  native(3, 0),
  native(4, 0),
  native(5, 0),
  { token: 6, by: { value: IMPORTED } },
  { token: null, by: { session: 'u_1' } },
  { token: null, by: { session: 'u_2' } },
  { token: 1, by: { view: 1 } },
]
const TOKENS = [1, 2, 3, 4, 5, 6]
const USERS = ['u_1', 'u_2']

export const QUESTIONS: readonly Pick<Question, 'permission' | 'resource'>[] = [
  { permission: 'dns.read', resource: 'account:acme/zone:z1' },
  { permission: 'dns.write', resource: 'account:acme/zone:z2' },
  { permission: 'dns.read', resource: 'account:other/zone:z1' },
]

/** Until when what was presented opens these secrets, `null` where it doesn't: by what was put there, not by asking the engine. */
export function secretEnd({ by, token: n }: Presented, secrets: Secrets): number | null {
  if ('view' in by || n === null) return Number.POSITIVE_INFINITY
  if ('session' in by) return null
  const given = by.value === IMPORTED ? importedDigest() : nativeDigest(n, by.value.slice(-49, -6))
  if (given === secrets.digest) return Number.POSITIVE_INFINITY
  return given === secrets.previous?.digest ? secrets.previous.endsOn : null
}

function nativeDigest(n: number, secret: string): string {
  return digest(TOKEN_KIND[ownerKind(ownerOf(n))], idOf(n), secret)
}

function importedDigest(): string {
  const [plain] = createImportedKeys({ sha256: true }).digestsOf(IMPORTED)
  if (plain === undefined) throw new Error('imported keys are accepted here')
  return plain
}

function ownerOf(n: number): Owner {
  const owner = OWNERS[n]
  if (owner === undefined) throw new Error(`nobody owns token ${n}`)
  return owner
}

/** A state of the tables, as a write finds it. */
export interface Facts {
  readonly tokens: ReadonlyMap<number, CredentialFacts | null>
  readonly people: ReadonlyMap<string, PrincipalFacts>
}

export async function factsOf(storage: Storage): Promise<Facts> {
  const tokens = await Promise.all(TOKENS.map(async (n) => [n, await storage.credential(idOf(n))] as const))
  const people = await Promise.all(USERS.map(async (user) => [user, await storage.principal(user)] as const))
  return { tokens: new Map(tokens), people: new Map(people) }
}

export async function startingFacts(): Promise<Storage> {
  const storage = memoryStorage()
  const of = (n: number) => made(n, { policies: policiesOf(n, 'account:acme') })
  await write(
    storage,
    ['account:acme', 'account:other', 'user:u_1', 'user:u_2'],
    { kind: 'put_account', account: account('acme') },
    { kind: 'put_account', account: account('other') },
    ...['u_1', 'u_2'].map((id) => ({ kind: 'put_member', member: member(id) }) as const),
    { kind: 'put_member', member: member('u_1', { account: 'other' }) },
    { kind: 'put_member', member: member('bot', { kind: 'service' }) },
    ...[1, 2, 3, 4].map((n) => ({ kind: 'add_token', token: of(n), secrets: current(n, 0) }) as const),
    { kind: 'add_token', token: of(6), secrets: { digest: importedDigest() } },
  )
  return storage
}

function made(n: number, change: Partial<Token>): Token {
  return token(n, { owner: ownerOf(n), ...change })
}

function policiesOf(n: number, resource: string): readonly Policy[] {
  return [allow(...(n === 2 && resource === 'account:acme' ? ['account:*'] : [resource]))]
}

function current(n: number, generation: number): Secrets {
  return { digest: nativeDigest(n, secretOf(generation)) }
}

export interface Planned {
  readonly scopes: readonly Scope[]
  readonly writes: readonly Write[]
  readonly event: WriteEvent
}

/** How many kinds of write there are. */
export const WRITES = 14

/**
 * One write of a kind, on a state: what it bumps, and what the administration would tell of it. `n` picks among its objects, and among the tokens that
 * are in use.
 */
export function planned(kind: number, n: number, { tokens }: Facts, used: readonly number[], now: number): Planned {
  const acme: readonly Scope[] = ['account:acme']
  const id = (n & 5) === 5 ? 'other' : 'acme'
  const user = (n & 5) === 5 ? 'u_2' : 'u_1'
  const memberScopes: readonly Scope[] = ['account:acme', `user:${user}`]
  const on = (n & 2) === 0
  const plain = (scopes: readonly Scope[], ...writes: readonly Write[]) => ({ scopes, writes, event: { scopes } })
  const putMember = (change: Parameters<typeof member>[1]) =>
    plain(memberScopes, { kind: 'put_member', member: member(user, change) })
  switch (kind) {
    case 0:
      return plain([`account:${id}`], { kind: 'put_account', account: account(id, { apiAccess: on }) })
    case 1:
      return plain([`account:${id}`], {
        kind: 'put_account',
        account: account(id, { status: on ? 'active' : 'suspended' }),
      })
    case 2:
      return putMember({ status: on ? 'suspended' : 'active' })
    case 3:
      return putMember({ roles: on ? [] : ['owner'] })
    case 4:
      return putMember({ roles: on ? ['gone'] : ['owner'] })
    case 5:
      return plain([`user:${user}`], { kind: 'put_user', user: { id: user, status: on ? 'suspended' : 'active' } })
    case 6:
      return on
        ? plain(memberScopes, { kind: 'remove_member', member: { account: 'acme', kind: 'user', id: user } })
        : putMember({})
    case 7:
      return plain(acme, { kind: on ? 'block_token' : 'unblock_token', account: 'acme', token: idOf(1 + (n % 4)) })
    default:
      return tokenWrite(kind, n, tokens, used[n % (used.length + 1)] ?? 1 + (n % 6), now)
  }
}

function tokenWrite(kind: number, n: number, tokens: Facts['tokens'], of: number, now: number): Planned {
  const facts = tokens.get(of) ?? null
  const { token: old, secrets = current(of, 0) } = facts ?? {}
  const revision = (old?.revision ?? 0) + 1
  const base: Token = old ?? made(of, { policies: policiesOf(of, 'account:acme') })
  const put = (change: Partial<Token>, after = secrets): Planned => {
    const token = { ...base, ...change, revision }
    const owner = ownerOf(of)
    const scopes: readonly Scope[] = ['user' in owner ? `user:${owner.user}` : `account:${owner.account}`]
    const written: Write = { kind: old === undefined ? 'add_token' : 'put_token', token, secrets: after }
    return { scopes, writes: [written], event: { scopes, token: { id: token.id, after: { token, secrets: after } } } }
  }
  const isEven = (n & 8) === 0
  switch (kind) {
    case 8:
    case 9:
      return put({ policies: policiesOf(of, isEven ? 'account:acme' : 'account:acme/zone:z1') })
    case 10:
      return put({ status: base.status === 'active' ? (isEven ? 'disabled' : 'revoked') : 'active' })
    case 11:
      return put({ expiresOn: now + 2_000 })
    default: {
      // A roll to a secret there never was, as every roll is: with an overlap, or with none. The first write of a token may make the second secret.
      const next = current(of, revision)
      const previous = { digest: secrets.digest, endsOn: kind === 12 ? now : now + 2_500 }
      return put({ secretIssuedOn: EPOCH }, { ...next, ...(kind === 13 && { previous }) })
    }
  }
}
