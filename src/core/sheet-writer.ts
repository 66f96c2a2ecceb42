/**
 * Writes sheets. The layout, in characters; a *number* takes two of them, or three where the sheet is long:
 *
 *     sheet    width · log2(buckets) · shapes · shape… · where each bucket's entries begin… · where the last one's end
 *              · policies · policy… · cell… · table… · entry…
 *     policy   number · length · id… · cell
 *     cell     statements · statement… · policies · number…
 *     statement  allow or deny · condition (from 1, 0 for none) · length · permissions…
 *     table    prefixes · where each stands… · prefix…
 *     prefix   cell · shorter (from 1, 0 for none) · length · text…
 *     entry    a byte of its hash · kind · cell or table · length · path beneath the root…
 */
import { StoredFactError } from '../errors.ts'
import { type Bits, meet, textOf, unionOf } from './bits.ts'
import type { CompiledCondition } from './condition.ts'
import type { CompiledPolicy, Statement } from './policy.ts'
import { type Selector, selectorOf } from './selector.ts'
import { above, endsInPrefix, isAbove, type Shape } from './shape.ts'
import { DENY, KINDS, type Sheet } from './sheet.ts'

/** What the policies of one side say, by root. Conditions are numbered for all of them together. */
export interface Sheets {
  readonly byRoot: ReadonlyMap<string, Sheet>
  readonly conditions: readonly CompiledCondition[]
}

/** A selector, and the numbers of the policies that name it, ascending. */
interface Said {
  readonly selector: Selector
  readonly shape: Shape
  readonly by: readonly number[]
}

/** `deep` are the permissions declared so. Throws `ERR_BAILIWICK_STORED_FACT` for more than a sheet can hold: 16 million characters. */
export function writeSheets(policies: readonly CompiledPolicy[], deep: Bits): Sheets {
  const conditions = [...new Set(policies.flatMap(({ condition }) => condition ?? []))]
  const byRoot = new Map<string, Map<string, Said & { readonly by: number[] }>>()
  const say = (selector: Selector, shape: Shape, number: number) => {
    const said = byRoot.get(selector.root) ?? new Map<string, Said & { readonly by: number[] }>()
    byRoot.set(selector.root, said)
    const key = shape === selector.shape ? selector.text : `${selector.text}/` // no selector ends so
    const known = said.get(key)
    if (known === undefined) said.set(key, { selector, shape, by: [number] })
    else if (known.by.at(-1) !== number) known.by.push(number)
  }
  policies.forEach(({ effect, permissions, selectors }, number) => {
    for (const selector of selectors) say(selector, selector.shape, number)
    if (effect === 'deny' && meet(permissions, deep))
      for (const selector of selectors.flatMap(selectorsAbove)) say(selector, above(selector.shape), number)
  })
  const sheets = [...byRoot].map(
    ([root, said]) => [root, writeSheet([...said.values()], policies, conditions)] as const,
  )
  return { byRoot: new Map(sheets), conditions }
}

/** A deny of a deep permission also stands at every resource above its selector. */
function selectorsAbove({ text, pairs }: Selector): readonly Selector[] {
  const parts = text.split('/')
  return pairs.slice(0, -1).flatMap((_, i) => selectorOf(parts.slice(0, i + 1).join('/'), pairs.slice(0, i + 1)) ?? [])
}

function writeSheet(
  said: readonly Said[],
  policies: readonly CompiledPolicy[],
  conditions: readonly CompiledCondition[],
): Sheet {
  const numbers = new Map<CompiledCondition | null, number>(conditions.map((condition, i) => [condition, i + 1]))
  for (const width of [2, 3] as const) {
    const sheet = new Writer(width, policies, numbers).write(said)
    if (sheet !== null) return sheet
  }
  throw new StoredFactError('the policies of one token or member are longer than can be understood')
}

/** A place of a sheet: prefixes after the same pairs share one. */
interface Node {
  readonly shape: Shape
  readonly hash: number
  /** Beneath the root, as it is spelt; without the prefix that ends it. */
  readonly path: string
  readonly said: readonly [Said, ...Said[]]
}

function nodesOf(said: readonly Said[]): readonly Node[] {
  const nodes: Node[] = []
  const prefixes = new Map<string, [Said, ...Said[]]>()
  for (const one of said) {
    const { selector, shape } = one
    const { text, root, hash } = selector
    if (!endsInPrefix(shape)) nodes.push({ shape, hash, path: text.slice(root.length), said: [one] })
    else {
      const path = text.slice(root.length, text.lastIndexOf(':') + 1)
      const group = prefixes.get(path)
      if (group === undefined) prefixes.set(path, [one])
      else group.push(one)
    }
  }
  for (const [path, group] of prefixes) {
    const { shape, selector } = group[0]
    nodes.push({ shape, hash: selector.hash, path, said: group })
  }
  return nodes
}

class Writer {
  readonly #out: number[] = []
  readonly #width: 2 | 3
  readonly #policies: readonly CompiledPolicy[]
  readonly #conditions: ReadonlyMap<CompiledCondition | null, number>
  /** Where the cell of these policies stands: one for all places of which the same ones speak. */
  readonly #cells = new Map<string, number>()
  #fits = true

  constructor(
    width: 2 | 3,
    policies: readonly CompiledPolicy[],
    conditions: ReadonlyMap<CompiledCondition | null, number>,
  ) {
    this.#width = width
    this.#policies = policies
    this.#conditions = conditions
  }

  /** `null` where numbers of this width are too small for it. */
  write(said: readonly Said[]): Sheet | null {
    const nodes = nodesOf(said)
    const log = Math.ceil(Math.log2(Math.max(nodes.length, 1)))
    const mask = 2 ** log - 1
    const shapes = [...new Set(nodes.map(({ shape }) => shape))]
    this.#out.push(this.#width, log, shapes.length)
    for (const shape of shapes) this.#out.push(shape >>> 8, shape & 0xff)
    const buckets = this.#out.length
    for (let bucket = 0; bucket <= mask + 1; bucket++) this.#number(0)
    this.#writePolicies([...new Set(said.flatMap(({ by }) => by))])
    const entries = nodes.map((node) => ({ ...node, bucket: node.hash & mask, found: this.#find(node) }))
    entries.sort((a, b) => a.bucket - b.bucket)
    let next = 0
    for (const entry of entries) {
      while (next <= entry.bucket) this.#setHere(buckets + this.#width * next++)
      this.#writeEntry(entry)
    }
    while (next <= mask + 1) this.#setHere(buckets + this.#width * next++)
    return this.#fits && this.#out.length < 256 ** this.#width ? textOf(this.#out) : null
  }

  #writePolicies(numbers: readonly number[]): void {
    this.#number(numbers.length)
    for (const number of numbers) {
      const policy = this.#policies[number]
      if (policy === undefined) continue
      this.#number(number)
      this.#text(policy.id)
      this.#cells.set(`${number}`, this.#out.length)
      this.#writeCell([policy], [number])
    }
  }

  /** Where the cell or the table of a node stands. */
  #find({ shape, said }: Node): number {
    return endsInPrefix(shape) ? this.#writeTable(said) : this.#cell(said[0].by)
  }

  #cell(by: readonly number[]): number {
    const key = by.join()
    const known = this.#cells.get(key)
    if (known !== undefined) return known
    const at = this.#out.length
    this.#cells.set(key, at)
    this.#writeCell(merge(by.flatMap((number) => this.#policies[number] ?? [])), by)
    return at
  }

  #writeCell(statements: readonly Statement[], by: readonly number[]): void {
    this.#number(statements.length)
    for (const { effect, condition, permissions } of statements) {
      this.#out.push(effect === 'deny' ? DENY : 0)
      this.#number(this.#conditions.get(condition) ?? 0)
      this.#text(permissions)
    }
    this.#number(by.length)
    for (const number of by) this.#number(number)
  }

  /** Each prefix says what its own shorter ones say too, so that the longest one that matches answers for all. */
  #writeTable(said: readonly Said[]): number {
    const prefixes: { readonly text: string; readonly by: readonly number[]; readonly shorter: number }[] = []
    for (const { text, by } of said.map(prefixOf).sort((a, b) => (a.text < b.text ? -1 : 1))) {
      // A shorter prefix sorts before all it begins, so it is the last one before or among that one's own shorter ones.
      let shorter = prefixes.length
      while (shorter > 0 && !text.startsWith(prefixes[shorter - 1]?.text ?? ''))
        shorter = prefixes[shorter - 1]?.shorter ?? 0
      const inherited = prefixes[shorter - 1]?.by ?? []
      prefixes.push({ text, by: [...new Set([...inherited, ...by])].sort((a, b) => a - b), shorter })
    }
    const cells = prefixes.map(({ by }) => this.#cell(by))
    const table = this.#out.length
    this.#number(prefixes.length)
    for (let i = 0; i < prefixes.length; i++) this.#number(0)
    prefixes.forEach(({ text, shorter }, i) => {
      this.#setHere(table + this.#width * (i + 1))
      this.#number(cells[i] ?? 0)
      this.#number(shorter)
      this.#text(text)
    })
    return table
  }

  #writeEntry({ shape, hash, found, path }: Node & { readonly found: number }): void {
    const kind = isAbove(shape) ? KINDS.above : endsInPrefix(shape) ? KINDS.prefixes : KINDS.covering
    this.#out.push(hash >>> 24, kind)
    this.#number(found)
    this.#text(path)
  }

  #text(text: string): void {
    this.#number(text.length)
    for (let i = 0; i < text.length; i++) this.#out.push(text.charCodeAt(i))
  }

  #number(number: number): void {
    if (number >= 256 ** this.#width) this.#fits = false
    if (this.#width === 3) this.#out.push((number >>> 16) & 0xff)
    this.#out.push((number >>> 8) & 0xff, number & 0xff)
  }

  /** Has the number there say where the next character will stand. */
  #setHere(at: number): void {
    const here = this.#out.length
    if (this.#width === 3) this.#out[at] = (here >>> 16) & 0xff
    this.#out[at + this.#width - 2] = (here >>> 8) & 0xff
    this.#out[at + this.#width - 1] = here & 0xff
  }
}

function prefixOf({ selector: { pairs, type }, by }: Said): { readonly text: string; readonly by: readonly number[] } {
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
