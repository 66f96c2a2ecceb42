/**
 * Makes the corpus anew: `npx tsx test/spec/corpus-make.ts` looks through some 200,000 random worlds and keeps those of which a request shows what none
 * showed before, each made as small as it can be. The same seed makes the same corpus.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Subject } from '../../src/core/snapshot.ts'
import { CATALOGS } from './catalogs.ts'
import { outcome, subjectOf } from './core.ts'
import { evaluator } from './corpus-evaluators.ts'
import { featuresOf } from './corpus-features.ts'
import { type CorpusRequest, type CorpusWorld, corpusFile, REQUESTS, toCredential, toWorld } from './corpus-format.ts'
import { MISREADINGS, type Misreading } from './corpus-misreadings.ts'
import { shrunk } from './corpus-shrink.ts'
import { type Aim, aims, questionOf } from './questions.ts'
import { reference } from './reference.ts'
import type { CatalogCase, Credential } from './vocabulary.ts'
import { type World, worlds } from './worlds.ts'

const SEED = 20_261_122
const DRAWN = 57_500
/** So many characters are written at most. */
const MOST = 5_600_000
/** So many worlds notice each misreading, where so many were found. */
const NOTICING = 5
/** Of what every request says, so many are wanted of each; of everything else, one. */
const WANTED: readonly (readonly [beginning: string, count: number])[] = [
  ['outcome ', 12],
  ['permission ', 2],
  ['fault ', 2],
]
/** Allows are filled in while they are fewer than this. */
const ALLOWED = 0.45
/** While they are, so many requests are for what is new. */
const MOST_WHEN_LACKING = 4

interface Shown {
  readonly request: CorpusRequest
  readonly features: readonly string[]
}

export class Corpus {
  readonly worlds: CorpusWorld[] = []
  candidates = 0
  readonly #seen = new Map<string, number>()
  readonly #texts = new Set<string>()
  #allows = 0

  /** Looks at each credential of the world, and keeps it when one of the questions shows something new. */
  consider(world: World, drawn: readonly Aim[]): void {
    const share = Math.floor(drawn.length / world.credentials.length)
    for (const [i, credential] of world.credentials.entries()) {
      this.candidates++
      const subject = subjectOf(world.on, credential)
      const own = drawn.slice(i * share, (i + 1) * share)
      const others = drawn.filter((aim) => !own.includes(aim))
      const ask = (aim: Aim) => show(world.on, credential, subject, questionOf(world, { ...aim, credential: i }))
      const picked = this.#pick(distinct(own.map(ask)), () => others.map(ask))
      if (picked !== null) this.#keep(world.on, credential, picked)
    }
  }

  /** The eight requests that show most, if any shows something new; the rest are filled in. */
  #pick(shown: readonly Shown[], more: () => readonly Shown[]): readonly Shown[] | null {
    const left = [...shown]
    const picked: Shown[] = []
    const said = new Map<string, number>()
    const isNew = (feature: string) => (this.#seen.get(feature) ?? 0) + (said.get(feature) ?? 0) < wanted(feature)
    const lacksAllows = this.#allows < ALLOWED * REQUESTS * this.worlds.length
    while (picked.length < (lacksAllows ? MOST_WHEN_LACKING : REQUESTS)) {
      const scores = left.map(({ features }) => features.filter(isNew).length)
      const most = Math.max(...scores)
      if (most === 0) break
      const [best] = left.splice(scores.indexOf(most), 1)
      if (best === undefined) break
      picked.push(best)
      for (const feature of new Set(best.features)) said.set(feature, (said.get(feature) ?? 0) + 1)
    }
    if (picked.length === 0) return null
    const all = distinct([...picked, ...left, ...(lacksAllows ? more() : [])])
    const rest = all.slice(picked.length).sort((a, b) => fill(b, lacksAllows) - fill(a, lacksAllows))
    return all.length < REQUESTS ? null : [...picked, ...rest.slice(0, REQUESTS - picked.length)]
  }

  #keep(on: CatalogCase, credential: Credential, picked: readonly Shown[]): void {
    const gained = picked.map(({ features }) => {
      const fresh = features.filter((feature) => (this.#seen.get(feature) ?? 0) < wanted(feature))
      for (const feature of new Set(features)) this.#seen.set(feature, (this.#seen.get(feature) ?? 0) + 1)
      return fresh
    })
    const whole = toWorld(
      on,
      credential,
      picked.map(({ request }) => request),
    )
    const world = shrunk(whole, (smaller) => saysTheSame(on, smaller, gained))
    if (this.#texts.has(JSON.stringify(world))) return
    this.#texts.add(JSON.stringify(world))
    this.worlds.push(world)
    this.#allows += world.requests.filter(({ expect }) => expect === 'allow').length
  }

  /** As much as possible of what all of them show, in so many characters: those first that notice a misreading, then those that show most for their length. */
  thin(most: number): void {
    const open = this.worlds.map((world) => {
      const features = [...new Set(featuresIn(world))]
      return { world, features, length: JSON.stringify(world).length, worth: Number.POSITIVE_INFINITY }
    })
    const counts = new Map<string, number>()
    const kept = new Set<CorpusWorld>()
    const noticing = new Set(MISREADINGS.flatMap((misreading) => shortestNoticing(this.worlds, misreading)))
    for (let left = most; open.length > 0; ) {
      // What a world was worth once is the most it can be worth now: only the first of them must be looked at again.
      const best = open.pop()
      if (best === undefined) break
      const fresh = best.features.filter((feature) => (counts.get(feature) ?? 0) < wanted(feature))
      const worth = noticing.has(best.world) ? Number.MAX_VALUE : fresh.length / best.length
      if (worth < (open.at(-1)?.worth ?? 0)) {
        const place = open.findLastIndex((one) => one.worth <= worth)
        open.splice(place + 1, 0, { ...best, worth })
      } else if (worth > 0 && best.length < left) {
        kept.add(best.world)
        left -= best.length + 1
        for (const feature of best.features) counts.set(feature, (counts.get(feature) ?? 0) + 1)
      }
    }
    this.worlds.splice(0, this.worlds.length, ...this.worlds.filter((world) => kept.has(world)))
  }

  get features(): number {
    return this.#seen.size
  }
}

const CASES = new Map(CATALOGS.map((one) => [one.name, one]))

function featuresIn(world: CorpusWorld): readonly string[] {
  const on = CASES.get(world.catalog)
  const credential = toCredential(world)
  return on === undefined
    ? []
    : world.requests.flatMap((request) => featuresOf(on, credential, request, request.expect))
}

/** A few worlds by which a misreading is noticed. */
function shortestNoticing(worlds: readonly CorpusWorld[], misreading: Misreading): readonly CorpusWorld[] {
  const evaluate = evaluator(misreading)
  const notices = (world: CorpusWorld) => {
    const declared = CASES.get(world.catalog)?.declared
    const credential = toCredential(world)
    return declared && world.requests.some((request) => evaluate(declared, credential, request) !== request.expect)
  }
  const found = worlds.filter(notices).map((world) => ({ world, length: JSON.stringify(world).length }))
  return found
    .sort((a, b) => a.length - b.length)
    .slice(0, NOTICING)
    .map(({ world }) => world)
}

/** The outcomes are the same, the core agrees, and each request shows what it was picked for. */
function saysTheSame(on: CatalogCase, world: CorpusWorld, gained: readonly (readonly string[])[]): boolean {
  const credential = toCredential(world)
  if (world.requests.some((request) => reference(on.declared, credential, request) !== request.expect)) return false
  const subject = subjectOf(on, credential)
  return world.requests.every((request, i) => {
    if (outcome(on, subject, request) !== request.expect) return false
    const kept = gained[i] ?? []
    if (kept.length === 0) return true
    const features = new Set(featuresOf(on, credential, request, request.expect))
    return kept.every((feature) => features.has(feature))
  })
}

function show(
  on: CatalogCase,
  credential: Credential,
  subject: Subject,
  { permission, resource, now, ip }: ReturnType<typeof questionOf>,
): Shown {
  const question = { permission, resource, now, ip }
  const expect = reference(on.declared, credential, question)
  const got = outcome(on, subject, question)
  if (got !== expect)
    throw new Error(`the core says ${got}, the reference ${expect}: ${JSON.stringify([credential, question])}`)
  return { request: { ...question, expect }, features: featuresOf(on, credential, question, expect) }
}

/** Each question once, and none that JSON in other languages can't hold. */
function distinct(shown: readonly Shown[]): readonly Shown[] {
  const readable = shown.filter(({ request }) => request.resource.isWellFormed())
  return [...new Map(readable.map((one) => [JSON.stringify(one.request), one])).values()]
}

function wanted(feature: string): number {
  return WANTED.find(([beginning]) => feature.startsWith(beginning))?.[1] ?? 1
}

/** Allows first while there are few of them, and never long names. */
function fill({ request }: Shown, lacksAllows: boolean): number {
  return ((request.expect === 'allow') === lacksAllows ? 1 : 0) - (request.resource.length > 500 ? 2 : 0)
}

export function makeCorpus(seed: number, count: number, tell: (corpus: Corpus) => void = () => {}): Corpus {
  const corpus = new Corpus()
  const scenes = fc.noBias(fc.tuple(worlds, fc.array(aims, { minLength: 36, maxLength: 36 })))
  for (let done = 0; done < count; done += 500) {
    for (const [world, drawn] of fc.sample(scenes, { seed: seed + done, numRuns: Math.min(500, count - done) }))
      corpus.consider(world, drawn)
    tell(corpus)
  }
  return corpus
}

function write(): void {
  const corpus = makeCorpus(SEED, Number(process.argv[2] ?? DRAWN), ({ candidates, worlds: kept }) =>
    console.log(`${candidates} worlds looked at, ${kept.length} kept`),
  )
  const found = corpus.worlds.length
  corpus.thin(MOST)
  const declared = Object.fromEntries(CATALOGS.map(({ name, declared: definition }) => [name, definition]))
  const catalogs = JSON.stringify(declared, (_, value) => (value instanceof RegExp ? value.source : value), 2)
  writeFileSync(corpusFile('catalogs.json'), `${catalogs}\n`)
  for (const { name } of CATALOGS) {
    const lines = corpus.worlds.filter(({ catalog }) => catalog === name).map((world) => `${JSON.stringify(world)}\n`)
    writeFileSync(corpusFile(`${name}.jsonl`), lines.join(''))
  }
  console.log(
    `${corpus.candidates} worlds looked at, ${found} kept for ${corpus.features} features, ${corpus.worlds.length} left`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write()
