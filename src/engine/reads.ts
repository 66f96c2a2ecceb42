/**
 * What is read of storage, and made into entries. Each kind of read has its places, so that whoever invents ids or guesses secrets holds up nobody who is
 * known.
 */
import type { Catalog } from '../core/catalog.ts'
import { compileToken } from '../core/compile.ts'
import { type CredentialFacts, ownerKind, type Scope } from '../core/facts.ts'
import { joinSession, joinToken } from '../core/snapshot.ts'
import { TOKEN_KIND } from '../credential/format.ts'
import type { Peppers } from '../credential/peppers.ts'
import { asked } from '../storage/asked.ts'
import type { StorageReader } from '../storage/port.ts'
import { Budget } from './budget.ts'
import { Entry } from './entry.ts'
import type { Moment } from './loads.ts'
import type { Scopes } from './scopes.ts'
import { SecretVerifier } from './secret-verifier.ts'
import type { Standings } from './standings.ts'

export interface ReadsOptions {
  readonly catalog: Catalog
  readonly reader: StorageReader
  readonly peppers: Peppers
  readonly standings: Standings
  readonly scopes: Scopes
}

/** A token as it was read, not compiled: that is done when somebody shows that they hold its secret. */
export interface Found {
  readonly facts: CredentialFacts
  readonly verifier: SecretVerifier
}

export class Reads {
  readonly #options: ReadsOptions
  /** Reads for what may be an invented id or a wrong secret, and one read at a time for each known token: the latter don't wait for the former. */
  readonly #doubtful = new Budget({ places: 8, queue: 1_024 })
  readonly #cold = new Budget({ places: 32, queue: Number.POSITIVE_INFINITY })

  constructor(options: ReadsOptions) {
    this.#options = options
  }

  /** `isCold`: nothing is kept of a token that is known. `null`: no row has this id. */
  async token(id: string, isCold: boolean): Promise<Found | null> {
    const facts = await (isCold ? this.#cold : this.#doubtful).run(() => this.facts(id))
    return facts && { facts, verifier: new SecretVerifier(this.#options.peppers, facts.secrets) }
  }

  async session(user: string, at: Moment): Promise<Entry> {
    const { reader, standings, scopes } = this.#options
    const facts = await asked(() => reader.principal(user))
    const snapshot = joinSession(user, standings.of(facts), facts)
    return new Entry(at, { snapshot, readings: scopes.readings(facts.revisions), tokenKind: null, verifier: null })
  }

  /** A token's facts as they stand, in nobody's place. */
  facts(id: string): Promise<CredentialFacts | null> {
    return asked(() => this.#options.reader.credential(id))
  }

  revisions(scopes: readonly Scope[]): Promise<readonly number[]> {
    return asked(() => this.#options.reader.revisions(scopes))
  }

  /** The tokens that have a key of one of these digests: a key that carries no id may be invented, like an id nobody knows. */
  ids(digests: readonly string[]): Promise<readonly string[]> {
    const { reader, peppers } = this.#options
    const forms = digests.flatMap((digest) => peppers.formsOf(digest))
    return this.#doubtful.run(() => asked(() => reader.tokensByDigest(forms)))
  }

  compile({ facts, verifier }: Found, at: Moment): Entry {
    const { catalog, standings, scopes } = this.#options
    const snapshot = joinToken(compileToken(catalog, facts.token), standings.of(facts), facts)
    const tokenKind = TOKEN_KIND[ownerKind(facts.token.owner)]
    return new Entry(at, { snapshot, readings: scopes.readings(facts.revisions), tokenKind, verifier })
  }
}
