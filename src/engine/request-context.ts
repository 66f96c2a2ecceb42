/**
 * The time and address of one request. The address is parsed when something first depends on it: most tokens may be used from anywhere.
 */
import { type Address, parseAddress } from '../core/address.ts'
import type { Context } from '../core/condition.ts'

/** An address as text. `null` and text that is no address are the same: unknown. */
export type ClientAddress = string | null | undefined

/** One object for all questions to an access, so that asking allocates none: `decide` never keeps it. */
export class RequestContext implements Context {
  /** Not a time until a call sets it. */
  now = Number.NaN
  /** The text that was given as the address, valid or not. */
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
