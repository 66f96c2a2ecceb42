/**
 * Where a request comes from: the socket, or what the host says. A forwarding header is never believed unasked: any client can write one.
 */
import type { Exchange } from './exchange.ts'
import type { Warn } from './warning.ts'

/** The client's address as text; `null` when it isn't known. `'none'` says that it never is. */
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
