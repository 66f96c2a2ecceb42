/**
 * Reports for the owner of an account: active tokens that somebody should look at. Named queries over the list of credentials.
 */
import { type BroadGrant, broadGrants } from '../core/breadth.ts'
import { parseFor, parseWithin, type ReadFilter } from '../schema/credentials.ts'
import { parseId } from '../schema/ids.ts'
import { type PageInput, parsePage } from '../schema/page.ts'
import type { Page } from '../storage/port.ts'
import { credentialList, type Seen, shown } from './credential-lists.ts'
import type { Credential } from './credentials.ts'
import type { AdminDeps } from './deps.ts'
import { readClock } from './write.ts'

/** A credential, and which of its grants could have named something smaller. */
export interface OverBroad {
  readonly credential: Credential
  /** At least one, and only those that concern this account. */
  readonly grants: readonly BroadGrant[]
}

/**
 * Reports on the credentials that reach an account, as `accounts.credentials` lists them, but only of active tokens. Revoked, disabled and expired ones
 * are left out; those that don't work for another reason (`closed`) are not. Spans of time are whole milliseconds, 0 or more.
 * Nothing checks who reads: put your own guard in front.
 *
 * All reject with `ERR_BAILIWICK_NOT_FOUND` for an account that doesn't exist.
 */
export interface Reports {
  /** Tokens that expire within so many milliseconds, soonest first. */
  expiring(account: string, options: { readonly withinMs: number }, page?: PageInput): Promise<Page<Credential>>
  /** Tokens issued longer ago than that and not used in this account for so long, longest idle first. */
  unused(account: string, options: { readonly forMs: number }, page?: PageInput): Promise<Page<Credential>>
  /** Tokens never used in this account, in order of their ids. */
  neverUsed(account: string, page?: PageInput): Promise<Page<Credential>>
  /**
   * Tokens with grants on the whole account, or on `account:*`, that could have named something smaller, in order of their ids.
   *
   * All tokens have to be read to find them, and one call reads at most 1,000, in at most 20 pages. So a page may hold fewer than `limit`, or none, and
   * still not be the last: go on until `next` is `null`. Tokens that can't be understood (`closed: 'fault'`) grant nothing and are not listed.
   */
  overBroad(account: string, page?: PageInput): Promise<Page<OverBroad>>
}

/** How many tokens one call for a page of over-broad tokens reads at most. */
const MAX_TOKENS = 1_000
const MAX_READS = 20

export function createReports(deps: AdminDeps): Reports {
  const { catalog, clock } = deps

  async function report(
    account: string,
    page: PageInput | undefined,
    filter: (now: number) => ReadFilter,
  ): Promise<Page<Credential>> {
    const now = readClock(clock)
    const cut = parsePage(page)
    const list = await credentialList(deps, parseId(account, 'account'), { ...filter(now), status: 'active' }, now)
    return shown(await list(cut), ({ credential }) => credential)
  }

  /** Looks only at what this account's owner may see: grants on other accounts are none of their business. */
  function overBroad({ credential, token }: Seen): readonly OverBroad[] {
    if (credential.closed === 'fault') return []
    const grants = broadGrants(catalog, { ...token, policies: credential.policies })
    return grants.length === 0 ? [] : [Object.freeze({ credential, grants })]
  }

  return {
    expiring: async (account, options, page) =>
      report(account, page, (now) => ({ expiresBefore: parseWithin(options, now) })),
    unused: async (account, options, page) => report(account, page, (now) => ({ unusedSince: parseFor(options, now) })),
    neverUsed: async (account, page) => report(account, page, () => ({ neverUsed: true })),

    async overBroad(account, page) {
      const { limit, after } = parsePage(page)
      const list = await credentialList(deps, parseId(account, 'account'), { status: 'active' }, readClock(clock))
      const items: OverBroad[] = []
      let next: string | null = after ?? ''
      let left = MAX_TOKENS
      // A page can only end where a page of the storage ends, so no more is read at once than there is room for. It may end half full: filling the last
      // places would take more and more reads of fewer and fewer tokens.
      for (let reads = 0; next !== null && left > 0 && reads < MAX_READS && items.length * 2 <= limit; reads++) {
        const read: Page<Seen> = await list({
          limit: Math.min(limit - items.length, left),
          ...(next !== '' && { after: next }),
        })
        items.push(...read.items.flatMap(overBroad))
        left -= read.items.length
        next = read.next
      }
      return Object.freeze({ items: Object.freeze(items), next })
    },
  }
}
