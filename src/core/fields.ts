/**
 * Checks the fields of a declaration or of options. A misspelt one must not be ignored silently.
 */
import { didYouMean } from './nearest.ts'

type Kind =
  | 'object'
  | 'text'
  | 'list'
  | 'objects'
  | 'flag'
  | 'number'
  | 'function'
  | 'pattern'
  | 'text or list'
  | "'none' or function"

/** `text?` may be absent. */
export type Fields = Readonly<Record<string, Kind | `${Kind}?`>>

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  text: (value) => typeof value === 'string' && value !== '',
  list: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  objects: (value) => Array.isArray(value) && value.every(IS.object),
  flag: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  function: (value) => typeof value === 'function',
  pattern: (value) => value instanceof RegExp,
  'text or list': (value) => IS.text(value) || IS.list(value),
  "'none' or function": (value) => value === 'none' || IS.function(value),
}

const TOLD: Readonly<Record<Kind, string>> = {
  object: 'an object',
  text: 'text',
  list: 'a list of texts',
  objects: 'a list of objects',
  flag: 'true or false',
  number: 'a number',
  function: 'a function',
  pattern: 'a regular expression',
  'text or list': 'text or a list of texts',
  "'none' or function": "'none' or a function",
}

/** What is wrong with the fields of `value`, or `null`. `what` begins the sentence. */
export function fieldFault(what: string, value: unknown, fields: Fields): string | null {
  if (!IS.object(value)) return `${what} must be an object`
  const given = value as Readonly<Record<string, unknown>>
  for (const name in given) {
    if (!Object.hasOwn(fields, name))
      return `${what} has unknown field \`${name}\`${knownHere(name, Object.keys(fields))}`
  }
  for (const [name, field] of Object.entries(fields)) {
    const kind = field.replace('?', '') as Kind
    const absent = given[name] === undefined && field.endsWith('?')
    if (!absent && !IS[kind](given[name])) return `${what} needs \`${name}\` to be ${TOLD[kind]}`
  }
  return null
}

/** What a misspelt name was probably meant for, and all that it could have been. */
export function knownHere(wrong: string, known: readonly string[]): string {
  return `${didYouMean(wrong, known)}; known here: ${known.map((name) => `\`${name}\``).join(', ') || 'none'}`
}
