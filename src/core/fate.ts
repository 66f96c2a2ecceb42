/**
 * How denies limit an allow: on which selectors something of it is left, what limits it there, and where nothing is left.
 */
import { hasBit } from './bits.ts'
import type { Permission, ResourceType, Role } from './catalog.ts'
import type { Condition } from './facts.ts'
import type { CompiledPolicy } from './policy.ts'
import { type Pairs, selectorCovers, selectorsMeet, speaksOf } from './relation.ts'
import type { Selector } from './selector.ts'

/** A deny policy that limits a right. */
export interface Except {
  /** The id of the deny policy. */
  readonly policy: string
  /** The selector: it denies what it names and everything beneath it. */
  readonly resource: string
  /** Whether it also denies what is above `resource`: the permissions are `deep`. */
  readonly above: boolean
  /** When it denies: while this holds or can't be known. `null` is always. */
  readonly condition: Condition | null
}

/** A policy that the member has, as its own or by a role. */
export interface Held {
  readonly policy: CompiledPolicy
  readonly role: Role | null
  /** The stored condition; `null` when it always holds. */
  readonly condition: Condition | null
}

/** A deny, limited to resources of one type. */
interface Denial {
  readonly policy: string
  readonly selector: Selector
  readonly condition: Condition | null
  readonly names: Pairs
}

/** The denies of one member, by permission and type. */
export class Denials {
  readonly #denies: readonly Held[]
  readonly #found = new Map<Permission, ReadonlyMap<ResourceType, readonly Denial[]>>()

  constructor(held: readonly Held[]) {
    this.#denies = held.filter(({ policy }) => policy.effect === 'deny')
  }

  /** The denies of this permission on resources of this type. */
  of(permission: Permission, type: ResourceType): readonly Denial[] {
    const found = this.#found.get(permission) ?? this.#find(permission)
    this.#found.set(permission, found)
    return found.get(type) ?? []
  }

  #find(permission: Permission): ReadonlyMap<ResourceType, readonly Denial[]> {
    const denies = this.#denies.filter(({ policy }) => hasBit(policy.permissions, permission.index))
    const on = (type: ResourceType) =>
      denies.flatMap(({ policy: { id, selectors }, condition }) =>
        selectors.flatMap((selector) => {
          const names = speaksOf(selector, type, permission.deep)
          return names === null ? [] : [{ policy: id, selector, condition, names }]
        }),
      )
    return new Map([...permission.on].map((type) => [type, on(type)]))
  }
}

/** What denies leave of one permission of an allow policy. */
export interface Fate {
  readonly permission: Permission
  /** The selectors on which something is left, and what limits it there. */
  readonly kept: readonly string[]
  readonly except: readonly Except[]
  /** The selectors on which nothing is left, and the denies that took it. */
  readonly lost: readonly string[]
  readonly by: readonly string[]
}

export function fateOf({ selectors }: CompiledPolicy, permission: Permission, denials: Denials): Fate {
  const [kept, lost] = [new Set<string>(), new Set<string>()]
  const except = new Map<string, Except>()
  const by = new Set<string>()
  for (const selector of selectors) {
    const types = [...permission.on].flatMap((type) => metOn(selector, type, denials.of(permission, type)))
    if (types.length === 0) continue // the permission is on nothing there
    const taken = types.map((met) => met.filter(({ whole }) => whole))
    if (taken.every((whole) => whole.length > 0)) {
      lost.add(selector.text)
      for (const { denial } of taken.flat()) by.add(denial.policy)
      continue
    }
    kept.add(selector.text)
    for (const { denial, above } of types.flat()) {
      const { policy, condition } = denial
      const key = JSON.stringify([denial.selector.text, policy, condition])
      const known = except.get(key)?.above === true
      except.set(key, Object.freeze({ policy, resource: denial.selector.text, above: above || known, condition }))
    }
  }
  const excepts = [...except.keys()].sort().flatMap((key) => except.get(key) ?? [])
  return { permission, kept: [...kept].sort(), except: excepts, lost: [...lost].sort(), by: [...by].sort() }
}

interface Met {
  readonly denial: Denial
  readonly above: boolean
  /** Whether nothing of the selector is left on this type. */
  readonly whole: boolean
}

/** The denies that meet what the selector covers of this type, as one list; no list when it covers nothing of this type. */
function metOn(selector: Selector, type: ResourceType, denials: readonly Denial[]): readonly (readonly Met[])[] {
  const given = speaksOf(selector, type, false)
  if (given === null) return []
  const met = denials.filter(({ names }) => selectorsMeet(names, given))
  return [
    met.map((denial) => ({
      denial,
      above: denial.selector.pairs.length > type.depth,
      whole: denial.condition === null && selectorCovers(denial.names, given),
    })),
  ]
}
