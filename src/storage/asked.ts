/**
 * Asks a storage whose driver may throw anything: only this package's own errors come back.
 */
import { isBailiwickError, StorageUnavailableError } from '../errors.ts'

/** A driver's own error becomes `ERR_BAILIWICK_STORAGE_UNAVAILABLE`, with it as the cause. */
export async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw isBailiwickError(cause) ? cause : new StorageUnavailableError('storage gave no answer', { cause })
  }
}
