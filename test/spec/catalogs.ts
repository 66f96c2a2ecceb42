/** Four catalogs of different shape that random worlds are built on. */

import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import { defineCatalog } from '../../src/core/define.ts'
import type { CatalogCase } from './vocabulary.ts'

/** Prefixes of each other, one letter in two cases, what needs encoding, what JavaScript treats specially. */
const PLAIN_IDS = ['a', 'ab', 'abc', 'az', 'A', 'b', 'logs-', 'logs-1', 'logs-10', 'logs~', 'lz', 'x'] as const
const ODD_IDS = [
  'é',
  'éa',
  '😀',
  '😀x',
  '*',
  'a*',
  'a/b',
  'x:y',
  '%',
  'a%2Fb',
  ' ',
  '.',
  '__proto__',
  'constructor',
] as const

/** A hosting platform: id patterns, a permission on parent and child, `deep`, retired and deprecated names. */
export const EDGE = catalogCase(
  'edge',
  {
    resources: {
      zone: { in: 'account', id: /[a-z0-9.-]+/ },
      record: { in: 'zone', id: /[A-Z]+,[a-z0-9._-]+/ },
      namespace: { in: 'account' },
      value: { in: 'namespace' },
    },
    permissions: {
      'cache.purge': { on: 'zone' },
      'dns.read': { on: ['zone', 'record'] },
      'dns.write': { on: ['zone', 'record'] },
      'dns.export': { on: 'zone', deep: true },
      'kv.read': { on: ['namespace', 'value'], audit: true },
      'kv.write': { on: ['namespace', 'value'], deprecated: true },
      'kv.clear': { on: ['account', 'namespace'], deep: true },
      'dns.legacy': { on: ['zone', 'record'], retired: true },
    },
    groups: {
      purge: { name: 'Cache Purge', permissions: ['cache.purge'] },
      dns: { name: 'DNS', permissions: ['dns.*'] },
      read: { name: 'Read', permissions: ['*.read'] },
      kv: { name: 'KV', permissions: ['kv.*'], deprecated: true },
      members: { name: 'Members', permissions: ['bailiwick.manage_members', 'bailiwick.read_members'] },
      old: { name: 'Old', permissions: ['dns.*', 'kv.*'], retired: true },
    },
    roles: {
      administrator: { name: 'Administrator', owner: true, groups: ['purge', 'dns', 'read', 'kv', 'members'] },
      reader: { name: 'Reader', groups: ['read'] },
      keeper: { name: 'Keeper', groups: ['kv', 'old'] },
      ghost: { name: 'Ghost', groups: ['purge', 'dns', 'read', 'kv'], retired: true },
    },
  },
  {
    zone: ['a', 'ab', 'a.b', 'az', 'logs-', 'logs-1', 'logs-10', 'logsz', 'lz', 'b'],
    record: ['TXT,_acme-challenge.a', 'TXT,_acme-challenge.b', 'TXT,a', 'A,a', 'AAAA,a'],
  },
)

/** Files: as deep as names go, siblings of one parent, permissions asked at many depths. */
export const FILES = catalogCase('files', {
  resources: {
    share: { in: 'account' },
    folder: { in: 'share' },
    box: { in: 'folder' },
    file: { in: 'box' },
    version: { in: 'file' },
    chunk: { in: 'version' },
    block: { in: 'chunk' },
    link: { in: 'folder' },
  },
  permissions: {
    'file.read': { on: ['file', 'version', 'block'] },
    'file.write': { on: 'file' },
    'file.list': { on: ['share', 'folder', 'box'] },
    'tree.delete': { on: ['share', 'folder', 'file'], deep: true },
    'tree.read': { on: ['account', 'share'], deep: true },
    'link.follow': { on: 'link' },
  },
  groups: {
    'file-read': { name: 'Read files', permissions: ['*.read', 'file.list'] },
    files: { name: 'Files', permissions: ['file.*'] },
    trees: { name: 'Trees', permissions: ['tree.*'] },
    links: { name: 'Links', permissions: ['link.follow'] },
  },
  roles: {
    owner: { name: 'Owner', owner: true, groups: ['files', 'trees', 'links'] },
    visitor: { name: 'Visitor', groups: ['file-read', 'links'] },
  },
})

/** Things of a person beside things of an account, and permissions that are on both roots. */
export const PERSONAL = catalogCase(
  'personal',
  {
    resources: {
      device: { in: 'user' },
      key: { in: 'device' },
      note: { in: 'account' },
      memo: { in: 'user', id: /[a-z]+|[A-Z]+/ },
    },
    permissions: {
      'profile.read': { on: 'user' },
      'profile.erase': { on: ['user', 'account'], deep: true },
      'text.read': { on: ['note', 'memo'] },
      'text.write': { on: ['note', 'memo', 'account', 'user'] },
      'text.read_audit': { on: ['account', 'user'] },
      'key.use': { on: 'key' },
      'device.wipe': { on: 'device', deep: true },
      'device.ping': { on: 'device', retired: true },
    },
    groups: {
      text: { name: 'Text', permissions: ['text.*'] },
      reading: { name: 'Reading', permissions: ['*.read'] },
      audits: { name: 'Audits', permissions: ['*.read_audit'] },
      devices: { name: 'Devices', permissions: ['device.*', 'key.*'] },
      tokens: { name: 'Tokens', permissions: ['bailiwick.manage_tokens', 'bailiwick.read_tokens', 'profile.erase'] },
    },
    roles: {
      owner: { name: 'Owner', owner: true, groups: ['text', 'tokens'] },
      guest: { name: 'Guest', groups: ['reading', 'audits'] },
    },
  },
  { memo: ['a', 'ab', 'abc', 'logs', 'A', 'AB'] },
)

/** Names that every JavaScript object seems to have. */
export const PROTOTYPE = catalogCase('prototype', {
  resources: { constructor: { in: 'account' }, tostring: { in: 'constructor' } },
  permissions: {
    'constructor.call': { on: ['constructor', 'tostring'] },
    'prototype.read': { on: 'tostring' },
    'prototype.clear': { on: 'constructor', deep: true },
  },
  groups: {
    constructor: { name: 'Constructor', permissions: ['constructor.*'] },
    valueOf: { name: 'Value', permissions: ['prototype.*'] },
  },
  roles: {
    hasOwnProperty: { name: 'Owner', owner: true, groups: ['constructor', 'valueOf'] },
    toString: { name: 'Text', groups: ['constructor'] },
  },
})

export const CATALOGS: readonly CatalogCase[] = [EDGE, FILES, PERSONAL, PROTOTYPE]

/** The types from the root down to this one. */
export function chainOf(declared: CatalogDefinition, type: string): readonly string[] {
  const parent = type === 'account' || type === 'user' ? undefined : declared.resources[type]?.in
  return parent === undefined ? [type] : [...chainOf(declared, parent), type]
}

/** Ids to try for a type. */
export function idsOf({ ids }: CatalogCase, type: string): readonly string[] {
  return (Object.hasOwn(ids, type) ? ids[type] : undefined) ?? [...PLAIN_IDS, ...ODD_IDS]
}

function catalogCase(name: string, declared: CatalogDefinition, ids: CatalogCase['ids'] = {}): CatalogCase {
  type None = Record<never, never> // the types know nothing of these names: here they are just strings
  return { name, declared, catalog: defineCatalog<None, None, None, None>(declared as never), ids }
}
