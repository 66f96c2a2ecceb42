/**
 * Builders of resource names, one for each type of a catalog: they take raw ids and return the one spelling of the name.
 */
import { InputError, type InputIssue, MisuseError } from '../errors.ts'
import { type Catalog, chainOf, type ResourceType } from './catalog.ts'
import type { CatalogShape } from './catalog-types.ts'
import { declaredPattern } from './id-pattern.ts'
import { shorten } from './nearest.ts'
import { encodeId, MAX_ID_BYTES, MAX_NAME_LENGTH, printName } from './resource.ts'

/** One id for each pair of a name. */
type IdsOf<N extends string> = string extends N
  ? readonly string[]
  : N extends `${string}/${infer Below}`
    ? readonly [id: string, ...below: IdsOf<Below>]
    : readonly [id: string]

/** `names.zone('acme', 'z1')` is `account:acme/zone:z1`. A builder takes the ids of all ancestors, then the resource's own. */
export type Names<S extends CatalogShape> = {
  readonly [T in Extract<keyof S['resources'], string>]: (...ids: IdsOf<S['resources'][T]>) => S['resources'][T]
}

/**
 * The builders of a catalog's names. Give ids as they are, not encoded: whatever an id holds, it stays one id.
 *
 * A builder throws `ERR_BAILIWICK_INPUT` for ids that no name can hold (empty, too long, a lone surrogate, not what the type's `id` pattern
 * says), listing each, and `ERR_BAILIWICK_MISUSE` for the wrong number of ids. Does not check that the thing exists.
 *
 * @example
 * ```ts
 * const names = nameBuilders(catalog)
 * names.zone('acme', 'a/b') // 'account:acme/zone:a%2Fb'
 * ```
 */
export function nameBuilders<S extends CatalogShape>(catalog: Catalog<S>): Names<S> {
  const builders = [...catalog.types.values()].map((type) => [type.name, nameBuilder(type)] as const)
  return Object.freeze(Object.fromEntries(builders)) as unknown as Names<S> // the types are read off the catalog's texts
}

function nameBuilder(type: ResourceType): (...ids: readonly string[]) => string {
  const chain = chainOf(type)
  return (...ids) => {
    if (ids.length !== chain.length) {
      const wanted = chain.map(({ name }) => name).join(', ')
      throw new MisuseError(`the name of a \`${type.name}\` needs the ids of ${wanted}, not ${ids.length} ids`)
    }
    const issues = chain.flatMap((step, place) => idIssues(step, ids[place], place))
    if (issues.length > 0) throw new InputError(issues)
    const name = printName(chain.map((step, place) => ({ type: step.name, id: ids[place] ?? '' })))
    if (name !== null) return name
    throw new InputError([{ path: [], code: 'bad_name', message: `a name is at most ${MAX_NAME_LENGTH} characters` }])
  }
}

function idIssues(type: ResourceType, id: unknown, place: number): readonly InputIssue[] {
  const issue = (message: string) => [{ path: [place], code: 'bad_id', message }]
  if (typeof id !== 'string' || encodeId(id) === null)
    return issue(`the id of a \`${type.name}\` must be 1 to ${MAX_ID_BYTES} bytes of well-formed text`)
  if (type.id === null || type.id.test(id)) return []
  return issue(`\`${shorten(id)}\` is no id of a \`${type.name}\`, which must match ${declaredPattern(type.id)}`)
}
