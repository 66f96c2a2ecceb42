/** A small world in which every reason of the ladder can be met, on the real core, without credentials or storage. */
import { parseAddress } from '../../src/core/address.ts'
import { type Catalog, permissionNamed } from '../../src/core/catalog.ts'
import { admission, decide } from '../../src/core/decide.ts'
import { ALLOW, type Denial, denial } from '../../src/core/decision.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { explain } from '../../src/core/explain.ts'
import type { Account, CredentialFacts, Member, Policy, StandingFacts, Token } from '../../src/core/facts.ts'
import { type Subject, sessionSubject, tokenSubject } from '../../src/core/snapshot.ts'
import type { Access } from '../../src/engine/access.ts'
import type { Principal } from '../../src/engine/admitted.ts'
import { DeniedError, StorageUnavailableError, StoredFactError } from '../../src/errors.ts'
import type { Authenticator } from '../../src/middleware/enforce.ts'

export const catalog = defineCatalog({
  resources: {
    zone: { in: 'account' },
    record: { in: 'zone', id: /[A-Z]+,[a-z0-9._-]+/ },
    namespace: { in: 'account' },
    profile: { in: 'user' },
  },
  permissions: {
    'cache.purge': { on: 'zone' },
    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: ['zone', 'record'] },
    'kv.read': { on: 'namespace' },
    'profile.read': { on: 'profile' },
  },
  groups: {
    purge: { name: 'Cache Purge', permissions: ['cache.purge'] },
    dns: { name: 'DNS', permissions: ['dns.*'] },
    kv: { name: 'KV', permissions: ['kv.read'] },
  },
  roles: { administrator: { name: 'Administrator', owner: true, groups: ['purge', 'dns', 'kv'] } },
})
export type Shape = typeof catalog extends Catalog<infer S> ? S : never

export const NOW = 1_800_000_000_000

/** Credentials by the text that is presented. */
export const CREDENTIALS = {
  good: 'good',
  narrow: 'narrow',
  unknown: 'nobody',
  malformed: 'malformed',
  disabled: 'disabled',
  revoked: 'revoked',
  early: 'early',
  expired: 'expired',
  orphan: 'orphan',
  elsewhere: 'elsewhere',
  local: 'local',
  down: 'down',
  corrupt: 'corrupt',
} as const

const USER = 'u_1'

const ACCOUNTS: readonly StandingFacts[] = [
  standing({ id: 'acme' }, { policies: [policy('deny', ['account:acme/zone:forbidden'])] }),
  standing({ id: 'paused-member' }, { status: 'suspended' }),
  standing({ id: 'invited' }, { status: 'pending' }),
  standing({ id: 'paused', status: 'suspended' }),
  standing({ id: 'off', apiAccess: false }),
  standing({ id: 'blocking' }),
  standing({ id: 'ruled', tokenRules: { requireExpiry: true } }),
  standing({ id: 'weak' }, { roles: [] }),
  standing({ id: 'faulty' }, { roles: ['long-gone'] }),
]

const EVERYTHING = [policy('allow', ['account:*']), policy('deny', ['account:acme/zone:walled'])]
const FACTS: Readonly<Record<string, CredentialFacts>> = {
  [CREDENTIALS.good]: facts({ policies: EVERYTHING }),
  [CREDENTIALS.narrow]: facts({ policies: [policy('allow', ['account:acme/zone:z1'], ['purge'])] }),
  [CREDENTIALS.disabled]: facts({ status: 'disabled' }),
  [CREDENTIALS.revoked]: facts({ status: 'revoked' }),
  [CREDENTIALS.early]: facts({ notBefore: NOW + 1 }),
  [CREDENTIALS.expired]: facts({ expiresOn: NOW }),
  [CREDENTIALS.orphan]: { ...facts({}), user: { id: USER, status: 'suspended' } },
  [CREDENTIALS.elsewhere]: facts({ condition: { ip: { in: ['203.0.113.0/24'] } } }),
  [CREDENTIALS.local]: facts({ condition: { ip: { in: ['127.0.0.0/8', '::1/128'] } } }),
}

/** Stands in for `createBailiwick(…)`, and notes what it was asked. */
export class World implements Authenticator<Shape> {
  readonly catalog = catalog
  readonly asked: { readonly value?: string | null | undefined; readonly user?: string; readonly ip: unknown }[] = []
  /** Where the clock stands; a builder may move it. */
  now = NOW

  async authenticate(
    value: string | null | undefined,
    { ip }: { readonly ip?: string | null },
  ): Promise<Access<Shape>> {
    this.asked.push({ value, ip })
    if (value === CREDENTIALS.down) throw new StorageUnavailableError('the disk is gone')
    if (value === CREDENTIALS.corrupt) throw new StoredFactError('the stored token is broken')
    return this.#access(holderOf(value), ip)
  }

  async session({ user, ip }: { readonly user: string; readonly ip?: string | null }): Promise<Access<Shape>> {
    this.asked.push({ user, ip })
    const own = { user: null, standings: user === USER ? ACCOUNTS : [], revisions: new Map() }
    return this.#access({ subject: sessionSubject(catalog, user, own), principal: { kind: 'session', user } }, ip)
  }

  #access(who: Who, ip: string | null | undefined): Access<Shape> {
    const address = typeof ip === 'string' ? parseAddress(ip) : null
    const context = () => ({ now: this.now, ip: address })
    const check = (permission: string, resource: string) => {
      const asked = permissionNamed(catalog, permission)
      return 'refused' in who ? who.refused : decide(who.subject, asked, resource, context())
    }
    const access: Access = {
      get denial() {
        if ('refused' in who) return who.refused
        const reason = admission(who.subject, context())
        return reason === null ? null : denial(reason)
      },
      principal: 'refused' in who ? null : who.principal,
      can: (permission, resource) => check(permission, resource) === ALLOW,
      check,
      checkAll: (questions) => questions.map(([one, on]) => check(one, on)).find((made) => made !== ALLOW) ?? ALLOW,
      filter: (permission, items, nameOf) => items.filter((item) => check(permission, nameOf(item)) === ALLOW),
      require: (permission, resource) => {
        const { reason } = check(permission, resource)
        if (reason !== null) throw new DeniedError(reason, permission, resource)
      },
      explain: (permission, resource) => {
        if ('refused' in who) throw new Error('nobody to explain')
        return explain(catalog, who.subject, permissionNamed(catalog, permission), resource, context())
      },
      refuse: (_permission, reason) => denial(reason),
      refresh: async () => {},
    }
    return access as unknown as Access<Shape>
  }
}

type Who = { readonly refused: Denial } | { readonly subject: Subject; readonly principal: Principal }

function holderOf(value: string | null | undefined): Who {
  if (value === null || value === undefined || value === '') return { refused: denial('credential_missing') }
  if (value === CREDENTIALS.malformed) return { refused: denial('credential_malformed') }
  const found = FACTS[value]
  if (found === undefined) return { refused: denial('credential_unknown') }
  const { id, owner } = found.token
  return { subject: tokenSubject(catalog, found), principal: { kind: 'token', id, owner } }
}

function policy(
  effect: Policy['effect'],
  resources: readonly string[],
  permissionGroups = ['purge', 'dns', 'kv'],
): Policy {
  return { id: `${effect}-${resources.join()}`, effect, permissionGroups, resources }
}

function standing(account: Partial<Account> & { readonly id: string }, member: Partial<Member> = {}): StandingFacts {
  return {
    account: { name: account.id, status: 'active', apiAccess: true, tokenRules: {}, revision: 1, ...account },
    member: {
      account: account.id,
      kind: 'user',
      id: USER,
      status: 'active',
      since: 0,
      readmitted: false,
      roles: ['administrator'],
      policies: [],
      apiAccess: null,
      revision: 1,
      ...member,
    },
  }
}

function facts(token: Partial<Token>): CredentialFacts {
  return {
    token: {
      id: 't_1',
      name: 'test',
      owner: { user: USER },
      policies: [policy('allow', ['account:acme'])],
      status: 'active',
      apiAccess: null,
      issuedOn: 1,
      issuedBy: 'host',
      modifiedOn: 1,
      secretIssuedOn: 1,
      revision: 1,
      ...token,
    },
    secrets: { digest: '' },
    user: null,
    standings: ACCOUNTS,
    revisions: new Map(),
    blockedIn: ['blocking'],
  }
}
