/**
 * What the administration needs, and what it reports back.
 */
import type { Catalog } from '../core/catalog.ts'
import type { CatalogShape } from '../core/catalog-types.ts'
import type { Token } from '../core/facts.ts'
import type { ImportedKeys } from '../credential/imported.ts'
import type { RandomBytes } from '../credential/mint.ts'
import type { Peppers } from '../credential/peppers.ts'
import type { Limits } from '../schema/limits.ts'
import type { StorageDirectory, StorageReader, StorageWriter, WriteEvent } from '../storage/port.ts'

/** The parts of a storage that the administration uses. */
export type AdminStorage = StorageDirectory & StorageWriter & Pick<StorageReader, 'revisions' | 'tokensByDigest'>

/** A token that expires in at most `leadMs` milliseconds. */
export interface ExpiringToken {
  readonly token: Token
  /** Whole epoch milliseconds. */
  readonly expiresOn: number
  /** Which of the lead times fell due, in milliseconds. */
  readonly leadMs: number
}

export interface AdminDeps<S extends CatalogShape = CatalogShape> {
  readonly catalog: Catalog<S>
  readonly storage: AdminStorage
  readonly limits: Limits
  /** What the values of new tokens begin with. */
  readonly prefix: string
  readonly peppers: Peppers
  readonly importedKeys: ImportedKeys
  /** Whole epoch milliseconds. */
  readonly clock: () => number
  readonly random: RandomBytes
  /**
   * Called right after each commit, before its caller resumes. Also after a commit that threw, since it may have been done, and where nothing had to be
   * written, since another process may have done it. Must not throw.
   */
  readonly afterWrite: (event: WriteEvent) => void
  /** Hears of tokens about to expire, when `tokens.remind` is called. */
  readonly onExpiring?: (event: ExpiringToken) => void | Promise<void>
}
