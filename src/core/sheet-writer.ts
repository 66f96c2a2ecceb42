/**
 * Writes sheets. The layout, in characters; a *number* takes two of them, or three where the sheet is long:
 *
 *     sheet    width · may deny · log2(buckets) · shapes · shape… · where each bucket's entries begin… · where the last one's end
 *              · policies · policy… · cell… · table… · entry…
 *     policy   number · length · id… · cell
 *     cell     statements · statement… · policies · number…
 *     statement  allow or deny · condition (from 1, 0 for none) · length · permissions…
 *     table    prefixes · where each stands… · prefix…
 *     prefix   cell · shorter (from 1, 0 for none) · length · text…
 *     entry    a byte of its hash · kind · cell or table · length · path beneath the root…
 */
import { StoredFactError } from '../errors.ts'
import { type Bits, meet, unionOf } from './bits.ts'
import type { CompiledCondition } from './condition.ts'
import type { CompiledPolicy, Statement } from './policy.ts'
import { type Selector, selectorOf } from './selector.ts'
import { above, depthOf, endsInPrefix, isAbove, type Shape } from './shape.ts'
import { DENY, KINDS, type Sheet } from './sheet.ts'
import { Pen } from './sheet-pen.ts'

/** What the policies of one side say, by root. Conditions are numbered for all of them together. */
export interface Sheets {
  readonly byRoot: ReadonlyMap<string, Sheet>
  readonly conditions: readonly CompiledCondition[]
}

const NONE: readonly CompiledCondition[] = Object.freeze([])

/** A place of a sheet: a selector, or what lies above one. */
class Node {
  readonly selector: Selector
  readonly shape: Shape
  /** The numbers of the policies that name it, ascending. */
  readonly by: number[]
  /** All prefixes after the same pairs share one place: those besides this one. */
  others: Node[] | null = null
  /** The next one of its bucket. */
  next: Node | null = null

  constructor(selector: Selector, shape: Shape, by: number) {
    this.selector = selector
    this.shape = shape
    this.by = [by]
  }
}

/** `deep` are the permissions declared so. Throws `ERR_BAILIWICK_STORED_FACT` for more than a sheet can hold: 16 million characters. */
export function writeSheets(policies: readonly CompiledPolicy[], deep: Bits): Sheets {
  const conditions = policies.every(({ condition }) => condition === null)
    ? NONE
    : [...new Set(policies.flatMap(({ condition }) => condition ?? []))]
  const byRoot = new Map<string, Map<string, Node>>()
  policies.forEach(({ effect, permissions, selectors }, number) => {
    for (const selector of selectors) say(byRoot, selector, selector.shape, number)
    if (effect === 'deny' && meet(permissions, deep))
      for (const selector of selectors.flatMap(selectorsAbove)) say(byRoot, selector, above(selector.shape), number)
  })
  const sheets = new Map<string, Sheet>()
  for (const [root, nodes] of byRoot) sheets.set(root, writeSheet([...nodes.values()], policies, conditions))
  return { byRoot: sheets, conditions }
}

function say(byRoot: Map<string, Map<string, Node>>, selector: Selector, shape: Shape, number: number): void {
  let nodes = byRoot.get(selector.root)
  if (nodes === undefined) {
    nodes = new Map()
    byRoot.set(selector.root, nodes)
  }
  const key = shape === selector.shape ? selector.text : `${selector.text}/` // no selector ends so
  const node = nodes.get(key)
  if (node === undefined) nodes.set(key, new Node(selector, shape, number))
  else if (node.by.at(-1) !== number) node.by.push(number)
}

/** A deny of a deep permission also stands at every resource above its selector. */
function selectorsAbove({ text, pairs }: Selector): readonly Selector[] {
  const parts = text.split('/')
  return pairs.slice(0, -1).flatMap((_, i) => selectorOf(parts.slice(0, i + 1).join('/'), pairs.slice(0, i + 1)) ?? [])
}

function writeSheet(
  nodes: readonly Node[],
  policies: readonly CompiledPolicy[],
  conditions: readonly CompiledCondition[],
): Sheet {
  const places = withPrefixesTogether(nodes)
  const numbers = new Map(conditions.map((condition, i) => [condition, i + 1]))
  for (const width of [2, 3] as const) {
    const sheet = new Writer(new Pen(width), policies, numbers).write(nodes, places)
    if (sheet !== null) return sheet
  }
  throw new StoredFactError('the policies of one token or member are longer than can be understood')
}

function withPrefixesTogether(nodes: readonly Node[]): readonly Node[] {
  if (!nodes.some(({ shape }) => endsInPrefix(shape))) return nodes
  const firsts = new Map<string, Node>()
  return nodes.filter((node) => {
    if (!endsInPrefix(node.shape)) return true
    const path = node.selector.text.slice(0, pathEnd(node))
    const first = firsts.get(path)
    if (first === undefined) firsts.set(path, node)
    else if (first.others === null) first.others = [node]
    else first.others.push(node)
    return first === undefined
  })
}

/** Where the path of a place ends in the text of its selector: before a prefix, if there is one. */
function pathEnd({ selector: { text }, shape }: Node): number {
  return endsInPrefix(shape) ? text.lastIndexOf(':') + 1 : text.length
}

class Writer {
  readonly #pen: Pen
  readonly #policies: readonly CompiledPolicy[]
  /** From 1. */
  readonly #conditions: ReadonlyMap<CompiledCondition, number>
  /** Where the cell of these policies stands: one for all places of which the same ones speak. */
  readonly #cells = new Map<string, number>()
  /** Those of one policy alone, by its number. */
  readonly #own: number[] = []

  constructor(pen: Pen, policies: readonly CompiledPolicy[], conditions: ReadonlyMap<CompiledCondition, number>) {
    this.#pen = pen
    this.#policies = policies
    this.#conditions = conditions
  }

  /** `null` where numbers of this width are too small for it. */
  write(nodes: readonly Node[], places: readonly Node[]): Sheet | null {
    const pen = this.#pen
    const log = Math.ceil(Math.log2(places.length))
    const buckets = inBuckets(places, log)
    const numbers = numbersIn(nodes)
    // What covers most stands first: where nothing denies, the first that allows is the answer.
    const shapes = [...new Set(places.map(({ shape }) => shape))].sort((a, b) => depthOf(a) - depthOf(b))
    pen.byte(pen.width)
    pen.byte(numbers.some((number) => this.#policies[number]?.effect === 'deny') ? DENY : 0)
    pen.byte(log)
    pen.byte(shapes.length)
    for (const shape of shapes) {
      pen.byte(shape >>> 8)
      pen.byte(shape & 0xff)
    }
    const begins = pen.length
    for (let bucket = 0; bucket <= buckets.length; bucket++) pen.number(0)
    this.#writePolicies(numbers)
    const found = new Map<Node, number>()
    for (const node of places)
      if (endsInPrefix(node.shape)) found.set(node, this.#writeTable([node, ...(node.others ?? [])]))
    for (const node of places) if (!endsInPrefix(node.shape)) this.#cell(node.by)
    buckets.forEach((first, bucket) => {
      pen.pointHere(begins + pen.width * bucket)
      for (let node = first; node !== null; node = node.next)
        this.#writeEntry(node, found.get(node) ?? this.#cell(node.by))
    })
    pen.pointHere(begins + pen.width * buckets.length)
    return pen.finish()
  }

  #writePolicies(numbers: readonly number[]): void {
    this.#pen.number(numbers.length)
    for (const number of numbers) {
      const policy = this.#policies[number]
      if (policy === undefined) continue
      this.#pen.number(number)
      this.#pen.text(policy.id)
      this.#own[number] = this.#pen.length
      this.#writeCell([policy], [number])
    }
  }

  #cell(by: readonly number[]): number {
    const own = by.length === 1 ? this.#own[by[0] ?? 0] : undefined
    if (own !== undefined) return own
    const key = by.join()
    const known = this.#cells.get(key)
    if (known !== undefined) return known
    const at = this.#pen.length
    this.#cells.set(key, at)
    this.#writeCell(merge(by.flatMap((number) => this.#policies[number] ?? [])), by)
    return at
  }

  #writeCell(statements: readonly Statement[], by: readonly number[]): void {
    const pen = this.#pen
    pen.number(statements.length)
    for (const { effect, condition, permissions } of statements) {
      pen.byte(effect === 'deny' ? DENY : 0)
      pen.number(this.#numberOf(condition))
      pen.text(permissions)
    }
    pen.number(by.length)
    for (const number of by) pen.number(number)
  }

  #numberOf(condition: CompiledCondition | null): number {
    const number = condition === null ? 0 : this.#conditions.get(condition)
    if (number === undefined) throw new StoredFactError('a condition is not among those of its side')
    return number
  }

  /** Each prefix says what its own shorter ones say too, so that the longest one that matches answers for all. */
  #writeTable(nodes: readonly Node[]): number {
    const pen = this.#pen
    const prefixes: { readonly text: string; readonly by: readonly number[]; readonly shorter: number }[] = []
    for (const { text, by } of nodes.map(prefixOf).sort((a, b) => (a.text < b.text ? -1 : 1))) {
      // A shorter prefix sorts before all it begins, so it is the last one before or among that one's own shorter ones.
      let shorter = prefixes.length
      while (shorter > 0 && !text.startsWith(prefixes[shorter - 1]?.text ?? ''))
        shorter = prefixes[shorter - 1]?.shorter ?? 0
      const inherited = prefixes[shorter - 1]?.by ?? []
      prefixes.push({ text, by: [...new Set([...inherited, ...by])].sort((a, b) => a - b), shorter })
    }
    const cells = prefixes.map(({ by }) => this.#cell(by))
    const table = pen.length
    pen.number(prefixes.length)
    for (let i = 0; i < prefixes.length; i++) pen.number(0)
    prefixes.forEach(({ text, shorter }, i) => {
      pen.pointHere(table + pen.width * (i + 1))
      pen.number(cells[i] ?? 0)
      pen.number(shorter)
      pen.text(text)
    })
    return table
  }

  #writeEntry(node: Node, found: number): void {
    const { shape, selector } = node
    this.#pen.byte(selector.hash >>> 24)
    this.#pen.byte(isAbove(shape) ? KINDS.above : endsInPrefix(shape) ? KINDS.prefixes : KINDS.covering)
    this.#pen.number(found)
    this.#pen.text(selector.text, selector.root.length, pathEnd(node))
  }
}

/** The numbers of the policies that these places name, each once. */
function numbersIn(nodes: readonly Node[]): readonly number[] {
  const seen = new Set<number>()
  for (const { by } of nodes) for (const number of by) seen.add(number)
  return [...seen]
}

/** The first place of each bucket. */
function inBuckets(places: readonly Node[], log: number): readonly (Node | null)[] {
  const buckets = new Array<Node | null>(2 ** log).fill(null)
  for (const node of places) {
    const bucket = node.selector.hash & (buckets.length - 1)
    node.next = buckets[bucket] ?? null
    buckets[bucket] = node
  }
  return buckets
}

function prefixOf({ selector: { pairs, type }, by }: Node): { readonly text: string; readonly by: readonly number[] } {
  return { text: pairs.at(-1)?.text.slice(type.marker.length) ?? '', by }
}

/** Statements that differ in effect or condition, denies first: then the first that applies decides. */
function merge(statements: readonly Statement[]): readonly Statement[] {
  return (['deny', 'allow'] as const).flatMap((effect) => {
    const alike = new Map<CompiledCondition | null, Bits[]>([[null, []]])
    for (const one of statements) {
      if (one.effect !== effect) continue
      const sets = alike.get(one.condition)
      if (sets === undefined) alike.set(one.condition, [one.permissions])
      else sets.push(one.permissions)
    }
    return [...alike].flatMap(([condition, sets]) =>
      sets.length === 0 ? [] : [{ effect, permissions: unionOf(sets), condition }],
    )
  })
}
