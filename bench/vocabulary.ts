/** What hosts of all worlds declare: 300 permissions in 32 groups, four roles; as plain data, for contestants that know no catalog. */

const VERBS = ['read', 'list', 'search', 'watch', 'edit', 'create', 'delete', 'purge', 'export', 'settings'] as const
const AREAS = Array.from({ length: 30 }, (_, n) => `area${n}`)

export type TypeName = 'account' | 'zone' | 'record'

/** Most permissions are on zones and records, some on zones alone, some on accounts too. */
const ON: Readonly<Record<(typeof VERBS)[number], readonly TypeName[]>> = {
  read: ['zone', 'record'],
  list: ['zone', 'record'],
  search: ['zone', 'record'],
  watch: ['zone', 'record'],
  edit: ['zone', 'record'],
  create: ['zone', 'record'],
  delete: ['zone', 'record'],
  purge: ['zone'],
  export: ['zone'],
  settings: ['account', 'zone'],
}

const permissionList = AREAS.flatMap((area) => VERBS.map((verb) => [`${area}.${verb}`, { on: ON[verb] }] as const))
const everyGroup = [...AREAS, 'read-all', 'list-all']

/** Each group's permissions: an area's ten, or one verb of all areas. A permission is in one or two groups. */
export const groups: ReadonlyMap<string, readonly string[]> = new Map([
  ...AREAS.map((area) => [area, VERBS.map((verb) => `${area}.${verb}`)] as const),
  ['read-all', AREAS.map((area) => `${area}.read`)],
  ['list-all', AREAS.map((area) => `${area}.list`)],
])

export const roles: ReadonlyMap<string, readonly string[]> = new Map([
  ['administrator', everyGroup],
  ['editor', [...AREAS.slice(0, 20), 'read-all']],
  ['operator', AREAS.slice(15, 25)],
  ['viewer', ['read-all', 'list-all']],
])

export const permissions: ReadonlyMap<string, { readonly on: readonly TypeName[] }> = new Map(permissionList)
export const groupNames: readonly string[] = everyGroup
export const permissionNames: readonly string[] = permissionList.map(([name]) => name)

/** The groups that hold each permission. */
export const groupsOf: ReadonlyMap<string, readonly string[]> = new Map(
  permissionNames.map((name) => [name, everyGroup.filter((group) => groups.get(group)?.includes(name))]),
)

/** The argument of `defineCatalog`. */
export const definition = {
  resources: { zone: { in: 'account' }, record: { in: 'zone' } },
  permissions: Object.fromEntries(permissionList),
  groups: Object.fromEntries([...groups].map(([name, list]) => [name, { name, permissions: list }])),
  roles: Object.fromEntries(
    [...roles].map(([name, list]) => [name, { name, groups: list, owner: name === 'administrator' }]),
  ),
} as const

/** For what measures something else than decisions. */
export const smallDefinition = {
  resources: { zone: { in: 'account' }, record: { in: 'zone' } },
  permissions: {
    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: ['zone', 'record'] },
    'cache.purge': { on: 'zone' },
  },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] }, purge: { name: 'Purge', permissions: ['cache.purge'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns', 'purge'] } },
} as const
