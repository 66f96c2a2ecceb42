/** What a table says of a name, where hashes find more than what is meant: it is the text that counts. */
import { beforeEach, describe, expect, it } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { tokenPolicies } from '../../src/core/compile.ts'
import type { Policy } from '../../src/core/facts.ts'
import { hashText } from '../../src/core/hash.ts'
import { ParsedName } from '../../src/core/parsed-name.ts'
import type { CompiledPolicy } from '../../src/core/policy.ts'
import { EMPTY_TABLE, tagOf, type Verdict, verdictOf } from '../../src/core/policy-table.ts'
import { writeTables } from '../../src/core/policy-table-writer.ts'
import { isFault, parseSelector, type Selector } from '../../src/core/selector.ts'
import { sharedBy } from '../../src/core/shared.ts'
import { account, allow, decided, deny, holder, holding, member, NOW, token, when } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { covers, readName } from '../spec/reference-text.ts'

/** Two zones of one hash, and two namespaces. */
const [X, Y] = ['zone:jknloq', 'zone:mxnrxd'] as const
const [N, M] = ['namespace:nrbxw', 'namespace:tscra'] as const

describe('of two names with one hash', () => {
  beforeEach(() => {
    expect([hashText(X), hashText(N)]).toEqual([hashText(Y), hashText(M)])
  })

  it('an allow of one is none of the other', () => {
    const credential = holding(allow('dns', `account:acme/${X}`))
    expect(decided(credential, 'dns.read', `account:acme/${X}`)).toBe('allow')
    expect(decided(credential, 'dns.read', `account:acme/${Y}`)).toBe('not_granted')
    expect(decided(credential, 'dns.read', `account:acme/${X}/record:A,a`)).toBe('allow')
    expect(decided(credential, 'dns.read', `account:acme/${Y}/record:A,a`)).toBe('not_granted')
  })

  it('a deny of one is none of the other', () => {
    const credential = holding(allow('dns', 'account:acme'), deny('dns', `account:acme/${X}`))
    expect(decided(credential, 'dns.read', `account:acme/${X}`)).toBe('denied_by_token')
    expect(decided(credential, 'dns.read', `account:acme/${Y}`)).toBe('allow')
  })

  it('each has its own answer, whichever is looked at first', () => {
    for (const [one, other] of [
      [X, Y],
      [Y, X],
    ]) {
      const credential = holding(
        allow('dns', `account:acme/${one}`, `account:acme/${other}`),
        deny('dns.write', `account:acme/${other}`),
      )
      expect(decided(credential, 'dns.write', `account:acme/${one}`)).toBe('allow')
      expect(decided(credential, 'dns.write', `account:acme/${other}`)).toBe('denied_by_token')
    }
  })

  it('what lies beneath one is not beneath the other, for a deny of a deep permission', () => {
    const credential = holding(allow('dns', 'account:acme'), deny('dns.export', `account:acme/${X}/record:A,a`))
    expect(decided(credential, 'dns.export', `account:acme/${X}`)).toBe('denied_by_token')
    expect(decided(credential, 'dns.export', `account:acme/${Y}`)).toBe('allow')
  })

  it('a prefix after one is none after the other', () => {
    const credential = holding(allow('kv', `account:acme/${N}/value:a*`), deny('kv', `account:acme/${M}/value:ab*`))
    expect(decided(credential, 'kv.read', `account:acme/${N}/value:ab`)).toBe('allow')
    expect(decided(credential, 'kv.read', `account:acme/${M}/value:ab`)).toBe('denied_by_token')
    expect(decided(credential, 'kv.read', `account:acme/${M}/value:ac`)).toBe('not_granted')
  })
})

describe('where a name has the hash of a selector, whatever its text', () => {
  /** What this policy says of a name that all hashes take for that selector. */
  function said(policy: Policy, permission: string, name: string, taken: string): Verdict {
    const { byRoot, conditions } = writeTables(compiled(policy), sharedBy(EDGE.catalog).deep)
    const { hash } = selectorOf(taken)
    const parsed = Object.assign(new ParsedName(), { hashFor: () => hash })
    const on = name.includes('zone') ? 'dns.read' : name.includes('namespace') ? 'kv.read' : 'kv.clear'
    expect(parsed.parse(permissionNamed(EDGE.catalog, on), name)).toBe(true)
    const table = byRoot.get('account:acme') ?? expect.unreachable()
    return verdictOf(table, conditions, parsed, permissionNamed(EDGE.catalog, permission), { now: NOW, ip: null })
  }

  it('it is covered where its text is, and else it is not', () => {
    const tails = ['zone:a', 'zone:ab', 'namespace:a', 'namespace:ab', 'zone:a/record:A,a', 'zone:ab/record:A,a']
    const values = ['a', 'ab', 'b'].flatMap((id) => [`namespace:${id}/value:a`, `namespace:${id}/value:ab`])
    const open = ['*', 'a*'].flatMap((id) => [`namespace:${id}`, `namespace:a/value:${id}`, `namespace:*/value:${id}`])
    const names = ['account:acme', ...[...tails, ...values].map((tail) => `account:acme/${tail}`)]
    const selectors = [...names, ...[...open, 'namespace:*/value:a'].map((tail) => `account:acme/${tail}`)]
    for (const selector of selectors)
      for (const name of names) {
        const isCovered = covers(selector, readName(name) ?? expect.unreachable(), false)
        const verdict = said(allow(['dns', 'kv'], selector), 'kv.read', name, selector)
        expect(verdict, `${selector} of ${name}`).toBe(isCovered ? 'allowed' : 'none')
      }
  })

  it('it is above a deny of a deep permission where its text is, and else it is not', () => {
    const policy = deny('kv.clear', 'account:acme/namespace:a/value:v')
    for (const taken of ['account:acme', 'account:acme/namespace:a', 'account:acme/namespace:a/value:v'])
      for (const name of ['account:acme/namespace:b', 'account:acme/namespace:av', 'account:acme/zone:a'])
        expect(said(policy, 'kv.clear', name, taken), `${name} for ${taken}`).toBe('none')
    for (const name of ['account:acme', 'account:acme/namespace:a'])
      expect(said(policy, 'kv.clear', name, name), name).toBe('denied')
  })
})

describe('of prefixes that begin a name', () => {
  const under = (...texts: readonly string[]) => texts.map((text) => `account:acme/namespace:${text}`)

  it('all speak, the shorter as well as the longest', () => {
    const [a = '', ab = '', abc = ''] = under('a*', 'ab*', 'abc*')
    const said = (...policies: readonly Policy[]) =>
      under('a', 'ab', 'abb', 'abc', 'abcd', 'abd', 'ac', 'b').map((name) =>
        decided(holding(...policies), 'kv.read', name),
      )
    const no = 'not_granted'
    const denied = 'denied_by_token'
    expect(said(allow('kv', a))).toEqual([...Array(7).fill('allow'), no])
    expect(said(allow('kv', a), deny('kv', abc))).toEqual([
      'allow',
      'allow',
      'allow',
      denied,
      denied,
      'allow',
      'allow',
      no,
    ])
    expect(said(allow('kv', abc), deny('kv', a))).toEqual([...Array(7).fill(denied), no])
    expect(said(allow('kv', ab))).toEqual([no, 'allow', 'allow', 'allow', 'allow', 'allow', no, no])
    expect(said(allow('kv', abc, ab), deny('kv', ab))).toEqual([no, ...Array(5).fill(denied), no, no])
  })

  it('those that sort beside it say nothing, however much they have alike', () => {
    const many = under('aa*', 'ab*', 'aba*', 'abca*', 'abcb*', 'abz*', 'ac*', 'b*')
    for (const name of under('abcab', 'abc', 'abcc', 'abb', 'aaz', 'abaa', 'ad', 'a', 'bz', 'c')) {
      const covers = many.some((prefix) => name.startsWith(prefix.slice(0, -1)))
      expect(decided(holding(allow('kv', ...many)), 'kv.read', name), name).toBe(covers ? 'allow' : 'not_granted')
    }
  })

  it('of many lengths each covers what begins with it, whatever else is as long', () => {
    const lengths = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
    const credential = holding(
      allow('kv', ...under(...lengths.map((length) => `${'a'.repeat(length)}*`))),
      deny('kv.write', ...under(...lengths.map((length) => `${'a'.repeat(length - 1)}b*`))),
      deny('kv.write', 'account:acme/namespace:n/value:a*'), // of another pair
    )
    for (const length of lengths) {
      const [a = '', b = '', value = ''] = under('a'.repeat(length), `${'a'.repeat(length - 1)}bc`, 'n/value:ab')
      expect([decided(credential, 'kv.write', a), decided(credential, 'kv.read', a)], a).toEqual(['allow', 'allow'])
      expect(decided(credential, 'kv.write', b), b).toBe('denied_by_token')
      expect(decided(credential, 'kv.read', b), b).toBe(length === 1 ? 'not_granted' : 'allow')
      expect(decided(credential, 'kv.write', value)).toBe('denied_by_token')
    }
  })

  it('a shorter one speaks for the owner and of every account, though a longer one was looked at before', () => {
    const [abc = '', a = ''] = under('abc*', 'a*')
    const [name = ''] = under('abcd')
    const owner = member({ policies: [allow('kv', 'account:acme'), deny('kv.write', a)] })
    const held = token({ policies: [allow('kv', abc)] })
    const credential = holder(held, { standings: [{ account: account(), member: owner }] })
    expect(decided(credential, 'kv.write', name)).toBe('denied_to_owner')
    expect(decided(credential, 'kv.read', name)).toBe('allow')
    const everywhere = holding(allow('kv', abc), deny('kv.write', a.replace('acme', '*')))
    expect(decided(everywhere, 'kv.write', name)).toBe('denied_by_token')
    expect(decided(everywhere, 'kv.read', name)).toBe('allow')
  })

  it('one is found wherever it stands among those that begin alike', () => {
    const texts = ['aa', 'ac', 'ad', 'ae', 'af']
    const credential = holding(allow('kv', ...under(...texts.map((text) => `${text}*`))))
    for (const text of texts) expect(decided(credential, 'kv.read', under(text)[0] ?? ''), text).toBe('allow')
  })

  it('each says what its own policies say, in whatever order they were written', () => {
    const [ae = '', aa = '', ad = '', ab = '', aab = '', ac = '', a = ''] = under(
      ...['ae*', 'aa*', 'ad*', 'ab*', 'aab*', 'ac*', 'a%20*'],
    )
    const credential = holding(
      allow('kv', ae, aa, a),
      deny('kv.write', ad, aab),
      allow('purge', ab, 'account:acme/zone:a'),
      allow('kv.write', ac, ad),
    )
    const said = under('ae', 'aa', 'ad', 'ab', 'aab', 'aac', 'ac', 'a%20', 'af', 'a').map((name) =>
      decided(credential, 'kv.write', name),
    )
    const [yes, no, denied] = ['allow', 'not_granted', 'denied_by_token']
    expect(said).toEqual([yes, yes, denied, no, denied, yes, yes, yes, no, no])
  })

  it('beside them stand a selector and what lies above another, each for itself', () => {
    const credential = holding(
      allow('kv', 'account:acme', ...under('a*')),
      deny('kv.clear', 'account:acme/namespace:n/value:v'),
    )
    expect(decided(credential, 'kv.clear', 'account:acme')).toBe('denied_by_token')
    expect(decided(credential, 'kv.clear', 'account:acme/namespace:n')).toBe('denied_by_token')
    expect(decided(credential, 'kv.clear', 'account:acme/namespace:m')).toBe('allow')
  })

  it('one ends where it ends, whatever is written behind it', () => {
    for (const length of [0x6100, 0x6130, 0x6160, 0x6190]) {
      const long = { ...allow('kv', ...under('p*')), id: 'x'.repeat(length) } // what follows is at 0x61.., and that is an `a`
      const credential = holding(long, allow('purge', ...under('q*')))
      expect(decided(credential, 'kv.read', under('pa-')[0] ?? '')).toBe('allow')
    }
  })

  it('those of other types and of other depths say nothing', () => {
    const credential = holding(allow('kv', 'account:acme/namespace:a/value:a*'), deny('kv', 'account:acme/zone:a*'))
    expect(decided(credential, 'kv.read', 'account:acme/namespace:a/value:a')).toBe('allow')
    expect(decided(credential, 'kv.read', 'account:acme/namespace:a')).toBe('not_granted')
    expect(decided(credential, 'kv.read', 'account:acme/namespace:a/value:b')).toBe('not_granted')
  })

  it('one says the same of what is encoded', () => {
    const credential = holding(allow('kv', 'account:acme/namespace:%C3%A9*'))
    expect(decided(credential, 'kv.read', 'account:acme/namespace:%C3%A9')).toBe('allow')
    expect(decided(credential, 'kv.read', 'account:acme/namespace:%C3%A9x/value:a')).toBe('allow')
    expect(decided(credential, 'kv.read', 'account:acme/namespace:%C3%AA')).toBe('not_granted')
  })
})

describe('of names that are longer or shorter than its selectors', () => {
  it('a selector speaks of what is as long or longer', () => {
    const credential = holding(allow('kv', 'account:acme/namespace:*/value:a'), allow('dns', 'account:acme'))
    expect(decided(credential, 'kv.read', 'account:acme/namespace:b/value:a')).toBe('allow')
    // The parsed before went further: what is left of it is of no name.
    expect(decided(credential, 'kv.read', 'account:acme/namespace:b')).toBe('not_granted')
    expect(decided(credential, 'kv.clear', 'account:acme')).toBe('not_granted')
  })

  it('a pair is no other that begins with it', () => {
    const credential = holding(allow('kv', 'account:acme/namespace:a/value:*'), allow('dns', 'account:acme/zone:ab'))
    expect(decided(credential, 'kv.read', 'account:acme/namespace:ab/value:a')).toBe('not_granted')
    expect(decided(credential, 'dns.read', 'account:acme/zone:a')).toBe('not_granted')
    expect(decided(credential, 'dns.read', 'account:acme/zone:abc')).toBe('not_granted')
  })

  it('a deny of a deep permission reaches what lies above its selector, and not what else lies beneath that', () => {
    const credential = holding(allow('kv', 'account:acme'), deny('kv.clear', 'account:acme/namespace:n/value:v'))
    expect(decided(credential, 'kv.clear', 'account:acme')).toBe('denied_by_token')
    expect(decided(credential, 'kv.clear', 'account:acme/namespace:n')).toBe('denied_by_token')
    expect(decided(credential, 'kv.clear', 'account:acme/namespace:m')).toBe('allow')
    expect(decided(credential, 'kv.read', 'account:acme/namespace:n')).toBe('allow')
  })
})

it('what stands behind the last entry says nothing, whatever the ids of policies are made to look like', () => {
  const permission = permissionNamed(EDGE.catalog, 'kv.clear')
  const parsed = new ParsedName()
  expect(parsed.parse(permission, 'account:acme')).toBe(true)
  const count = tagOf(parsed.hashFor(selectorOf('account:acme').shape), false)
  const others = Array.from({ length: count - 1 }, () => allow('kv', 'account:acme/namespace:n'))
  for (let length = 0x2b; length < 0x80; length++) {
    const first = { ...allow('purge', 'account:acme'), id: '*'.repeat(length) }
    const { byRoot, conditions } = writeTables(compiled(first, ...others), '')
    const table = byRoot.get('account:acme') ?? expect.unreachable()
    expect(verdictOf(table, conditions, parsed, permission, { now: NOW, ip: null })).toBe('none')
  }
})

it('a table without policies takes no room and no policy of it applies', () => {
  const parsed = new ParsedName()
  const permission = permissionNamed(EDGE.catalog, 'dns.read')
  expect(parsed.parse(permission, 'account:acme/zone:a')).toBe(true)
  expect([EMPTY_TABLE, verdictOf(EMPTY_TABLE, [], parsed, permission, { now: NOW, ip: null })]).toEqual(['', 'none'])
})

describe('a cell', () => {
  const soon = { expiresOn: NOW + 1 }

  it('gives no permission beyond the last of a statement', () => {
    const policies = [
      allow('bailiwick.read_tokens', 'account:acme'),
      deny('dns.read', 'account:acme'),
      when(soon, deny('dns.write', 'account:acme')),
    ]
    expect(permissionNamed(EDGE.catalog, 'bailiwick.read_tokens').index, 'the first of the next character').toBe(8)
    const who = member({ policies: [allow('bailiwick.read_tokens', 'account:acme')] })
    const credential = holder(token({ policies }), { standings: [{ account: account(), member: who }] })
    expect(decided(credential, 'bailiwick.read_tokens', 'account:acme')).toBe('allow')
  })

  it('of many policies says no more than its statements', () => {
    const many = Array.from({ length: 256 }, (_, n) => ({ ...allow('kv.read', 'account:acme'), id: `p${n}` }))
    const credential = holding(allow('kv.read', 'account:b'), ...many)
    expect(permissionNamed(EDGE.catalog, 'dns.read').index, 'a bit of the number of the second policy').toBe(1)
    expect(decided(credential, 'dns.read', 'account:acme/zone:a')).toBe('not_granted')
    expect(decided(credential, 'kv.read', 'account:acme/namespace:a')).toBe('allow')
  })

  it('whose condition is not there allows nothing and denies', () => {
    const parsed = new ParsedName()
    const permission = permissionNamed(EDGE.catalog, 'dns.read')
    expect(parsed.parse(permission, 'account:acme/zone:a')).toBe(true)
    const said = (policy: Policy) => {
      const { byRoot, conditions } = writeTables(compiled(when(soon, policy)), '')
      const table = byRoot.get('account:acme') ?? expect.unreachable()
      return [conditions, []].map((those) => verdictOf(table, those, parsed, permission, { now: NOW, ip: null }))
    }
    expect(said(allow('dns', 'account:acme'))).toEqual(['allowed', 'none'])
    expect(said(deny('dns', 'account:acme'))).toEqual(['denied', 'denied'])
  })
})

function compiled(...policies: readonly Policy[]): readonly CompiledPolicy[] {
  return tokenPolicies(EDGE.catalog, token({ policies }))
}

function selectorOf(text: string): Selector {
  const selector = parseSelector(EDGE.catalog, text)
  return isFault(selector) ? expect.unreachable(selector.message) : selector
}
