/**
 * Throws `ERR_BAILIWICK_CATALOG` for a bad declaration, when the process starts.
 */
import { CatalogError } from '../errors.ts'
import { type Fields, fieldFault } from './fields.ts'
import { didYouMean } from './nearest.ts'
import { decodeId } from './resource.ts'

export function fail(message: string): never {
  throw new CatalogError(message)
}

export function check(what: string, value: unknown, fields: Fields): void {
  const fault = fieldFault(what, value, fields)
  if (fault !== null) fail(fault)
}

/** What is declared under this name, or else a refusal that says so and names what was meant. `wrong` leads up to the name. */
export function declared<T>(known: ReadonlyMap<string, T>, name: string, wrong: string): T {
  return known.get(name) ?? fail(`${wrong} \`${name}\`${didYouMean(String(name), known.keys())}`)
}

export function checkId(what: string, id: string): void {
  if (id.length > 64 || decodeId(id) !== id)
    fail(`${what} id \`${id}\` must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ @ = + , -`)
}
