/**
 * Finds tokens of the memory storage, of any owner, by the account they name, their expiry or a digest.
 */
import type { Token } from '../../core/facts.ts'
import { accountsNamed } from '../../core/reach.ts'
import { compareBinary } from '../order.ts'
import { cutPage, placeKey, placeStart, startOf } from '../page.ts'
import type { Page, PageRequest, TokenUse } from '../port.ts'
import { comparePlaces } from './credentials.ts'
import type { Tables } from './tables.ts'
import { inOrder, sameOwner, tokensIn, useKey } from './tables.ts'

export function tokensByDigest(tables: Tables, digests: readonly string[]): readonly string[] {
  const found = digests.flatMap((digest) => [...(tables.digests.get(digest) ?? [])])
  return Object.freeze(inOrder(new Set(found)))
}

export function switchedOnTokens(tables: Tables, account: string): readonly Pick<Token, 'id' | 'name' | 'status'>[] {
  const own = tokensIn(tables, `account:${account}`).filter((token) => sameOwner(token.owner, { account }))
  const on = own.filter((token) => token.apiAccess === true)
  return Object.freeze(on.map(({ id, name, status }) => Object.freeze({ id, name, status })))
}

export function tokensNaming(tables: Tables, account: string, page: PageRequest): Page<Token> {
  const [start] = startOf(page, 1) ?? []
  const naming = everyToken(tables).filter(({ policies }) => accountsNamed(policies).named.has(account))
  const rest = naming.filter(({ id }) => start === undefined || compareBinary(id, start) > 0)
  return cutPage(
    rest.sort((a, b) => compareBinary(a.id, b.id)),
    page.limit,
    ({ id }) => [id],
  )
}

export function tokensExpiring(
  tables: Tables,
  range: { readonly from: number; readonly before: number },
  page: PageRequest,
): Page<Token> {
  const start = placeStart(page, 'expiry')
  const rest = everyToken(tables)
    .filter((token) => token.status !== 'revoked')
    .map((token) => ({ token, place: { rank: token.expiresOn ?? Number.POSITIVE_INFINITY, id: token.id } }))
    .filter(({ place }) => place.rank >= range.from && place.rank < range.before)
    .filter(({ place }) => start === null || comparePlaces(place, start) > 0)
    .sort((a, b) => comparePlaces(a.place, b.place))
  const cut = cutPage(rest, page.limit, ({ place }) => placeKey('expiry', place))
  return { items: cut.items.map(({ token }) => token), next: cut.next }
}

export function tokenUses(tables: Tables, token: string): readonly TokenUse[] {
  const uses = [...(tables.uses.get(token)?.values() ?? [])]
  return uses.sort((a, b) => compareBinary(useKey(a.account), useKey(b.account)))
}

export function countDigests(tables: Tables, scheme: string, now: number): number {
  const ofScheme = (digest: string): boolean => digest.startsWith(`${scheme}:`)
  const live = [...tables.tokens.values()].filter(({ token }) => token.status !== 'revoked')
  return live.filter(
    ({ secrets: { digest, previous } }) =>
      ofScheme(digest) || (previous !== undefined && previous.endsOn > now && ofScheme(previous.digest)),
  ).length
}

function everyToken(tables: Tables): Token[] {
  return [...tables.tokens.values()].map(({ token }) => token)
}
