/** A reader whose every read waits for the schedule twice: to be taken from the tables as they then are, and to be answered. */
import type { Scope } from '../../src/core/facts.ts'
import type { StorageReader } from '../../src/storage/port.ts'

export interface Waiting {
  readonly what: keyof StorageReader
  /** Reads the tables, if that wasn't done yet. */
  take(): void
  readonly isTaken: boolean
  /** Answers with what was read, which is read now at the latest. */
  answer(): void
  fail(): void
}

export class Gate implements StorageReader {
  readonly #inner: StorageReader
  #waiting: Waiting[] = []
  /** How many reads began. */
  begun = 0
  failed = 0

  constructor(inner: StorageReader) {
    this.#inner = inner
  }

  get waiting(): readonly Waiting[] {
    return this.#waiting
  }

  credential(id: string) {
    return this.#wait('credential', () => this.#inner.credential(id))
  }

  principal(user: string) {
    return this.#wait('principal', () => this.#inner.principal(user))
  }

  revisions(scopes: readonly Scope[]) {
    return this.#wait('revisions', () => this.#inner.revisions(scopes))
  }

  tokensByDigest(digests: readonly string[]) {
    return this.#wait('tokensByDigest', () => this.#inner.tokensByDigest(digests))
  }

  #wait<T>(what: keyof StorageReader, read: () => Promise<T>): Promise<T> {
    this.begun++
    return new Promise((resolve, reject) => {
      let taken: Promise<T> | null = null
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== one)
      }
      const one: Waiting = {
        what,
        get isTaken() {
          return taken !== null
        },
        take() {
          taken ??= read()
        },
        answer() {
          leave()
          taken ??= read()
          taken.then(resolve, reject)
        },
        fail: () => {
          leave()
          this.failed++
          reject(new Error('no route to host'))
        },
      }
      this.#waiting.push(one)
    })
  }
}
