/**
 * The types that carry a catalog's names from its declaration to every call: a misspelt permission, a resource of the wrong type
 * and a group naming an unknown permission are compile errors.
 */

/** A resource type: the type it lives in, and the pattern that the whole of its ids must match. */
export interface ResourceDefinition<T extends string = string> {
  readonly in: T
  /** Must match the whole decoded id. Declare one where several spellings would reach one thing, or a deny can be avoided by another spelling. */
  readonly id?: RegExp
}

export interface PermissionDefinition<T extends string = string> {
  /** The type or types this permission is asked about, and no others. */
  readonly on: T | readonly T[]
  /** Touches everything beneath the resource (export, delete-all): a deny beneath it applies too. */
  readonly deep?: boolean
  /** Reports its allows to `onDecision` as well as its denials. Changes no decision. */
  readonly audit?: boolean
  /** Still decides, but can't be granted anew. */
  readonly deprecated?: boolean
  /** The name is kept and matches nothing. */
  readonly retired?: boolean
}

export interface GroupDefinition<P extends string = string> {
  readonly name: string
  /** Permissions, or `area.*` and `*.verb`, which are expanded when the catalog is defined. */
  readonly permissions: readonly P[]
  readonly deprecated?: boolean
  readonly retired?: boolean
}

export interface RoleDefinition<G extends string = string> {
  readonly name: string
  /** Groups a holder has over the whole account. */
  readonly groups: readonly G[]
  /** Marks the owner's role, which exactly one must be: no account is ever left without an active holder of it. */
  readonly owner?: boolean
  readonly deprecated?: boolean
  readonly retired?: boolean
}

/** One policy of a template, written like a token's policy, except that each resource begins with a slot. */
export interface TemplatePolicyDefinition<
  G extends string = string,
  P extends string = string,
  N extends string = string,
> {
  /** `allow` when not given. */
  readonly effect?: 'allow' | 'deny'
  /** Exactly one of `permissionGroups` and `permissions`. */
  readonly permissionGroups?: readonly G[]
  readonly permissions?: readonly P[]
  /** `{zone}`, or what lies beneath it: `{zone}/record:TXT,_acme-challenge.*`. */
  readonly resources: readonly N[]
}

/** A token for one purpose, to be filled with the resources it is about. */
export interface TemplateDefinition<
  T extends string = string,
  G extends string = string,
  P extends string = string,
  N extends string = string,
> {
  readonly name: string
  /** The type of the resources that each slot takes. */
  readonly slots: { readonly [slot: string]: T }
  readonly policies: readonly TemplatePolicyDefinition<G, P, N>[]
}

/** Permissions that every catalog has without declaring them: for managing access itself. No wildcard matches them. */
export const BUILT_IN = {
  'bailiwick.read_tokens': { on: ['account', 'user'] },
  'bailiwick.manage_tokens': { on: ['account', 'user'] },
  'bailiwick.read_members': { on: 'account' },
  'bailiwick.manage_members': { on: 'account' },
  'bailiwick.manage_access': { on: 'account' },
  'bailiwick.read_audit': { on: ['account', 'user'] },
} as const satisfies Record<string, PermissionDefinition<RootType>>

export type RootType = 'account' | 'user'
type Defs<D> = { readonly [name: string]: D }
type Name<D> = Extract<keyof D, string>

export type TypeOf<R> = Name<R> | RootType
export type WildcardOf<P extends string> = P extends `${infer Area}.${infer Verb}` ? `${Area}.*` | `*.${Verb}` : never

/** `account:${string}/zone:${string}` for the type `zone`. */
export type NameOf<R, T extends string> = string extends T
  ? string // a catalog put together at run time: nothing is known here
  : T extends RootType
    ? `${T}:${string}`
    : T extends keyof R
      ? R[T] extends { readonly in: infer Parent extends string }
        ? `${NameOf<R, Parent>}/${T}:${string}`
        : never
      : never

type OnOf<D> = D extends { readonly on: infer On }
  ? On extends readonly (infer T extends string)[]
    ? T
    : Extract<On, string>
  : never

/** The names of a catalog as types. `resources` and `permissions` map each name to the texts of the resources it concerns. */
export interface CatalogShape {
  readonly resources: Record<string, string>
  readonly permissions: Record<string, string>
  readonly groups: string
  readonly roles: string
  /** For each template, the texts that its slots take. */
  readonly templates: Record<string, Record<string, string>>
}

export interface ShapeOf<R, P, G, O, T> extends CatalogShape {
  readonly resources: { [T in TypeOf<R>]: NameOf<R, T> }
  readonly permissions: { [N in Name<P>]: NameOf<R, OnOf<P[N]>> } & {
    [N in Name<typeof BUILT_IN>]: NameOf<R, OnOf<(typeof BUILT_IN)[N]>>
  }
  readonly groups: Name<G>
  readonly roles: Name<O>
  readonly templates: { [N in Name<T>]: SlotTexts<R, T[N]> }
}

type SlotTexts<R, D> = D extends { readonly slots: infer Slots }
  ? { [K in Name<Slots>]: NameOf<R, Extract<Slots[K], string>> }
  : never

/**
 * `OneOf` and `Written` exist for the messages of the compiler: no text can be assigned to them, and the error then names what was expected. An unknown
 * name intersected with the known names would be `never`, and the error would name nothing.
 */
interface OneOf<Known extends string> {
  readonly oneOf: Known
}
interface Written<As extends string> {
  readonly written: As
}

/** Demands nothing where the parent is a known type; otherwise fails and names the known ones. */
type Parent<In, Known extends string> = In extends Known ? unknown : { readonly in: OneOf<Known> }

/** Demands nothing where the name of a permission has an area and a verb. */
type Dotted<N> = string extends N ? unknown : N extends `${string}.${string}` ? unknown : Written<'area.verb'>

/** No field beyond those of the definition: inference alone would let a misspelt one through. */
type Only<T, D> = { readonly [K in Exclude<keyof T, keyof D>]: never }

type OnlyEach<L extends readonly unknown[], D> = { readonly [I in keyof L]: Only<L[I], D> }

/** A slot in braces, and what may follow it. */
type PatternOf<Slot extends string> = string extends Slot ? string : `{${Slot}}` | `{${Slot}}/${string}`

/** The argument of `defineCatalog`. Known names stand here one by one and not as `TypeOf<R>`, which the compiler would print as it is. */
export interface CatalogDefinition<
  R extends Defs<ResourceDefinition> = Defs<ResourceDefinition>,
  P extends Defs<PermissionDefinition> = Defs<PermissionDefinition>,
  G extends Defs<GroupDefinition> = Defs<GroupDefinition>,
  O extends Defs<RoleDefinition> = Defs<RoleDefinition>,
  T extends Defs<TemplateDefinition> = Defs<TemplateDefinition>,
> {
  readonly resources: R & {
    readonly [T in keyof R]: Parent<R[T]['in'], Name<R> | 'account' | 'user'> & Only<R[T], ResourceDefinition>
  }
  readonly permissions: P & {
    readonly [N in keyof P]: PermissionDefinition<Name<R> | 'account' | 'user'> &
      Only<P[N], PermissionDefinition> &
      Dotted<N>
  }
  readonly groups: G & {
    readonly [N in keyof G]: GroupDefinition<Name<P> | WildcardOf<Name<P>> | Name<typeof BUILT_IN>> &
      Only<G[N], GroupDefinition>
  }
  readonly roles: O & { readonly [N in keyof O]: RoleDefinition<Name<G>> & Only<O[N], RoleDefinition> }
  readonly templates?: T & {
    readonly [N in keyof T]: TemplateDefinition<
      TypeOf<R>,
      Name<G>,
      Name<P> | Name<typeof BUILT_IN>,
      PatternOf<Name<T[N]['slots']>>
    > &
      Only<T[N], TemplateDefinition> & { readonly policies: OnlyEach<T[N]['policies'], TemplatePolicyDefinition> }
  }
}

export type PermissionName<S extends CatalogShape> = Name<S['permissions']>
/** The resources a permission of this catalog may be asked about. */
export type ResourceFor<S extends CatalogShape, P extends PermissionName<S>> = S['permissions'][P]

export type TemplateName<S extends CatalogShape> = Name<S['templates']>
/** What fills a template: for each slot a name or selector of its type, or a list of at least one. */
export type SlotsOf<S extends CatalogShape, T extends TemplateName<S>> = {
  readonly [K in Name<S['templates'][T]>]: S['templates'][T][K] | readonly S['templates'][T][K][]
}
