/**
 * Selectors: patterns over resource names. Like a name, but an id may be `*`, and the last may be a prefix and `*`.
 *
 * A selector covers every name that is as long or longer and whose pairs match its own one by one: the whole subtree.
 */
import { type Catalog, chainOf, isAtOrBeneath, type Permission, type ResourceType } from './catalog.ts'
import type { Effect, MemberKey, Owner } from './facts.ts'
import { hashText } from './hash.ts'
import { declaredPattern } from './id-pattern.ts'
import { type didYouMean, shorten } from './nearest.ts'
import type { ParsedName } from './parsed-name.ts'
import { EVERYWHERE } from './reach.ts'
import { decodeId, MAX_DEPTH, MAX_NAME_LENGTH, rootOf } from './resource.ts'
import { pathHash, type SelectorShape, shapeOf } from './selector-shape.ts'

export interface SelectorPair {
  readonly type: ResourceType
  readonly match: 'one' | 'any' | 'prefix'
  /** `zone:z1`; for a `prefix` what the pair begins with, for `any` the marker `zone:` alone. */
  readonly text: string
}

export interface Selector {
  readonly text: string
  /** Read from the text on each access: many selectors are kept, and few are asked for their pairs. */
  readonly pairs: readonly SelectorPair[]
  /** The first pair: `account:acme`, `account:*`. */
  readonly root: string
  /** The type of the last pair. */
  readonly type: ResourceType
  readonly shape: SelectorShape
  /** The hash by which it is found beneath its root: `pathHash` of its shape. */
  readonly hash: number
}

/** Why a text is no selector. `unknown`: it names what the catalog doesn't declare, while other faults are wrong in every catalog. */
export interface SelectorFault {
  readonly fault: 'malformed' | 'unknown'
  readonly message: string
  /** What stands where a type of the catalog should, if that is what is wrong. */
  readonly unknownType?: string
}

export function isFault(parsed: Selector | SelectorFault): parsed is SelectorFault {
  return 'fault' in parsed
}

/** The message for whoever wrote the selector, with the type that was probably meant. Finding that takes time: who reads many bounds it by `suggest`. */
export function faultInWords(
  { message, unknownType }: SelectorFault,
  { types }: Pick<Catalog, 'types'>,
  suggest: typeof didYouMean,
): string {
  return unknownType === undefined ? message : message + suggest(unknownType, types.keys())
}

/** Reads a selector against the catalog. `misplacement` says in whose policies it may be. */
export function parseSelector(catalog: Pick<Catalog, 'types'>, text: string): Selector | SelectorFault {
  if (text.length > MAX_NAME_LENGTH) return malformed(`a selector has at most ${MAX_NAME_LENGTH} characters`)
  const parts = text.split('/', MAX_DEPTH + 1)
  if (parts.length > MAX_DEPTH) return malformed(`a selector has at most ${MAX_DEPTH} pairs`)
  const pairs: SelectorPair[] = []
  for (const [i, part] of parts.entries()) {
    const pair = parsePair(catalog, part, pairs.at(-1)?.type ?? null, i === parts.length - 1)
    if ('fault' in pair) return { ...pair, message: `\`${shorten(text)}\`: ${pair.message}` }
    pairs.push(pair)
  }
  return selectorOf(text, pairs) ?? malformed('a selector is not empty')
}

/** The selector of these pairs, spelt as this text. */
export function selectorOf(text: string, pairs: readonly SelectorPair[]): Selector | null {
  const last = pairs.at(-1)
  if (last === undefined) return null
  const shape = shapeOf(pairs)
  const hashes = pairs.map((pair) => hashText(pair.text))
  const hash = pathHash(shape, { hashes, typeHashes: pairs.map(({ type }) => type.hash) }, hashes.at(-1) ?? 0)
  return new ParsedSelector(text, rootOf(text), last.type, shape, hash)
}

/** The selector whose text is the parsed name, as nearly all selectors are names. */
export function namedSelector(parsed: ParsedName, root: string): Selector | null {
  const { text, type, depth } = parsed
  return type === null ? null : new ParsedSelector(text, root, type, depth, parsed.hashFor(depth))
}

class ParsedSelector implements Selector {
  readonly text: string
  readonly root: string
  readonly type: ResourceType
  readonly shape: SelectorShape
  readonly hash: number

  constructor(text: string, root: string, type: ResourceType, shape: SelectorShape, hash: number) {
    this.text = text
    this.root = root
    this.type = type
    this.shape = shape
    this.hash = hash
  }

  get pairs(): readonly SelectorPair[] {
    const types = chainOf(this.type)
    return this.text.split('/').flatMap((part, place) => {
      const type = types[place]
      return type === undefined ? [] : [pairOf(type, part)]
    })
  }
}

/** The pair that a part of a selector spells. No encoded id holds a `*`. */
function pairOf(type: ResourceType, part: string): SelectorPair {
  if (!part.endsWith('*')) return { type, match: 'one', text: part }
  return { type, match: part.length === type.marker.length + 1 ? 'any' : 'prefix', text: part.slice(0, -1) }
}

function parsePair(
  catalog: Pick<Catalog, 'types'>,
  part: string,
  parent: ResourceType | null,
  last: boolean,
): SelectorPair | SelectorFault {
  const colon = part.indexOf(':')
  if (colon < 0) return malformed(`\`${shorten(part)}\` is no \`type:id\` pair`)
  const name = part.slice(0, colon)
  const type = catalog.types.get(name)
  if (type === undefined)
    return { fault: 'unknown', message: `unknown resource type \`${shorten(name)}\``, unknownType: name }
  if (type.parent !== parent) {
    return { fault: 'unknown', message: `\`${name}\` is not ${parent === null ? 'a root' : `in \`${parent.name}\``}` }
  }
  const id = part.slice(colon + 1)
  if (id === '*' && name !== 'user') return pairOf(type, part)
  if (id.endsWith('*') && parent !== null) {
    if (!last) return malformed(`a prefix such as \`${shorten(id)}\` may only stand last`)
    if (decodeId(id.slice(0, -1)) === null)
      return malformed(
        `\`${shorten(id)}\` must be whole characters and \`*\`, percent-encoded in the one canonical way`,
      )
    return pairOf(type, part)
  }
  const decoded = decodeId(id)
  if (decoded === null)
    return malformed(`\`${shorten(id)}\` is no canonical id${parent === null ? ' (at the root an id is literal)' : ''}`)
  if (type.id?.test(decoded) === false)
    return malformed(`\`${shorten(id)}\` is no id of a \`${name}\`, which must match ${declaredPattern(type.id)}`)
  return pairOf(type, part)
}

/** Whose policies a selector is in: a token's owner or a member. */
export type Holder = Owner | MemberKey

/** Why a selector with this root may not be in this holder's policies, or `null` when it may. */
export function misplacement({ root }: Pick<Selector, 'root'>, holder: Holder): string | null {
  const isUsers = root.startsWith('user:')
  if ('user' in holder) {
    if (!isUsers) return null
    return decodeId(root.slice('user:'.length)) === holder.user ? null : 'a token may only name its own user'
  }
  if (isUsers) return "`user:` selectors stand only in that user's tokens"
  if (root === EVERYWHERE) return "`account:*` stands only in a user's token"
  return decodeId(root.slice('account:'.length)) === holder.account
    ? null
    : `must name the account \`${holder.account}\` itself`
}

/** Whether a policy of this effect, holding one of these permissions on this selector, could ever apply to a request. */
export function canMatter(permissions: Iterable<Permission>, selector: Selector, effect: Effect): boolean {
  for (const { on, deep } of permissions)
    for (const type of on) {
      if (isAtOrBeneath(type, selector.type)) return true
      if (effect === 'deny' && deep && isAtOrBeneath(selector.type, type)) return true
    }
  return false
}

function malformed(message: string): SelectorFault {
  return { fault: 'malformed', message }
}
