/** What must compile and what must not. Compiled by `npm run check:types`, never run. */
import { createBailiwick, defineCatalog } from 'bailiwick'
import { fillTemplate } from 'bailiwick/core'
import { memoryStorage } from 'bailiwick/storage/memory'

const catalog = defineCatalog({
  resources: {
    zone: { in: 'account' },
    record: { in: 'zone', id: /^[A-Z]+,[a-z0-9._-]+$/ },
    namespace: { in: 'account' },
  },
  permissions: {
    'cache.purge': { on: 'zone' },
    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: ['zone', 'record'] },
    'kv.read': { on: 'namespace' },
    'profile.read': { on: 'user' },
  },
  groups: {
    'cache-purge': { name: 'Cache Purge', permissions: ['cache.purge'] },
    'dns-write': { name: 'DNS Write', permissions: ['dns.*'] },
    'all-read': { name: 'All Read', permissions: ['*.read', 'bailiwick.read_tokens'] },
  },
  roles: { administrator: { name: 'Administrator', owner: true, groups: ['dns-write', 'cache-purge'] } },
  templates: {
    'dns-01': {
      name: 'Answer DNS-01 challenges',
      slots: { zone: 'zone' },
      policies: [{ permissionGroups: ['dns-write'], resources: ['{zone}/record:TXT,_acme-challenge.*'] }],
    },
    worker: {
      name: 'Develop a site with its store',
      slots: { zone: 'zone', store: 'namespace' },
      policies: [
        { permissionGroups: ['cache-purge'], resources: ['{zone}'] },
        { effect: 'allow', permissions: ['kv.read'], resources: ['{store}'] },
      ],
    },
    'read-all': {
      name: 'Read everything',
      slots: { account: 'account' },
      policies: [{ permissions: ['bailiwick.read_audit', 'dns.read'], resources: ['{account}'] }],
    },
  },
})

const bw = createBailiwick({ catalog, storage: memoryStorage() })
const access = await bw.authenticate('…', { ip: '203.0.113.9' })

// Permissions and resources.
access.can('cache.purge', 'account:acme/zone:z1')
access.can('dns.read', 'account:acme/zone:z1/record:TXT,_acme-challenge.example.com')
access.can('profile.read', 'user:u_1')
access.can('bailiwick.manage_tokens', 'account:acme')
access.can('cache.purge', bw.name.zone('acme', 'z1'))
access.checkAll([
  ['cache.purge', 'account:acme/zone:z1'],
  ['kv.read', 'account:acme/namespace:n1'],
])
access.filter('cache.purge', [{ id: 'z1' }], ({ id }) => bw.name.zone('acme', id)) satisfies { id: string }[]
// @ts-expect-error: no such permission
access.can('dns.rite', 'account:acme/zone:z1')
// @ts-expect-error: a zone is not what `kv.read` is on
access.can('kv.read', 'account:acme/zone:z1')
// @ts-expect-error: `cache.purge` is not on accounts
access.can('cache.purge', 'account:acme')
// @ts-expect-error: text of which nothing is known
access.require('cache.purge', String('account:acme/zone:z1'))
// @ts-expect-error: the names of a filter are of what its permission is on
access.filter('cache.purge', ['n1'], (id) => bw.name.namespace('acme', id))
// @ts-expect-error: each question is held to its own permission
access.checkAll([['kv.read', 'account:acme/zone:z1']])

// Names.
bw.name.record('acme', 'z1', 'TXT,x') satisfies `account:${string}/zone:${string}/record:${string}`
// @ts-expect-error: the id of the account is missing
bw.name.zone('z1')
// @ts-expect-error: no such type
bw.name.bucket('acme', 'b')

// Grants.
await bw.tokens.create({
  owner: { user: 'u_1' },
  name: 'purge',
  policies: [{ effect: 'allow', permissionGroups: ['cache-purge'], resources: ['account:acme/zone:z1'] }],
})
await bw.tokens.create({
  owner: { user: 'u_1' },
  name: 'purge',
  // @ts-expect-error: no such group
  policies: [{ effect: 'allow', permissionGroups: ['cache-purg'], resources: ['account:acme/zone:z1'] }],
})
await bw.tokens.create({
  owner: { user: 'u_1' },
  name: 'purge',
  // @ts-expect-error: no such permission
  policies: [{ effect: 'allow', permissions: ['dns.rite'], resources: ['account:acme/zone:z1'] }],
})
await bw.members.add('acme', { user: 'u_2', roles: ['administrator'] })
// @ts-expect-error: no such role
await bw.members.add('acme', { user: 'u_2', roles: ['admin'] })

// Templates.
fillTemplate(catalog, 'dns-01', { zone: 'account:acme/zone:z1' })
fillTemplate(catalog, 'dns-01', { zone: ['account:acme/zone:z1', bw.name.zone('acme', 'z2'), 'account:acme/zone:a*'] })
fillTemplate(catalog, 'worker', { zone: 'account:acme/zone:*', store: ['account:acme/namespace:n1'] })
fillTemplate(catalog, 'read-all', { account: 'account:acme' })
// @ts-expect-error: no such template
fillTemplate(catalog, 'dns-1', { zone: 'account:acme/zone:z1' })
// @ts-expect-error: a misspelt slot
fillTemplate(catalog, 'dns-01', { zon: 'account:acme/zone:z1' })
// @ts-expect-error: no slot of this template
fillTemplate(catalog, 'dns-01', { zone: 'account:acme/zone:z1', store: 'account:acme/namespace:n1' })
// @ts-expect-error: a slot is missing
fillTemplate(catalog, 'worker', { zone: 'account:acme/zone:z1' })
// @ts-expect-error: a namespace is no zone
fillTemplate(catalog, 'dns-01', { zone: 'account:acme/namespace:n1' })
// @ts-expect-error: an account is no zone
fillTemplate(catalog, 'dns-01', { zone: ['account:acme'] })
const plain = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})
// @ts-expect-error: a catalog without templates has none
fillTemplate(plain, 'dns-01', { zone: 'account:acme/zone:z1' })

// The declaration itself.
defineCatalog({
  // @ts-expect-error: `record` is in a type that isn't declared
  resources: { record: { in: 'zone' } },
  permissions: {},
  groups: {},
  roles: {},
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: {
    // @ts-expect-error: a permission is written `area.verb`
    read: { on: 'zone' },
    'dns.read': { on: 'zone' },
  },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})
/** A catalog put together at run time, of which no name is known. */
export const anyCatalog = (on: string, names: readonly string[]) =>
  defineCatalog({
    resources: Object.fromEntries(names.map((name) => [name, { in: 'account' }])),
    permissions: Object.fromEntries(names.map((name) => [`${name}.read`, { on }])),
    groups: {},
    roles: {},
  })
defineCatalog({
  resources: { zone: { in: 'account' } },
  // @ts-expect-error: on a type that isn't declared
  permissions: { 'dns.read': { on: 'zones' } },
  groups: {},
  roles: {},
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  // @ts-expect-error: a misspelt permission
  groups: { dns: { name: 'DNS', permissions: ['dns.raed'] } },
  roles: {},
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  // @ts-expect-error: a wildcard that matches nothing
  groups: { dns: { name: 'DNS', permissions: ['dns.*', '*.write'] } },
  roles: {},
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  // @ts-expect-error: a role of a group that isn't declared
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns', 'kv'] } },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  // @ts-expect-error: a misspelt field would be a promise not kept
  permissions: { 'dns.read': { on: 'zone', depp: true } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})
defineCatalog({
  // @ts-expect-error: a misspelt field
  resources: { zone: { in: 'account', idd: /x/ } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  // @ts-expect-error: a misspelt field
  groups: { dns: { name: 'DNS', permissions: ['dns.*'], retird: true } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  // @ts-expect-error: a misspelt field
  roles: { admin: { name: 'Admin', ownr: true, groups: ['dns'] } },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
  templates: {
    // @ts-expect-error: a slot of a type that isn't declared
    read: { name: 'Read', slots: { zone: 'zones' }, policies: [{ permissionGroups: ['dns'], resources: ['{zone}'] }] },
  },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
  templates: {
    // @ts-expect-error: a group that isn't declared
    read: { name: 'Read', slots: { zone: 'zone' }, policies: [{ permissionGroups: ['dms'], resources: ['{zone}'] }] },
  },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
  templates: {
    // @ts-expect-error: a misspelt permission; wildcards are for groups
    read: { name: 'Read', slots: { zone: 'zone' }, policies: [{ permissions: ['dns.*'], resources: ['{zone}'] }] },
  },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
  templates: {
    // @ts-expect-error: a misspelt field
    read: { nam: 'Read', slots: { zone: 'zone' }, policies: [{ permissions: ['dns.read'], resources: ['{zone}'] }] },
  },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
  templates: {
    // @ts-expect-error: a resource of a slot that isn't declared
    read: { name: 'Read', slots: { zone: 'zone' }, policies: [{ permissions: ['dns.read'], resources: ['{zon}'] }] },
  },
})
defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
  templates: {
    read: {
      name: 'Read',
      slots: { zone: 'zone' },
      // @ts-expect-error: a misspelt field of a policy
      policies: [{ permissionGroups: ['dns'], resources: ['{zone}'], efect: 'deny' }],
    },
  },
})
