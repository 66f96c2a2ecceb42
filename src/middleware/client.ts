/**
 * The address a request comes from: that of the socket, or what the host's `ip` function says. A forwarding header is never read by itself: any client can
 * write one.
 */
import { parseAddress } from '../core/address.ts'
import type { Exchange } from './exchange.ts'
import type { Warn } from './warning.ts'

/** Gives the client's address as text, or `null` when it isn't known. `'none'`: it never is. */
export type AddressOption<Q> = 'none' | ((request: Q) => string | null | undefined)

const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip']

export function clientAddress<Q>(exchange: Exchange<Q>, ip: AddressOption<Q> | undefined, warn: Warn): string | null {
  if (ip === 'none') return null
  if (ip !== undefined) return told(ip(exchange.request) ?? null, warn)
  const forwarding = FORWARDING.find((name) => exchange.hasHeader(name))
  if (forwarding !== undefined)
    warn(
      'BAILIWICK_FORWARDED',
      `a request has the header \`${forwarding}\` and the guard has no \`ip\` option: the address of the socket counts, which may be a proxy's`,
    )
  return exchange.remoteAddress
}

/** What looks unlike an address: a list, brackets, a zone, or a port behind a dotted address. Nearly all texts are through here at once. */
const UNLIKELY = /[^0-9a-f.:]|\.[^:]*:/i

/** What the host told. An address that can't be read is none, so a mistake here would refuse everybody who is bound to one, without a word. */
function told(address: string | null, warn: Warn): string | null {
  if (address !== null && UNLIKELY.test(address) && parseAddress(address) === null)
    warn(
      'BAILIWICK_ADDRESS',
      'the `ip` option of a guard returned text that is no single address (with a port, or a list?): the address counts as unknown',
    )
  return address
}
