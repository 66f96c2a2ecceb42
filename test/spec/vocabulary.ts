/** The words of the specification: who asks, what is asked, and what comes out. */
import type { Catalog } from '../../src/core/catalog.ts'
import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import type { DenyReason } from '../../src/core/decision.ts'
import type { CredentialFacts, PrincipalFacts } from '../../src/core/facts.ts'

/** `error`: something stored can't be understood, so there is no answer. */
export type Outcome = 'allow' | 'error' | DenyReason

/** A token, with the end of the overlap of the secret that was shown. */
export interface TokenCredential {
  readonly kind: 'token'
  readonly facts: CredentialFacts
  readonly secretEndsOn: number
}

/** A logged-in user, without a token. */
export interface SessionCredential {
  readonly kind: 'session'
  readonly facts: PrincipalFacts
  readonly user: string
}

export type Credential = TokenCredential | SessionCredential

export interface Question {
  readonly permission: string
  readonly resource: string
  readonly now: number
  /** The client's address as text, `null` when there is none. */
  readonly ip: string | null
}

/** A catalog as it is declared and as it is compiled, with ids worth trying for each type. */
export interface CatalogCase {
  readonly name: string
  readonly declared: CatalogDefinition
  readonly catalog: Catalog
  readonly ids: { readonly [type: string]: readonly string[] }
}
