/**
 * What many tokens and members of one catalog have alike is compiled once and kept once: conditions, the names of roots.
 *
 * Nothing depends on what is kept here, or on two equal things being one: what was forgotten is made again.
 */
import { type Bits, textOf } from './bits.ts'
import { type Catalog, type Permission, typePaths } from './catalog.ts'
import { type CompiledCondition, compileCondition, keyOf } from './condition.ts'
import type { Condition } from './facts.ts'
import type { Root } from './places.ts'
import { bitsOfPermissions } from './policy.ts'
import { rootOf } from './resource.ts'
import { namedSelector, parseSelector, type Selector, type SelectorFault } from './selector.ts'
import { Walk } from './walk.ts'

/** What one generation of a pool holds at most. */
const MOST = 16_384
/** Longer text isn't kept: few have it alike, and a pool must stay small. */
const LONGEST = 512

/** Remembers what was asked for lately: between one and two generations of it. */
class Pool<T> {
  #young = new Map<string, T>()
  #old: ReadonlyMap<string, T> = new Map()

  get(key: string): T | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    return old === undefined ? undefined : this.add(key, old)
  }

  add(key: string, value: T): T {
    if (key.length > LONGEST) return value
    if (this.#young.size >= MOST) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
    return value
  }
}

export class Shared {
  /** The permissions declared `deep`. */
  readonly deep: Bits
  readonly #catalog: Catalog
  readonly #sets = new Map<ReadonlySet<Permission>, Bits>()
  readonly #types: Pick<Permission, 'paths'>
  readonly #walk = new Walk()
  readonly #roots = new Pool<Root>()
  /** The root of the selector that was read last: the next one mostly has the same. */
  #lastRoot: Root = ''
  readonly #conditions = new Pool<CompiledCondition>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
    this.#types = { paths: typePaths(new Set(catalog.types.values())) }
    this.deep = bitsOfPermissions([...catalog.permissions.values()].filter(({ deep }) => deep))
  }

  /** Read anew each time: that takes less than to find it among many. */
  selector(text: string): Selector | SelectorFault {
    return this.#named(text) ?? parseSelector(this.#catalog, text)
  }

  #named(text: string): Selector | null {
    const walk = this.#walk
    if (!walk.read(this.#types, text)) return null
    if (!walk.pairIs(0, this.#lastRoot)) this.#lastRoot = this.root(rootOf(text))
    return namedSelector(walk, this.#lastRoot)
  }

  /** The same root in the same place in memory, since every decision compares one. */
  root(root: Root): Root {
    const known = this.#roots.get(root)
    if (known !== undefined) return known
    const own = copied(root)
    return this.#roots.add(own, own)
  }

  /** The permissions of a group or a role. */
  bitsOf(permissions: ReadonlySet<Permission>): Bits {
    const known = this.#sets.get(permissions) ?? bitsOfPermissions(permissions)
    this.#sets.set(permissions, known)
    return known
  }

  /** Equal conditions are one, so that a cell lists each once. */
  condition(condition: Condition): CompiledCondition {
    const compiled = compileCondition(condition)
    const key = keyOf(compiled)
    return this.#conditions.get(key) ?? this.#conditions.add(key, compiled)
  }
}

/** The same text on its own: one that was cut from a longer one keeps all of that in memory. */
function copied(text: string): string {
  return textOf(Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)))
}

const byCatalog = new WeakMap<Catalog, Shared>()

/** What the tokens and members of this catalog share. */
export function sharedBy(catalog: Catalog): Shared {
  const known = byCatalog.get(catalog) ?? new Shared(catalog)
  byCatalog.set(catalog, known)
  return known
}
