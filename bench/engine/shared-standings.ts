/** Compiles tokens as the engine does: a standing is compiled once and shared by all tokens of its principal. */
import type { Catalog, CredentialFacts, StandingFacts } from 'bailiwick/core'
import { compileStanding, compileToken, joinToken } from './internals.ts'

type Standing = ReturnType<typeof compileStanding>

export class SharedStandings {
  readonly #catalog: Catalog
  readonly #known = new Map<string, Standing>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  subjectOf(facts: CredentialFacts) {
    const standings = facts.standings.map((one) => this.#standingOf(one))
    return {
      snapshot: joinToken(compileToken(this.#catalog, facts.token), standings, facts),
      secretEndsOn: Number.POSITIVE_INFINITY,
    }
  }

  #standingOf(facts: StandingFacts): Standing {
    const { account, member } = facts
    const key = JSON.stringify([account.id, member?.kind, member?.id])
    const known = this.#known.get(key) ?? compileStanding(this.#catalog, facts)
    this.#known.set(key, known)
    return known
  }
}
