/**
 * Reads the Authorization header: one bearer token, none, or something malformed.
 */

/**
 * `invalid` is refused with 400 before anything is decided. `absent`: no bearer credential was presented; `bare`, where the header is a single word
 * without a scheme, most likely a token.
 */
export type Presented =
  | { readonly kind: 'bearer'; readonly value: string }
  | { readonly kind: 'absent'; readonly bare: boolean }
  | { readonly kind: 'invalid' }

export const ABSENT: Presented = { kind: 'absent', bare: false }
const BARE: Presented = { kind: 'absent', bare: true }
const INVALID: Presented = { kind: 'invalid' }

/** RFC 9110 §11.4: a scheme, spaces, and for Bearer one token68. */
const SCHEME = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: |$)/
const BEARER = /^bearer +[A-Za-z0-9._~+/-]+=*$/i

/**
 * Reads the lines of the header. More than one line, or a comma (which may be two lines joined), is invalid whatever the scheme: readers must not differ
 * about which one counts. A scheme other than Bearer is no credential.
 */
export function readAuthorization(lines: readonly string[]): Presented {
  const line = lines[0]
  if (line === undefined) return ABSENT
  if (lines.length > 1) return INVALID
  if (BEARER.test(line)) return { kind: 'bearer', value: line.slice(line.lastIndexOf(' ') + 1) } // no token holds a space
  if (line.includes(',')) return INVALID
  const scheme = SCHEME.exec(line)?.[1]
  if (scheme === undefined) return INVALID
  if (scheme.toLowerCase() === 'bearer') return INVALID
  return scheme === line ? BARE : ABSENT
}
