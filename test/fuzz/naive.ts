/** Second readers for the fuzzer: each says by other means what a parser of the source must say, character by character and without haste. */
import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import { readName } from '../spec/reference-text.ts'

const DIGITS = '0123456789'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const BASE62 = DIGITS + UPPER + LOWER

const isAll = (text: string, set: string): boolean => text !== '' && [...text].every((one) => set.includes(one))

/** A name of any types: lower-case words of at most 64 characters. */
export function isName(text: string): boolean {
  const isType = (type: string) =>
    type.length <= 64 && LOWER.includes(type.charAt(0)) && isAll(type, `${LOWER + DIGITS}_-`)
  return readName(text)?.every(({ type }) => isType(type)) === true
}

/** A selector of this catalog. */
export function isSelector({ resources }: CatalogDefinition, text: string): boolean {
  const parts = text.split('/')
  if (text.length > 4096 || parts.length > 8) return false
  return parts.every((part, i) => {
    const type = part.slice(0, part.indexOf(':'))
    const id = part.slice(part.indexOf(':') + 1)
    if (!part.includes(':')) return false
    if (i === 0 && type !== 'account' && type !== 'user') return false
    const declared = Object.hasOwn(resources, type) ? resources[type] : undefined
    if (i > 0 && declared?.in !== parts[i - 1]?.split(':')[0]) return false
    if (id === '*') return type !== 'user'
    if (id.endsWith('*')) return i > 0 && i === parts.length - 1 && isId(id.slice(0, -1))
    return isId(id) && new RegExp(`^(?:${declared?.id?.source ?? '[^]*'})$`).test(decodeURIComponent(id))
  })
}

function isId(spelling: string): boolean {
  return readName(`x:${spelling}`)?.length === 1
}

/** An RFC 3339 time, as `parseInstant` reads it: milliseconds and whether something finer was left off. */
export function readTime(text: string): { readonly ms: number; readonly finer: boolean } | null {
  const shape = [...text].map((one) => (DIGITS.includes(one) ? '0' : one)).join('')
  const end = shape.endsWith('Z') ? 1 : 6
  const fraction = text.slice('0000-00-00T00:00:00'.length, -end)
  if (!shape.startsWith('0000-00-00T00:00:00')) return null
  if (fraction !== '' && !(fraction.startsWith('.') && fraction.length <= 31 && isAll(fraction.slice(1), DIGITS)))
    return null
  if (end === 6 && shape.slice(-6) !== '+00:00' && shape.slice(-6) !== '-00:00') return null
  const at = (from: number) => Number(text.slice(from, from + 2))
  const [year, month, day, hour, minute, second] = [Number(text.slice(0, 4)), at(5), at(8), at(11), at(14), at(17)]
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
  if (year === 0 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return null
  const [offHours, offMinutes] = end === 1 ? [0, 0] : [Number(text.slice(-5, -3)), Number(text.slice(-2))]
  if (offHours > 23 || offMinutes > 59) return null
  const sign = end === 6 && text.at(-6) === '-' ? 1 : -1
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const seconds = hour * 3600 + minute * 60 + second + sign * (offHours * 3600 + offMinutes * 60)
  const millis = Number(fraction.slice(1, 4).padEnd(3, '0'))
  return { ms: date.getTime() + seconds * 1000 + millis, finer: [...fraction.slice(4)].some((one) => one !== '0') }
}

/** The check of a credential: CRC32 bit by bit, in base62. */
export function checkOf(text: string): string {
  let crc = 0xffff_ffff
  for (const byte of Buffer.from(text))
    for (let bit = 0, rest = (crc ^ byte) & 0xff; bit <= 8; bit++)
      if (bit === 8) crc = (crc >>> 8) ^ rest
      else rest = rest & 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1
  let value = (crc ^ 0xffff_ffff) >>> 0
  let digits = ''
  for (let i = 0; i < 6; i++, value = Math.floor(value / 62)) digits = (BASE62[value % 62] ?? '') + digits
  return digits
}

/** The four parts of a credential of any prefix, or `null`. */
export function readCredential(
  text: string,
): { readonly prefix: string; readonly kind: string; readonly id: string; readonly secret: string } | null {
  const [prefix, kind, body] = [text.slice(0, -74), text.slice(-73, -72), text.slice(-71)]
  if (text.length < 75 || text.at(-74) !== '_' || text.at(-72) !== '_') return null
  const words = prefix.split('_')
  if (prefix.length > 9 || !LOWER.includes(prefix.charAt(0)) || !words.every((word) => isAll(word, LOWER + DIGITS)))
    return null
  if (!'usa'.includes(kind) || !isAll(body, BASE62) || checkOf(text.slice(0, -6)) !== text.slice(-6)) return null
  return { prefix, kind, id: body.slice(0, 22), secret: body.slice(22, 65) }
}

const TOKEN_CHARACTERS = `!#$%&'*+-.^_\`|~${BASE62}`

/** What one line of an Authorization header presents. */
export function readHeader(line: string): { readonly kind: string; readonly value?: string; readonly bare?: boolean } {
  if (line.includes(',')) return { kind: 'invalid' }
  const scheme = line.split(' ', 1)[0] ?? ''
  if (!isAll(scheme, TOKEN_CHARACTERS)) return { kind: 'invalid' }
  if (scheme.toLowerCase() !== 'bearer') return { kind: 'absent', bare: line === scheme }
  let value = line.slice(scheme.length)
  while (value.startsWith(' ')) value = value.slice(1)
  let core = value
  while (core.endsWith('=')) core = core.slice(0, -1)
  return line !== scheme && isAll(core, `${BASE62}-._~+/`) ? { kind: 'bearer', value } : { kind: 'invalid' }
}
