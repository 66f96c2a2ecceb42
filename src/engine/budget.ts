/**
 * A limited number of places for reads of one kind, with a queue. Invented ids and guessed secrets compete for places with each other and not with
 * tokens that are known.
 */
import { StorageUnavailableError } from '../errors.ts'

export class Budget {
  #free: number
  readonly #queue: number
  readonly #waiting: (() => void)[] = []

  constructor({ places, queue }: { readonly places: number; readonly queue: number }) {
    this.#free = places
    this.#queue = queue
  }

  /** Runs the load when a place is free. Rejects with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` when too many wait already. */
  async run<T>(load: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await this.#wait()
    try {
      return await load()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#queue)
      throw new StorageUnavailableError('too many reads of this kind are waiting')
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
