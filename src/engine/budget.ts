/**
 * A small number of places for reads of one kind. Whoever invents token ids, or guesses secrets, competes for places with others who do,
 * and not with the tokens that are known.
 */
import { StorageUnavailableError } from '../errors.ts'

const PLACES = 8
const LONGEST_QUEUE = 1_024

export class Budget {
  #free = PLACES
  readonly #waiting: (() => void)[] = []

  /** Runs the load when a place is free. Fails with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` when too many wait already. */
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
    if (this.#waiting.length >= LONGEST_QUEUE)
      throw new StorageUnavailableError('too many reads of this kind are waiting')
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
