/**
 * What a guard leaves for the handler behind it.
 */
import type { Catalog } from '../core/catalog.ts'
import type { CatalogShape } from '../core/catalog-types.ts'
import type { Allow } from '../core/decision.ts'
import type { Access } from '../engine/access.ts'

export interface Granted<S extends CatalogShape = CatalogShape> {
  /** Ask it for more: `access.can('dns.read', …)`. */
  readonly access: Access<S>
  /** Why the handler runs. */
  readonly decision: Allow
}

declare global {
  namespace Bailiwick {
    /**
     * Tells `req.bailiwick` of Express and `request.bailiwick` of Fastify which catalog the application has; without, any text is a permission there.
     *
     * @example
     * ```ts
     * declare global {
     *   namespace Bailiwick {
     *     interface Register { catalog: typeof catalog }
     *   }
     * }
     * ```
     */
    interface Register {}
  }
}

/** The shape of the catalog that was registered. */
export type Registered = Bailiwick.Register extends { readonly catalog: Catalog<infer S extends CatalogShape> }
  ? S
  : CatalogShape

/** What was granted, in the words of the registered catalog: there is one catalog in the process, so it is the guard's own. */
export function registered(granted: Granted): Granted<Registered> {
  return granted as unknown as Granted<Registered>
}
