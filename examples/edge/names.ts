/**
 * The one name of a DNS record. Clients write names in many ways; policies are written in one.
 *
 * The guard and the handler both ask here, so what was allowed is what is done.
 */
import { domainToASCII } from 'node:url'

const RECORD_TYPES = new Set(['A', 'AAAA', 'CAA', 'CNAME', 'HTTPS', 'MX', 'NS', 'PTR', 'SRV', 'SVCB', 'TLSA', 'TXT'])
const ASCII_NAME = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/
const UNICODE_NAME = /^[\p{L}\p{M}\p{N}._*-]+$/u

/** `TXT` for `txt`; `null` for a type this host doesn't serve. */
export function recordType(written: unknown): string | null {
  const type = typeof written === 'string' ? written.toUpperCase() : ''
  return RECORD_TYPES.has(type) ? type : null
}

/**
 * The full domain name in lower case, without the final dot, in punycode: `www`, `WWW.Example.com.` and `www.example.com` are one name in
 * the zone `example.com`, and `@` is the zone itself. `null` for what is no name.
 */
export function recordName(written: unknown, zone: string): string | null {
  const name = typeof written === 'string' ? domainName(written === '@' ? zone : written) : null
  if (name === null) return null
  const full = name === zone || name.endsWith(`.${zone}`) ? name : `${name}.${zone}`
  return full.length <= 253 ? full : null
}

/** A domain name as the name of a zone, or `null`. */
export function domainName(written: string): string | null {
  const bare = written.endsWith('.') ? written.slice(0, -1) : written
  if (!UNICODE_NAME.test(bare)) return null
  const name = /^[\x20-\x7e]*$/.test(bare) ? bare.toLowerCase() : domainToASCII(bare)
  return ASCII_NAME.test(name) ? name : null
}

/** The id of a record in the catalog: `TXT,_acme-challenge.example.com`. All records of one type and name share it, as DNS does. */
export function recordId(record: { readonly type: string; readonly name: string }): string {
  return `${record.type},${record.name}`
}
