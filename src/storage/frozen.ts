/**
 * Deep-copies and freezes the facts that enter or leave a storage, so that nobody can change what is stored from outside.
 *
 * A property that is `undefined` is left out, as it would be in a database.
 */
export function frozen<T>(value: T): T {
  return copy(value) as T
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(copy))
  if (typeof value !== 'object' || value === null) return value
  // `fromEntries` defines its properties, so a key named `__proto__` stays a key.
  return Object.freeze(
    Object.fromEntries(Object.entries(value).flatMap(([key, v]) => (v === undefined ? [] : [[key, copy(v)]]))),
  )
}
