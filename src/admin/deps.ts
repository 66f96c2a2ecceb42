/**
 * What the administration is given, and what it tells back.
 */
import type { Catalog } from '../core/catalog.ts'
import type { CatalogShape } from '../core/catalog-types.ts'
import type { Token } from '../core/facts.ts'
import type { ImportedKeys } from '../credential/imported.ts'
import type { RandomBytes } from '../credential/mint.ts'
import type { Peppers } from '../credential/peppers.ts'
import type { Limits } from '../schema/limits.ts'
import type { StorageDirectory, StorageReader, StorageWriter, WriteEvent } from '../storage/port.ts'

/** Of a storage: its lists and its writer, and of the reader what leads to tokens by their digest, and the revisions. */
export type AdminStorage = StorageDirectory & StorageWriter & Pick<StorageReader, 'revisions' | 'tokensByDigest'>

/** A token that expires in at most `leadMs` milliseconds. */
export interface ExpiringToken {
  readonly token: Token
  /** Whole epoch milliseconds. */
  readonly expiresOn: number
  /** Which of the lead times has come, in milliseconds. */
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
   * Called at once after each commit, before the caller hears of it; also after one that threw, since it may have been done, and where nothing
   * had to be written, since another process may have done it. Must not throw.
   */
  readonly afterWrite: (event: WriteEvent) => void
  /** Told of tokens about to expire, when `tokens.remind` is called. */
  readonly onExpiring?: (event: ExpiringToken) => void | Promise<void>
}
