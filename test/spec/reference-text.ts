/**
 * How the reference evaluator reads names and addresses: by decoding and spelling again, and as big numbers. Slow on purpose, and nothing
 * of it is shared with `src/core`.
 */

export interface Pair {
  readonly type: string
  /** Decoded. */
  readonly id: string
}

export interface Address {
  readonly family: 4 | 6
  readonly bits: bigint
}

export interface Range extends Address {
  readonly length: number
}

const PLAIN = /^[A-Za-z0-9._~@=+,-]$/

/** The one spelling of an id. */
export function encode(id: string): string {
  const spell = (byte: number) => {
    const character = String.fromCharCode(byte)
    return PLAIN.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return [...new TextEncoder().encode(id)].map(spell).join('')
}

/** The pairs of a canonical name, or `null`. Whether the types exist and nest so is not asked here. */
export function readName(text: string): readonly Pair[] | null {
  const pairs = text.split('/').map((part) => {
    const [type, spelling] = splitPair(part)
    const id = percentDecode(spelling)
    return id !== null && id !== '' && encode(id) === spelling && Buffer.byteLength(id) <= 1024 ? { type, id } : null
  })
  const whole = pairs.filter((pair) => pair !== null)
  return text.length <= 4096 && pairs.length <= 8 && whole.length === pairs.length ? whole : null
}

/** The types a selector names, from the root. */
export function typesOf(selector: string): readonly string[] {
  return selector.split('/').map((part) => splitPair(part)[0])
}

/** Place by place: the selector is as long as the name or shorter or, with `beneath`, longer and matching as far as the name goes. */
export function covers(selector: string, name: readonly Pair[], beneath: boolean): boolean {
  const parts = selector.split('/')
  if (parts.length > name.length && !beneath) return false
  return parts.slice(0, name.length).every((part, i) => {
    const [type, id] = splitPair(part)
    const pair = name[i]
    if (pair === undefined || pair.type !== type) return false
    return id.endsWith('*') ? pair.id.startsWith(percentDecode(id.slice(0, -1)) ?? '') : pair.id === percentDecode(id)
  })
}

/** Reads well-formed text. `::ffff:a.b.c.d` is IPv4, however it is written. */
export function readAddress(text: string): Address {
  if (!text.includes(':')) {
    return { family: 4, bits: text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) }
  }
  const words = (half: string) =>
    half.split(':').flatMap((group) => {
      if (!group.includes('.')) return group === '' ? [] : [BigInt(`0x${group}`)]
      const { bits } = readAddress(group)
      return [bits >> 16n, bits & 0xffffn]
    })
  const [left = '', right] = text.split('::')
  const before = words(left)
  const after = words(right ?? '')
  const zeros = Array<bigint>(8 - before.length - after.length).fill(0n)
  const bits = [...before, ...zeros, ...after].reduce((sum, word) => (sum << 16n) | word, 0n)
  return bits >> 32n === 0xffffn ? { family: 4, bits: bits & 0xffffffffn } : { family: 6, bits }
}

/** An IPv4-mapped range is a range of IPv4. */
export function readRange(text: string): Range {
  const [address = '', length] = text.split('/')
  const { family, bits } = readAddress(address)
  return { family, bits, length: Number(length) - (family === 4 && address.includes(':') ? 96 : 0) }
}

export function inRange(address: Address, range: Range): boolean {
  const rest = BigInt((range.family === 4 ? 32 : 128) - range.length)
  return address.family === range.family && address.bits >> rest === range.bits >> rest
}

function splitPair(part: string): readonly [type: string, id: string] {
  const colon = part.indexOf(':')
  return colon < 0 ? [part, ''] : [part.slice(0, colon), part.slice(colon + 1)]
}

function percentDecode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
