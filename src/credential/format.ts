/**
 * The text of a credential: `<prefix>_<kind>_<id 22><secret 43><check 6>`, read from the right and checked before anything else.
 *
 * The check is a checksum: scanners and this package can drop a mistyped or invented value without a look-up. It proves nothing about the holder.
 * A credential has one spelling: its parts are compared as text and never decoded.
 */
import { MisuseError } from '../errors.ts'

/** Whose token it is: a user's, a service account's, or the account's own. */
export type TokenKind = 'u' | 's' | 'a'

export const TOKEN_KIND: Readonly<Record<'user' | 'service' | 'account', TokenKind>> = {
  user: 'u',
  service: 's',
  account: 'a',
}
export const OWNER_KIND: Readonly<Record<TokenKind, 'user' | 'service' | 'account'>> = {
  u: 'user',
  s: 'service',
  a: 'account',
}

export const DEFAULT_PREFIX = 'bwk'
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 62^22 > 2^128 and 62^43 > 2^256: every id of 16 bytes and every secret of 32 fits. */
export const ID_LENGTH = 22
export const SECRET_LENGTH = 43

const CHECK_LENGTH = 6 // 62^6 > 2^32
const BODY_LENGTH = ID_LENGTH + SECRET_LENGTH + CHECK_LENGTH
const MAX_PREFIX_LENGTH = 9

const PREFIX = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
const ID = new RegExp(`^[0-9A-Za-z]{${ID_LENGTH}}$`)
const SECRET = new RegExp(`^[0-9A-Za-z]{${SECRET_LENGTH}}$`)
const BODY = new RegExp(`[0-9A-Za-z]{${BODY_LENGTH}}$`)

const UNDERSCORE = 0x5f
/** The bit that no digit has. */
const NO_DIGIT = 64
/** What each character stands for in base62. */
const DIGIT = new Uint8Array(128).fill(NO_DIGIT)
for (let digit = 0; digit < 62; digit++) DIGIT[BASE62.charCodeAt(digit)] = digit

/** The accepted prefixes. */
export type Prefixes = Pick<ReadonlySet<string>, 'has'>

/** Every text that can be a prefix. */
export const ANY_PREFIX: Prefixes = { has: isPrefix }

/** How many bytes the parts of a credential take: its id, a separator and its secret. */
export const PARTS_LENGTH = ID_LENGTH + 1 + SECRET_LENGTH

/**
 * Reads a credential with one of these prefixes: returns its kind and writes its id and secret to `parts`, to be hashed; `null` for a wrong shape, prefix or
 * check. Long input costs nothing. Does not know whether such a token exists. Every text accepted is the one that `printCredential` prints for its parts.
 */
export function readCredential(value: string, prefixes: Prefixes, parts: Uint8Array): TokenKind | null {
  const kind = kindOf(value, prefixes)
  return kind !== null && isChecked(value, value.length - BODY_LENGTH, parts) ? kind : null
}

/** Whether a text looks like a credential with one of these prefixes, whatever its check. */
export function hasShape(value: string, prefixes: Prefixes): boolean {
  return kindOf(value, prefixes) !== null && BODY.test(value)
}

/** The kind of a text that begins like a credential, or `null`. Read from the right: a prefix may hold underscores, the body can't. */
function kindOf(value: string, prefixes: Prefixes): TokenKind | null {
  const body = value.length - BODY_LENGTH
  const prefixEnd = body - '_k_'.length
  if (prefixEnd < 1 || prefixEnd > MAX_PREFIX_LENGTH) return null
  const kind = value.charAt(body - 2)
  if (value.charCodeAt(prefixEnd) !== UNDERSCORE || value.charCodeAt(body - 1) !== UNDERSCORE || !isTokenKind(kind))
    return null
  return prefixes.has(value.slice(0, prefixEnd)) ? kind : null
}

/** Whether the body that begins here is base62 and its check is right. One pass, since every request needs it. */
function isChecked(value: string, body: number, parts: Uint8Array): boolean {
  const checked = value.length - CHECK_LENGTH
  let crc = crc32(value, body)
  let digits = 0
  for (let at = body; at < checked; at++) {
    const code = value.charCodeAt(at)
    digits |= DIGIT[code] ?? NO_DIGIT
    const place = at - body
    parts[place < ID_LENGTH ? place : place + 1] = code
    crc = crcStep(crc, code)
  }
  let check = 0
  for (let at = checked; at < value.length; at++) {
    const digit = DIGIT[value.charCodeAt(at)] ?? NO_DIGIT
    digits |= digit
    check = check * 62 + digit
  }
  return (digits & NO_DIGIT) === 0 && check === ~crc >>> 0
}

/** Prints what `readCredential` reads. Throws `MisuseError`, without the secret in it, for parts that it could not read back. */
export function printCredential(prefix: string, kind: TokenKind, id: string, secret: string): string {
  checkPrefix(prefix)
  if (!ID.test(id)) throw new MisuseError(`the id of a credential is ${ID_LENGTH} base62 characters`)
  if (!SECRET.test(secret)) throw new MisuseError(`the secret of a credential is ${SECRET_LENGTH} base62 characters`)
  const text = `${prefix}_${kind}_${id}${secret}`
  return text + checksum(text)
}

/** Throws `MisuseError` unless this can be the prefix of credentials. */
export function checkPrefix(prefix: string): void {
  if (typeof prefix !== 'string') throw new MisuseError(`a credential prefix is text, as in \`${DEFAULT_PREFIX}\``)
  if (isPrefix(prefix)) return
  throw new MisuseError(
    `\`${prefix.slice(0, 64)}\` can't be a credential prefix: write 1 to ${MAX_PREFIX_LENGTH} characters of lower-case letters and digits, ` +
      `a letter first, parts joined by single underscores, as in \`${DEFAULT_PREFIX}\` or \`acme_api\``,
  )
}

function isPrefix(prefix: string): boolean {
  return prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix)
}

/**
 * A regular expression that finds credentials with this prefix, for secret scanners, in syntax that all of them share. It matches the shape and not the
 * checksum, so a scanner may report text that is no credential. Throws `ERR_BAILIWICK_MISUSE` for a prefix that `createBailiwick` would refuse.
 *
 * @example
 * ```ts
 * const { scannerPattern } = await import('bailiwick')
 * scannerPattern('bwk') // 'bwk_[usa]_[0-9A-Za-z]{71}'
 * ```
 */
export function scannerPattern(prefix: string): string {
  checkPrefix(prefix)
  return `${prefix}_[usa]_[0-9A-Za-z]{${BODY_LENGTH}}`
}

/** CRC32 (IEEE 802.3) of an ASCII text as six base62 digits, as GitHub's tokens carry it. */
export function checksum(text: string): string {
  let rest = ~crc32(text, text.length) >>> 0
  let digits = ''
  for (let place = 0; place < CHECK_LENGTH; place++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc
})

/**
 * CRC32 of the first `length` characters, which are ASCII, before the final inversion. Computed here, since a call of Node's costs more for so short a text.
 */
function crc32(text: string, length: number): number {
  let crc = -1
  for (let at = 0; at < length; at++) crc = crcStep(crc, text.charCodeAt(at))
  return crc
}

function crcStep(crc: number, code: number): number {
  return (CRC[(crc ^ code) & 0xff] ?? 0) ^ (crc >>> 8)
}

function isTokenKind(text: string): text is TokenKind {
  return Object.hasOwn(OWNER_KIND, text)
}
