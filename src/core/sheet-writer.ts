/**
 * Writes sheets. The layout, in characters; an *offset* takes two of them, or three where the sheet is long, everything else one:
 *
 *     sheet      width of offsets · may deny · log2(buckets) · shapes · shape… · offset of each bucket's first entry… · offset where the last one ends
 *                · cell… · entry… · policies · policy… · merged · merged cell…
 *     shape      four characters
 *     cell       statements · statement…
 *     statement  allow or deny · condition (from 1, 0 for none) · set of permissions (`permission-set.ts`)
 *     entry      tag · offset of its cell · length · path beneath the root…
 *     path       for each pair the code of its type, then its id, `*`, or a prefix and `*`
 *     policy     number · length · id… · offset of its own cell
 *     merged cell  offset · policies · number…
 *
 * What decisions read stands before what is only told of.
 */
import { StoredFactError } from '../errors.ts'
import { type Bits, meet, unionOf } from './bits.ts'
import type { ResourceType } from './catalog.ts'
import { type CompiledCondition, NO_CONDITIONS } from './condition.ts'
import { spellSet } from './permission-set.ts'
import type { CompiledPolicy, Statement } from './policy.ts'
import { type Selector, selectorOf } from './selector.ts'
import { above, depthOf, isAbove, type Shape } from './shape.ts'
import { DENY, type Sheet, TYPE, tagOf } from './sheet.ts'
import { Pen } from './sheet-pen.ts'

/** What the policies of one side say, by root. Conditions are numbered for all of them together. */
export interface Sheets {
  readonly byRoot: ReadonlyMap<string, Sheet>
  readonly conditions: readonly CompiledCondition[]
}

/**
 * `deep` are the permissions declared so. Throws `ERR_BAILIWICK_STORED_FACT` for more than a sheet can hold: 16 million characters, 65,536 policies, and
 * as many characters of the id of one.
 */
export function writeSheets(policies: readonly CompiledPolicy[], deep: Bits): Sheets {
  const conditions = policies.every(({ condition }) => condition === null)
    ? NO_CONDITIONS
    : [...new Set(policies.flatMap(({ condition }) => condition ?? []))]
  const said = new Map<string, Said>()
  let here: Said | null = null
  policies.forEach(({ effect, permissions, selectors }, number) => {
    const reachesUp = effect === 'deny' && meet(permissions, deep)
    for (const selector of selectors) {
      if (here === null || here.root !== selector.root) here = saidAt(said, selector.root)
      here.say(selector, selector.shape, number)
      if (reachesUp) for (const one of selectorsAbove(selector)) here.say(one, above(one.shape), number)
    }
  })
  const numbers = new Map(conditions.map((condition, i) => [condition, i + 1]))
  const byRoot = new Map<string, Sheet>()
  for (const [root, one] of said) byRoot.set(root, writeSheet(one, policies, numbers))
  return { byRoot, conditions }
}

/** What policies speak of: a selector, or what lies above one. */
class Node {
  readonly selector: Selector
  readonly shape: Shape
  /** The numbers of the policies that name it, ascending. */
  by: readonly number[]
  #several: number[] | null = null
  /** The next one of its bucket. */
  next: Node | null = null

  constructor(selector: Selector, shape: Shape, by: readonly number[]) {
    this.selector = selector
    this.shape = shape
    this.by = by
  }

  /** One more policy names it, or the last one once more. */
  name(number: number): void {
    if (this.by.at(-1) === number) return
    this.#several ??= [...this.by]
    this.#several.push(number)
    this.by = this.#several
  }
}

/** What is said at one root. */
class Said {
  readonly root: string
  readonly nodes = new Map<string, Node>()
  /** Those that cover most first: where nothing denies, the first that allows is the answer. Prefixes by their length. */
  readonly shapes: Shape[] = []
  /** Of the policies that say something, ascending. */
  readonly numbers: number[] = []
  /** The last of them, in a list that all nodes share which it alone names. */
  #alone: readonly number[] = []

  constructor(root: string) {
    this.root = root
  }

  /** Called in the order of the policies. */
  say(selector: Selector, shape: Shape, number: number): void {
    if (this.numbers.at(-1) !== number) {
      this.numbers.push(number)
      this.#alone = [number]
    }
    const key = isAbove(shape) ? `${selector.text}/` : selector.text // no selector ends so
    const node = this.nodes.get(key)
    if (node === undefined) {
      this.nodes.set(key, new Node(selector, shape, this.#alone))
      if (!this.shapes.includes(shape)) insert(this.shapes, shape)
    } else node.name(number)
  }
}

function insert(shapes: Shape[], shape: Shape): void {
  const after = shapes.findIndex(
    (one) => depthOf(shape) - depthOf(one) < 0 || (depthOf(shape) === depthOf(one) && shape < one),
  )
  shapes.splice(after < 0 ? shapes.length : after, 0, shape)
}

function saidAt(said: Map<string, Said>, root: string): Said {
  const known = said.get(root) ?? new Said(root)
  said.set(root, known)
  return known
}

/** A deny of a deep permission also stands at every resource above its selector. */
function selectorsAbove({ text, pairs }: Selector): readonly Selector[] {
  const parts = text.split('/')
  return pairs.slice(0, -1).flatMap((_, i) => selectorOf(parts.slice(0, i + 1).join('/'), pairs.slice(0, i + 1)) ?? [])
}

type Numbers = ReadonlyMap<CompiledCondition, number>

function writeSheet(said: Said, policies: readonly CompiledPolicy[], conditions: Numbers): Sheet {
  for (const width of [2, 3] as const) {
    const sheet = new Writer(new Pen(width), policies, conditions).write(said)
    if (sheet !== null) return sheet
  }
  throw new StoredFactError('the policies of one token or member are longer than can be understood')
}

class Writer {
  readonly #pen: Pen
  readonly #policies: readonly CompiledPolicy[]
  /** From 1. */
  readonly #conditions: Numbers
  /** Where the cell of each policy by itself stands, by its number. */
  readonly #own: number[] = []
  /** That of several policies: one for all nodes of which the same ones speak. */
  readonly #merged = new Map<string, { readonly at: number; readonly by: readonly number[] }>()

  constructor(pen: Pen, policies: readonly CompiledPolicy[], conditions: Numbers) {
    this.#pen = pen
    this.#policies = policies
    this.#conditions = conditions
  }

  /** `null` where offsets of this width are too small for it. */
  write({ nodes, shapes, numbers }: Said): Sheet | null {
    const pen = this.#pen
    const log = Math.ceil(Math.log2(Math.max(nodes.size / PER_BUCKET, 1)))
    const buckets = inBuckets(nodes.values(), log)
    pen.number(pen.width)
    pen.number(numbers.some((number) => this.#policyOf(number).effect === 'deny') ? DENY : 0)
    pen.number(log)
    pen.number(shapes.length)
    for (const shape of shapes) pen.long(shape)
    const begins = pen.length
    for (let bucket = 0; bucket <= buckets.length; bucket++) pen.offset(0)
    for (const number of numbers) this.#own[number] = this.#writeCell([number])
    for (const { by } of nodes.values()) this.#cell(by)
    buckets.forEach((first, bucket) => {
      pen.pointHere(begins + pen.width * bucket)
      for (let node = first; node !== null; node = node.next) this.#writeEntry(node)
    })
    pen.pointHere(begins + pen.width * buckets.length)
    this.#writePolicies(numbers)
    return pen.finish()
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
    const pen = this.#pen
    const at = pen.length
    const policies = by.map((number) => this.#policyOf(number))
    const statements = by.length === 1 ? policies : merge(policies)
    pen.number(statements.length)
    for (const { effect, condition, permissions } of statements) {
      pen.number(effect === 'deny' ? DENY : 0)
      pen.number(this.#numberOf(condition))
      pen.characters(spellSet(permissions))
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
    const pen = this.#pen
    pen.number(tagOf(selector.hash, isAbove(shape)))
    pen.offset(this.#cell(by))
    const length = pen.length
    pen.number(0)
    writePath(pen, selector.text, selector.type, selector.text.length)
    pen.countFrom(length)
  }

  #writePolicies(numbers: readonly number[]): void {
    const pen = this.#pen
    pen.number(numbers.length)
    for (const number of numbers) {
      pen.number(number)
      pen.text(this.#policyOf(number).id)
      pen.offset(this.#own[number] ?? fail('a cell'))
    }
    pen.number(this.#merged.size)
    for (const { at, by } of this.#merged.values()) {
      pen.offset(at)
      pen.number(by.length)
      for (const number of by) pen.number(number)
    }
  }
}

/** What would make a sheet say something else than its policies: then there is none. */
function fail(what: string): never {
  throw new StoredFactError(`${what} is not among those of its side`)
}

/** How many nodes a bucket has at most, were they spread evenly. */
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

/** The pairs of a selector beneath its root, as far as the pair of this type, which ends here in its text. */
function writePath(pen: Pen, text: string, type: ResourceType, end: number): void {
  if (type.parent === null) return
  const slash = text.lastIndexOf('/', end - 1)
  writePath(pen, text, type.parent, slash)
  pen.number(TYPE + type.index)
  pen.characters(text, slash + 1 + type.marker.length, end)
}

/** One statement for each effect and condition, denies first: then the first that applies decides. */
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
