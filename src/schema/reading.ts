/**
 * How input is read: zod checks its shape, plain functions check its meaning, and both report into one list of issues.
 *
 * The meaning is checked even where the shape is wrong, so that a caller gets all issues at once. Such a function takes the unparsed value as `unknown`
 * and skips what it can't make out, since the shape has reported that already.
 */
import { z } from 'zod'
import { shorten, suggestions } from '../core/nearest.ts'
import { InputError, type InputIssue } from '../errors.ts'

type Step = string | number
type Sink = (path: readonly Step[], code: string, message: string) => void

/** Why a single value can't be accepted. */
export interface Fault {
  readonly code: string
  readonly message: string
}

/** Collects issues, at a path. */
export class Report {
  readonly #sink: Sink
  readonly #path: readonly Step[]
  /** Names what was meant by an unknown name: for the first few of all that is reported. */
  readonly suggest: ReturnType<typeof suggestions>

  constructor(sink: Sink, path: readonly Step[] = [], suggest = suggestions()) {
    this.#sink = sink
    this.#path = path
    this.suggest = suggest
  }

  at(...steps: readonly Step[]): Report {
    return new Report(this.#sink, [...this.#path, ...steps], this.suggest)
  }

  issue(code: string, message: string): void {
    this.#sink(this.#path, code, message)
  }

  /** Reports an unknown name and the nearest known one. `what` is the kind of name. */
  unknown(code: string, what: string, wrong: string, known: Iterable<string>): void {
    this.issue(code, `unknown ${what} \`${shorten(wrong)}\`${this.suggest(wrong, known)}`)
  }
}

/** Reads an argument, or throws one `InputError` with every issue. `path` is the name of the argument, where issues should begin with one. */
export function read<T>(
  schema: z.ZodType<T>,
  input: unknown,
  path: readonly Step[] = [],
  meaning?: (value: unknown, report: Report) => void,
): T {
  const whole = meaning === undefined ? schema : always(schema, meaning)
  const result = whole.safeParse(input, { reportInput: true })
  if (result.success) return result.data
  throw new InputError(result.error.issues.flatMap((issue) => toIssues(issue, path)))
}

/** Adds a check that runs whether or not the shape is right. */
export function always<S extends z.ZodType>(schema: S, meaning: (value: unknown, report: Report) => void): S {
  return schema.superRefine(
    (value, context) => {
      const sink: Sink = (path, code, message) =>
        context.addIssue({ code: 'custom', path: [...path], params: { code }, message })
      meaning(value, new Report(sink))
    },
    { when: () => true },
  )
}

/** An object of exactly these fields: an unknown one is refused, since a misspelt restriction must not be dropped silently. */
export function record<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape).map((field) => `\`${field}\``)
  return z.preprocess(
    (value) => (isOtherObject(value) ? null : value),
    z.strictObject(shape, {
      error: (issue) => (issue.code === 'unrecognized_keys' ? `known here: ${known.join(', ')}` : undefined),
    }),
  )
}

/** A single value, read by this function. */
export function leaf<T>(readValue: (value: unknown) => T | Fault) {
  return z.unknown().transform((value, context): T => {
    const result = readValue(value)
    if (!isFault(result)) return result
    context.issues.push({ code: 'custom', input: value, params: { code: result.code }, message: result.message })
    return z.NEVER
  })
}

/** A text, read by this function. */
export function textLeaf(readText: (text: string) => string | Fault) {
  return leaf((value) => {
    if (value === undefined) return { code: 'required', message: 'is required' }
    return typeof value === 'string' ? readText(value) : { code: 'bad_type', message: 'must be text' }
  })
}

/** A field of an unparsed value. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** The items of an unparsed value. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The distinct texts in an unparsed list, each with the index of its first occurrence. */
export function texts(value: unknown): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [i, item] of items(value).entries()) if (typeof item === 'string' && !found.has(item)) found.set(item, i)
  return found
}

/** A set of texts in its stored form: each once, sorted. */
export function sortedSet(list: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(list)].sort())
}

function isFault(result: unknown): result is Fault {
  return typeof result === 'object' && result !== null && 'code' in result && 'message' in result
}

/** A `Map` or a `Date` would be read as an object without fields. */
function isOtherObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && Object.getPrototypeOf(prototype) !== null
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'an object',
  boolean: '`true` or `false`',
}

function toIssues(issue: z.core.$ZodIssue, prefix: readonly Step[]): readonly InputIssue[] {
  const path = [...prefix, ...issue.path.filter((step) => typeof step !== 'symbol')]
  if (issue.code === 'custom') return [{ path, code: String(issue.params?.code), message: issue.message }]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, shorten(key)],
      code: 'unknown_field',
      message: `unknown field; ${issue.message}`,
    }))
  }
  if (issue.input === undefined) return [{ path, code: 'required', message: 'is required' }]
  if (issue.code === 'too_big') return [{ path, code: 'limit_exceeded', message: `must hold at most ${issue.maximum}` }]
  if (issue.code === 'too_small') return [{ path, code: 'empty_list', message: 'must hold at least one' }]
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => `\`${String(value)}\``)
    return [{ path, code: 'bad_value', message: `must be ${values.join(' or ')}` }]
  }
  const expected = issue.code === 'invalid_type' ? TYPES[issue.expected] : undefined
  return [{ path, code: 'bad_type', message: `must be ${expected ?? 'of another type'}` }]
}
