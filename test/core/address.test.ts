import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Address,
  type Cidr,
  compileRanges,
  contains,
  parseAddress,
  parseCidr,
  printAddress,
  printCidr,
} from '../../src/core/address.ts'

interface Vector {
  readonly kind: 'address' | 'cidr' | 'contains' | 'url-host'
  readonly input: string
  readonly valid?: boolean | null
  readonly canonical?: string
  readonly mappedTo?: string
  readonly looseMeaning?: string
  readonly cidr?: string
  readonly contains?: boolean | null
  readonly strictValid?: boolean
}

interface VectorFile {
  readonly counts: Readonly<Record<Vector['kind'], number>>
  readonly groups: readonly { readonly name: string; readonly source: string; readonly cases: readonly Vector[] }[]
}

const file: VectorFile = JSON.parse(readFileSync(new URL('../vectors/ip-vectors.json', import.meta.url), 'utf8'))

const ZONE = 'a zone id names a link of the server, so it can match nothing: refused everywhere'
const HOST_BITS = 'host bits set: masking them off would hide a mistake, so they are refused'
const MAPPED = 'an IPv4-mapped IPv6 address is IPv4 and prints as IPv4'

/** Every vector whose source says something else than this package, `group kind input`, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'go-netip-ParseAddr address fd7a:115c:a1e0:ab12:4843:cd96:626b:430b%eth0': ZONE,
  'go-netip-ParseAddr address 1:2::ffff:192.168.140.255%eth1': ZONE,
  'go-netip-ParseAddr address ::ffff:192.168.140.255%eth1': ZONE,
  'go-net-ParseIP address fe80::1%lo0': ZONE,
  'go-net-ParseIP address fe80::1%911': ZONE,
  'cpython-ipaddress address 2001:db8::%scope': ZONE,
  'wpt-url-hosts url-host [::%31]': ZONE,
  'go-net-ParseCIDR cidr 135.104.0.1/24': HOST_BITS,
  'go-net-ParseCIDR cidr abcd:2345::/24': HOST_BITS,
  'go-net-ParseCIDR cidr 2001:DB8::1/48': HOST_BITS,
  'ipaddrjs-strict contains 10.5.0.1 in 10.0.0.1/8': HOST_BITS,
  'ipaddrjs-strict contains 10.5.0.1 in 10.0.0.10/8': HOST_BITS,
  'ipaddrjs-strict contains 10.5.0.1 in 10.5.5.0/16': HOST_BITS,
  'ipaddrjs-strict contains 10.5.0.1 in 10.4.5.0/16': HOST_BITS,
  'ipaddrjs-strict contains 10.5.0.1 in 10.4.5.0/15': HOST_BITS,
  'ipaddrjs-strict contains 2001:db8:f53a::1 in 2001:db8:f53a::1:1/64': HOST_BITS,
  'ipaddrjs-strict contains 2001:db8:f53a::1 in 2001:db8:f53b::1:1/48': HOST_BITS,
  'ipaddrjs-strict contains 2001:db8:f53a::1 in 2001:db8:f531::1:1/44': HOST_BITS,
  'ipaddrjs-strict contains 2001:db8:f53a::1 in 2001:db8:f500::1/40': HOST_BITS,
  'ipaddrjs-strict contains 2001:db8:f53a::1 in 2001:db9:f500::1/40': HOST_BITS,
  'go-netip-ParseAddr address ::ffff:192.168.140.255': MAPPED,
  'rfc-4291-5952 address 0:0:0:0:0:FFFF:129.144.52.38': MAPPED,
}

/** Every vector that records a choice instead of a verdict, and what is chosen here. */
const CHOICES: Readonly<Record<string, boolean>> = {
  'go-net-ParseIP address 0:0:0:0:000000:ffff:127.1.2.3': false,
  'cpython-netmask cidr 192.0.2.0/255.255.255.0': false,
  'cpython-netmask cidr 0.0.0.0/08': false,
  'hand-written-traps address fe80::1%eth0': false,
  'hand-written-traps address fe80::1%25eth0': false,
  'hand-written-traps contains 10.0.0.1 in ::ffff:10.0.0.0/104': true,
  'hand-written-traps contains 10.0.0.1 in ::ffff:0:0/96': true,
  // A mapped address is IPv4, and `::/0` covers no IPv4.
  ...Object.fromEntries(
    ['10.0.0.1', '192.0.2.255', '0.0.0.0', '255.255.255.255']
      .flatMap(mappedSpellings)
      .map((input) => [`hand-written-traps contains ${input} in ::/0`, false]),
  ),
}

describe('the vector file, in full', () => {
  let ran = 0
  const excepted = new Set<string>()
  const chosen = new Set<string>()

  test.each(file.groups)('$name ($source)', ({ name, cases }) => {
    for (const vector of cases) {
      const key = `${name} ${vector.kind} ${vector.input}${vector.cidr === undefined ? '' : ` in ${vector.cidr}`}`
      const exception = EXCEPTIONS[key]
      if (exception !== undefined) {
        excepted.add(key)
        runException(vector, exception, key)
      } else runVector(vector, key)
      ran++
    }
  })

  test('every case ran, every exception and every choice was met', () => {
    expect(ran).toBe(file.groups.flatMap((group) => group.cases).length)
    expect(ran).toBe(Object.values(file.counts).reduce((sum, count) => sum + count, 0))
    expect([...excepted].sort()).toEqual(Object.keys(EXCEPTIONS).sort())
    expect([...chosen].sort()).toEqual(Object.keys(CHOICES).sort())
  })

  function verdict(said: boolean | null | undefined, key: string): boolean {
    if (typeof said === 'boolean') return said
    const choice = CHOICES[key]
    if (choice === undefined) throw new Error(`no choice is written down for: ${key}`)
    chosen.add(key)
    return choice
  }

  function runVector(vector: Vector, key: string): void {
    if (vector.kind === 'contains') {
      expect(covers(vector.cidr ?? '', vector.input), key).toBe(verdict(vector.contains, key))
    } else if (vector.kind === 'url-host') {
      // What a URL shows in brackets stands in a condition or a socket without them.
      const bare = vector.input.replace(/^\[(.*)\]$/, '$1')
      expect(parseAddress(bare) !== null, key).toBe(vector.strictValid)
      if (bare !== vector.input) expect(parseAddress(vector.input), key).toBeNull()
    } else {
      const parsed = vector.kind === 'address' ? readAddress(vector.input) : readCidr(vector.input)
      expect(parsed !== null, key).toBe(verdict(vector.valid, key))
      if (vector.canonical !== undefined) expect(parsed, key).toBe(vector.canonical)
      if (vector.mappedTo !== undefined) expect(parsed, key).toBe(vector.mappedTo)
    }
  }
})

describe('reading', () => {
  test.each([
    ['10.0.0.1', 'no_length', '10.0.0.1/32'],
    ['2001:DB8::1', 'no_length', '2001:db8::1/128'],
    ['10.0.0.1/8', 'host_bits', '10.0.0.0/8'],
    ['2001:db8::1/32', 'host_bits', '2001:db8::/32'],
    ['::ffff:10.0.0.1/104', 'host_bits', '10.0.0.0/8'],
    ['::ffff:0:0/95', 'host_bits', 'at least 96'],
    ['fe80::1%eth0/64', 'zone_id', 'zone id'],
    ['fe80::1%eth0', 'zone_id', 'zone id'],
    ['10.0.0.1:80/32', 'port', 'port'],
    ['10.0.0.1:80', 'port', 'port'],
    ['[::1]:80/128', 'port', 'port or brackets'],
    ['10.0.0.0/33', 'bad_length', '0 to 32'],
    ['10.0.0.0/08', 'bad_length', 'decimal'],
    ['10.0.0.0/255.0.0.0', 'bad_length', 'decimal'],
    ['::/129', 'bad_length', '0 to 128'],
    ['::ffff:0:0/129', 'bad_length', '0 to 128'],
    ['office/8', 'bad_address', 'IPv4 or IPv6'],
    ['office[1]/8', 'bad_address', 'IPv4 or IPv6'],
    ['office1:80/8', 'bad_address', 'IPv4 or IPv6'],
    ['10:80pm/8', 'bad_address', 'IPv4 or IPv6'],
    ['/8%eth0', 'bad_address', 'IPv4 or IPv6'],
    [`fe80::1%${'e'.repeat(56)}`, 'zone_id', 'zone id'],
    [`fe80::1%${'e'.repeat(57)}`, 'bad_address', 'IPv4 or IPv6'],
    ['', 'bad_address', 'IPv4 or IPv6'],
  ])('the CIDR `%s` is refused as %s, saying `%s`', (text, fault, words) => {
    expect(parseCidr(text)).toEqual({ fault, message: expect.stringContaining(words) })
  })

  test('a mapped block is the IPv4 block that it stands for', () => {
    expect(readCidr('::ffff:10.0.0.0/104')).toBe('10.0.0.0/8')
    expect(readCidr('::FFFF:a00:1/128')).toBe('10.0.0.1/32')
    expect(readCidr('::ffff:0:0/96')).toBe('0.0.0.0/0')
  })

  test('print(parse(text)) is one spelling, and parse(print(a)) is a', () => {
    fc.assert(
      fc.property(addresses(), (address) => {
        expect(parseAddress(printAddress(address))).toEqual(address)
      }),
    )
    fc.assert(
      fc.property(cidrs(), (cidr) => {
        expect(parseCidr(printCidr(cidr))).toEqual(cidr)
      }),
    )
  })

  test('the longest spelling is read', () => {
    expect(readAddress('2001:0db8:0000:0000:0000:ffff:255.255.255.255')).toBe('2001:db8::ffff:ffff:ffff')
    expect(readCidr('2001:0db8:0000:0000:0000:ffff:255.255.255.255/128')).toBe('2001:db8::ffff:ffff:ffff/128')
  })

  test('any spelling of an address that a generator knows is read as what it prints', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text)
        expect(address).not.toBeNull()
        if (address) expect(parseAddress(printAddress(address))).toEqual(address)
      }),
    )
  })

  test('it never throws, and hostile length costs nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9a-fA-F:./%[\]]*$/)), (text) => {
        parseAddress(text)
        parseCidr(text)
      }),
    )
    for (const piece of ['1', ':', '1.', '0:', '::', '1/', '%', '[']) {
      const text = piece.repeat(5_000_000)
      expect(parseCidr(text)).toMatchObject({ fault: 'bad_address' })
      for (let i = 0; i < 1_000; i++) expect(parseAddress(text) === null).toBe(true)
    }
  })
})

describe('a set of ranges', () => {
  test('holds exactly what a bit by bit comparison with each CIDR holds', () => {
    fc.assert(
      fc.property(fc.array(cidrs(), { maxLength: 12 }), fc.array(addresses(), { maxLength: 12 }), (blocks, others) => {
        const ranges = compileRanges(blocks)
        for (const address of [...others, ...blocks.flatMap(edges)]) {
          expect(contains(ranges, address)).toBe(blocks.some((block) => naivelyContains(block, address)))
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('order, duplicates, nesting and splitting leave no trace', () => {
    const set = (...texts: string[]) => compileRanges(texts.map(block))
    expect(set('10.0.0.0/24', '10.0.0.0/25', '10.0.0.128/25', '10.0.0.7/32')).toEqual(set('10.0.0.0/24'))
    expect(set('0.0.0.0/1', '128.0.0.0/1')).toEqual(set('0.0.0.0/0'))
    expect(set('2001:db8::/33', '2001:db8:8000::/33')).toEqual(set('2001:db8::/32'))
    expect(set('10.0.0.0/24', '10.0.1.0/24', '10.0.3.0/24').v4).toEqual([
      0xa00, 0, 0xa00, 0x1ff, 0xa00, 0x300, 0xa00, 0x3ff,
    ])
    fc.assert(
      fc.property(fc.array(cidrs(), { maxLength: 12 }), (blocks) => {
        expect(compileRanges([...blocks, ...blocks].reverse())).toEqual(compileRanges(blocks))
      }),
    )
  })

  test('families never match each other, at any length', () => {
    fc.assert(
      fc.property(cidrs(), addresses(), (cidr, address) => {
        if (cidr.network.family !== address.family) expect(contains(compileRanges([cidr]), address)).toBe(false)
      }),
    )
  })

  test('the empty set holds nothing', () => {
    expect(contains(compileRanges([]), { family: 4, words: [0, 0] })).toBe(false)
  })

  test('looks at a few of 256 ranges, not at all of them', () => {
    let reads = 0
    const counted = (table: readonly number[]) =>
      new Proxy(table, {
        get(target, key, receiver) {
          if (typeof key === 'string' && /^\d+$/.test(key)) reads++
          return Reflect.get(target, key, receiver)
        },
      })
    const ranges = compileRanges(Array.from({ length: 256 }, (_, i) => block(`10.${i}.0.0/24`)))
    expect(ranges.v4).toHaveLength(256 * 4)
    expect(contains({ v4: counted(ranges.v4), v6: [] }, { family: 4, words: [10 * 256 + 200, 5] })).toBe(true)
    expect(reads).toBeLessThan(2 * 10)
  })
})

function runException(vector: Vector, reason: string, key: string): void {
  const bare = vector.input.replace(/^\[(.*)\]$/, '$1')
  if (reason === MAPPED) expect(readAddress(bare), key).toBe(vector.canonical?.replace('::ffff:', ''))
  else if (reason === ZONE) expect([parseAddress(bare), bare.includes('%')], key).toEqual([null, true])
  else expect(parseCidr(vector.cidr ?? vector.input), key).toMatchObject({ fault: 'host_bits' })
}

function mappedSpellings(quad: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = quad.split('.').map(Number)
  const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  return [
    `::ffff:${quad}`,
    `::FFFF:${quad}`,
    `::ffff:${hex}`,
    `0:0:0:0:0:ffff:${quad}`,
    `0000:0000:0000:0000:0000:ffff:${hex}`,
  ]
}

function readAddress(text: string): string | null {
  const address = parseAddress(text)
  return address && printAddress(address)
}

function readCidr(text: string): string | null {
  const cidr = parseCidr(text)
  return 'fault' in cidr ? null : printCidr(cidr)
}

function block(text: string): Cidr {
  const cidr = parseCidr(text)
  if ('fault' in cidr) throw new Error(`\`${text}\` ${cidr.message}`)
  return cidr
}

function covers(cidr: string, text: string): boolean {
  const address = parseAddress(text)
  if (!address) throw new Error(`\`${text}\` is no address`)
  return contains(compileRanges([block(cidr)]), address)
}

function bits(address: Address): string {
  return address.words.map((word) => word.toString(2).padStart(16, '0')).join('')
}

function naivelyContains(cidr: Cidr, address: Address): boolean {
  if (cidr.network.family !== address.family) return false
  return bits(address).startsWith(bits(cidr.network).slice(0, cidr.prefixLength))
}

/** The first and last address of a block and their neighbours outside. */
function edges({ network, prefixLength }: Cidr): Address[] {
  const width = 16 * network.words.length
  const first = BigInt(`0b${bits(network)}`)
  const last = first + (1n << BigInt(width - prefixLength)) - 1n
  return [first, last, first - 1n, last + 1n].map((number) => {
    const text = BigInt.asUintN(width, number).toString(2).padStart(width, '0')
    return {
      family: network.family,
      words: network.words.map((_, i) => Number.parseInt(text.slice(16 * i, 16 * i + 16), 2)),
    }
  })
}

/** Words near each other and near the ends, so that blocks nest and touch; never a mapped address, which is no IPv6 address here. */
function addresses(): fc.Arbitrary<Address> {
  const word = fc.oneof(
    fc.constantFrom(0, 0, 0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff),
    fc.integer({ min: 0, max: 0xffff }),
  )
  return fc
    .oneof(fc.array(word, { minLength: 2, maxLength: 2 }), fc.array(word, { minLength: 8, maxLength: 8 }))
    .map((words): Address => ({ family: words.length === 2 ? 4 : 6, words }))
    .filter(({ words }) => words.length === 2 || !words.slice(0, 6).every((w, i) => w === (i === 5 ? 0xffff : 0)))
}

function cidrs(): fc.Arbitrary<Cidr> {
  return fc
    .tuple(addresses(), fc.nat(128))
    .map(([address, length]): Cidr => {
      const prefixLength = Math.min(length, 16 * address.words.length)
      const network = bits(address).slice(0, prefixLength).padEnd(bits(address).length, '0')
      const words = address.words.map((_, i) => Number.parseInt(network.slice(16 * i, 16 * i + 16), 2))
      return { network: { family: address.family, words }, prefixLength }
    })
    .filter(
      ({ network: { words } }) =>
        words.length === 2 || !words.slice(0, 6).every((w, i) => w === (i === 5 ? 0xffff : 0)),
    )
}
