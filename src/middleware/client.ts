/**
 * The address a request comes from: that of the socket, or what the host's `ip` function says. A forwarding header is never read by itself: any client can
 * write one.
 */
import type { Exchange } from './exchange.ts'
import type { Warn } from './warning.ts'

/** Gives the client's address as text, or `null` when it isn't known. `'none'`: it never is. */
export type AddressOption<Q> = 'none' | ((request: Q) => string | null | undefined)

const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip']

export function clientAddress<Q>(exchange: Exchange<Q>, ip: AddressOption<Q> | undefined, warn: Warn): string | null {
  if (ip === 'none') return null
  if (ip !== undefined) return ip(exchange.request) ?? null
  const forwarding = FORWARDING.find((name) => exchange.hasHeader(name))
  if (forwarding !== undefined)
    warn(
      'BAILIWICK_FORWARDED',
      `a request has the header \`${forwarding}\` and the guard has no \`ip\` option: the address of the socket counts, which may be a proxy's`,
    )
  return exchange.remoteAddress
}
