/** Values that no caller should send and every caller can: what parsers, validators and printers have stumbled over elsewhere. */
import { isBailiwickError } from '../../src/errors.ts'

/** What a getter or a proxy of ours throws when somebody touches it. It is the caller's own error, and may come through. */
class Trap extends Error {}

const trap = (): never => {
  throw new Trap('touched')
}

const nested = (depth: number): unknown => {
  let value: unknown = 'deep'
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

const cyclic = (): unknown => {
  const value: { self?: unknown; list: unknown[] } = { list: [] }
  value.self = value
  value.list.push(value)
  return value
}

const sparse = (): unknown => {
  const list: unknown[] = []
  list[999] = 'account:acme'
  return list
}

const throwing = (): unknown =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      ['id', 'name', 'user', 'account', 'owner', 'policies', 'effect', 'resources'].map((name) => [
        name,
        { enumerable: true, get: trap },
      ]),
    ),
  )

/** Each is made anew, so that nobody can leave something in it. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a symbol': () => Symbol('acme'),
  'a big integer': () => 10n ** 400n,
  'a function': () => () => 'acme',
  NaN: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  'a huge number': () => 1e308,
  'no integer': () => 0.1,
  'an empty text': () => '',
  'a lone surrogate': () => 'acme\ud800',
  'a null byte': () => 'acme\0',
  __proto__: () => '__proto__',
  constructor: () => 'constructor',
  'a megabyte': () => 'x'.repeat(1 << 20),
  'a megabyte of surrogates': () => '😀'.repeat(1 << 18),
  'a megabyte of slashes': () => '/'.repeat(1 << 20),
  'a boxed text': () => Object('acme'),
  'a date that is none': () => new Date(Number.NaN),
  'a regular expression': () => /a/g,
  'a map': () => new Map([['user', 'u_1']]),
  'a typed array': () => new Uint8Array(1_000),
  'an object without a prototype': () => Object.assign(Object.create(null), { user: 'u_1' }),
  'fields that are inherited': () => Object.create({ user: 'u_1', account: 'acme', id: 'acme', name: 'x' }),
  'a prototype of its own in JSON': () => JSON.parse('{"__proto__":{"user":"u_1","admin":true},"constructor":{}}'),
  'a cycle': cyclic,
  'a list in a list in a list': () => nested(5_000),
  'a sparse list': sparse,
  'a list that claims to be long': () => ({ length: 2 ** 32 - 1 }),
  'getters that throw': throwing,
  'a proxy that throws': () => new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap }),
  'a list behind a proxy that throws': () => new Proxy(['account:acme'], { get: trap }),
  'a proxy that was revoked': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  'a text that can not be made': () => ({ toString: trap, valueOf: trap, [Symbol.toPrimitive]: trap }),
  'a promise that pends': () => new Promise(() => {}),
}

/** Whether an error may come out of a door: one of the package's, or the caller's own. A proxy that was revoked throws by itself. */
export function mayComeOut(error: unknown): boolean {
  return (
    isBailiwickError(error) || error instanceof Trap || /revoked/.test(String(error instanceof Error && error.message))
  )
}

/** What every object would inherit, if somebody let it be written. */
export function prototypesOf(): string {
  const of = [Object, Array, Function, String, Number, Map, Set, Error, Promise].map(({ prototype }) =>
    Reflect.ownKeys(prototype).map(String).sort().join(),
  )
  return JSON.stringify([of, Object.keys({}), Reflect.get({}, 'admin') ?? null, Reflect.get({}, 'user') ?? null])
}
