import { describe, expect, it, test } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import { permissionNamed } from '../../src/core/catalog.ts'
import { DENY_REASONS, denial } from '../../src/core/decision.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { explain, explainRefused, SENTENCE } from '../../src/core/explain.ts'
import type { CredentialFacts, Policy, Token } from '../../src/core/facts.ts'
import { tokenSubject } from '../../src/core/snapshot.ts'
import { printCredential } from '../../src/credential/format.ts'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' }, record: { in: 'zone' } },
  permissions: {
    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: ['zone', 'record'] },
    'dns.export': { on: 'zone', deep: true },
  },
  groups: {
    dns: { name: 'DNS', permissions: ['dns.*'] },
    'dns-write': { name: 'DNS Write', permissions: ['dns.write', 'dns.read'] },
    'dns-old': { name: 'DNS (old)', permissions: ['dns.write'], deprecated: true },
  },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] }, none: { name: 'None', groups: [] } },
})

const NOW = Date.parse('2026-06-01T12:00:00Z')
const Z1 = 'account:acme/zone:z1'
const READ: Policy = { id: 'p1', effect: 'allow', permissions: ['dns.read'], resources: ['account:acme/zone:*'] }

function facts(
  policies: readonly Policy[],
  token: Partial<Token> = {},
  roles: readonly string[] = ['owner'],
): CredentialFacts {
  const times = { issuedOn: 0, modifiedOn: 0, secretIssuedOn: 0 }
  return {
    token: {
      id: 't',
      name: 't',
      owner: { user: 'u' },
      policies,
      status: 'active',
      apiAccess: null,
      issuedBy: 'host',
      revision: 1,
      ...times,
      ...token,
    },
    secrets: { digest: '' },
    blockedIn: [],
    user: null,
    standings: [
      {
        account: { id: 'acme', name: 'Acme', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 },
        member: {
          account: 'acme',
          kind: 'user',
          id: 'u',
          status: 'active',
          since: 0,
          readmitted: false,
          roles,
          policies: [],
          apiAccess: null,
          revision: 1,
        },
      },
    ],
    revisions: new Map(),
  }
}

function asked(given: CredentialFacts, permission: string, resource: string, ip: string | null = '203.0.113.9') {
  const context = { now: NOW, ip: ip === null ? null : parseAddress(ip) }
  return explain(catalog, tokenSubject(catalog, given), permissionNamed(catalog, permission), resource, context)
}

describe('an explanation', () => {
  it('of a denial names the rung, what was looked at, and the smallest grant that would change it', () => {
    expect(asked(facts([READ]), 'dns.write', Z1).text).toBe(
      [
        'DENY dns.write on account:acme/zone:z1',
        '  not_granted: no allow policy of the token applies',
        '  asked at 2026-06-01T12:00:00Z from 203.0.113.9',
        '  + owner policy `role:owner` (allow on account:acme) applies',
        '  → grant the token `dns.write` on `account:acme/zone:z1`: DNS Write, DNS',
      ].join('\n'),
    )
  })

  it('is its text wherever a text is wanted, and has no field more for that', () => {
    const explanation = asked(facts([READ]), 'dns.write', Z1)
    expect(`${explanation}`).toBe(explanation.text)
    expect(Object.keys(explanation)).not.toContain('toString')
    expect(JSON.parse(JSON.stringify(explanation))).toEqual({ ...explanation })
  })

  it('of an allow names the policies that made it, on both sides', () => {
    const { decision, policies, remedies } = asked(facts([READ]), 'dns.read', Z1)
    expect([decision.effect, remedies]).toEqual(['allow', []])
    expect(policies).toEqual([
      { side: 'token', id: 'p1', effect: 'allow', selector: 'account:acme/zone:*', applies: true, condition: null },
      { side: 'owner', id: 'role:owner', effect: 'allow', selector: 'account:acme', applies: true, condition: null },
    ])
  })

  it('says which deny stands in the way, also one beneath the resource of a deep permission', () => {
    const all: Policy = { id: 'all', effect: 'allow', permissionGroups: ['dns'], resources: ['account:acme'] }
    const deny: Policy = { id: 'no', effect: 'deny', permissions: ['dns.export'], resources: [`${Z1}/record:locked`] }
    const { decision, remedies } = asked(facts([all, deny]), 'dns.export', Z1)
    expect(decision.reason).toBe('denied_by_token')
    expect(remedies).toEqual([`would pass without the deny policy \`no\` on \`${Z1}/record:locked\``])
  })

  it('says what keeps an allow from applying', () => {
    const from = (condition: Policy['condition']) =>
      asked(facts([{ ...READ, ...(condition && { condition }) }]), 'dns.read', Z1, null).remedies[0]
    expect(from({ ip: { in: ['10.0.0.0/8'] } })).toBe(
      'policy `p1` would allow it, but it has an address condition and the address is not known',
    )
    expect(from({ expiresOn: NOW })).toBe('policy `p1` would allow it, but it ended at 2026-06-01T12:00:00Z')
    expect(from({ notBefore: NOW + 1 })).toBe('policy `p1` would allow it, but it begins at 2026-06-01T12:00:00.001Z')
  })

  it('tells the owner’s lack from the token’s, and offers roles for it', () => {
    const { decision, remedies } = asked(facts([READ], {}, ['none']), 'dns.read', Z1)
    expect(decision.reason).toBe('not_granted_to_owner')
    expect(remedies.at(-1)).toBe('or give its owner `u` a role over the whole account: Owner')
  })

  it.each([
    ['token_disabled', { status: 'disabled' }, 'enable the token'],
    ['token_revoked', { status: 'revoked' }, 'create a new token: a revoked one stays revoked'],
    ['token_not_yet_valid', { notBefore: NOW + 1_000 }, 'wait until 2026-06-01T12:00:01Z'],
    ['token_expired', { expiresOn: NOW }, 'it ended at 2026-06-01T12:00:00Z: move `expiresOn`, or create a new token'],
    [
      'address_not_allowed',
      { condition: { ip: { in: ['10.0.0.0/8'] } } },
      "use the token from an address its condition names, or widen the token's `condition.ip`",
    ],
  ] as const)('of %s says what to do', (reason, token, remedy) => {
    const explanation = asked(facts([READ], token), 'dns.read', Z1)
    expect([explanation.decision.reason, explanation.remedies]).toEqual([reason, [remedy]])
  })

  it('tells a token that does not reach an account from an owner who has no standing there', () => {
    expect(asked(facts([READ]), 'dns.read', 'account:other/zone:z').remedies).toEqual([
      'give the token an allow policy on `account:other` or something in it',
    ])
    const wide = { ...READ, resources: ['account:*'] }
    expect(asked(facts([wide]), 'dns.read', 'account:other/zone:z').remedies[0]).toMatch(
      /^give the owner an active membership in `account:other`/,
    )
  })

  it('shows the shape of a name that was malformed', () => {
    expect(asked(facts([READ]), 'dns.export', 'account:acme').remedies).toEqual([
      '`dns.export` is asked about `account:<id>/zone:<id>`, each id percent-encoded in the canonical way',
    ])
  })
})

test('what is no text is told as that, and is not printed', () => {
  const { decision, resource, text } = asked(facts([READ]), 'dns.read', { toString: () => Z1 } as never)
  expect([decision.reason, resource]).toEqual(['resource_malformed', '(no text: object)'])
  expect(text).toMatch(/^DENY dns.read on "\(no text: object\)"\n/)
})

describe('text that is no name', () => {
  const lines = (resource: string) => asked(facts([READ]), 'dns.read', resource).text.split('\n')
  const head = (resource: string) => lines(resource)[0]

  it.each([
    ['account:acme\n  + token policy `p1` (allow on account:acme) applies', '\\n'],
    ['account:acme\r  every rung passed', '\\r'],
    ['account:acme\u001b[2K\u001b[1A', '\\u001b[2K'],
    ['account:acme\u009b2K', '\\u009b2K'],
    ['account:acme\u202etxet', '\\u202e'],
    ['account:acme\u2028', '\\u2028'],
    ['account:acme\ud800', '\\ud800'],
    ['account:acme" from "', '\\"'],
    ['', '""'],
  ])('is quoted, and no part of what is told: %j', (resource, shown) => {
    expect(lines(resource)).toHaveLength(4)
    expect(head(resource)).toMatch(/^DENY dns\.read on "[ -~]*"$/)
    expect(head(resource)).toContain(shown)
    expect(asked(facts([READ]), 'dns.read', resource).resource).toBe(resource)
  })

  it('is shortened', () => {
    expect(head('é'.repeat(1_000_000))).toBe(`DENY dns.read on "${'\\u00e9'.repeat(200)}"…`)
    expect(head('x'.repeat(200))).toBe(`DENY dns.read on "${'x'.repeat(200)}"`)
  })
})

test('a name prints as it is, whatever it names', () => {
  for (const name of ['account:acme', 'account:acme/unknown:%C3%A9', `${Z1}/record:TXT,_acme-challenge.example.com`])
    expect(asked(facts([READ]), 'dns.read', name).text.split('\n')[0]).toMatch(new RegExp(` on ${name}$`))
})

test('a credential that stands where a name belongs is in nothing that is told, not even a part of its secret', () => {
  const value = printCredential('bwk', 'u', 'q'.repeat(22), 'Z'.repeat(43))
  for (const resource of [value, `${Z1}/record:${value}`, `account:${value}`, `${' '.repeat(4_096 - 40)}${value}`]) {
    for (const permission of ['dns.read', 'dns.write'])
      expect(JSON.stringify(asked(facts([READ]), permission, resource)), resource).not.toContain('qZ')
  }
})

test('a refusal as a whole is explained without facts: there are none', () => {
  const context = { now: NOW + 0.5, ip: parseAddress('203.0.113.9') }
  const permission = permissionNamed(catalog, 'dns.read')
  expect(explainRefused(denial('credential_unknown'), permission, Z1, context)).toEqual({
    decision: { effect: 'deny', reason: 'credential_unknown' },
    permission: 'dns.read',
    resource: Z1,
    address: '203.0.113.9',
    now: '2026-06-01T12:00:00Z',
    policies: [],
    remedies: [],
    text: [
      `DENY dns.read on ${Z1}`,
      '  credential_unknown: no token has this id and secret',
      '  asked at 2026-06-01T12:00:00Z from 203.0.113.9',
    ].join('\n'),
  })
})

test('a text tells what applies from what does not, and why', () => {
  const never = { ...READ, id: 'p2', condition: { expiresOn: NOW } }
  const no: Policy = { id: 'no', effect: 'deny', permissions: ['dns.read'], resources: ['account:acme'] }
  expect(asked(facts([READ, never, no]), 'dns.read', Z1, null).text).toBe(
    [
      `DENY dns.read on ${Z1}`,
      '  denied_by_token: a deny policy of the token applies',
      '  asked at 2026-06-01T12:00:00Z from an unknown address',
      '  + token policy `p1` (allow on account:acme/zone:*) applies',
      '    token policy `p2` (allow on account:acme/zone:*) does not apply: it ended at 2026-06-01T12:00:00Z',
      '  - token policy `no` (deny on account:acme) applies',
      '  + owner policy `role:owner` (allow on account:acme) applies',
      '  → would pass without the deny policy `no` on `account:acme`',
    ].join('\n'),
  )
  expect(asked(facts([READ]), 'dns.read', Z1).text.split('\n', 2)).toEqual([
    `ALLOW dns.read on ${Z1}`,
    '  every rung passed',
  ])
})

describe('every reason', () => {
  it('has a sentence of its own', () => {
    expect(new Set(Object.values(SENTENCE)).size).toBe(DENY_REASONS.length)
  })
})
