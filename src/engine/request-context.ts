/**
 * When and from where one request asks. Its address is read when something first depends on it: most tokens may be used from anywhere.
 */
import { type Address, parseAddress } from '../core/address.ts'
import type { Context } from '../core/condition.ts'

/** An address as text; `null` and what is no address are the same: unknown. */
export type ClientAddress = string | null | undefined

/** One for all questions to an access, so that asking allocates none: `decide` never keeps it. */
export class RequestContext implements Context {
  /** No time before a call sets it at its beginning. */
  now = Number.NaN
  /** The address as it came, whether it is one or not. */
  readonly given: string | null
  #ip: Address | null | undefined

  constructor(given: ClientAddress) {
    this.given = typeof given === 'string' ? given : null
  }

  get ip(): Address | null {
    if (this.#ip === undefined) this.#ip = this.given === null ? null : parseAddress(this.given)
    return this.#ip
  }
}
