/**
 * Compiled standings, shared by all tokens of a principal as long as the revision of the account is the same: every change of a standing bumps it.
 */
import { LRUCache } from 'lru-cache'
import type { Catalog } from '../core/catalog.ts'
import { compileStanding, type Standing } from '../core/compile.ts'
import type { PrincipalFacts, StandingFacts } from '../core/facts.ts'
import { standingBytes } from './size.ts'

export interface StandingsOptions {
  readonly catalog: Catalog
  /** The most standings that are kept. `maxSize` bounds their bytes. */
  readonly max: number
  readonly maxSize: number
}

export class Standings {
  readonly #catalog: Catalog
  readonly #kept: LRUCache<string, { readonly standing: Standing; readonly revision: number }>

  constructor({ catalog, max, maxSize }: StandingsOptions) {
    this.#catalog = catalog
    this.#kept = new LRUCache({ max, maxSize, sizeCalculation: ({ standing }) => standingBytes(standing) })
  }

  of({ standings, revisions }: Pick<PrincipalFacts, 'standings' | 'revisions'>): readonly Standing[] {
    return standings.map((facts) => {
      const revision = revisions.get(`account:${facts.account.id}`)
      const key = standingKey(facts)
      const known = this.#kept.get(key)
      if (known !== undefined && known.revision === revision) return known.standing
      const standing = compileStanding(this.#catalog, facts)
      if (revision !== undefined) this.#kept.set(key, { standing, revision })
      return standing
    })
  }
}

/** Different standings have different keys, whatever the ids hold. */
function standingKey({ account, member }: StandingFacts): string {
  return JSON.stringify(member === null ? [account.id] : [account.id, member.kind, member.id])
}
