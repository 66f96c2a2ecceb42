/**
 * Reads what a delivery says was found. Its sender is verified by now, but its content was written by whoever published the secret.
 */

/** One place where something that looks like a token was found. */
export interface Alert {
  readonly token: string
  readonly type: string
  readonly evidence: Evidence
}

/** Where it was found, in a form fit for the audit log. It may still hold the secret. */
export interface Evidence {
  /** `github:` and the kind of place: `github:commit`. */
  readonly source: string
  /** An http or https address of ASCII characters, at most 2,048 of them. */
  readonly url?: string
}

const MAX_URL_LENGTH = 2_048
const SOURCE = /^[0-9A-Za-z_-]{1,64}$/

/** Reads a JSON array of `{ token, type, url, source? }`; `null` for anything else. Never throws: an error of `JSON.parse` would quote the text. */
export function readAlerts(body: Uint8Array): readonly Alert[] | null {
  const list = parse(body)
  if (!Array.isArray(list)) return null
  const alerts = list.map(readAlert)
  return alerts.every((alert) => alert !== null) ? alerts : null
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
  } catch {
    return null
  }
}

function readAlert(item: unknown): Alert | null {
  if (typeof item !== 'object' || item === null) return null
  const { token, type, url, source = null } = item as { readonly [field: string]: unknown }
  if (typeof token !== 'string' || typeof type !== 'string' || typeof url !== 'string') return null
  if (typeof source !== 'string' && source !== null) return null
  const found = readUrl(url)
  return { token, type, evidence: { source: readSource(source), ...(found !== null && { url: found }) } }
}

/** GitHub adds kinds of place now and then. Text that can be none is replaced as a whole and not cut: half a secret could not be recognised later. */
function readSource(text: string | null): string {
  return `github:${text !== null && SOURCE.test(text) ? text : 'unknown'}`
}

function readUrl(text: string): string | null {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return null
  const { href, protocol } = new URL(text)
  return href.length <= MAX_URL_LENGTH && (protocol === 'http:' || protocol === 'https:') ? href : null
}
