/**
 * IP addresses and CIDR ranges: strict text in, 16-bit words inside, membership by binary search.
 *
 * An IPv4-mapped IPv6 address *is* the IPv4 address, since that is how a dual-stack socket reports its IPv4 clients. Families never match
 * each other. Spellings that parsers disagree about (leading zeros, hex, octal, short forms) are refused.
 */

/** Big-endian 16-bit words, two for IPv4 and eight for IPv6: small integers, so comparing them never allocates. */
export interface Address {
  readonly family: 4 | 6
  readonly words: readonly number[]
}

/** A block of addresses (RFC 4632). `network` has no bit set beyond `prefixLength`. */
export interface Cidr {
  readonly network: Address
  readonly prefixLength: number
}

/** Why a text is no CIDR. `message` continues a sentence that begins with the text. */
export interface CidrFault {
  readonly fault: 'bad_address' | 'zone_id' | 'port' | 'no_length' | 'bad_length' | 'host_bits'
  readonly message: string
}

/** A set of addresses: for each family its ranges, sorted, disjoint and not adjacent, each as its first words and then its last. Equal sets have equal ranges. */
export interface Ranges {
  readonly v4: readonly number[]
  readonly v6: readonly number[]
}

const LONGEST_ADDRESS = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'.length
/** Longer text is refused unread. */
const LONGEST_READ = 64
const NO_ADDRESS: CidrFault = { fault: 'bad_address', message: 'does not begin with an IPv4 or IPv6 address' }
const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
/** Includes mapped addresses as sockets spell them, so that most requests need no IPv6 parser. */
const IPV4 = new RegExp(`^(?:::ffff:)?${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`, 'i')
const HEXTET = /^[0-9a-f]{1,4}$/i
const LENGTH = /^(0|[1-9]\d{0,2})$/
const PORT_OR_BRACKETS = /^\[|^[\d.]+:\d+$/

/**
 * Reads one address, or gives `null` where the text is none. IPv4 is dotted decimal, IPv6 as in RFC 4291 section 2.2; a mapped address (section 2.5.5.2)
 * comes out as IPv4. Strict: no zone id, port, brackets, space, leading zero, hex or octal IPv4.
 */
export function parseAddress(text: string): Address | null {
  if (text.length > LONGEST_ADDRESS) return null
  const quad = parseIpv4(text)
  if (quad) return { family: 4, words: quad }
  const words = parseIpv6(text)
  if (!words) return null
  const mapped = words.every((word, i) => i > 5 || word === (i === 5 ? 0xffff : 0))
  return mapped ? { family: 4, words: words.slice(6) } : { family: 6, words }
}

/**
 * Reads `address/length`. The length is required, in decimal without leading zeros. Bits set beyond it are refused and not
 * masked off, since they show that the writer meant something else. A mapped `::ffff:a.b.c.d/N` is the IPv4 block of length N - 96.
 */
export function parseCidr(text: string): Cidr | CidrFault {
  if (text.length > LONGEST_READ) return NO_ADDRESS
  const slash = text.indexOf('/')
  const written = slash < 0 ? text : text.slice(0, slash)
  const address = parseAddress(written)
  if (!address) return addressFault(written)
  if (slash < 0) {
    const alone = printCidr({ network: address, prefixLength: 16 * address.words.length })
    return { fault: 'no_length', message: `has no prefix length; for this one address write \`${alone}\`` }
  }
  const digits = text.slice(slash + 1)
  const bits = address.family === 4 && written.includes(':') ? 96 : 0
  const prefixLength = Number(digits) - bits
  if (!LENGTH.test(digits) || prefixLength > 16 * address.words.length) {
    const longest = 16 * address.words.length + bits
    return { fault: 'bad_length', message: `needs a decimal prefix length from 0 to ${longest} after the slash` }
  }
  if (prefixLength < 0) {
    return { fault: 'host_bits', message: 'is a range of IPv4-mapped addresses, whose prefix length is at least 96' }
  }
  const network = { family: address.family, words: address.words.map((word, i) => word & mask(i, prefixLength)) }
  const cidr = { network, prefixLength }
  if (compare(network.words, 0, address.words) === 0) return cidr
  return { fault: 'host_bits', message: `has bits set beyond its prefix length; the network is \`${printCidr(cidr)}\`` }
}

/** The one canonical spelling (RFC 5952 for IPv6): `parseAddress` reads it back as the same address. */
export function printAddress(address: Address): string {
  const { words } = address
  if (address.family === 4) return words.map((word) => `${word >> 8}.${word & 0xff}`).join('.')
  let longest = { start: 0, length: 1 } // a single zero word is never shortened (RFC 5952 section 4.2.2)
  let length = 0
  for (const [i, word] of words.entries()) {
    length = word === 0 ? length + 1 : 0
    if (length > longest.length) longest = { start: i + 1 - length, length }
  }
  const hex = words.map((word) => word.toString(16))
  if (longest.length === 1) return hex.join(':')
  return `${hex.slice(0, longest.start).join(':')}::${hex.slice(longest.start + longest.length).join(':')}`
}

export function printCidr(cidr: Cidr): string {
  return `${printAddress(cidr.network)}/${cidr.prefixLength}`
}

/** The union of the blocks. The result doesn't depend on how the list is ordered, repeated, nested or split. */
export function compileRanges(cidrs: readonly Cidr[]): Ranges {
  return {
    v4: merge(cidrs.filter((c) => c.network.family === 4)),
    v6: merge(cidrs.filter((c) => c.network.family === 6)),
  }
}

/** Whether the set holds the address: logarithmic in the number of ranges, and allocates nothing. */
export function contains(ranges: Ranges, address: Address): boolean {
  const table = address.family === 4 ? ranges.v4 : ranges.v6
  const width = address.words.length
  // The first range that starts beyond the address; only the one before it can hold it.
  let low = 0
  let high = table.length / (2 * width)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(table, middle * 2 * width, address.words) > 0) high = middle
    else low = middle + 1
  }
  return low > 0 && compare(table, (2 * low - 1) * width, address.words) >= 0
}

function parseIpv4(text: string): number[] | null {
  const match = IPV4.exec(text)
  if (!match) return null
  return [Number(match[1]) * 256 + Number(match[2]), Number(match[3]) * 256 + Number(match[4])]
}

function parseIpv6(text: string): number[] | null {
  const hex = text.includes('.') ? dottedTailToHex(text) : text
  const [head = '', tail, more] = hex.split('::')
  if (more !== undefined) return null
  const words = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    if (words.length + after.length > 7) return null // `::` stands for one zero word at least
    while (words.length + after.length < 8) words.push('0')
    words.push(...after)
  }
  if (words.length !== 8 || !words.every((word) => HEXTET.test(word))) return null
  return words.map((word) => Number.parseInt(word, 16))
}

/** Rewrites a dotted form in the last two words as hex. Anywhere else its dots stay, and then no word matches. */
function dottedTailToHex(text: string): string {
  const start = text.lastIndexOf(':') + 1
  const quad = parseIpv4(text.slice(start))
  return quad ? text.slice(0, start) + quad.map((word) => word.toString(16)).join(':') : text
}

function addressFault(written: string): CidrFault {
  if (written.includes('%')) return { fault: 'zone_id', message: 'has a zone id, which means nothing beyond one link' }
  if (PORT_OR_BRACKETS.test(written)) return { fault: 'port', message: 'has a port or brackets; leave them out' }
  return NO_ADDRESS
}

/** The network bits of the word at `index`. */
function mask(index: number, prefixLength: number): number {
  const bits = Math.min(Math.max(prefixLength - 16 * index, 0), 16)
  return (0xffff << (16 - bits)) & 0xffff
}

/** Compares the words of `table` at `offset` with `words`: negative, zero or positive. */
function compare(table: readonly number[], offset: number, words: readonly number[]): number {
  for (let i = 0; i < words.length; i++) {
    const difference = (table[offset + i] ?? 0) - (words[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function merge(cidrs: readonly Cidr[]): number[] {
  const blocks = cidrs.map(({ network: { words }, prefixLength }) => ({
    first: words,
    last: words.map((word, i) => word | (~mask(i, prefixLength) & 0xffff)),
  }))
  blocks.sort((a, b) => compare(a.first, 0, b.first))
  const merged: typeof blocks = []
  for (const block of blocks) {
    const before = merged.at(-1)
    const joins =
      before && (compare(block.first, 0, before.last) <= 0 || compare(block.first, 0, next(before.last)) === 0)
    if (!joins) merged.push(block)
    else if (compare(block.last, 0, before.last) > 0) before.last = block.last
  }
  return merged.flatMap((block) => [...block.first, ...block.last])
}

/** The address after this one; after the last comes the first. */
function next(words: readonly number[]): number[] {
  const lastRoom = words.findLastIndex((word) => word < 0xffff)
  return words.map((word, i) => (i < lastRoom ? word : i === lastRoom ? word + 1 : 0))
}
