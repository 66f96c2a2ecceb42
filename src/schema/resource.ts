/**
 * Names of resources in an account, as callers write them: of declared types, in the one spelling.
 */
import type { Catalog } from '../core/catalog.ts'
import { didYouMean, shorten } from '../core/nearest.ts'
import { decodeId } from '../core/resource.ts'
import { faultInWords, isFault, parseSelector, type Selector } from '../core/selector.ts'
import { InputError } from '../errors.ts'
import type { Fault } from './reading.ts'

/** One resource: a selector without a pattern, and the id of the account it is in. */
export interface AccountResource {
  readonly name: Selector
  readonly account: string
}

/** Reads the name of a resource in an account. Refuses the account itself, and what belongs to a user. */
export function parseAccountResource(catalog: Catalog, input: unknown): AccountResource {
  const found = readResource(catalog, input)
  if ('code' in found) throw new InputError([{ path: ['name'], ...found }])
  return found
}

function readResource(catalog: Catalog, value: unknown): AccountResource | Fault {
  if (typeof value !== 'string') return { code: 'bad_type', message: 'must be text' }
  const bad = (message: string) => ({ code: 'bad_resource', message })
  const name = parseSelector(catalog, value)
  if (isFault(name)) return bad(faultInWords(name, catalog, didYouMean))
  if (name.pairs.some(({ match }) => match !== 'one'))
    return bad(`\`${shorten(value)}\` is a pattern and names no thing`)
  const [root] = name.pairs
  const account =
    root?.type.name === 'account' && name.pairs.length > 1 ? decodeId(root.text.slice('account:'.length)) : null
  return account === null ? bad(`\`${shorten(value)}\` must name a thing in an account`) : { name, account }
}
