/**
 * Writes policy tables. The layout, in characters; an *offset* takes two of them, or three where the table is long, everything else one:
 *
 *     table      width of offsets · may deny · log2(buckets) · shapes · shape… · offset of each bucket's first entry… · offset where the last one ends
 *                · cell… · entry… · policies · policy… · merged · merged cell…
 *     shape      four characters
 *     cell       statements · statement…
 *     statement  allow or deny · condition (from 1, 0 for none) · set of permissions (`permission-set.ts`)
 *     entry      tag · offset of its cell · length · path beneath the root…
 *     path       for each pair the code of its type, then its id, `*`, or a prefix and `*`
 *     policy     number · length · id… · offset of its own cell
 *     merged cell  offset · policies · number…
 *
 * What decisions read comes first, what only `explain` reads after it.
 */
import { StoredFactError } from '../errors.ts'
import { type Bits, meet, unionOf } from './bits.ts'
import type { ResourceType } from './catalog.ts'
import { type CompiledCondition, NO_CONDITIONS } from './condition.ts'
import { encodeSet } from './permission-set.ts'
import type { CompiledPolicy, Statement } from './policy.ts'
import { DENY, type PolicyTable, TYPE, tagOf } from './policy-table.ts'
import { type Selector, selectorOf } from './selector.ts'
import { above, depthOf, isAbove, type SelectorShape } from './selector-shape.ts'
import { TextWriter } from './text-writer.ts'

/** The policies of one side, a table for each root. Their conditions are numbered through all tables. */
export interface PolicyTables {
  readonly byRoot: ReadonlyMap<string, PolicyTable>
  readonly conditions: readonly CompiledCondition[]
}

/**
 * `deep` are the permissions declared deep. Throws `ERR_BAILIWICK_STORED_FACT` for more than a table can hold: 16 million characters, 65,536 policies,
 * and 65,536 characters of a policy's id.
 */
export function writeTables(policies: readonly CompiledPolicy[], deep: Bits): PolicyTables {
  const conditions = policies.every(({ condition }) => condition === null)
    ? NO_CONDITIONS
    : [...new Set(policies.flatMap(({ condition }) => condition ?? []))]
  const drafts = new Map<string, RootDraft>()
  let here: RootDraft | null = null
  policies.forEach(({ effect, permissions, selectors }, number) => {
    const reachesUp = effect === 'deny' && meet(permissions, deep)
    for (const selector of selectors) {
      if (here === null || here.root !== selector.root) here = draftAt(drafts, selector.root)
      here.add(selector, selector.shape, number)
      if (reachesUp) for (const one of selectorsAbove(selector)) here.add(one, above(one.shape), number)
    }
  })
  const numbers = new Map(conditions.map((condition, i) => [condition, i + 1]))
  const byRoot = new Map<string, PolicyTable>()
  for (const [root, draft] of drafts) byRoot.set(root, writeTable(draft, policies, numbers))
  return { byRoot, conditions }
}

/** A selector that policies name, or the resources above one. */
class Node {
  readonly selector: Selector
  readonly shape: SelectorShape
  /** The numbers of the policies that name it, ascending. */
  by: readonly number[]
  #several: number[] | null = null
  /** The next one of its bucket. */
  next: Node | null = null

  constructor(selector: Selector, shape: SelectorShape, by: readonly number[]) {
    this.selector = selector
    this.shape = shape
    this.by = by
  }

  /** Another policy names it, or the last one names it again. */
  addPolicy(number: number): void {
    if (this.by.at(-1) === number) return
    this.#several ??= [...this.by]
    this.#several.push(number)
    this.by = this.#several
  }
}

/** The selectors and policies of one table, gathered before it is written. */
class RootDraft {
  readonly root: string
  readonly nodes = new Map<string, Node>()
  /** The widest first, prefixes by their length: where nothing denies, the first allow ends the search. */
  readonly shapes: SelectorShape[] = []
  /** The policies of this root, ascending. */
  readonly numbers: number[] = []
  /** The last of them as a list, shared by all nodes that no other policy names. */
  #alone: readonly number[] = []

  constructor(root: string) {
    this.root = root
  }

  /** To be called in the order of the policies. */
  add(selector: Selector, shape: SelectorShape, number: number): void {
    if (this.numbers.at(-1) !== number) {
      this.numbers.push(number)
      this.#alone = [number]
    }
    const key = isAbove(shape) ? `${selector.text}/` : selector.text // no selector ends so
    const node = this.nodes.get(key)
    if (node === undefined) {
      this.nodes.set(key, new Node(selector, shape, this.#alone))
      if (!this.shapes.includes(shape)) insert(this.shapes, shape)
    } else node.addPolicy(number)
  }
}

function insert(shapes: SelectorShape[], shape: SelectorShape): void {
  const after = shapes.findIndex(
    (one) => depthOf(shape) - depthOf(one) < 0 || (depthOf(shape) === depthOf(one) && shape < one),
  )
  shapes.splice(after < 0 ? shapes.length : after, 0, shape)
}

function draftAt(drafts: Map<string, RootDraft>, root: string): RootDraft {
  const known = drafts.get(root) ?? new RootDraft(root)
  drafts.set(root, known)
  return known
}

/** A deny of a deep permission also applies to every resource above its selector. */
function selectorsAbove({ text, pairs }: Selector): readonly Selector[] {
  const parts = text.split('/')
  return pairs.slice(0, -1).flatMap((_, i) => selectorOf(parts.slice(0, i + 1).join('/'), pairs.slice(0, i + 1)) ?? [])
}

type Numbers = ReadonlyMap<CompiledCondition, number>

function writeTable(draft: RootDraft, policies: readonly CompiledPolicy[], conditions: Numbers): PolicyTable {
  for (const width of [2, 3] as const) {
    const table = new Writer(new TextWriter(width), policies, conditions).write(draft)
    if (table !== null) return table
  }
  throw new StoredFactError('the policies of one token or member are longer than can be understood')
}

class Writer {
  readonly #out: TextWriter
  readonly #policies: readonly CompiledPolicy[]
  /** From 1. */
  readonly #conditions: Numbers
  /** The offset of each policy's own cell, by the policy's number. */
  readonly #own: number[] = []
  /** The cells of several policies together: one for all nodes that the same policies name. */
  readonly #merged = new Map<string, { readonly at: number; readonly by: readonly number[] }>()

  constructor(out: TextWriter, policies: readonly CompiledPolicy[], conditions: Numbers) {
    this.#out = out
    this.#policies = policies
    this.#conditions = conditions
  }

  /** `null` where offsets of this width are too small for it. */
  write({ nodes, shapes, numbers }: RootDraft): PolicyTable | null {
    const out = this.#out
    const log = Math.ceil(Math.log2(Math.max(nodes.size / PER_BUCKET, 1)))
    const buckets = inBuckets(nodes.values(), log)
    out.number(out.width)
    out.number(numbers.some((number) => this.#policyOf(number).effect === 'deny') ? DENY : 0)
    out.number(log)
    out.number(shapes.length)
    for (const shape of shapes) out.long(shape)
    const begins = out.length
    for (let bucket = 0; bucket <= buckets.length; bucket++) out.offset(0)
    for (const number of numbers) this.#own[number] = this.#writeCell([number])
    for (const { by } of nodes.values()) this.#cell(by)
    buckets.forEach((first, bucket) => {
      out.pointHere(begins + out.width * bucket)
      for (let node = first; node !== null; node = node.next) this.#writeEntry(node)
    })
    out.pointHere(begins + out.width * buckets.length)
    this.#writePolicies(numbers)
    return out.finish()
  }

  #cell(by: readonly number[]): number {
    const own = by.length === 1 ? this.#own[by[0] ?? 0] : undefined
    if (own !== undefined) return own
    const key = by.join()
    const known = this.#merged.get(key) ?? { at: this.#writeCell(by), by }
    this.#merged.set(key, known)
    return known.at
  }

  #writeCell(by: readonly number[]): number {
    const out = this.#out
    const at = out.length
    const policies = by.map((number) => this.#policyOf(number))
    const statements = by.length === 1 ? policies : merge(policies)
    out.number(statements.length)
    for (const { effect, condition, permissions } of statements) {
      out.number(effect === 'deny' ? DENY : 0)
      out.number(this.#numberOf(condition))
      out.characters(encodeSet(permissions))
    }
    return at
  }

  #policyOf(number: number): CompiledPolicy {
    return this.#policies[number] ?? fail('a policy')
  }

  #numberOf(condition: CompiledCondition | null): number {
    return condition === null ? 0 : (this.#conditions.get(condition) ?? fail('a condition'))
  }

  #writeEntry({ selector, shape, by }: Node): void {
    const out = this.#out
    out.number(tagOf(selector.hash, isAbove(shape)))
    out.offset(this.#cell(by))
    const length = out.length
    out.number(0)
    writePath(out, selector.text, selector.type, selector.text.length)
    out.countFrom(length)
  }

  #writePolicies(numbers: readonly number[]): void {
    const out = this.#out
    out.number(numbers.length)
    for (const number of numbers) {
      out.number(number)
      out.text(this.#policyOf(number).id)
      out.offset(this.#own[number] ?? fail('a cell'))
    }
    out.number(this.#merged.size)
    for (const { at, by } of this.#merged.values()) {
      out.offset(at)
      out.number(by.length)
      for (const number of by) out.number(number)
    }
  }
}

/** Rather no table than one that says something else than its policies. */
function fail(what: string): never {
  throw new StoredFactError(`${what} is not among those of its side`)
}

/** How many nodes a bucket has at most, if they spread evenly. */
const PER_BUCKET = 2

/** The first node of each bucket. */
function inBuckets(nodes: Iterable<Node>, log: number): readonly (Node | null)[] {
  const buckets = new Array<Node | null>(2 ** log).fill(null)
  for (const node of nodes) {
    const bucket = node.selector.hash & (buckets.length - 1)
    node.next = buckets[bucket] ?? null
    buckets[bucket] = node
  }
  return buckets
}

/** The pairs of a selector beneath its root, down to the pair of this type, which ends at `end` of its text. */
function writePath(out: TextWriter, text: string, type: ResourceType, end: number): void {
  if (type.parent === null) return
  const slash = text.lastIndexOf('/', end - 1)
  writePath(out, text, type.parent, slash)
  out.number(TYPE + type.index)
  out.characters(text, slash + 1 + type.marker.length, end)
}

/** One statement for each effect and condition, denies first, so that the first one that applies decides. */
function merge(policies: readonly Statement[]): readonly Statement[] {
  const denies: Merged[] = []
  const allows: Merged[] = []
  for (const { effect, condition, permissions } of policies) {
    const alike = effect === 'deny' ? denies : allows
    const known = alike.find((one) => one.condition === condition)
    if (known === undefined) alike.push({ effect, condition, sets: [permissions] })
    else known.sets.push(permissions)
  }
  const statementOf = ({ effect, condition, sets }: Merged) => ({ effect, condition, permissions: unionOf(sets) })
  return [...denies, ...allows].map(statementOf)
}

interface Merged extends Omit<Statement, 'permissions'> {
  readonly sets: Bits[]
}
