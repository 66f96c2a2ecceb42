import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimOf, claimOfFound } from '../../src/credential/claim.ts'
import { digest } from '../../src/credential/digest.ts'
import { printCredential } from '../../src/credential/format.ts'
import { createImportedKeys } from '../../src/credential/imported.ts'

const ID = '0123456789ABCDEFGHIJKL'
const SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const VALUE = printCredential('bwk', 's', ID, SECRET)
const PREFIXES = new Set(['bwk', 'acme_api'])
const none = createImportedKeys()
const sha256 = createImportedKeys({ sha256: true })

test('a credential of ours names its token, and shows a digest in place of its secret', () => {
  const claim = claimOf(VALUE, PREFIXES, sha256)
  expect(claim).toEqual({ kind: 'native', tokenKind: 's', id: ID, plain: digest('s', ID, SECRET) })
  expect(JSON.stringify(claim)).not.toContain(SECRET)
})

test('what has our shape and one of our prefixes is never taken for a key of another make', () => {
  const wrongCheck = VALUE.slice(0, -1) + (VALUE.endsWith('0') ? '1' : '0')
  expect(claimOf(wrongCheck, PREFIXES, sha256)).toBeNull()
  expect(claimOf(wrongCheck.replace('bwk', 'acme_api'), PREFIXES, sha256)).toBeNull()
  expect(claimOf(VALUE.replace('bwk', 'other'), PREFIXES, sha256)?.kind).toBe('imported')
})

test('any other text is a key of another make, where such keys are accepted', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 200 }), (text) => {
      expect(claimOf(text, PREFIXES, none)).toBeNull()
      expect(claimOf(text, PREFIXES, sha256)).toEqual({ kind: 'imported', plains: sha256.digestsOf(text) })
    }),
  )
})

test('costs nothing on long text', () => {
  expect(claimOf('x'.repeat(1_000_000), PREFIXES, sha256)).toBeNull()
  expect(claimOf(`bwk_u_${'0'.repeat(1_000_000)}`, PREFIXES, sha256)).toBeNull()
})

describe('a value that was found', () => {
  const native = { kind: 'native', tokenKind: 's', id: ID, plain: digest('s', ID, SECRET) }

  test('names its token under whatever prefix it was minted, since its secret opens it with another as well', () => {
    for (const prefix of ['bwk', 'acme_api', 'older', 'z']) {
      const value = printCredential(prefix, 's', ID, SECRET)
      expect(claimOfFound(value, none)).toEqual(native)
      expect(claimOfFound(` \t${value}\r\n`, sha256)).toEqual(native)
    }
  })

  test('with our shape and a wrong check is nothing, whatever its prefix', () => {
    for (const prefix of ['bwk', 'older']) {
      const value = printCredential(prefix, 's', ID, SECRET)
      const mistyped = value.slice(0, -1) + (value.endsWith('0') ? '1' : '0')
      for (const text of [mistyped, ` ${mistyped}\n`]) expect(claimOfFound(text, sha256)).toBeNull()
    }
  })

  test('that is a key of another make is looked for as it was given and without the white space around it', () => {
    expect(claimOfFound('sk_live_1', sha256)).toEqual({ kind: 'imported', plains: sha256.digestsOf('sk_live_1') })
    expect(claimOfFound(' sk_live_1\n', sha256)).toEqual({
      kind: 'imported',
      plains: [...sha256.digestsOf(' sk_live_1\n'), ...sha256.digestsOf('sk_live_1')],
    })
    for (const text of ['sk_live_1', '', ' ']) expect(claimOfFound(text, none)).toBeNull()
    // a prefix nothing was ever minted under is no shape of ours
    const odd = VALUE.replace('bwk', '_wk')
    expect(claimOfFound(odd, sha256)?.kind).toBe('imported')
  })

  test('opens all that it would open if it were presented', () => {
    const texts = fc.oneof(fc.string({ maxLength: 200 }), fc.constantFrom(VALUE, VALUE.slice(5), `${VALUE}0`))
    fc.assert(
      fc.property(texts, (text) => {
        const presented = claimOf(text, PREFIXES, sha256)
        const found = claimOfFound(text, sha256)
        if (presented?.kind === 'native') expect(found).toEqual(presented)
        if (presented?.kind === 'imported' && found?.kind === 'imported')
          expect(found.plains).toEqual(expect.arrayContaining([...presented.plains]))
        if (presented !== null) expect(found?.kind).toBe(presented.kind)
      }),
    )
  })

  test('costs nothing when it is long', () => {
    expect(claimOfFound('x'.repeat(1_000_000), sha256)).toBeNull()
    expect(claimOfFound(`bwk_u_${'0'.repeat(1_000_000)}`, sha256)).toBeNull()
  })
})
