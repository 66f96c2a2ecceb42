/** New inputs out of old ones: a little noise, words of the format, parts of other inputs, and for JSON other values in their places. */

/** A whole number from 0 to below `n`. */
export type Draw = (n: number) => number

/** Repeats itself for the same seed (mulberry32). */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

export interface Mutation {
  readonly draw: Draw
  readonly words: readonly string[]
  readonly corpus: readonly string[]
  readonly longest: number
  readonly isJson: boolean
}

/** What parsers have been fooled with before. */
const CHARACTERS = [
  ...'\0\t\n\r "#%&\'()*+,-./0123456789:;<=>?@AFZ[\\]^_`afz{|}~\u007f\u0080é\u0301\u212a\u3000\uff0f\uff1a\ufeff',
  '\ud800',
  '\udc00',
  '😀',
]

export function mutate(parent: string, mutation: Mutation): string {
  const { draw, isJson, longest } = mutation
  let text = parent
  for (let steps = 1 + draw(4); steps > 0; steps--)
    text = (isJson && draw(4) > 0 ? jsonStep(text, mutation) : null) ?? textStep(text, mutation)
  return text.slice(0, longest)
}

function textStep(text: string, { draw, words, corpus }: Mutation): string {
  const at = draw(text.length + 1)
  const end = Math.min(text.length, at + 1 + draw(draw(8) === 0 ? text.length + 1 : 4))
  const character = pick(draw, CHARACTERS) ?? ''
  switch (draw(10)) {
    case 0:
      return text.slice(0, at) + text.slice(end)
    case 1:
      return text.slice(0, at) + character + text.slice(at)
    case 2:
      return text.slice(0, at) + character + text.slice(at + 1)
    case 3:
    case 4:
      return text.slice(0, at) + (pick(draw, words) ?? '') + text.slice(draw(2) === 0 ? at : end)
    case 5:
      return text.slice(0, end) + text.slice(at, end).repeat(draw(16) === 0 ? 1 + draw(300) : 1) + text.slice(end)
    case 6: {
      const other = pick(draw, corpus) ?? ''
      return text.slice(0, at) + other.slice(draw(other.length + 1))
    }
    case 7: {
      const code = text.charCodeAt(at)
      const turned = Number.isNaN(code) ? '' : String.fromCharCode(code ^ (1 << draw(7)))
      return text.slice(0, at) + turned + text.slice(at + 1)
    }
    case 8: {
      const piece = text.slice(at, end)
      return (
        text.slice(0, at) +
        (piece === piece.toUpperCase() ? piece.toLowerCase() : piece.toUpperCase()) +
        text.slice(end)
      )
    }
    default:
      return text.slice(0, at) + encodeURIComponent(text.slice(at, end).toWellFormed()) + text.slice(end)
  }
}

/** Values that belong nowhere in particular. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  253_402_300_800_000,
  '',
  '*',
  '__proto__',
  'constructor',
  'toString',
  [],
  {},
  [[]],
  { length: 1 },
]

/** Puts another value in some place of a JSON text, or `null` where the text is none. */
function jsonStep(text: string, { draw, words, corpus }: Mutation): string | null {
  const root = parsed(text)
  if (root === undefined) return null
  const holder = { root }
  const places = placesOf(holder)
  const place = pick(draw, places)
  if (place === undefined) return null
  const { parent, key } = place
  const others = placesOf({ root: parsed(pick(draw, corpus) ?? '') })
  const other = pick(draw, draw(2) === 0 ? places : others)
  const value = structuredClone(other === undefined ? null : Reflect.get(other.parent, other.key))
  switch (draw(6)) {
    case 0:
      if (parent !== holder) Reflect.deleteProperty(parent, key)
      break
    case 1:
      set(parent, key, pick(draw, VALUES))
      break
    case 2:
      set(parent, key, pick(draw, words))
      break
    case 3:
      set(parent, key, value)
      break
    case 4:
      if (Array.isArray(parent)) parent.push(value)
      else set(parent, pick(draw, words) ?? 'x', value)
      break
    default: {
      const old = Reflect.get(parent, key)
      if (typeof old === 'string')
        set(parent, key, textStep(old, { draw, words, corpus: [], longest: 0, isJson: false }))
      else if (typeof old === 'number') set(parent, key, old + draw(3) - 1)
    }
  }
  return JSON.stringify(holder.root) ?? 'null'
}

/** As JSON has it: `__proto__` is a field like any other. */
function set(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true })
}

interface PlaceOf {
  readonly parent: object
  readonly key: string
}

function placesOf(holder: object): readonly PlaceOf[] {
  const places: PlaceOf[] = []
  const walk = (parent: object, depth: number): void => {
    for (const key of Object.keys(parent)) {
      places.push({ parent, key })
      const value: unknown = Reflect.get(parent, key)
      if (typeof value === 'object' && value !== null && depth < 20) walk(value, depth + 1)
    }
  }
  walk(holder, 0)
  return places
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function pick<T>(draw: Draw, list: readonly T[]): T | undefined {
  return list[draw(list.length)]
}
