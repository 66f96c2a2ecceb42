/** What is fuzzed: one target for each parser, and the laws it must keep on any text. A target throws where one is broken. */
import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { compileRanges, contains, parseAddress, parseCidr, printAddress, printCidr } from '../../src/core/address.ts'
import { decodeId, encodeId, parseName, printName } from '../../src/core/resource.ts'
import { isFault, parseSelector } from '../../src/core/selector.ts'
import { isInstant, parseInstant, printInstant } from '../../src/core/time.ts'
import { claimOf, claimsOfFound } from '../../src/credential/claim.ts'
import { ANY_PREFIX, hasShape, printCredential } from '../../src/credential/format.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'
import { isBailiwickError } from '../../src/errors.ts'
import { readAuthorization } from '../../src/middleware/header.ts'
import { fillPattern, paramsOf, parsePattern } from '../../src/middleware/pattern.ts'
import { readAlerts } from '../../src/webhook/alerts.ts'
import { parseCredential } from '../credential/parsed.ts'
import { EDGE } from '../spec/catalogs.ts'
import { inRange, readAddress, readName, readRange } from '../spec/reference-text.ts'
import type { Fuzzed } from './loop.ts'
import { checkOf, isName, isSelector, readCredential, readHeader, readTime } from './naive.ts'
import { facts, policies } from './stored-targets.ts'

const NAME_WORDS = [
  'account:',
  'user:',
  'zone:',
  'record:',
  'namespace:',
  'value:',
  '/',
  '*',
  'acme',
  '%2F',
  '%2f',
  '%41',
]
const ODD_WORDS = [
  '%C3%A9',
  '%F0%9F%98%80',
  '%ED%A0%80',
  '%C0%AF',
  '%E2%84%AA',
  '%00',
  '%',
  'A,a',
  'TXT,_a',
  '~',
  '%7E',
]
const SECRET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg'
const ID = 'abcdefghijklmnopqrstuv'

const names: Fuzzed = {
  longest: 5_000,
  isJson: false,
  words: [...NAME_WORDS, ...ODD_WORDS],
  seeds: ['account:acme/zone:z1/record:TXT,_a', 'user:u_1', `account:${'x'.repeat(1_024)}`, 'account:%C3%A9', ''],
  run(text) {
    const pairs = parseName(text)
    assert.equal(pairs !== null, isName(text), 'it is a name, or it is none')
    if (pairs !== null) assert.equal(printName(pairs), text, 'print(parse(s)) = s')
    if (pairs !== null) assert.deepEqual(pairs, readName(text), 'both read the same pairs')
    const spelled = encodeId(text)
    assert.equal(spelled === null, text === '' || !text.isWellFormed() || Buffer.byteLength(text) > 1_024, 'an id')
    if (spelled !== null) assert.equal(decodeId(spelled), text, 'decode(encode(id)) = id')
    const id = decodeId(text)
    if (id !== null) assert.equal(encodeId(id), text, 'encode(decode(s)) = s')
  },
}

const selectors: Fuzzed = {
  longest: 5_000,
  isJson: false,
  words: [...NAME_WORDS, ...ODD_WORDS],
  seeds: ['account:acme/zone:*/record:TXT,*', 'account:*', 'user:u_1', 'account:acme/namespace:%C3%A9*', 'user:*'],
  run(text) {
    const selector = parseSelector(EDGE.catalog, text)
    assert.equal(!isFault(selector), isSelector(EDGE.declared, text), 'it is a selector, or it is none')
    if (isFault(selector)) return
    assert.equal(selector.text, text)
    assert.equal(selector.pairs.length, text.split('/').length)
  },
}

const addresses: Fuzzed = {
  longest: 100,
  isJson: false,
  words: ['::', ':', '.', '/', '/32', '/128', '/0', '/96', 'ffff', '::ffff:', '255', '0', '010', '0x1', '%1', '[', ']'],
  seeds: ['203.0.113.0/24', '2001:db8::/32', '::ffff:203.0.113.9', '1:2:3:4:5:6:7:8', '::/0', '0.0.0.0/0', '::1'],
  run(text) {
    const address = parseAddress(text)
    assert.equal(address !== null, isIP(text) !== 0 && !text.includes('%'), 'it is an address, or it is none')
    if (address !== null) {
      const { family, bits } = readAddress(text)
      assert.equal(address.family, family)
      assert.equal(
        address.words.reduce((sum, word) => (sum << 16n) | BigInt(word), 0n),
        bits,
        'both read the same bits',
      )
      assert.deepEqual(parseAddress(printAddress(address)), address, 'parse(print(a)) = a')
    }
    const cidr = parseCidr(text)
    if ('fault' in cidr) return
    assert.deepEqual(parseCidr(printCidr(cidr)), cidr, 'parse(print(c)) = c')
    const range = readRange(text)
    assert.deepEqual([cidr.network.family, cidr.prefixLength], [range.family, range.length])
    const ranges = compileRanges([cidr])
    for (const other of [text.split('/')[0] ?? '', '203.0.113.9', '::1', '2001:db8::1', '255.255.255.255']) {
      const asked = parseAddress(other)
      if (asked !== null) assert.equal(contains(ranges, asked), inRange(readAddress(other), range), `holds ${other}`)
    }
  },
}

const instants: Fuzzed = {
  longest: 80,
  isJson: false,
  words: [
    '2027-01-01',
    'T00:00:00',
    'Z',
    '+00:00',
    '-23:59',
    '.999999',
    '9999-12-31',
    '0001-01-01',
    '-02-29',
    '23:59:59',
  ],
  seeds: [
    '2027-01-01T00:00:00Z',
    '2024-02-29T23:59:59.9999+14:00',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.9999Z',
  ],
  run(text) {
    const [early, late] = [parseInstant(text, 'down'), parseInstant(text, 'up')]
    const time = readTime(text)
    const fits = (ms: number) => (isInstant(ms) ? ms : null)
    assert.equal(early, time && fits(time.ms), 'rounded down')
    assert.equal(late, time && fits(time.ms + (time.finer ? 1 : 0)), 'rounded up')
    for (const ms of [early, late]) if (ms !== null) assert.equal(parseInstant(printInstant(ms), 'up'), ms)
  },
}

const importedKeys = createImportedKeys({ sha256: true, hmacSha256: { old: 'k'.repeat(32) } })

const credentials: Fuzzed = {
  longest: 1_100,
  isJson: false,
  words: ['bwk', '_', 'u_', 's_', 'a_', ID, SECRET, '!', 'acme_api', 'A', '0'],
  seeds: [
    printCredential('bwk', 'u', ID, SECRET),
    printCredential('acme_api', 'a', ID, SECRET),
    `bwk_s_${ID}${SECRET}!`,
  ],
  run(text) {
    // No mutation finds a checksum: a mark at the end stands for the right one.
    const value = text.endsWith('!') ? text.slice(0, -1) + checkOf(text.slice(0, -1)) : text
    const parsed = parseCredential(value, ANY_PREFIX)
    const naive = readCredential(value)
    assert.deepEqual(parsed, naive && { kind: naive.kind, id: naive.id, secret: naive.secret }, 'both read the same')
    if (parsed !== null && naive !== null) {
      assert.equal(printCredential(naive.prefix, parsed.kind, parsed.id, parsed.secret), value, 'print(parse(s)) = s')
      assert.ok(hasShape(value, ANY_PREFIX))
    }
    for (const claim of [claimOf(value, ANY_PREFIX, importedKeys), ...claimsOfFound(value, importedKeys)])
      if (parsed !== null) assert.ok(!JSON.stringify(claim).includes(parsed.secret), 'no claim holds a secret')
    const claim = claimOf(value, ANY_PREFIX, importedKeys)
    if (hasShape(value, ANY_PREFIX)) assert.equal(claim?.kind === 'native', parsed !== null, 'mistyped is not imported')
  },
}

const headers: Fuzzed = {
  longest: 400,
  isJson: false,
  words: ['Bearer ', 'bearer', 'Basic ', 'abc', '==', ',', ' ', '\t', '\n', 'Bearer abc'],
  seeds: ['Bearer abc', 'bearer  a+/=', 'Basic abc', 'Bearer', '', 'Bearer a\nBearer b'],
  run(text) {
    const lines = text.split('\n')
    const expected = lines.length > 1 ? { kind: 'invalid' } : readHeader(text)
    assert.deepEqual(readAuthorization(lines), expected, 'both read the same')
    assert.deepEqual(readAuthorization([]), { kind: 'absent', bare: false })
  },
}

const patterns: Fuzzed = {
  longest: 600,
  isJson: false,
  words: [...NAME_WORDS, '{account}', '{zone}', '{record}', '{__proto__}', '{', '}', '\n', 'toString'],
  seeds: [
    'account:{account}/zone:{zone}\nacme\nz1',
    'account:acme/zone:{zone}/record:{record}\nz1\nA,a',
    'account:{account}/zone:{account}\na/b',
    'account:%C3%A9/zone:{constructor}\n../x',
  ],
  run(text) {
    const [written = '', ...values] = text.split('\n')
    const pattern = ifOurs(() => parsePattern(EDGE.catalog, 'dns.read', written))
    if (pattern === null) return
    const wanted = paramsOf(pattern)
    // The names come from the text, and one of them may be `__proto__`.
    const params = Object.fromEntries(wanted.map((name, i) => [name, values[i] ?? '']))
    const name = fillPattern(pattern, params, () => {})
    if (name === null) return
    const pairs = readName(name)
    assert.ok(pairs !== null, 'what is filled is a name')
    assert.deepEqual(
      pairs.map(({ type }) => type),
      written.split('/').map((part) => part.split(':')[0]),
      'nothing climbs out of its place',
    )
    for (const [i, part] of pattern.entries())
      if (part.param !== null) assert.equal(pairs[i]?.id, params[part.param], 'a parameter is one whole id')
  },
}

const alerts: Fuzzed = {
  longest: 4_000,
  isJson: true,
  words: [
    'token',
    'type',
    'url',
    'source',
    'commit',
    'https://x.example/',
    'javascript:alert(1)',
    'http://',
    '__proto__',
  ],
  seeds: [
    '[{"token":"bwk_u_x","type":"bailiwick","url":"https://x.example/a","source":"commit"}]',
    '[{"token":"a","type":"b","url":"","source":null}]',
    '[]',
  ],
  run(text) {
    const read = readAlerts(Buffer.from(text))
    if (read === null) return
    const given: unknown = JSON.parse(Buffer.from(text).toString())
    assert.ok(Array.isArray(given) && given.length === read.length, 'every item is read')
    for (const [i, { token, evidence }] of read.entries()) {
      assert.equal(token, given[i].token)
      assert.match(evidence.source, /^github:[0-9A-Za-z_-]{1,64}$/)
      if (evidence.url !== undefined) assert.match(evidence.url, /^https?:\/\/[\x21-\x7e]{1,2048}$/)
    }
  },
}

/** What it gives, or `null` where it throws an error of the package. Any other comes through. */
function ifOurs<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (isBailiwickError(error)) return null
    throw error
  }
}

export const TARGETS: Readonly<Record<string, Fuzzed>> = {
  names,
  selectors,
  addresses,
  instants,
  credentials,
  headers,
  patterns,
  alerts,
  policies,
  facts,
}
