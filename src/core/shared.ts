/**
 * What many tokens and members of one catalog have alike is compiled once and kept once: selectors, sets of permissions, conditions.
 *
 * Nothing depends on what is kept here, or on two equal things being one: what was forgotten is made again.
 */
import { type Bits, unionOf } from './bits.ts'
import type { Catalog, Permission } from './catalog.ts'
import { type CompiledCondition, compileCondition, keyOf } from './condition.ts'
import type { Condition } from './facts.ts'
import { bitsOfPermissions } from './policy.ts'
import { isFault, parseSelector, type Selector, type SelectorFault } from './selector.ts'

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
  readonly #selectors = new Pool<Selector>()
  readonly #permissions = new Pool<Bits>()
  readonly #conditions = new Pool<CompiledCondition>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
    this.deep = bitsOfPermissions([...catalog.permissions.values()].filter(({ deep }) => deep))
  }

  selector(text: string): Selector | SelectorFault {
    const known = this.#selectors.get(text)
    if (known !== undefined) return known
    const parsed = parseSelector(this.#catalog, text)
    return isFault(parsed) ? parsed : this.#selectors.add(parsed.text, parsed)
  }

  /** The permissions of a group or a role. */
  bitsOf(permissions: ReadonlySet<Permission>): Bits {
    const known = this.#sets.get(permissions) ?? bitsOfPermissions(permissions)
    this.#sets.set(permissions, known)
    return known
  }

  /** All of these permissions. */
  union(sets: readonly Bits[]): Bits {
    const bits = unionOf(sets)
    return this.#permissions.get(bits) ?? this.#permissions.add(bits, bits)
  }

  /** Equal conditions are one, so that a cell lists each once. */
  condition(condition: Condition): CompiledCondition {
    const compiled = compileCondition(condition)
    const key = keyOf(compiled)
    return this.#conditions.get(key) ?? this.#conditions.add(key, compiled)
  }
}

const byCatalog = new WeakMap<Catalog, Shared>()

/** What the tokens and members of this catalog share. */
export function sharedBy(catalog: Catalog): Shared {
  const known = byCatalog.get(catalog) ?? new Shared(catalog)
  byCatalog.set(catalog, known)
  return known
}
