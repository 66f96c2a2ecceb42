/** What docs/reference/semantics.md implies, as cases worked by hand. Each is asked of the core, its explanation and the reference evaluator. */
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import { permissionNamed } from '../../src/core/catalog.ts'
import { decide } from '../../src/core/decide.ts'
import type { Account, Member, Policy, Token, TokenRules } from '../../src/core/facts.ts'
import { hashText } from '../../src/core/hash.ts'
import { MisuseError } from '../../src/errors.ts'
import {
  account,
  accountToken,
  allow,
  botToken,
  DAY,
  decided,
  deny,
  holder,
  holding,
  member,
  NOW,
  session,
  token,
  when,
} from './building.ts'
import { EDGE, FILES, PERSONAL, PROTOTYPE } from './catalogs.ts'
import { answer, subjectOf } from './core.ts'
import type { Credential, Outcome } from './vocabulary.ts'

const ZONE = 'account:acme/zone:z1'
const TXT = `${ZONE}/record:TXT,_acme-challenge.a`

describe('a thing has exactly one name', () => {
  const keys = holding(allow('kv', 'account:acme'))

  test.each([
    ['plain characters as they are', 'a.b_c~d@e=f+g,h-i'],
    ['a slash in an id, encoded', 'a%2Fb'],
    ['a colon in an id, encoded', 'a%3Ab'],
    ['a space, encoded', 'a%20b'],
    ['a percent sign, encoded', '%25'],
    ['what looks encoded, encoded', 'a%252Fb'],
    ['a star, encoded', '%2A'],
    ['a letter with an accent', '%C3%A9'],
    ['the same letter and accent apart: another thing', 'e%CC%81'],
    ['beyond the first plane', '%F0%9F%98%80'],
    ['NUL', '%00'],
    ['a line feed', '%0A'],
    ['dots', '..'],
    ['1,024 bytes', 'a'.repeat(1024)],
    ['1,024 bytes in 512 letters', '%C3%A9'.repeat(512)],
  ])('%s', (_, id) => {
    expect(decided(keys, 'kv.read', `account:acme/namespace:${id}`)).toBe('allow')
  })

  test.each([
    ['no id', ''],
    ['a plain character encoded', '%61'],
    ['a plus sign encoded', 'a%2Bb'],
    ['lower-case hex', 'a%2fb'],
    ['a raw space', 'a b'],
    ['a raw letter with an accent', 'é'],
    ['a raw star', '*'],
    ['a raw colon', 'a:b'],
    ['a question mark', 'a?b'],
    ['a trailing line feed', 'a\n'],
    ['a trailing NUL', 'a\0'],
    ['a percent sign alone', 'a%'],
    ['half an escape', 'a%2'],
    ['half a character', '%C3'],
    ['an overlong slash', '%C0%AF'],
    ['an encoded lone surrogate', '%ED%A0%80'],
    ['a raw lone surrogate', 'a\ud83d'],
    ['beyond Unicode', '%F4%90%80%80'],
    ['1,025 bytes', 'a'.repeat(1025)],
    ['1,026 bytes in 513 letters', '%C3%A9'.repeat(513)],
    ['a trailing slash', 'a/'],
  ])('not with %s', (_, id) => {
    expect(decided(keys, 'kv.read', `account:acme/namespace:${id}`)).toBe('resource_malformed')
  })

  test.each([
    '',
    '/',
    ':',
    'account:acme',
    'account:acme/zone:z1',
    'account:acme/value:v',
    'namespace:n',
    '/account:acme/namespace:n',
    'account:acme//namespace:n',
    'account:acme/account:acme/namespace:n',
    'namespace:n/account:acme',
    'user:ann/namespace:n',
    'account:acme/Namespace:n',
    'account:acme/namespace',
    'account:acme/widget:n',
    'account:acme/constructor:n',
    'account:acme/__proto__:n',
    'acme/n',
    '*',
    'account:*/namespace:n',
  ])('`%s` is no namespace', (resource) => {
    expect(decided(keys, 'kv.read', resource)).toBe('resource_malformed')
  })

  test('a name is at most 4,096 characters long', () => {
    const file = (last: number) => {
      const ids = [1024, 1024, 1024, last].map((length) => 'a'.repeat(length))
      return `account:acme/share:${ids[0]}/folder:${ids[1]}/box:${ids[2]}/file:${ids[3]}`
    }
    const files = { ...holding(allow('files', 'account:acme')) }
    const room = 4096 - file(0).length
    const standings = [{ account: account(), member: member({ roles: ['owner'] }) }]
    const reader = { ...files, facts: { ...files.facts, standings } }
    expect(decided(reader, 'file.read', file(room), {}, FILES)).toBe('allow')
    expect(decided(reader, 'file.read', file(room + 1), {}, FILES)).toBe('resource_malformed')
  })

  test('a name of eight pairs is a name', () => {
    const standings = [{ account: account(), member: member({ roles: ['owner'] }) }]
    const reader = holder(token({ policies: [allow('files', 'account:acme/share:*/folder:*/box:*/file:f')] }), {
      standings,
    })
    const file = 'account:acme/share:s/folder:f/box:b/file:f'
    expect(decided(reader, 'file.read', `${file}/version:1/chunk:2/block:3`, {}, FILES)).toBe('allow')
    expect(decided(reader, 'file.read', `${file}/version:1/chunk:2`, {}, FILES)).toBe('resource_malformed')
    expect(decided(reader, 'file.read', `${file}/version:1/chunk:2/block:3/block:4`, {}, FILES)).toBe(
      'resource_malformed',
    )
  })

  test('an id that breaks its pattern is malformed, also where the pattern has no anchors', () => {
    const dns = holding(allow('dns', 'account:acme'), deny('dns.read', ZONE))
    expect(decided(dns, 'dns.read', ZONE)).toBe('denied_by_token')
    expect(decided(dns, 'dns.read', 'account:acme/zone:Z1')).toBe('resource_malformed')
    expect(decided(dns, 'dns.read', 'account:acme/zone:z1%0A')).toBe('resource_malformed')
    expect(decided(dns, 'dns.read', 'account:acme/zone:z1%20')).toBe('resource_malformed')
    expect(decided(dns, 'dns.read', 'account:acme/zone:!z1')).toBe('resource_malformed')
    expect(decided(dns, 'dns.read', 'account:acme/zone:Z1/record:TXT,a')).toBe('resource_malformed')
  })

  test('either side of a pattern with `|` is held to the whole id', () => {
    const own = holding(allow('text', 'user:ann'))
    expect(decided(own, 'text.read', 'user:ann/memo:ab', {}, PERSONAL)).toBe('allow')
    expect(decided(own, 'text.read', 'user:ann/memo:AB', {}, PERSONAL)).toBe('allow')
    expect(decided(own, 'text.read', 'user:ann/memo:aB', {}, PERSONAL)).toBe('resource_malformed')
  })

  test('ids are case-sensitive', () => {
    const one = holding(allow('kv', 'account:acme/namespace:a'))
    expect(decided(one, 'kv.read', 'account:acme/namespace:a')).toBe('allow')
    expect(decided(one, 'kv.read', 'account:acme/namespace:A')).toBe('not_granted')
    expect(decided(one, 'kv.read', 'account:Acme/namespace:a')).toBe('not_a_member')
  })
})

describe('a selector covers a subtree', () => {
  const covered = (selector: string, name: string) =>
    decided(holding(allow('kv', selector)), 'kv.read', `account:acme/${name}`) === 'allow'

  test.each([
    ['account:acme', 'namespace:n', true],
    ['account:acme', 'namespace:n/value:v', true],
    ['account:acme/namespace:n', 'namespace:n', true],
    ['account:acme/namespace:n', 'namespace:n/value:v', true],
    ['account:acme/namespace:n', 'namespace:n2', false],
    ['account:acme/namespace:n/value:v', 'namespace:n/value:v', true],
    ['account:acme/namespace:n/value:v', 'namespace:n', false],
    ['account:acme/namespace:*', 'namespace:n', true],
    ['account:acme/namespace:*/value:v', 'namespace:n/value:v', true],
    ['account:acme/namespace:*/value:v', 'namespace:n/value:v2', false],
    ['account:acme/namespace:*/value:v', 'namespace:n', false],
    ['account:acme/namespace:*/value:v*', 'namespace:n/value:v2', true],
    ['account:*', 'namespace:n', true],
    ['account:*/namespace:n', 'namespace:n', true],
    ['account:*/namespace:n', 'namespace:n2', false],
    ['account:acme/zone:*', 'namespace:n', false],
  ])('`%s` over `%s`: %s', (selector, name, expected) => {
    expect(covered(selector, name)).toBe(expected)
  })

  test.each([
    ['logs-*', 'logs-', true],
    ['logs-*', 'logs-1', true],
    ['logs-*', 'logs-1/value:v', true],
    ['logs-*', 'logs', false],
    ['logs-*', 'log', false],
    ['logs-*', 'Logs-1', false],
    ['logs-*', 'my-logs-1', false],
    ['l*', 'logs-1', true],
    ['%C3%A9*', '%C3%A9', true],
    ['%C3%A9*', '%C3%A9a', true],
    ['%C3%A9*', '%C3%A8', false],
    ['%F0%9F%98%80*', '%F0%9F%98%80x', true],
    ['%F0%9F%98%80*', '%F0%9F%98%81', false],
    ['a%2F*', 'a%2Fb', true],
    ['a%2F*', 'a', false],
    ['%2A', '%2A', true],
    ['%2A', 'a', false],
    ['%2A*', '%2Aa', true],
    ['%2A*', 'a', false],
    ['%25*', '%25', true],
    ['%25*', '%2A', false],
  ])('prefix `%s` over `%s`: %s', (prefix, id, expected) => {
    expect(covered(`account:acme/namespace:${prefix}`, `namespace:${id}`)).toBe(expected)
  })

  test('of nested prefixes each counts, whatever its length', () => {
    const nested = holding(allow('kv', 'account:acme/namespace:l*'), deny('kv.write', 'account:acme/namespace:logs-*'))
    expect(decided(nested, 'kv.write', 'account:acme/namespace:last')).toBe('allow')
    expect(decided(nested, 'kv.write', 'account:acme/namespace:logs-')).toBe('denied_by_token')
    expect(decided(nested, 'kv.read', 'account:acme/namespace:logs-1')).toBe('allow')
    const inverse = holding(deny('kv.write', 'account:acme/namespace:l*'), allow('kv', 'account:acme/namespace:logs-*'))
    expect(decided(inverse, 'kv.write', 'account:acme/namespace:logs-1')).toBe('denied_by_token')
    expect(decided(inverse, 'kv.read', 'account:acme/namespace:logs-1')).toBe('allow')
    expect(decided(inverse, 'kv.read', 'account:acme/namespace:last')).toBe('not_granted')
  })

  test('of prefixes that sort before an id, those that it begins with count', () => {
    const prefixes = [allow('kv', 'account:acme/namespace:l*'), deny('kv', 'account:acme/namespace:logs-*')]
    for (const policies of [prefixes, [...prefixes, deny('kv', 'account:acme/namespace:logs-1*')]]) {
      for (const id of ['l', 'last', 'logs', 'logs.', 'logsz', 'logs~', 'lz', 'l~']) {
        expect(decided(holding(...policies), 'kv.read', `account:acme/namespace:${id}`), id).toBe('allow')
      }
      for (const id of ['logs-', 'logs-1', 'logs-10', 'logs-~']) {
        expect(decided(holding(...policies), 'kv.read', `account:acme/namespace:${id}`), id).toBe('denied_by_token')
      }
      for (const id of ['k', 'm', 'L']) {
        expect(decided(holding(...policies), 'kv.read', `account:acme/namespace:${id}`), id).toBe('not_granted')
      }
    }
  })

  test('`account:*` is each account the owner is in, and nothing else', () => {
    const standings = ['acme', 'beta', '*'].map((id) => ({ account: account({ id }), member: member({ account: id }) }))
    const everywhere = holder(token({ policies: [allow('kv', 'account:*')] }), { standings })
    expect(decided(everywhere, 'kv.read', 'account:acme/namespace:n')).toBe('allow')
    expect(decided(everywhere, 'kv.read', 'account:beta/namespace:n')).toBe('allow')
    expect(decided(everywhere, 'kv.read', 'account:%2A/namespace:n')).toBe('allow')
    expect(decided(everywhere, 'kv.read', 'account:gamma/namespace:n')).toBe('not_a_member')
    expect(decided(everywhere, 'bailiwick.read_tokens', 'user:ann')).toBe('not_granted')
    const star = holder(token({ policies: [allow('kv', 'account:%2A')] }), { standings })
    expect(decided(star, 'kv.read', 'account:%2A/namespace:n')).toBe('allow')
    expect(decided(star, 'kv.read', 'account:acme/namespace:n')).toBe('not_a_member')
  })
})

describe('ids whose hashes collide are still two', () => {
  test.each([
    ['namespace', '71wu', 'itfa'],
    ['namespace', '71wv', 'itfb'],
    ['value', 'vxit', '1d69a'],
    ['account', '53vu', 'ktea'],
    ['user', '4pf8', 'lrj6'],
  ])('%s `%s` and `%s`', (type, one, other) => {
    expect(hashText(`${type}:${one}`), 'another hash: find other ids').toBe(hashText(`${type}:${other}`))
    const name = (id: string) => {
      const beneath = type === 'namespace' ? '' : 'namespace:n/'
      return type === 'account' ? `account:${id}/namespace:n` : `account:acme/${beneath}${type}:${id}`
    }
    if (type === 'user') {
      expect(decided(session(one, { standings: [] }), 'bailiwick.read_tokens', `user:${one}`)).toBe('allow')
      expect(decided(session(one, { standings: [] }), 'bailiwick.read_tokens', `user:${other}`)).toBe('not_a_member')
      return
    }
    const standings = ['acme', one, other].map((id) => ({ account: account({ id }), member: member({ account: id }) }))
    const asks = (policies: readonly Policy[], id: string) =>
      decided(holder(token({ policies }), { standings }), 'kv.read', name(id))
    const denied = type === 'account' ? 'not_a_member' : 'not_granted'
    expect([asks([allow('kv', name(one))], one), asks([allow('kv', name(one))], other)]).toEqual(['allow', denied])
    const both = [allow('kv', name(one)), allow('kv', name(other)), deny('kv', name(other))]
    for (const policies of [both, both.toReversed()]) {
      expect([asks(policies, one), asks(policies, other)]).toEqual(['allow', 'denied_by_token'])
    }
  })
})

describe('a policy', () => {
  test('means the permissions of its groups and no others', () => {
    const dns = holding(allow('dns', 'account:acme'))
    expect(decided(dns, 'dns.write', ZONE)).toBe('allow')
    expect(decided(dns, 'dns.write', TXT)).toBe('allow')
    expect(decided(dns, 'cache.purge', ZONE)).toBe('not_granted')
  })

  test('of wildcard groups never means the built-in permissions', () => {
    const standings = [{ account: account(), member: member({ roles: ['owner'] }) }]
    const all = holder(token({ policies: [allow('reading', 'account:acme', 'user:ann')] }), { standings })
    expect(decided(all, 'text.read', 'account:acme/note:n', {}, PERSONAL)).toBe('allow')
    const audits = holder(token({ policies: [allow('audits', 'account:acme')] }), { standings })
    expect(decided(audits, 'text.read_audit', 'account:acme', {}, PERSONAL)).toBe('allow')
    expect(decided(audits, 'bailiwick.read_audit', 'account:acme', {}, PERSONAL)).toBe('not_granted')
    expect(decided(all, 'bailiwick.read_tokens', 'account:acme', {}, PERSONAL)).toBe('not_granted')
    expect(decided(holding(allow('members', 'account:acme')), 'bailiwick.read_members', 'account:acme')).toBe('allow')
  })

  test('overrides any allow when it is a deny, wherever it stands in the list', () => {
    const policies = [allow('dns', 'account:acme'), deny('dns.write', TXT), allow('dns.write', TXT)]
    for (const order of [policies, policies.toReversed()]) {
      expect(decided(holding(...order), 'dns.write', TXT)).toBe('denied_by_token')
      expect(decided(holding(...order), 'dns.read', TXT)).toBe('allow')
    }
  })

  test('means nothing where its group, its permission or its role is retired', () => {
    expect(decided(holding(allow('old', 'account:acme')), 'dns.read', ZONE)).toBe('not_granted')
    expect(decided(holding(allow('dns', 'account:acme'), deny('old', ZONE)), 'dns.read', ZONE)).toBe('allow')
    expect(decided(holding(allow('dns', 'account:acme')), 'dns.legacy', ZONE)).toBe('not_granted')
    expect(decided(holding(allow('dns.legacy', 'account:acme')), 'dns.legacy', ZONE)).toBe('not_granted')
    const ghost = session('ann', { standings: [{ account: account(), member: member({ roles: ['ghost'] }) }] })
    expect(decided(ghost, 'dns.read', ZONE)).toBe('not_granted_to_owner')
    const keeper = session('ann', { standings: [{ account: account(), member: member({ roles: ['keeper'] }) }] })
    expect(decided(keeper, 'kv.read', 'account:acme/namespace:n')).toBe('allow')
    expect(decided(keeper, 'dns.read', ZONE)).toBe('not_granted_to_owner')
  })

  test('still decides where its group or permission is deprecated', () => {
    expect(decided(holding(allow('kv', 'account:acme')), 'kv.write', 'account:acme/namespace:n')).toBe('allow')
  })
})

describe('a condition is a Kleene `and`: false beats unknown, and unknown stops an allow but not a deny', () => {
  const from = { ip: { in: ['203.0.113.0/24'] } }
  const soon = { notBefore: NOW + 1 }
  const past = { notBefore: NOW }

  test.each([
    ['no parts', {}, '203.0.113.7', 'holds'],
    ['address true', from, '203.0.113.7', 'holds'],
    ['address false', from, '198.51.100.1', 'fails'],
    ['address unknown', from, null, 'unknown'],
    ['time true', past, null, 'holds'],
    ['time false', soon, null, 'fails'],
    ['time true and address true', { ...past, ...from }, '203.0.113.7', 'holds'],
    ['time true and address false', { ...past, ...from }, '198.51.100.1', 'fails'],
    ['time true and address unknown', { ...past, ...from }, null, 'unknown'],
    ['time false and address unknown', { ...soon, ...from }, null, 'fails'],
    ['time false and address true', { ...soon, ...from }, '203.0.113.7', 'fails'],
    ['`notIn` and no address', { ip: { notIn: ['203.0.113.0/24'] } }, null, 'unknown'],
    ['`notIn` without the address', { ip: { notIn: ['203.0.113.0/24'] } }, '198.51.100.1', 'holds'],
    ['`notIn` with the address', { ip: { notIn: ['203.0.113.0/24'] } }, '203.0.113.7', 'fails'],
    ['everything allowed and no address', { ip: { in: ['0.0.0.0/0', '::/0'] } }, null, 'unknown'],
    ['`in` but `notIn`', { ip: { in: ['203.0.113.0/24'], notIn: ['203.0.113.7/32'] } }, '203.0.113.7', 'fails'],
    ['`in` and not `notIn`', { ip: { in: ['203.0.113.0/24'], notIn: ['203.0.113.7/32'] } }, '203.0.113.8', 'holds'],
  ] as const)('%s', (_, condition, ip, expected) => {
    const allowed = decided(holding(when(condition, allow('dns', 'account:acme'))), 'dns.read', ZONE, { ip })
    expect(allowed).toBe(expected === 'holds' ? 'allow' : 'not_granted')
    const denying = holding(allow('dns', 'account:acme'), when(condition, deny('dns', ZONE)))
    expect(decided(denying, 'dns.read', ZONE, { ip })).toBe(expected === 'fails' ? 'allow' : 'denied_by_token')
  })

  test('the owner’s policies read the same', () => {
    const owner = (policies: readonly Policy[]) =>
      holder(token(), { standings: [{ account: account(), member: member({ roles: [], policies }) }] })
    const allowed = owner([when(from, allow('dns', 'account:acme'))])
    expect(decided(allowed, 'dns.read', ZONE, { ip: '203.0.113.7' })).toBe('allow')
    expect(decided(allowed, 'dns.read', ZONE)).toBe('not_granted_to_owner')
    const denied = owner([allow('dns', 'account:acme'), when(from, deny('dns', ZONE))])
    expect(decided(denied, 'dns.read', ZONE)).toBe('denied_to_owner')
    expect(decided(denied, 'dns.read', ZONE, { ip: '198.51.100.1' })).toBe('allow')
  })

  test('forty different conditions are as good as one', () => {
    const policies = Array.from({ length: 40 }, (_, i) =>
      when({ ip: { in: [`10.0.${i}.0/24`] } }, i % 2 ? deny('dns.write', ZONE) : allow('dns', 'account:acme')),
    )
    const many = holding(...policies, allow('dns', 'account:acme'))
    for (let i = 0; i < 40; i++) {
      expect(decided(many, 'dns.write', ZONE, { ip: `10.0.${i}.1` })).toBe(i % 2 ? 'denied_by_token' : 'allow')
    }
    expect(decided(many, 'dns.write', ZONE, { ip: '10.0.40.1' })).toBe('allow')
    expect(decided(many, 'dns.write', ZONE)).toBe('denied_by_token')
  })

  test.each([
    ['a millisecond early', NOW - 1, false],
    ['half a millisecond early', NOW - 0.5, false],
    ['at its beginning', NOW, true],
    ['half a millisecond before its end', NOW + DAY - 0.5, true],
    ['at its end', NOW + DAY, false],
    ['after its end', NOW + DAY + 1, false],
  ])('time is half-open: %s', (_, now, inside) => {
    const window = { notBefore: NOW, expiresOn: NOW + DAY }
    const byPolicy = holding(when(window, allow('dns', 'account:acme')))
    expect(decided(byPolicy, 'dns.read', ZONE, { now })).toBe(inside ? 'allow' : 'not_granted')
    const denying = holding(allow('dns', 'account:acme'), when(window, deny('dns', ZONE)))
    expect(decided(denying, 'dns.read', ZONE, { now })).toBe(inside ? 'denied_by_token' : 'allow')
    const outside = now < NOW ? 'token_not_yet_valid' : 'token_expired'
    expect(decided(holder(token(window)), 'dns.read', ZONE, { now })).toBe(inside ? 'allow' : outside)
  })
})

describe('an address', () => {
  const fromRange = (range: string, ip: string) => {
    const restricted = holder(token({ condition: { ip: { in: [range] } } }))
    const byToken = decided(restricted, 'dns.read', ZONE, { ip }) === 'allow'
    const byPolicy = decided(holding(when({ ip: { in: [range] } }, allow('dns', 'account:acme'))), 'dns.read', ZONE, {
      ip,
    })
    const except = when({ ip: { notIn: [range] } }, allow('dns', 'account:acme'))
    expect(byPolicy === 'allow').toBe(byToken)
    expect(decided(holding(except), 'dns.read', ZONE, { ip }) === 'not_granted').toBe(byToken)
    return byToken
  }

  test.each([
    ['203.0.113.0/24', '203.0.113.0', true],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.0/24', '203.0.112.255', false],
    ['203.0.113.7/32', '203.0.113.7', true],
    ['203.0.113.7/32', '203.0.113.6', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['128.0.0.0/1', '128.0.0.0', true],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['2001:db8::/32', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['2001:db8::1/128', '2001:0DB8:0:0::1', true],
    ['2001:db8::1/128', '2001:db8::2', false],
  ])('`%s` and `%s`: %s', (range, ip, expected) => {
    expect(fromRange(range, ip)).toBe(expected)
  })

  test.each([
    ['203.0.113.0/24', '::ffff:203.0.113.7', true],
    ['203.0.113.0/24', '::ffff:cb00:7107', true],
    ['203.0.113.0/24', '0:0:0:0:0:FFFF:203.0.113.7', true],
    ['203.0.113.0/24', '::203.0.113.7', false],
    ['203.0.113.0/24', '64:ff9b::203.0.113.7', false],
    ['::ffff:203.0.113.0/120', '203.0.113.7', true],
    ['::ffff:203.0.113.0/120', '::ffff:203.0.113.7', true],
    ['::ffff:0:0/96', '198.51.100.1', true],
    ['::ffff:0:0/96', '2001:db8::1', false],
  ])('mapped is IPv4: `%s` and `%s`: %s', (range, ip, expected) => {
    expect(fromRange(range, ip)).toBe(expected)
  })

  test.each([
    ['::/0', '2001:db8::1', true],
    ['::/0', '::', true],
    ['::/0', '203.0.113.7', false],
    ['::/0', '::ffff:203.0.113.7', false],
    ['::/64', '::ffff:203.0.113.7', false],
    ['0.0.0.0/0', '::', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['0.0.0.0/0', '::ffff:203.0.113.7', true],
  ])('families never match each other: `%s` and `%s`: %s', (range, ip, expected) => {
    expect(fromRange(range, ip)).toBe(expected)
  })

  test.each([
    [['203.0.113.5/32', '203.0.113.7/32'], '203.0.113.6', false],
    [['203.0.113.4/32', '203.0.113.5/32', '203.0.113.6/31'], '203.0.113.6', true],
    [['203.0.113.0/24', '203.0.113.5/32'], '203.0.113.200', true],
    [['2001:db8::1/128', '2001:db8::3/128'], '2001:db8::2', false],
    [['2001:db8::/128', '2001:db8::ffff/128', '2001:db8::1:0/128'], '2001:db8::1:0', true],
    [['255.255.255.255/32', '0.0.0.0/32'], '0.0.0.1', false],
  ] as const)('of several ranges %j holds `%s`: %s', (ranges, ip, expected) => {
    for (const list of [ranges, ranges.toReversed()]) {
      const restricted = holder(token({ condition: { ip: { in: list } } }))
      expect(decided(restricted, 'dns.read', ZONE, { ip })).toBe(expected ? 'allow' : 'address_not_allowed')
    }
  })

  test('of a token with a condition must be known and allowed before anything else is said', () => {
    const restricted = holder(token({ condition: { ip: { in: ['203.0.113.0/24'], notIn: ['203.0.113.7/32'] } } }))
    expect(decided(restricted, 'dns.read', ZONE, { ip: '203.0.113.8' })).toBe('allow')
    expect(decided(restricted, 'dns.read', ZONE, { ip: '203.0.113.7' })).toBe('address_not_allowed')
    expect(decided(restricted, 'dns.read', 'rubbish', { ip: '198.51.100.1' })).toBe('address_not_allowed')
    expect(decided(restricted, 'dns.read', 'account:nowhere/zone:z1')).toBe('address_unknown')
    expect(decided(holder(token({ condition: { ip: { notIn: ['203.0.113.7/32'] } } })), 'dns.read', ZONE)).toBe(
      'address_unknown',
    )
  })

  test('binds a token at a user root, too, and never a session', () => {
    const restricted = token({ policies: [allow('tokens', 'user:ann')], condition: { ip: { in: ['203.0.113.0/24'] } } })
    const asks = (ip: string | null) =>
      decided(holder(restricted), 'bailiwick.read_tokens', 'user:ann', { ip }, PERSONAL)
    expect([asks('203.0.113.7'), asks('198.51.100.1'), asks(null)]).toEqual([
      'allow',
      'address_not_allowed',
      'address_unknown',
    ])
    expect(decided(session(), 'dns.read', ZONE)).toBe('allow')
  })
})

describe('the ladder is climbed in its order', () => {
  /** Everything is wrong; then one thing after the other is put right. */
  const wrong: Wrong = {
    status: 'disabled',
    early: true,
    late: true,
    overlapOver: true,
    user: 'suspended',
    ip: null,
    resource: 'rubbish',
    standing: false,
    member: 'suspended',
    account: 'suspended',
    own: false,
    blocked: true,
    rule: true,
    tokenDenies: true,
    tokenAllows: false,
    ownerDenies: true,
    ownerAllows: false,
  }
  const steps: readonly (readonly [DenyOrAllow: Outcome, right: Partial<Wrong>])[] = [
    ['token_disabled', { status: 'revoked' }],
    ['token_revoked', { status: 'active' }],
    ['token_not_yet_valid', { early: false }],
    ['token_expired', { late: false }],
    ['token_expired', { overlapOver: false }],
    ['owner_suspended', { user: 'active' }],
    ['address_unknown', { ip: '198.51.100.1' }],
    ['address_not_allowed', { ip: '203.0.113.7' }],
    ['resource_malformed', { resource: ZONE }],
    ['not_a_member', { standing: true }],
    ['member_suspended', { member: 'active' }],
    ['account_suspended', { account: 'active' }],
    ['api_access_disabled', { own: true }],
    ['token_blocked', { blocked: false }],
    ['token_rule_violated', { rule: false }],
    ['denied_by_token', { tokenDenies: false }],
    ['not_granted', { tokenAllows: true }],
    ['denied_to_owner', { ownerDenies: false }],
    ['not_granted_to_owner', { ownerAllows: true }],
    ['allow', {}],
  ]

  test.each([
    ['a person', 'user', []],
    ['a service account', 'service', ['owner_suspended']],
    ['an account', 'account', ['owner_suspended', 'member_suspended', 'denied_to_owner', 'not_granted_to_owner']],
  ] as const)('by a token of %s', (_, kind, without: readonly Outcome[]) => {
    let state = wrong
    for (const [expected, right] of steps) {
      if (!without.includes(expected)) expect(climb(kind, state)).toBe(expected)
      state = { ...state, ...right }
    }
    expect(state).not.toEqual(wrong)
  })

  test('by a session, which has fewer rungs', () => {
    const rungs: readonly Outcome[] = [
      ...(['owner_suspended', 'resource_malformed', 'not_a_member', 'member_suspended', 'account_suspended'] as const),
      ...(['denied_to_owner', 'not_granted_to_owner', 'allow'] as const),
    ]
    let state = wrong
    for (const [expected, right] of steps) {
      if (rungs.includes(expected)) expect(climb('session', state)).toBe(expected)
      state = { ...state, ...right }
    }
  })

  interface Wrong {
    readonly status: Token['status']
    readonly early: boolean
    readonly late: boolean
    readonly overlapOver: boolean
    readonly user: 'active' | 'suspended'
    readonly ip: string | null
    readonly resource: string
    readonly standing: boolean
    readonly member: Member['status']
    readonly account: Account['status']
    readonly own: boolean
    readonly blocked: boolean
    readonly rule: boolean
    readonly tokenDenies: boolean
    readonly tokenAllows: boolean
    readonly ownerDenies: boolean
    readonly ownerAllows: boolean
  }

  function climb(kind: 'user' | 'service' | 'account' | 'session', state: Wrong): Outcome {
    const owner = { user: { user: 'ann' }, service: { account: 'acme', service: 'ann' }, account: { account: 'acme' } }
    const rules = { requireExpiry: state.rule }
    const acme = account({ status: state.account, apiAccess: false, tokenRules: rules })
    const policies = [
      ...(state.ownerDenies ? [deny('dns.read', ZONE)] : []),
      ...(state.ownerAllows ? [allow('dns', 'account:acme')] : []),
    ]
    const own = state.own ? true : null
    const ann = member({
      kind: kind === 'service' ? 'service' : 'user',
      status: state.member,
      roles: [],
      policies,
      apiAccess: own,
    })
    const standings = state.standing ? [{ account: acme, member: kind === 'account' ? null : ann }] : []
    const user = kind === 'user' || kind === 'session' ? { id: 'ann', status: state.user } : null
    const asked = [state.resource, { ip: state.ip }] as const
    if (kind === 'session') return decided(session('ann', { user, standings }), 'dns.read', ...asked)
    const held = token({
      owner: owner[kind],
      status: state.status,
      condition: { ip: { in: ['203.0.113.0/24'] } },
      ...(state.early ? { notBefore: NOW + 1 } : {}),
      ...(state.late && !state.early ? { expiresOn: NOW } : state.rule ? {} : { expiresOn: NOW + DAY }),
      apiAccess: kind === 'account' ? own : null,
      policies: [
        allow(state.tokenAllows ? 'dns' : 'kv', 'account:acme'),
        ...(state.tokenDenies ? [deny('dns.read', ZONE)] : []),
      ],
    })
    const facts = { user, standings, blockedIn: state.blocked ? ['acme'] : [] }
    return decided(holder(held, facts, state.overlapOver ? NOW : Number.POSITIVE_INFINITY), 'dns.read', ...asked)
  }
})

describe('a token stands in an account', () => {
  test.each([
    ['where it reaches and its owner is a member', {}, {}, 'allow'],
    ['not where no allow of it reaches', { policies: [allow('dns', 'account:beta')] }, {}, 'not_a_member'],
    ['not by a deny alone', { policies: [deny('kv', 'account:acme')] }, {}, 'not_a_member'],
    ['by any allow, whatever it is for', { policies: [allow('kv', 'account:acme/namespace:n')] }, {}, 'not_granted'],
    ['by an allow that means nothing any more', { policies: [allow('old', 'account:acme')] }, {}, 'not_granted'],
    ['not while its owner is invited', {}, { status: 'pending' }, 'not_a_member'],
    ['not while its owner is suspended, and then it is told so', {}, { status: 'suspended' }, 'member_suspended'],
    ['that its owner joined at the instant of its issue', {}, { since: NOW - DAY }, 'allow'],
    ['not that its owner joined later', {}, { since: NOW - DAY + 1 }, 'not_a_member'],
    ['that its owner joined later, when re-admitted', {}, { since: NOW - 1, readmitted: true }, 'allow'],
    ['not when re-admitted but pending', {}, { since: NOW - 1, readmitted: true, status: 'pending' }, 'not_a_member'],
    ['not that its suspended owner joined later', {}, { since: NOW - 1, status: 'suspended' }, 'not_a_member'],
  ] as const)('%s', (_, held: Partial<Token>, joined: Partial<Member>, expected) => {
    const standings = [{ account: account(), member: member(joined) }]
    expect(decided(holder(token(held), { standings }), 'dns.read', ZONE)).toBe(expected)
  })

  test('rolling the secret doesn’t make a token older or younger than a membership', () => {
    const standings = [{ account: account(), member: member({ since: NOW - 10 }) }]
    const rolled = token({ issuedOn: NOW - DAY, secretIssuedOn: NOW })
    expect(decided(holder(rolled, { standings }), 'dns.read', ZONE)).toBe('not_a_member')
  })

  test('a session needs no re-admission', () => {
    const standings = [{ account: account(), member: member({ since: NOW + DAY }) }]
    expect(decided(session('ann', { standings }), 'dns.read', ZONE)).toBe('allow')
  })

  test('strangers, guests and narrow tokens get one and the same answer', () => {
    const narrow = holding(allow('dns', 'account:beta'))
    expect(decided(narrow, 'dns.read', ZONE)).toBe('not_a_member')
    expect(decided(holder(token(), { standings: [] }), 'dns.read', ZONE)).toBe('not_a_member')
    expect(decided(holder(token()), 'dns.read', 'account:nowhere/zone:z1')).toBe('not_a_member')
    const suspended = [{ account: account({ status: 'suspended' }), member: member() }]
    expect(
      decided(holder(token({ policies: narrow.facts.token.policies }), { standings: suspended }), 'dns.read', ZONE),
    ).toBe('not_a_member')
  })

  test('an account’s own token stands in that account alone', () => {
    expect(decided(accountToken(), 'dns.read', ZONE)).toBe('allow')
    expect(decided(accountToken(), 'dns.read', 'account:beta/zone:z1')).toBe('not_a_member')
    expect(decided(accountToken({ policies: [allow('dns', 'account:beta')] }, { id: 'beta' }), 'dns.read', ZONE)).toBe(
      'not_a_member',
    )
  })

  test('a person and a service account of one id are two', () => {
    const ofService = botToken({}, { id: 'ann', joined: { roles: ['reader'] } })
    expect(decided(ofService, 'dns.read', ZONE)).toBe('allow')
    expect(decided(ofService, 'dns.write', ZONE)).toBe('not_granted_to_owner')
    expect(decided(holder(), 'dns.write', ZONE)).toBe('allow')
    expect(decided(ofService, 'bailiwick.read_tokens', 'user:ann')).toBe('not_a_member')
    const off = botToken({}, { id: 'ann', joined: { apiAccess: false } })
    expect(decided(off, 'dns.read', ZONE)).toBe('api_access_disabled')
    expect(decided(holder(), 'dns.read', ZONE)).toBe('allow')
  })
})

describe('API access', () => {
  test.each([
    [true, null, 'allow'],
    [true, true, 'allow'],
    [true, false, 'api_access_disabled'],
    [false, null, 'api_access_disabled'],
    [false, true, 'allow'],
    [false, false, 'api_access_disabled'],
  ] as const)('of the account %s, of the principal %s: %s, whichever the principal', (byDefault, own, expected) => {
    const acme = account({ apiAccess: byDefault })
    const person = holder(token(), { standings: [{ account: acme, member: member({ apiAccess: own }) }] })
    const service = botToken({}, { of: { apiAccess: byDefault }, joined: { apiAccess: own } })
    const ofAccount = accountToken({ apiAccess: own }, { apiAccess: byDefault })
    const loggedIn = session('ann', { standings: [{ account: acme, member: member({ apiAccess: own }) }] })
    for (const credential of [person, service, ofAccount]) expect(decided(credential, 'dns.read', ZONE)).toBe(expected)
    expect(decided(loggedIn, 'dns.read', ZONE)).toBe('allow')
  })

  test('of one account says nothing of another', () => {
    const standings = [
      { account: account({ apiAccess: false }), member: member() },
      { account: account({ id: 'beta' }), member: member({ account: 'beta' }) },
    ]
    const both = holder(token({ policies: [allow('dns', 'account:*')] }), { standings })
    expect(decided(both, 'dns.read', ZONE)).toBe('api_access_disabled')
    expect(decided(both, 'dns.read', 'account:beta/zone:z1')).toBe('allow')
  })

  test('a break-glass token is one with its own switch on', () => {
    expect(decided(accountToken({ apiAccess: true }, { apiAccess: false }), 'dns.write', ZONE)).toBe('allow')
    expect(decided(accountToken({ apiAccess: null }, { apiAccess: false }), 'dns.write', ZONE)).toBe(
      'api_access_disabled',
    )
    expect(
      decided(accountToken({ apiAccess: true }, { apiAccess: false, status: 'suspended' }), 'dns.write', ZONE),
    ).toBe('account_suspended')
  })

  test('a token can be blocked in one account', () => {
    const standings = ['acme', 'beta'].map((id) => ({ account: account({ id }), member: member({ account: id }) }))
    const held = token({ policies: [allow('dns', 'account:*')] })
    const blocked = holder(held, { standings, blockedIn: ['acme'] })
    expect(decided(blocked, 'dns.read', ZONE)).toBe('token_blocked')
    expect(decided(blocked, 'dns.read', 'account:beta/zone:z1')).toBe('allow')
    expect(decided(holder(held, { standings, blockedIn: ['gamma', 'Acme'] }), 'dns.read', ZONE)).toBe('allow')
  })
})

describe('a rule of the account', () => {
  test.each<readonly [string, TokenRules, Partial<Token>, Outcome]>([
    ['a lifetime of exactly the maximum', { maxLifetimeMs: 2 * DAY }, { expiresOn: NOW + DAY }, 'allow'],
    ['a lifetime over the maximum', { maxLifetimeMs: 2 * DAY - 1 }, { expiresOn: NOW + DAY }, 'token_rule_violated'],
    ['no expiry is infinite', { maxLifetimeMs: 9_000_000 * DAY }, {}, 'token_rule_violated'],
    [
      'the lifetime counts from the last roll',
      { maxLifetimeMs: DAY },
      { expiresOn: NOW + DAY, secretIssuedOn: NOW },
      'allow',
    ],
    [
      'and not from the first issue',
      { maxLifetimeMs: DAY },
      { expiresOn: NOW + DAY, issuedOn: NOW, secretIssuedOn: NOW - 1 },
      'token_rule_violated',
    ],
    ['an expiry is required, and there', { requireExpiry: true }, { expiresOn: NOW + 9_000 * DAY }, 'allow'],
    ['an expiry is required, and not there', { requireExpiry: true }, {}, 'token_rule_violated'],
    ['an address is required, and isn’t', { requireIp: true }, {}, 'token_rule_violated'],
    ['an address is required: /8', { requireIp: true }, from('203.0.0.0/8'), 'allow'],
    ['an address is required: /7', { requireIp: true }, from('202.0.0.0/7'), 'token_rule_violated'],
    ['an address is required: IPv6 /32', { requireIp: true }, from('203.0.113.0/24', '2001:db8::/32'), 'allow'],
    [
      'an address is required: IPv6 /31',
      { requireIp: true },
      from('203.0.113.0/24', '2001:db8::/31'),
      'token_rule_violated',
    ],
    ['a mapped range is as wide as its IPv4', { requireIp: true }, from('::ffff:203.0.0.0/104'), 'allow'],
    ['and no narrower', { requireIp: true }, from('::ffff:202.0.0.0/103'), 'token_rule_violated'],
    [
      'one wide range among narrow ones',
      { requireIp: true },
      from('203.0.113.0/24', '0.0.0.0/0'),
      'token_rule_violated',
    ],
    [
      '`notIn` doesn’t narrow',
      { requireIp: true },
      { condition: { ip: { notIn: ['10.0.0.0/8'] } } },
      'token_rule_violated',
    ],
    [
      '`notIn` may be wide',
      { requireIp: true },
      { condition: { ip: { in: ['203.0.113.0/24'], notIn: ['128.0.0.0/2'] } } },
      'allow',
    ],
    ['personal tokens are forbidden', { forbidPersonal: true }, {}, 'token_rule_violated'],
    ['a rule switched off is no rule', { requireExpiry: false, requireIp: false, forbidPersonal: false }, {}, 'allow'],
  ])('%s', (_, tokenRules, held, expected) => {
    const standings = [{ account: account({ tokenRules }), member: member() }]
    expect(decided(holder(token(held), { standings }), 'dns.read', ZONE, { ip: '203.0.113.7' })).toBe(expected)
  })

  test('forbids personal tokens, not those of service accounts and accounts', () => {
    const tokenRules = { forbidPersonal: true }
    expect(decided(botToken({}, { of: { tokenRules } }), 'dns.read', ZONE)).toBe('allow')
    expect(decided(accountToken({}, { tokenRules }), 'dns.read', ZONE)).toBe('allow')
  })

  test('blocks a token there and not elsewhere, and never a session', () => {
    const strict = { account: account({ tokenRules: { requireExpiry: true } }), member: member() }
    const easy = { account: account({ id: 'beta' }), member: member({ account: 'beta' }) }
    const both = holder(token({ policies: [allow('dns', 'account:*')] }), { standings: [strict, easy] })
    expect(decided(both, 'dns.read', ZONE)).toBe('token_rule_violated')
    expect(decided(both, 'dns.read', 'account:beta/zone:z1')).toBe('allow')
    expect(decided(session('ann', { standings: [strict] }), 'dns.read', ZONE)).toBe('allow')
  })

  test('counts an address condition of the token, not those of its policies', () => {
    const standings = [{ account: account({ tokenRules: { requireIp: true } }), member: member() }]
    const policies = [when({ ip: { in: ['203.0.113.0/24'] } }, allow('dns', 'account:acme'))]
    expect(decided(holder(token({ policies }), { standings }), 'dns.read', ZONE, { ip: '203.0.113.7' })).toBe(
      'token_rule_violated',
    )
  })

  function from(...ranges: readonly string[]): Partial<Token> {
    return { condition: { ip: { in: ranges } } }
  }
})

describe('a token never exceeds what its owner may do today', () => {
  const owned = (joined: Partial<Member>) =>
    holder(token(), { standings: [{ account: account(), member: member(joined) }] })

  test('when a role is lost', () => {
    expect(decided(owned({ roles: ['administrator'] }), 'dns.write', ZONE)).toBe('allow')
    expect(decided(owned({ roles: ['reader'] }), 'dns.write', ZONE)).toBe('not_granted_to_owner')
    expect(decided(owned({ roles: [] }), 'dns.write', ZONE)).toBe('not_granted_to_owner')
  })

  test('when a policy denies it to the owner, whatever the roles say', () => {
    const policies = [deny('dns.write', `${ZONE}/record:*`)]
    expect(decided(owned({ policies }), 'dns.write', TXT)).toBe('denied_to_owner')
    expect(decided(owned({ policies }), 'dns.write', ZONE)).toBe('allow')
  })

  test('when what each allows doesn’t meet', () => {
    const policies = [allow('dns', 'account:acme/zone:z2')]
    const standings = [{ account: account(), member: member({ roles: [], policies }) }]
    const narrow = holder(token({ policies: [allow('dns', ZONE)] }), { standings })
    expect(decided(narrow, 'dns.read', ZONE)).toBe('not_granted_to_owner')
    expect(decided(narrow, 'dns.read', 'account:acme/zone:z2')).toBe('not_granted')
  })

  test('but an account’s own token has no owner above it', () => {
    expect(decided(accountToken(), 'dns.write', ZONE)).toBe('allow')
  })
})

describe('a deep permission', () => {
  const exporting = (...policies: readonly Policy[]) => holding(allow('dns', 'account:acme'), ...policies)

  test.each([
    ['a record in it', deny('dns.export', TXT), 'denied_by_token'],
    ['any record in it', deny('dns.export', `${ZONE}/record:*`), 'denied_by_token'],
    ['some records in it', deny('dns.export', `${ZONE}/record:TXT,*`), 'denied_by_token'],
    ['a record in any zone', deny('dns.export', 'account:acme/zone:*/record:A,a'), 'denied_by_token'],
    ['a record in any zone of any account', deny('dns.export', 'account:*/zone:*/record:A,a'), 'denied_by_token'],
    ['the zone itself', deny('dns.export', ZONE), 'denied_by_token'],
    ['the account', deny('dns.export', 'account:acme'), 'denied_by_token'],
    ['a record in another zone', deny('dns.export', 'account:acme/zone:z2/record:*'), 'allow'],
    ['a zone whose name goes on', deny('dns.export', 'account:acme/zone:z12/record:*'), 'allow'],
    ['a record in a zone of another account', deny('dns.export', 'account:beta/zone:z1/record:*'), 'allow'],
    ['another permission on a record in it', deny('dns.read', TXT), 'allow'],
    ['a record in it, later', when({ notBefore: NOW + 1 }, deny('dns.export', TXT)), 'allow'],
    [
      'a record in it, from somewhere',
      when({ ip: { in: ['203.0.113.0/24'] } }, deny('dns.export', TXT)),
      'denied_by_token',
    ],
  ] as const)('of a zone meets a deny of %s', (_, policy, expected) => {
    expect(decided(exporting(policy), 'dns.export', ZONE)).toBe(expected)
  })

  test('meets what is denied beneath to the owner, too', () => {
    const standings = [{ account: account(), member: member({ policies: [deny('dns.export', TXT)] }) }]
    expect(decided(holder(token(), { standings }), 'dns.export', ZONE)).toBe('denied_to_owner')
    expect(decided(session('ann', { standings }), 'dns.export', ZONE)).toBe('denied_to_owner')
  })

  test('isn’t allowed by an allow beneath', () => {
    expect(decided(holding(allow('dns.export', `${ZONE}/record:*`)), 'dns.export', ZONE)).toBe('not_granted')
  })

  test('reaches from the root down', () => {
    const clearing = holding(allow('kv', 'account:acme'), deny('kv.clear', 'account:acme/namespace:n/value:v'))
    expect(decided(clearing, 'kv.clear', 'account:acme')).toBe('denied_by_token')
    expect(decided(clearing, 'kv.clear', 'account:acme/namespace:n')).toBe('denied_by_token')
    expect(decided(clearing, 'kv.clear', 'account:acme/namespace:m')).toBe('allow')
  })

  test('is the exception: others don’t mind a deny beneath', () => {
    const reading = holding(allow('dns', 'account:acme'), deny('dns.read', TXT))
    expect(decided(reading, 'dns.read', ZONE)).toBe('allow')
    expect(decided(reading, 'dns.read', TXT)).toBe('denied_by_token')
  })

  test('meets denies beneath a user root', () => {
    const own = holding(allow('profile.erase', 'user:ann'), deny('profile.erase', 'user:ann/device:d'))
    expect(decided(own, 'profile.erase', 'user:ann', {}, PERSONAL)).toBe('denied_by_token')
  })
})

describe('at a user root', () => {
  const own = (changes: Partial<Token> = {}) => token({ policies: [allow('devices', 'user:ann')], ...changes })
  const KEY = 'user:ann/device:d/key:k'
  const asked = (credential: Credential, resource = KEY) => decided(credential, 'key.use', resource, {}, PERSONAL)

  test('a user’s session is allowed without any policy', () => {
    expect(asked(session('ann', { standings: [] }))).toBe('allow')
    expect(asked(session('bob', { standings: [] }))).toBe('not_a_member')
    expect(asked(session('Ann', { standings: [] }))).toBe('not_a_member')
    expect(asked(session('ann', { user: { id: 'ann', status: 'suspended' } }))).toBe('owner_suspended')
  })

  test('what is retired is granted to nobody, not even to the user’s own session', () => {
    const ping = (credential: Credential, user = 'ann') =>
      decided(credential, 'device.ping', `user:${user}/device:d`, {}, PERSONAL)
    expect(ping(session('ann', { standings: [] }))).toBe('not_granted_to_owner')
    expect(ping(session('ann', { standings: [] }), 'bob')).toBe('not_a_member')
    expect(ping(holder(own({ policies: [allow('device.ping', 'user:ann')] })))).toBe('not_granted')
  })

  test('a user’s token needs a policy, and a deny overrides it', () => {
    expect(asked(holder(own()))).toBe('allow')
    expect(asked(holder(own({ policies: [] })))).toBe('not_granted')
    expect(asked(holder(own({ policies: [allow('devices', 'account:*')] })))).toBe('not_granted')
    expect(asked(holder(own({ policies: [...own().policies, deny('key.use', 'user:ann/device:*/key:k')] })))).toBe(
      'denied_by_token',
    )
    expect(asked(holder(own()), 'user:bob/device:d/key:k')).toBe('not_a_member')
    expect(asked(holder(own(), { user: { id: 'ann', status: 'suspended' } }))).toBe('owner_suspended')
  })

  test('memberships, switches, rules and blocks of accounts don’t matter', () => {
    const strict = account({
      status: 'suspended',
      apiAccess: false,
      tokenRules: { forbidPersonal: true, requireExpiry: true },
    })
    const standings = [{ account: strict, member: member({ status: 'suspended', apiAccess: false, roles: [] }) }]
    expect(asked(holder(own(), { standings, blockedIn: ['acme', 'ann'] }))).toBe('allow')
    expect(asked(holder(own(), { standings: [] }))).toBe('allow')
  })

  test('no token of a service account or of an account has business there', () => {
    expect(asked(botToken({}, { id: 'ann' }))).toBe('not_a_member')
    expect(asked(accountToken({ policies: [allow('text', 'account:ann')] }, { id: 'ann' }))).toBe('not_a_member')
  })

  test('a malformed name is malformed to its owner as well', () => {
    expect(asked(session('ann'), 'user:ann')).toBe('resource_malformed')
    expect(asked(session('ann'), 'user:ann/device:%64/key:k')).toBe('resource_malformed')
  })
})

describe('what can’t be understood is never skipped', () => {
  const beta = { account: account({ id: 'beta' }), member: member({ account: 'beta' }) }
  const both = (policies: readonly Policy[], joined: Partial<Member> = {}, of: Partial<Account> = {}) =>
    holder(token({ policies: [allow('dns', 'account:*'), ...policies] }), {
      standings: [{ account: account(of), member: member(joined) }, beta],
    })
  const inBoth = (credential: Credential) =>
    [ZONE, 'account:beta/zone:z1'].map((resource) => decided(credential, 'dns.read', resource))

  test.each([
    ['group', allow('gone', 'account:acme')],
    ['group of a deny', deny('gone', 'account:acme')],
    ['group beside a known one', allow(['dns', 'gone'], 'account:acme')],
    ['group, on another resource', deny('gone', 'account:acme/zone:z9')],
    ['group, at another time', when({ expiresOn: 1 }, deny('gone', 'account:acme'))],
    ['permission', deny('gone.read', 'account:acme')],
    ['type', deny('dns', 'account:acme/widget:w')],
    ['type in that place', deny('dns', 'account:acme/record:A,a')],
    ['group that every object has', deny('constructor', 'account:acme')],
    ['group that is every object’s prototype', deny('__proto__', 'account:acme')],
    ['permission that every object has', deny(['constructor', 'dns.read'], 'account:acme')],
    ['type that every object has', deny('dns', 'account:acme/constructor:w')],
  ])('an unknown %s is an error in the account it names, and only there', (_, policy) => {
    expect(inBoth(both([policy]))).toEqual(['error', 'allow'])
  })

  test('an unknown name at `account:*` is an error in every account', () => {
    const lost = both([deny('gone', 'account:*/zone:z9')])
    expect(inBoth(lost)).toEqual(['error', 'error'])
    expect(decided(lost, 'dns.read', 'account:nowhere/zone:z1')).toBe('error')
    expect(decided(lost, 'bailiwick.read_tokens', 'user:ann')).toBe('not_granted')
  })

  test('an unknown name with selectors in two accounts is an error in both', () => {
    expect(inBoth(both([deny('gone', 'account:beta', 'account:acme/zone:z9')]))).toEqual(['error', 'error'])
  })

  test('an unknown name at the user root is an error there', () => {
    const own = both([allow('tokens', 'user:ann'), deny('gone', 'user:ann/device:d')])
    expect(decided(own, 'bailiwick.read_tokens', 'user:ann', {}, PERSONAL)).toBe('error')
  })

  test('a refusal of the credential, its address or the name comes first', () => {
    const lost = deny('gone', 'account:*')
    expect(decided(holder(token({ policies: [lost], status: 'disabled' })), 'dns.read', ZONE)).toBe('token_disabled')
    expect(decided(holding(lost), 'dns.read', 'account:acme/zone:Z1')).toBe('resource_malformed')
  })

  test.each<readonly [string, Partial<Member>]>([
    ['role', { roles: ['administrator', 'gone'] }],
    ['role that every object has', { roles: ['administrator', 'constructor'] }],
    ['group', { policies: [deny('gone', 'account:acme/zone:z9')] }],
    ['permission', { policies: [deny('gone.read', 'account:acme')] }],
    ['type', { policies: [deny('dns', 'account:acme/widget:w')] }],
  ])('an unknown %s of a member is an error in that account, where its rights would be read', (_, joined) => {
    expect(inBoth(both([], joined))).toEqual(['error', 'allow'])
    expect(inBoth(both([], { ...joined, status: 'suspended' }))).toEqual(['member_suspended', 'allow'])
    expect(inBoth(both([], joined, { status: 'suspended' }))).toEqual(['account_suspended', 'allow'])
    expect(inBoth(both([], joined, { apiAccess: false }))).toEqual(['api_access_disabled', 'allow'])
    expect(inBoth(both([], joined, { tokenRules: { requireIp: true } }))).toEqual(['token_rule_violated', 'allow'])
    expect(inBoth(both([deny('dns', 'account:acme')], joined))).toEqual(['error', 'allow'])
    const loggedIn = session('ann', { standings: [{ account: account(), member: member(joined) }, beta] })
    expect(inBoth(loggedIn)).toEqual(['error', 'allow'])
  })

  test('a retired name is known', () => {
    expect(
      inBoth(both([deny('old', 'account:*'), deny('dns.legacy', 'account:*')], { roles: ['administrator', 'ghost'] })),
    ).toEqual(['allow', 'allow'])
  })

  test.each<readonly [string, object]>([
    ['status', { status: 'enabled' }],
    ['beginning', { notBefore: '2020-01-01' }],
    ['end', { expiresOn: Number.NaN }],
    ['issue', { issuedOn: undefined }],
    ['secret’s issue', { secretIssuedOn: null }],
    ['owner', { owner: {} }],
    ['owner that is a name', { owner: 'ann' }],
    ['list of policies', { policies: { 0: allow('dns', 'account:acme') } }],
    ['condition', { condition: { ip: { in: ['203.0.113.0/33'] } } }],
    ['condition with host bits', { condition: { ip: { in: ['203.0.113.7/24'] } } }],
    ['condition that is a list', { condition: { ip: ['203.0.113.0/24'] } }],
    ['empty list of addresses', { condition: { ip: { in: [] } } }],
    ['effect', { policies: [{ ...allow('dns', 'account:acme'), effect: 'permit' }] }],
    [
      'deny without rights',
      { policies: [allow('dns', 'account:acme'), { id: 'x', effect: 'deny', resources: ['account:acme'] }] },
    ],
    [
      'deny without resources',
      { policies: [allow('dns', 'account:acme'), { ...deny('dns', 'account:acme'), resources: [] }] },
    ],
    [
      'deny of a resource that is no list',
      { policies: [{ ...deny('dns', 'account:acme'), resources: 'account:acme' }] },
    ],
    [
      'deny with a bad range',
      { policies: [allow('dns', 'account:acme'), when({ ip: { in: ['nowhere'] } }, deny('dns', ZONE))] },
    ],
    [
      'deny with a bad end',
      { policies: [allow('dns', 'account:acme'), when({ expiresOn: Number.NaN }, deny('dns', ZONE))] },
    ],
  ])('a token’s stored %s that can’t be read is an error, never an answer', (_, changes) => {
    const corrupt = holder({ ...token(), ...changes } as Token)
    expect(answer(EDGE, corrupt, { permission: 'dns.read', resource: ZONE, now: NOW, ip: '203.0.113.7' })).toBe('error')
  })

  test.each([
    ...[
      '',
      '*',
      'account',
      'account:',
      'account:acme/',
      'account:acme//zone:z1',
      'account:acme/zone:',
      'account:acme/zone',
    ],
    ...[
      'account:acme/zone:%7A1',
      'account:acme/zone:a b',
      'account:acme/zone:**',
      'account:acme/zone:*a',
      'account:acme/zone:a*b',
    ],
    ...[
      'account:acme/namespace:%C3*',
      'account:acme/namespace:%*',
      'account:acme/zone:z*/record:*',
      'account:acme/zone:Z1',
    ],
    ...['account:ac*', 'tenant:acme', 'zone:z1', 'user:bob', 'user:*', 'user:an*'],
  ])('a stored deny at `%s` is an error, never an answer', (selector) => {
    const corrupt = holding(allow('dns', 'account:acme'), deny('dns', selector))
    expect(answer(EDGE, corrupt, { permission: 'dns.read', resource: ZONE, now: NOW, ip: null })).toBe('error')
  })

  test.each(['account:beta', 'account:*', 'user:ann'])(
    '`%s` in the policies of who belongs to `acme` is an error',
    (selector) => {
      const policies = [allow('dns', 'account:acme'), deny('dns', selector)]
      const standings = [{ account: account(), member: member({ policies }) }]
      const askedOf = (credential: Credential) =>
        answer(EDGE, credential, { permission: 'dns.read', resource: ZONE, now: NOW, ip: null })
      expect(askedOf(holder(token(), { standings }))).toBe('error')
      expect(askedOf(session('ann', { standings }))).toBe('error')
      expect(askedOf(botToken({ policies }))).toBe('error')
      expect(askedOf(accountToken({ policies }))).toBe('error')
    },
  )

  test('a standing of somebody else is an error, never lent', () => {
    const question = { permission: 'dns.read', resource: ZONE, now: NOW, ip: null }
    const of = (changes: Partial<Member>) => ({ standings: [{ account: account(), member: member(changes) }] })
    expect(answer(EDGE, holder(token(), of({ id: 'bob' })), question)).toBe('error')
    expect(answer(EDGE, holder(token(), of({ kind: 'service' })), question)).toBe('error')
    expect(answer(EDGE, holder(token(), of({ account: 'beta' })), question)).toBe('error')
    expect(answer(EDGE, holder(token(), { standings: [{ account: account(), member: null }] }), question)).toBe('error')
    expect(answer(EDGE, session('ann', of({ id: 'bob' })), question)).toBe('error')
    expect(answer(EDGE, session('ann', { standings: [{ account: account(), member: null }] }), question)).toBe('error')
    expect(answer(EDGE, holder(token({ owner: { account: 'acme' } }), of({})), question)).toBe('error')
    expect(answer(EDGE, botToken({}, { joined: { kind: 'user' } }), question)).toBe('error')
  })

  test.each<readonly [string, object, object]>([
    ['status of a member', {}, { status: 'joined' }],
    ['beginning of a membership', {}, { since: Number.NaN }],
    ['switch of a member', {}, { apiAccess: 'on' }],
    ['list of roles', {}, { roles: null }],
    ['policy of a member', {}, { policies: [{ ...deny('dns', 'account:acme'), effect: 'denied' }] }],
    ['range of a member’s deny', {}, { policies: [when({ ip: { in: ['10.0.0.1/8'] } }, deny('dns', ZONE))] }],
    ['status of an account', { status: 'open' }, {}],
    ['switch of an account', { apiAccess: null }, {}],
    ['rule of an account', { tokenRules: { maxLifetimeMs: 'P1D' } }, {}],
    ['rules of an account', { tokenRules: null }, {}],
  ])('a stored %s that can’t be read is an error, never an answer', (_, ofAccount, ofMember) => {
    const acme = { ...account(), ...ofAccount } as Account
    const ann = { ...member(), ...ofMember } as Member
    const question = { permission: 'dns.read', resource: ZONE, now: NOW, ip: '203.0.113.7' }
    expect(answer(EDGE, holder(token(), { standings: [{ account: acme, member: ann }] }), question)).toBe('error')
  })

  test('an unknown permission throws, and so does a `now` that is no finite number, even for a denied credential', () => {
    for (const name of ['dns.rite', '', '__proto__', 'constructor', 'dns']) {
      expect(() => permissionNamed(EDGE.catalog, name)).toThrow(MisuseError)
    }
    const read = permissionNamed(EDGE.catalog, 'dns.read')
    for (const credential of [holder(), holder(token({ status: 'revoked' })), session()]) {
      for (const now of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        expect(() => decide(subjectOf(EDGE, credential), read, ZONE, { now, ip: null })).toThrow(MisuseError)
        expect(() => decide(subjectOf(EDGE, credential), read, 'rubbish', { now, ip: null })).toThrow(MisuseError)
      }
    }
  })
})

describe('names that every JavaScript object has are names like others', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])('`%s`', (id) => {
    const standings = [
      { account: account({ id }), member: member({ account: id, id, roles: ['administrator'] }) },
      { account: account(), member: member({ id }) },
    ]
    const policies = [allow('kv', `account:${id}/namespace:${id}`), allow('tokens', `user:${id}`)]
    const held = holder(token({ owner: { user: id }, policies: policies.slice(0, 1) }), { standings })
    expect(decided(held, 'kv.read', `account:${id}/namespace:${id}/value:${id}`)).toBe('allow')
    expect(decided(held, 'kv.read', `account:${id}/namespace:n`)).toBe('not_granted')
    expect(decided(held, 'kv.read', 'account:acme/namespace:n')).toBe('not_a_member')
    expect(
      decided(holder(held.facts.token, { standings, blockedIn: [id] }), 'kv.read', `account:${id}/namespace:${id}`),
    ).toBe('token_blocked')
    expect(decided(holder(), 'kv.read', `account:${id}/namespace:n`)).toBe('not_a_member')
    expect(decided(holding(allow('kv', 'account:acme')), 'kv.read', `account:acme/namespace:${id}`)).toBe('allow')
    expect(decided(session(id, { standings: [] }), 'kv.read', `account:${id}/namespace:n`)).toBe('not_a_member')
    expect(decided(session(id, { standings: [] }), 'bailiwick.read_tokens', `user:${id}`)).toBe('allow')
    expect(decided(session('ann'), 'bailiwick.read_tokens', `user:${id}`)).toBe('not_a_member')
  })

  test('as types, groups, roles and permissions', () => {
    const standings = [{ account: account(), member: member({ roles: ['toString'] }) }]
    const calling = holder(token({ policies: [allow(['constructor', 'valueOf'], 'account:acme/constructor:*')] }), {
      standings,
    })
    expect(decided(calling, 'constructor.call', 'account:acme/constructor:c/tostring:t', {}, PROTOTYPE)).toBe('allow')
    expect(decided(calling, 'prototype.read', 'account:acme/constructor:c/tostring:t', {}, PROTOTYPE)).toBe(
      'not_granted_to_owner',
    )
    expect(decided(calling, 'constructor.call', 'account:acme/valueof:c', {}, PROTOTYPE)).toBe('resource_malformed')
  })
})

describe('a decision', () => {
  test('is one of a fixed set of frozen values', () => {
    const read = permissionNamed(EDGE.catalog, 'dns.read')
    const subject = subjectOf(EDGE, holder())
    const context = { now: NOW, ip: parseAddress('203.0.113.7') }
    const allowed = decide(subject, read, ZONE, context)
    const denied = decide(subject, read, 'account:beta/zone:z1', context)
    expect(allowed).toEqual({ effect: 'allow', reason: null })
    expect(denied).toEqual({ effect: 'deny', reason: 'not_a_member' })
    expect(Object.isFrozen(allowed) && Object.isFrozen(denied)).toBe(true)
    expect(decide(subject, read, ZONE, context)).toBe(allowed)
    expect(decide(subject, read, 'account:gamma/zone:z1', context)).toBe(denied)
  })

  test('reads the facts and never changes them', () => {
    const facts = deepFreeze(holder(token({ condition: { ip: { in: ['203.0.113.0/24'] } } })))
    expect(decided(facts, 'dns.read', ZONE, { ip: '203.0.113.7' })).toBe('allow')
  })

  test('is not swayed by what was decided before', () => {
    const one = subjectOf(EDGE, holding(allow('dns', 'account:acme'), deny('dns', `${ZONE}/record:*`)))
    const other = subjectOf(EDGE, holding(allow('kv', 'account:acme/namespace:n')))
    const ask = (subject: typeof one, permission: string, resource: string) =>
      decide(subject, permissionNamed(EDGE.catalog, permission), resource, { now: NOW, ip: null }).reason ?? 'allow'
    for (let i = 0; i < 3; i++) {
      expect(ask(one, 'dns.read', TXT)).toBe('denied_by_token')
      expect(ask(one, 'dns.read', 'rubbish')).toBe('resource_malformed')
      expect(ask(one, 'dns.read', ZONE)).toBe('allow')
      expect(ask(other, 'kv.read', 'account:acme/namespace:n/value:v')).toBe('allow')
      expect(ask(other, 'kv.read', 'account:acme/namespace:m/value:v')).toBe('not_granted')
      expect(ask(other, 'dns.read', TXT)).toBe('not_granted')
    }
  })

  function deepFreeze<T>(value: T): T {
    if (typeof value === 'object' && value !== null && !(value instanceof Map))
      Object.values(Object.freeze(value)).forEach(deepFreeze)
    return value
  }
})
