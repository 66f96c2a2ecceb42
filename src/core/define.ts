/**
 * Reads a catalog's declaration. Anything wrong with it throws when the process starts.
 */
import { type Catalog, type Group, type Permission, type ResourceType, type Role, typePaths } from './catalog.ts'
import {
  BUILT_IN,
  type CatalogDefinition,
  type GroupDefinition,
  type PermissionDefinition,
  type ResourceDefinition,
  type RoleDefinition,
  type ShapeOf,
  type TemplateDefinition,
} from './catalog-types.ts'
import { check, checkId, declared, fail } from './declaration.ts'
import { readTemplates } from './define-templates.ts'
import { hashText } from './hash.ts'
import { wholeId } from './id-pattern.ts'
import { didYouMean } from './nearest.ts'
import { isTypeName, MAX_DEPTH } from './resource.ts'

/**
 * Checks a declaration and makes the catalog from it.
 *
 * Throws `ERR_BAILIWICK_CATALOG`, naming the nearest known name, for: unknown types, permissions and groups; cycles and trees deeper
 * than 8; unknown fields; malformed names; wildcards that match nothing; the reserved area `bailiwick.`; not exactly one owner role; id patterns with the
 * flags g, y or m; templates with a part that could grant nothing, or with an unused slot. Does not check that an id pattern is fast: it
 * runs on ids of up to 1,024 bytes that strangers choose, so write linear ones.
 *
 * @example
 * ```ts
 * const catalog = defineCatalog({
 *   resources: { zone: { in: 'account' } },
 *   permissions: { 'cache.purge': { on: 'zone' } },
 *   groups: { 'cache-purge': { name: 'Cache Purge', permissions: ['cache.*'] } },
 *   roles: { administrator: { name: 'Administrator', owner: true, groups: ['cache-purge'] } },
 * })
 * ```
 */
export function defineCatalog<
  const R extends { readonly [type: string]: ResourceDefinition },
  const P extends { readonly [name: string]: PermissionDefinition },
  const G extends { readonly [id: string]: GroupDefinition },
  const O extends { readonly [id: string]: RoleDefinition },
  const T extends { readonly [id: string]: TemplateDefinition } = Record<never, never>,
>(definition: CatalogDefinition<R, P, G, O, T>): Catalog<ShapeOf<R, P, G, O, T>> {
  check('the catalog', definition, {
    resources: 'object',
    permissions: 'object',
    groups: 'object',
    roles: 'object',
    templates: 'object?',
  })
  const types = readTypes(definition.resources)
  const permissions = readPermissions(definition.permissions, types)
  const groups = readGroups(definition.groups, permissions)
  const roles = readRoles(definition.roles, groups)
  const owners = [...roles.values()].filter((role) => role.owner)
  const [ownerRole] = owners
  if (ownerRole === undefined || owners.length > 1)
    fail(`exactly one role must say \`owner: true\`, ${owners.length} do`)
  if (ownerRole.retired) fail(`the owner role \`${ownerRole.id}\` can't be retired`)
  const templates = readTemplates(definition.templates ?? {}, { types, permissions, groups })
  return Object.freeze({ types, permissions, groups, roles, ownerRole, templates })
}

function readTypes(definitions: { readonly [type: string]: ResourceDefinition }): ReadonlyMap<string, ResourceType> {
  const types = new Map<string, ResourceType>()
  const known = ['account', 'user', ...Object.keys(definitions)]
  const add = (name: string, parent: ResourceType | null, id: RegExp | null): ResourceType => {
    const marker = `${name}:`
    const depth = (parent?.depth ?? 0) + 1
    const type = Object.freeze({ name, index: types.size, parent, depth, marker, hash: hashText(marker), id })
    if (type.depth > MAX_DEPTH)
      fail(`resource type \`${name}\` is ${type.depth} deep, at most ${MAX_DEPTH} are possible`)
    types.set(name, type)
    return type
  }
  add('account', null, null)
  add('user', null, null)
  const read = (name: string, above: readonly string[]): ResourceType => {
    const done = types.get(name)
    if (done !== undefined) return done
    if (above.includes(name)) fail(`resource types form a cycle: ${[...above, name].join(' in ')}`)
    const child = above.at(-1) ?? ''
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
    if (definition === undefined)
      fail(`resource type \`${child}\` is in unknown type \`${name}\`${didYouMean(name, known)}`)
    check(`resource type \`${name}\``, definition, { in: 'text', id: 'pattern?' })
    if (!isTypeName(name)) fail(`resource type \`${name}\` must match [a-z][a-z0-9_-]*, at most 64 characters`)
    return add(
      name,
      read(definition.in, [...above, name]),
      definition.id === undefined ? null : readIdPattern(name, definition.id),
    )
  }
  for (const name of Object.keys(definitions)) {
    if (name === 'account' || name === 'user') fail(`resource type \`${name}\` is built in`)
    read(name, [])
  }
  return types
}

function readIdPattern(type: string, pattern: RegExp): RegExp {
  if (/[gym]/.test(pattern.flags)) fail(`the id pattern of \`${type}\` can't have the flags g, y or m`)
  return wholeId(pattern)
}

const PERMISSION_NAME = /^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$/

function readPermissions(
  definitions: { readonly [name: string]: PermissionDefinition },
  types: ReadonlyMap<string, ResourceType>,
): ReadonlyMap<string, Permission> {
  const permissions = new Map<string, Permission>()
  const add = (name: string, definition: PermissionDefinition) => {
    const fields = { on: 'text or list', deep: 'flag?', audit: 'flag?', deprecated: 'flag?', retired: 'flag?' } as const
    check(`permission \`${name}\``, definition, fields)
    const names = typeof definition.on === 'string' ? [definition.on] : definition.on
    if (names.length === 0) fail(`permission \`${name}\` is on no type`)
    const on = new Set(names.map((type) => declared(types, type, `permission \`${name}\` is on unknown type`)))
    const { deep = false, audit = false, deprecated = false, retired = false } = definition
    const paths = typePaths(on)
    permissions.set(name, Object.freeze({ name, index: permissions.size, on, paths, deep, audit, deprecated, retired }))
  }
  for (const [name, definition] of Object.entries(definitions)) {
    if (name.startsWith('bailiwick.')) fail(`permission \`${name}\`: the area \`bailiwick.\` is reserved`)
    if (!PERMISSION_NAME.test(name)) fail(`permission \`${name}\` must be written \`area.verb\`, each [a-z][a-z0-9_-]*`)
    add(name, definition)
  }
  for (const [name, definition] of Object.entries(BUILT_IN)) add(name, definition)
  return permissions
}

function readGroups(
  definitions: { readonly [id: string]: GroupDefinition },
  permissions: ReadonlyMap<string, Permission>,
): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const [id, definition] of Object.entries(definitions)) {
    checkId('group', id)
    const fields = { name: 'text', permissions: 'list', deprecated: 'flag?', retired: 'flag?' } as const
    check(`group \`${id}\``, definition, fields)
    const members = new Set<Permission>()
    for (const entry of definition.permissions)
      for (const one of expand(id, entry, permissions)) if (!one.retired) members.add(one)
    if (definition.permissions.length === 0) fail(`group \`${id}\` has no permissions`)
    const { name, deprecated = false, retired = false } = definition
    groups.set(
      id,
      Object.freeze({ id, name, permissions: retired ? new Set<Permission>() : members, deprecated, retired }),
    )
  }
  return groups
}

function expand(group: string, entry: string, permissions: ReadonlyMap<string, Permission>): readonly Permission[] {
  const exact = permissions.get(entry)
  if (exact !== undefined) return [exact]
  const [area, verb, ...rest] = entry.split('.')
  const wildcard = (area === '*') !== (verb === '*') && rest.length === 0
  const found = [...permissions.values()].filter((permission) => {
    const [ofArea, ofVerb] = permission.name.split('.')
    return wildcard && ofArea !== 'bailiwick' && (area === '*' ? verb === ofVerb : area === ofArea)
  })
  if (found.length === 0) {
    const what = wildcard ? `a wildcard \`${entry}\` that matches nothing` : `unknown permission \`${entry}\``
    fail(`group \`${group}\` names ${what}${didYouMean(entry, permissions.keys())}`)
  }
  return found
}

function readRoles(
  definitions: { readonly [id: string]: RoleDefinition },
  groups: ReadonlyMap<string, Group>,
): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>()
  for (const [id, definition] of Object.entries(definitions)) {
    checkId('role', id)
    const fields = { name: 'text', groups: 'list', owner: 'flag?', deprecated: 'flag?', retired: 'flag?' } as const
    check(`role \`${id}\``, definition, fields)
    const found = definition.groups.map((group) => declared(groups, group, `role \`${id}\` names unknown group`))
    const { name, owner = false, deprecated = false, retired = false } = definition
    const permissions = new Set(retired ? [] : found.flatMap((group) => [...group.permissions]))
    roles.set(id, Object.freeze({ id, name, owner, groups: Object.freeze(found), permissions, deprecated, retired }))
  }
  return roles
}
