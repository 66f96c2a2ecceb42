/**
 * The address a request comes from: that of the socket, or what the host's `ip` function says. A forwarding header is never read by itself: any client can
 * write one.
 */
import type { Exchange } from './exchange.ts'

/** Gives the client's address as text, or `null` when it isn't known. `'none'`: it never is. */
export type AddressOption<Q> = 'none' | ((request: Q) => string | null | undefined)

const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip']

export type Warn = (message: string) => void

export function clientAddress<Q>(exchange: Exchange<Q>, ip: AddressOption<Q> | undefined, warn: Warn): string | null {
  if (ip === 'none') return null
  if (ip !== undefined) return ip(exchange.request) ?? null
  const forwarding = FORWARDING.find((name) => exchange.hasHeader(name))
  if (forwarding !== undefined)
    warn(
      `a request has the header \`${forwarding}\` and the guard has no \`ip\` option: the address of the socket counts, which may be a proxy's`,
    )
  return exchange.remoteAddress
}

/** Warns only once. */
export function warnOnce(): Warn {
  let warned = false
  return (message) => {
    if (!warned) process.emitWarning(message, { type: 'BailiwickWarning', code: 'BAILIWICK_FORWARDED' })
    warned = true
  }
}
