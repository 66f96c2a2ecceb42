/** Worlds to measure on: the same facts for every contestant, made from a seed. */
import { defineCatalog } from '../src/core/define.ts'
import type { CredentialFacts, Policy } from '../src/core/facts.ts'

export const catalog = defineCatalog({
  resources: { zone: { in: 'account' }, record: { in: 'zone' } },
  permissions: {
    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: ['zone', 'record'] },
    'cache.purge': { on: 'zone' },
  },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] }, purge: { name: 'Purge', permissions: ['cache.purge'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns', 'purge'] } },
})

/** A user token with so many allow policies of so many zones each, one of them denied. */
export function facts(policies: number, selectors: number): CredentialFacts {
  const allows = Array.from({ length: policies }, (_, p): Policy => {
    const resources = Array.from({ length: selectors }, (_, s) => `account:acme/zone:z${p}-${s}`)
    return { id: `p${p}`, effect: 'allow', permissionGroups: ['dns'], resources }
  })
  const deny: Policy = {
    id: 'd',
    effect: 'deny',
    permissions: ['dns.write'],
    resources: ['account:acme/zone:z0-0/record:locked'],
  }
  const times = { issuedOn: 1, modifiedOn: 1, secretIssuedOn: 1 }
  return {
    token: {
      id: 't',
      name: 't',
      owner: { user: 'u' },
      policies: [...allows, deny],
      status: 'active',
      apiAccess: null,
      issuedBy: 'host',
      revision: 1,
      ...times,
    },
    secrets: { digest: '' },
    blockedIn: [],
    user: null,
    standings: [
      {
        account: { id: 'acme', name: 'Acme', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 },
        member: {
          account: 'acme',
          kind: 'user',
          id: 'u',
          status: 'active',
          since: 0,
          readmitted: false,
          roles: ['owner'],
          policies: [],
          apiAccess: null,
          revision: 1,
        },
      },
    ],
    revisions: new Map(),
  }
}

/** Requests over its zones: about a third is denied. */
export function requests(policies: number, selectors: number): readonly string[] {
  return Array.from({ length: 1_024 }, (_, i) => {
    const zone = i % 3 === 0 ? `other${i}` : `z${i % policies}-${(i * 7) % selectors}`
    return i % 2 === 0 ? `account:acme/zone:${zone}` : `account:acme/zone:${zone}/record:r${i}`
  })
}
