/**
 * One side's policies, compiled: answers "does a deny apply, else does an allow?" at a cost that depends on the depth of the resource,
 * not on how many policies, groups or selectors there are.
 */
import { StoredFactError } from '../errors.ts'
import { type Bits, meet, textOf } from './bits.ts'
import type { Permission } from './catalog.ts'
import { Cells, type Verdict } from './cell.ts'
import type { Context } from './condition.ts'
import type { CompiledPolicy } from './policy.ts'
import type { Said } from './prefix-table.ts'
import { type Selector, selectorOf } from './selector.ts'
import { SelectorIndex } from './selector-index.ts'
import type { Walk } from './walk.ts'

/** The most policies, and the most selectors, that one token or member can be compiled with. What may be written is far below. */
const MOST = 0xffff

/** A policy without its selectors: they are kept once for all that name them. */
type Head = Omit<CompiledPolicy, 'selectors'>

export class PolicySet {
  readonly #heads: readonly Head[]
  readonly #selectors: readonly Selector[]
  /** For each policy how many selectors it names, then their numbers, a character each. */
  readonly #named: string
  readonly #covering: SelectorIndex
  /** What denies of deep permissions say above their selectors; `null` where there are none. */
  readonly #above: SelectorIndex | null

  /** `deep` are the permissions declared so. Throws `ERR_BAILIWICK_STORED_FACT` for more than 65,535 policies or selectors. */
  constructor(policies: readonly CompiledPolicy[], deep: Bits) {
    const said = saidBy(policies, ({ selectors }) => selectors)
    if (policies.length > MOST || said.length > MOST)
      throw new StoredFactError(`more than ${MOST} policies or selectors of one token or member can't be understood`)
    const above = saidBy(policies, ({ effect, permissions, selectors }) =>
      effect === 'deny' && meet(permissions, deep) ? selectors.flatMap(selectorsAbove) : [],
    )
    this.#heads = policies.map(({ id, effect, permissions, condition }) => ({ id, effect, permissions, condition }))
    const cells = new Cells(this.#heads)
    this.#covering = new SelectorIndex(said, cells, 'covering')
    this.#above = above.length === 0 ? null : new SelectorIndex(above, cells, 'exact')
    this.#selectors = completed(this.#covering.selectors, said)
    this.#named = namedBy(policies, this.#selectors)
  }

  /** Deny overrides; an unknown condition lets a deny apply and an allow not. */
  verdict(walk: Walk, permission: Permission, context: Context): Verdict {
    const found = this.#covering.verdict(walk, permission.index, context)
    if (found === 'denied' || !permission.deep || this.#above === null) return found
    return this.#above.verdict(walk, permission.index, context) === 'denied' ? 'denied' : found
  }

  /** The policies it was made of: for those who explain, since putting them together takes time. */
  get policies(): readonly CompiledPolicy[] {
    let at = 0
    return this.#heads.map((head) => {
      const first = at + 1
      at = first + this.#named.charCodeAt(at)
      const numbers = Array.from({ length: at - first }, (_, i) => this.#named.charCodeAt(first + i))
      return { ...head, selectors: numbers.flatMap((number) => this.#selectors[number] ?? []) }
    })
  }

  /** About how much memory it takes, counting in full what it shares with others. */
  get bytes(): number {
    const selectors = this.#selectors.reduce((sum, { text }) => sum + PER_SELECTOR + text.length, 0)
    const heads = this.#heads.reduce((sum, { id, permissions }) => sum + PER_POLICY + id.length + permissions.length, 0)
    return selectors + heads + 2 * this.#named.length + this.#covering.bytes + (this.#above?.bytes ?? 0)
  }
}

/** About what one of each takes besides its text; measured once and rounded up. */
const PER_POLICY = 120
const PER_SELECTOR = 400

/** Each selector once, in the order in which it is first named, with the numbers of the policies that name it. */
function saidBy(
  policies: readonly CompiledPolicy[],
  selectorsOf: (policy: CompiledPolicy) => readonly Selector[],
): readonly Said[] {
  const said = new Map<string, { readonly selector: Selector; readonly by: number[] }>()
  policies.forEach((policy, number) => {
    for (const selector of selectorsOf(policy)) {
      const known = said.get(selector.text)
      if (known === undefined) said.set(selector.text, { selector, by: [number] })
      else if (known.by.at(-1) !== number) known.by.push(number)
    }
  })
  return [...said.values()]
}

/** A deny of a deep permission also stands at every resource above its selector. */
function selectorsAbove({ text, pairs }: Selector): readonly Selector[] {
  const parts = text.split('/')
  return pairs.slice(0, -1).flatMap((_, i) => selectorOf(parts.slice(0, i + 1).join('/'), pairs.slice(0, i + 1)) ?? [])
}

/** The selectors of an index, and after them those that share a place there with another one. */
function completed(indexed: readonly Selector[], said: readonly Said[]): readonly Selector[] {
  if (indexed.length === said.length) return indexed
  const there = new Set(indexed)
  return [...indexed, ...said.flatMap(({ selector }) => (there.has(selector) ? [] : selector))]
}

function namedBy(policies: readonly CompiledPolicy[], selectors: readonly Selector[]): string {
  const numbers = new Map(selectors.map(({ text }, number) => [text, number]))
  return textOf(
    policies.flatMap((policy) => [
      policy.selectors.length,
      ...policy.selectors.map(({ text }) => numbers.get(text) ?? 0),
    ]),
  )
}
