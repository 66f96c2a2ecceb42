/**
 * The catalog: what a host declares once, in code, and what everything else is checked against. Pure data.
 */
import { MisuseError } from '../errors.ts'
import type { CatalogShape } from './catalog-types.ts'
import type { Effect } from './facts.ts'
import { didYouMean } from './nearest.ts'

export interface ResourceType {
  readonly name: string
  /** Its number among the types of its catalog. */
  readonly index: number
  readonly parent: ResourceType | null
  /** 1 for a root. */
  readonly depth: number
  /** `name:`, with which a pair of this type begins. */
  readonly marker: string
  /** Hash of the marker, where the hash of a pair begins. */
  readonly hash: number
  readonly id: RegExp | null
}

/** The types a permission is on, as a tree from the roots. A request's name is read against it. */
export interface TypePath {
  readonly type: ResourceType
  /** Whether the permission is on this very type. */
  readonly ends: boolean
  readonly next: readonly TypePath[]
}

export interface Permission {
  readonly name: string
  readonly index: number
  readonly on: ReadonlySet<ResourceType>
  readonly paths: readonly TypePath[]
  readonly deep: boolean
  readonly audit: boolean
  readonly deprecated: boolean
  readonly retired: boolean
}

export interface Group {
  readonly id: string
  readonly name: string
  /** Without the retired ones; empty when the group itself is retired. */
  readonly permissions: ReadonlySet<Permission>
  readonly deprecated: boolean
  readonly retired: boolean
}

export interface Role {
  readonly id: string
  readonly name: string
  readonly owner: boolean
  readonly groups: readonly Group[]
  /** The permissions of all its groups; empty when the role is retired. */
  readonly permissions: ReadonlySet<Permission>
  readonly deprecated: boolean
  readonly retired: boolean
}

/** A resource of a template: a slot, and what follows it. */
export interface TemplatePattern {
  readonly slot: string
  /** Empty, or `/type:id` pairs as a selector spells them. */
  readonly rest: string
}

export interface TemplatePolicy {
  readonly effect: Effect
  /** Exactly one of `permissionGroups` and `permissions` is present. */
  readonly permissionGroups?: readonly string[]
  readonly permissions?: readonly string[]
  readonly resources: readonly TemplatePattern[]
}

/** The policies of a token for one purpose, with slots for the resources it is about. */
export interface Template {
  readonly id: string
  readonly name: string
  /** The type of what each slot takes. */
  readonly slots: ReadonlyMap<string, ResourceType>
  readonly policies: readonly TemplatePolicy[]
}

declare const shape: unique symbol

export interface Catalog<S extends CatalogShape = CatalogShape> {
  readonly types: ReadonlyMap<string, ResourceType>
  readonly permissions: ReadonlyMap<string, Permission>
  readonly groups: ReadonlyMap<string, Group>
  readonly roles: ReadonlyMap<string, Role>
  readonly ownerRole: Role
  readonly templates: ReadonlyMap<string, Template>
  /** Exists for types alone. */
  readonly [shape]?: S
}

/** The names of a catalog: `Access<Shape<typeof catalog>>` is the type of its accesses. */
export type Shape<C> = C extends Catalog<infer S extends CatalogShape> ? S : never

/** The permission of this name, as `decide` takes it. Throws `ERR_BAILIWICK_MISUSE` for an unknown one: a programmer's error is never a denial. */
export function permissionNamed(catalog: Catalog, name: string): Permission {
  const permission = catalog.permissions.get(name)
  if (permission !== undefined) return permission
  if (typeof name !== 'string') throw new MisuseError('a permission is named by text such as `dns.read`')
  throw new MisuseError(`unknown permission \`${name}\`${didYouMean(name, catalog.permissions.keys())}`)
}

/** Whether `type` is `ancestor` or a type beneath it. */
export function isAtOrBeneath(type: ResourceType, ancestor: ResourceType): boolean {
  let at: ResourceType | null = type
  while (at !== null && at !== ancestor) at = at.parent
  return at !== null
}

/** The types from the root down to this one. */
export function chainOf(type: ResourceType): readonly ResourceType[] {
  return type.parent === null ? [type] : [...chainOf(type.parent), type]
}

/** These types as a tree from the roots, with the types between. */
export function typePaths(on: ReadonlySet<ResourceType>): readonly TypePath[] {
  const under = (parent: ResourceType | null): readonly TypePath[] => {
    const next = new Set<ResourceType>()
    for (const type of on) {
      let at: ResourceType | null = type
      while (at !== null && at.parent !== parent) at = at.parent
      if (at !== null) next.add(at)
    }
    return Object.freeze([...next].map((type) => Object.freeze({ type, ends: on.has(type), next: under(type) })))
  }
  return under(null)
}
