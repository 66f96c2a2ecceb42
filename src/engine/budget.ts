/**
 * A small number of places for loads of tokens nobody has seen yet. Whoever invents token ids competes with others who do, for these
 * places, and not with the tokens that are known.
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
      throw new StorageUnavailableError('too many loads of unknown tokens are waiting')
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
