/** Texts that look like other texts: one spelling means one thing, and what can't be read is denied. */
import { describe, expect, test } from 'vitest'
import { parseAddress, parseCidr } from '../../src/core/address.ts'
import { permissionNamed } from '../../src/core/catalog.ts'
import { decide } from '../../src/core/decide.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { decodeId, encodeId, parseName } from '../../src/core/resource.ts'
import { isFault, parseSelector } from '../../src/core/selector.ts'
import { tokenSubject } from '../../src/core/snapshot.ts'
import { parseInstant } from '../../src/core/time.ts'
import { claimOf } from '../../src/credential/claim.ts'
import { ANY_PREFIX, printCredential } from '../../src/credential/format.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'
import { readAuthorization } from '../../src/middleware/header.ts'
import { parsePattern } from '../../src/middleware/pattern.ts'
import { readAlerts } from '../../src/webhook/alerts.ts'
import { parseCredential } from '../credential/parsed.ts'
import { EDGE } from '../spec/catalogs.ts'

/** No spelling of an id, though a lenient reader takes each for one. */
const NO_SPELLING = [
  ...['%2f', '%41', '%7E', '%7e', '%', '%4', '%zz', '%u0041', '%C0%AF', '%E0%80%AF', '%F0%80%80%AF', '%C1%81', '%FF'],
  ...['%ED%A0%80', '%ED%B0%80', '%ED%A0%BD%ED%B8%80', '%F4%90%80%80', '%C3', '%A9', '%C3%A9%A9', '%e2%84%aa', '%252F%'],
  ...[
    'é',
    'e\u0301',
    '／',
    '：',
    '\u212a',
    '\ufeffa',
    'a\u200b',
    '\ud800',
    '\udc00',
    '\u0000',
    'a b',
    'a\n',
    'a\r',
    '\t',
  ],
  ...[
    'a/b',
    'a:b',
    'a*',
    '*',
    'a%',
    "a'b",
    'a(b)',
    'a!',
    'a#b',
    'a?b',
    'a&b',
    'a|b',
    'a\\b',
    '<a>',
    '"a"',
    'a;b',
    'a$b',
  ],
]

/** Different things, however alike they look. */
const ALIKE = [
  ...[
    'a',
    'A',
    'а',
    'ａ',
    'a\u0000',
    ' a',
    'a ',
    'a\u00ad',
    'a\u200d',
    'á',
    'a\u0301',
    '%61',
    '%2561',
    'a/',
    'a:',
    'a*',
    '*',
  ],
  ...[
    'K',
    '\u212a',
    'ſ',
    's',
    'ß',
    'ss',
    'İ',
    'i̇',
    'ﬁ',
    'fi',
    '..',
    '.',
    '__proto__',
    'constructor',
    '%2F',
    '/',
    '%00',
    '\0',
  ],
]

const CIDRS = [
  ...[
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.04',
    '0x1.2.3.4',
    '1.2.3.256',
    '1e1.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
  ],
  ...[
    '１.2.3.4',
    '1.2.3.٤',
    '-1.2.3.4',
    '+1.2.3.4',
    '2130706433',
    '0177.0.0.1',
    '1.2.3.4:80',
    '[::1]',
    '::1%eth0',
    ':::',
    ':',
  ],
  ...[
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.4.5',
    '1.2.3.4::',
    '::ffff:1.2.3.04',
  ],
  ...['localhost', 'unknown', '*', '', '/', '::ffff:0x7f000001', '\u0000::1', '::1\u0000', '1.2.3.4,5.6.7.8'],
]

describe('an id', () => {
  test.each(NO_SPELLING)('is not spelled %j, so a name with it is none and a request for it is refused', (text) => {
    expect(decodeId(text)).toBeNull()
    expect(parseName(`account:acme/namespace:${text}`)).toSatisfy(
      (pairs) => pairs === null || text === 'a/b',
      'no name',
    )
    expect(asked(`account:acme/namespace:${text}`)).toBe('resource_malformed')
    if (!text.endsWith('*')) expect(isFault(parseSelector(EDGE.catalog, `account:acme/namespace:${text}`))).toBe(true)
    if (text !== '*') expect(() => parsePattern(EDGE.catalog, 'kv.read', `account:acme/namespace:${text}`)).toThrow()
  })

  test('of one thing is that of no other, however alike they look', () => {
    const spelled = ALIKE.map((id) => encodeId(id))
    expect(new Set(spelled).size).toBe(ALIKE.length)
    for (const [i, text] of spelled.entries()) expect(text === null ? null : decodeId(text)).toBe(ALIKE[i])
    const allowed = ALIKE.map((id) => ALIKE.filter((other) => askedBy(`account:acme/namespace:${encodeId(id)}`, other)))
    expect(allowed).toEqual(ALIKE.map((id) => [id]))
  })

  test.each([...NO_SPELLING, 'x'.repeat(1 << 20)])('as a credential, a header or a time %j says nothing', (text) => {
    const keys = createImportedKeys()
    expect(claimOf(text, ANY_PREFIX, keys)).toBeNull()
    expect(readAuthorization([`Bearer ${text}\u00a0`]).kind).toBe('invalid')
    expect(parseInstant(`2027-01-01T00:00:00${text}`, 'up')).toBeNull()
  })
})

describe('a credential', () => {
  const value = printCredential('bwk', 'u', 'a'.repeat(22), 'b'.repeat(43))
  test.each([
    ...[
      `${value}\n`,
      ` ${value}`,
      `${value}\0`,
      value.replace('_u_', '_U_'),
      value.replace('bwk', 'ｂwk'),
      value.replace('_', '＿'),
    ],
    ...[
      value.toUpperCase(),
      value.replace('a', 'а'),
      `${value}${value}`,
      value.slice(1),
      value.normalize('NFKD').replace('k', '\u212a'),
    ],
  ])('%j is none', (text) => {
    expect(parseCredential(value, ANY_PREFIX)).not.toBeNull()
    expect(parseCredential(text, ANY_PREFIX)).toBeNull()
  })
})

describe('an address', () => {
  test.each(CIDRS)('is not written %j, alone or as a range', (text) => {
    expect(parseAddress(text)).toBeNull()
    for (const length of ['', '/0', '/8', '/32']) expect(parseCidr(text + length)).toHaveProperty('fault')
  })

  test.each([
    '1.2.3.0/ 24',
    '1.2.3.0/024',
    '1.2.3.0/+24',
    '1.2.3.0/2e1',
    '1.2.3.0/33',
    '1.2.3.0/24/24',
    '1.2.3.0//24',
    '::/129',
    '::/-1',
    '::/٣',
    '1.2.3.4/24',
    '::ffff:1.2.3.0/24',
    '::ffff:0:0/95',
  ])('range is not written %j', (text) => {
    expect(parseCidr(text)).toHaveProperty('fault')
  })
})

describe('names that objects have anyway', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']

  test.each(names)('%s is no type, no group, no permission and no role', (name) => {
    expect(isFault(parseSelector(EDGE.catalog, `account:acme/${name}:x`))).toBe(true)
    expect(() => permissionNamed(EDGE.catalog, name)).toThrow(/unknown permission/)
    expect([EDGE.catalog.groups.get(name), EDGE.catalog.roles.get(name)]).toEqual([undefined, undefined])
    expect(asked(`account:acme/${name}:x`)).toBe('resource_malformed')
  })

  test('a catalog takes none that it could not find again', () => {
    const declared = JSON.parse('{"__proto__":{"in":"account"}}')
    expect(() => defineCatalog({ ...EDGE.declared, resources: declared } as never)).toThrow(/__proto__/)
  })

  test('in a delivery of a webhook they are fields like any other', () => {
    const text = '[{"__proto__":{"token":"x","type":"t","url":""},"constructor":1}]'
    expect(readAlerts(Buffer.from(text))).toBeNull()
  })
})

describe('a catalog that goes in circles', () => {
  test.each([2, 3, 8, 500])('of %i types is refused, and named', (length) => {
    const resources = Object.fromEntries(Array.from({ length }, (_, i) => [`t${i}`, { in: `t${(i + 1) % length}` }]))
    expect(() => defineCatalog({ ...EDGE.declared, resources } as never)).toThrow(/form a cycle/)
  })
})

function asked(resource: string): string | null {
  return decide(subjectOf(['account:acme']), permissionNamed(EDGE.catalog, 'kv.read'), resource, { now: 1, ip: null })
    .reason
}

function askedBy(selector: string, id: string): boolean {
  const subject = subjectOf([selector])
  const name = `account:acme/namespace:${encodeId(id)}`
  return decide(subject, permissionNamed(EDGE.catalog, 'kv.read'), name, { now: 1, ip: null }).effect === 'allow'
}

function subjectOf(resources: readonly string[]) {
  return tokenSubject(EDGE.catalog, {
    token: {
      ...{ id: 't', name: 'x', owner: { account: 'acme' }, status: 'active', apiAccess: true },
      ...{ issuedOn: 1, issuedBy: 'host', modifiedOn: 1, secretIssuedOn: 1, revision: 1 },
      policies: [{ id: 'p', effect: 'allow', permissions: ['kv.read'], resources }],
    },
    ...{ secrets: { digest: '' }, user: null, blockedIn: [], revisions: new Map() },
    standings: [
      {
        account: { id: 'acme', name: 'x', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 },
        member: null,
      },
    ],
  })
}
