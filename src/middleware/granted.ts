/**
 * What a guard gives to the handler.
 */
import type { Catalog } from '../core/catalog.ts'
import type { CatalogShape } from '../core/catalog-types.ts'
import type { Allow } from '../core/decision.ts'
import type { Access } from '../engine/access.ts'

export interface Granted<S extends CatalogShape = CatalogShape> {
  /** The caller's access, for further questions: `access.can('dns.read', …)`. */
  readonly access: Access<S>
  /** The allow by which the handler runs. */
  readonly decision: Allow
}

declare global {
  namespace Bailiwick {
    /**
     * Types `req.bailiwick` of Express and `request.bailiwick` of Fastify by your catalog. Without it, any text is a permission there. Register one catalog:
     * where two guard one process, use the access with a type of your own (`Access<Shape<typeof catalog>>`).
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

/** Casts to the registered catalog. That is wrong where two catalogs guard one process: only one can be registered. */
export function registered(granted: Granted): Granted<Registered> {
  return granted as unknown as Granted<Registered>
}
