/**
 * What this host has, what can be done to it, and the bundles people grant: declared once, checked everywhere.
 *
 * Read it as the price list of the API: every route in `routes/` asks about one permission of this page, on one resource of this page.
 */
import { defineCatalog } from 'bailiwick'

export const catalog = defineCatalog({
  resources: {
    zone: { in: 'account', id: /^[0-9a-z-]{1,64}$/ },
    // A record has one name whatever a client writes: the type in upper case, the full domain name in lower case (see names.ts).
    record: { in: 'zone', id: /^[A-Z]+,[a-z0-9._*-]+$/ },
    rule: { in: 'account', id: /^[0-9a-f]{32}$/ },
    namespace: { in: 'account', id: /^[0-9a-z-]{1,64}$/ },
    key: { in: 'namespace' },
    script: { in: 'account', id: /^[a-z0-9_-]{1,63}$/ },
  },

  permissions: {
    'zone.read': { on: 'zone' },
    'zone.create': { on: 'account' },
    // Deep: it reaches every record, so a deny on one record stands in its way.
    'zone.delete': { on: 'zone', deep: true, audit: true },

    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: ['zone', 'record'] },
    'dns.export': { on: 'zone', deep: true },

    'cache.purge': { on: 'zone' },
    'analytics.read': { on: 'zone' },

    // Creating asks about the account, since the host chooses the id of a rule.
    'firewall.read': { on: ['account', 'rule'] },
    'firewall.write': { on: ['account', 'rule'] },

    'kv.create': { on: 'account' },
    'kv.delete': { on: 'namespace', deep: true, audit: true },
    'kv.read': { on: ['namespace', 'key'] },
    'kv.write': { on: ['namespace', 'key'] },
    // To bind a namespace to a Worker is to hand the Worker every key in it.
    'kv.bind': { on: 'namespace', deep: true },

    'worker.read': { on: 'script' },
    'worker.write': { on: 'script' },
  },

  groups: {
    'zone-read': { name: 'Zone Read', permissions: ['zone.read'] },
    'zone-write': { name: 'Zone Write', permissions: ['zone.*'] },
    'dns-read': { name: 'DNS Read', permissions: ['dns.read', 'dns.export'] },
    'dns-write': { name: 'DNS Write', permissions: ['dns.*'] },
    'cache-purge': { name: 'Cache Purge', permissions: ['cache.purge'] },
    'analytics-read': { name: 'Analytics Read', permissions: ['analytics.read'] },
    'access-rules-read': { name: 'IP Access Rules Read', permissions: ['firewall.read'] },
    'access-rules-write': { name: 'IP Access Rules Write', permissions: ['firewall.*'] },
    'kv-read': { name: 'Workers KV Storage Read', permissions: ['kv.read'] },
    'kv-write': { name: 'Workers KV Storage Write', permissions: ['kv.read', 'kv.write', 'kv.bind'] },
    'kv-admin': { name: 'Workers KV Storage Admin', permissions: ['kv.*'] },
    'scripts-read': { name: 'Workers Scripts Read', permissions: ['worker.read'] },
    'scripts-write': { name: 'Workers Scripts Write', permissions: ['worker.*'] },
    'read-all': { name: 'Read All Resources', permissions: ['*.read'] },
  },

  roles: {
    administrator: {
      name: 'Administrator',
      owner: true,
      groups: [
        'zone-write',
        'dns-write',
        'cache-purge',
        'analytics-read',
        'access-rules-write',
        'kv-admin',
        'scripts-write',
      ],
    },
    'dns-manager': { name: 'DNS Manager', groups: ['zone-read', 'dns-write'] },
    'site-operator': {
      name: 'Site Operator',
      groups: ['zone-read', 'cache-purge', 'access-rules-write', 'analytics-read'],
    },
    'worker-developer': { name: 'Worker Developer', groups: ['scripts-write', 'kv-write'] },
    auditor: { name: 'Auditor', groups: ['read-all'] },
  },

  // What people ask for most, ready to be filled in: the five cases of the demo, and one that reads everything.
  templates: {
    'purge-site': {
      name: 'Purge the cache of a site',
      slots: { zone: 'zone' },
      policies: [{ permissionGroups: ['cache-purge'], resources: ['{zone}'] }],
    },
    'block-list': {
      name: 'Keep the IP access rules',
      slots: { account: 'account' },
      policies: [{ permissionGroups: ['access-rules-write'], resources: ['{account}'] }],
    },
    'dns-01': {
      name: 'Answer DNS-01 challenges',
      slots: { zone: 'zone' },
      policies: [
        { permissionGroups: ['zone-read'], resources: ['{zone}'] },
        // Every _acme-challenge TXT record of the zone, and no other record. `*` stands for the rest of the name.
        { permissionGroups: ['dns-write'], resources: ['{zone}/record:TXT,_acme-challenge.*'] },
      ],
    },
    monitoring: {
      name: 'Watch sites',
      slots: { zone: 'zone' },
      policies: [{ permissionGroups: ['zone-read', 'dns-read', 'analytics-read'], resources: ['{zone}'] }],
    },
    'worker-and-kv': {
      name: 'Develop a Worker and its KV',
      slots: { script: 'script', namespace: 'namespace' },
      policies: [
        { permissionGroups: ['scripts-write'], resources: ['{script}'] },
        { permissionGroups: ['kv-write'], resources: ['{namespace}'] },
      ],
    },
    'read-only-all': {
      name: 'Read everything',
      slots: { account: 'account' },
      policies: [{ permissionGroups: ['read-all'], resources: ['{account}'] }],
    },
  },
})
