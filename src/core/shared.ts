/**
 * What the tokens and members of one catalog have in common, kept once: roots, conditions, the permission sets of groups. Selectors are read here too,
 * since they need the roots.
 *
 * Only memory depends on what is kept here: what was forgotten is made again, and no answer depends on two equal things being one object.
 */
import { type Bits, textOf } from './bits.ts'
import { type Catalog, type Permission, typePaths } from './catalog.ts'
import { type CompiledCondition, compileCondition, keyOf } from './condition.ts'
import type { Condition } from './facts.ts'
import { ParsedName } from './parsed-name.ts'
import { bitsOfPermissions } from './policy.ts'
import { rootOf } from './resource.ts'
import type { Root } from './roots.ts'
import { namedSelector, parseSelector, type Selector, type SelectorFault } from './selector.ts'

/** How many values one generation of a pool holds. */
const MAX_VALUES = 16_384
/** Longer keys aren't kept: they are seldom shared, and a pool must stay small. */
const MAX_KEY_LENGTH = 512

/** Remembers what was asked for lately, in two generations: when the young one is full it replaces the old one. */
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
    if (key.length > MAX_KEY_LENGTH) return value
    if (this.#young.size >= MAX_VALUES) {
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
  readonly #parsed = new ParsedName()
  readonly #roots = new Pool<Root>()
  /** The root of the last selector: the next one mostly has the same. */
  #lastRoot: Root = ''
  readonly #conditions = new Pool<CompiledCondition>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
    this.#types = { paths: typePaths(new Set(catalog.types.values())) }
    this.deep = bitsOfPermissions([...catalog.permissions.values()].filter(({ deep }) => deep))
  }

  /** Parsed anew each time: that takes less than a look-up among many. */
  selector(text: string): Selector | SelectorFault {
    return this.#named(text) ?? parseSelector(this.#catalog, text)
  }

  #named(text: string): Selector | null {
    const parsed = this.#parsed
    if (!parsed.parse(this.#types, text)) return null
    if (!parsed.pairIs(0, this.#lastRoot)) this.#lastRoot = this.root(rootOf(text))
    return namedSelector(parsed, this.#lastRoot)
  }

  /** Equal roots as one text in memory, since every decision compares one. */
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

  /** Equal conditions as one object, so that a policy table lists each once. */
  condition(condition: Condition): CompiledCondition {
    const compiled = compileCondition(condition)
    const key = keyOf(compiled)
    return this.#conditions.get(key) ?? this.#conditions.add(key, compiled)
  }
}

/** A copy of a text that may be a slice: a slice keeps the whole text it was cut from in memory. */
function copied(text: string): string {
  return textOf(Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)))
}

const byCatalog = new WeakMap<Catalog, Shared>()

/** The one for this catalog. */
export function sharedBy(catalog: Catalog): Shared {
  const known = byCatalog.get(catalog) ?? new Shared(catalog)
  byCatalog.set(catalog, known)
  return known
}
