import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimOf, claimsOfFound } from '../../src/credential/claim.ts'
import { digestBytes } from '../../src/credential/digest.ts'
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
  expect(claim).toEqual({ kind: 'native', tokenKind: 's', id: ID, bytes: digestBytes('s', ID, SECRET) })
  expect(JSON.stringify(claim)).not.toContain(SECRET)
})

test('a credential is read as itself, whatever was read before it', () => {
  const other = { id: ID.toLowerCase(), secret: SECRET.toUpperCase() }
  const wrongCheck = printCredential('bwk', 'a', other.id, other.secret).slice(0, -1)
  for (const before of [
    printCredential('acme_api', 'u', other.id, other.secret),
    `${wrongCheck}!`,
    `bwk_u_${'€'.repeat(71)}`,
  ]) {
    claimOf(before, PREFIXES, none)
    expect(claimOf(VALUE, PREFIXES, none)).toEqual({
      ...{ kind: 'native', tokenKind: 's', id: ID },
      bytes: digestBytes('s', ID, SECRET),
    })
  }
})

test('what has our shape and one of our prefixes is never taken for a key of another make', () => {
  const wrongCheck = VALUE.slice(0, -1) + (VALUE.endsWith('0') ? '1' : '0')
  expect(claimOf(wrongCheck, PREFIXES, sha256)).toBeNull()
  expect(claimOf(wrongCheck.replace('bwk', 'acme_api'), PREFIXES, sha256)).toBeNull()
  expect(claimOf(VALUE.replace('bwk', 'other'), PREFIXES, sha256)?.kind).toBe('imported')
})

test('what begins like ours and goes on like no credential may be a key of another make', () => {
  const key = `bwk_u_${'0'.repeat(70)}-`
  expect(claimOf(key, PREFIXES, sha256)).toEqual({ kind: 'imported', digests: sha256.digestsOf(key) })
})

test('any other text is a key of another make, where such keys are accepted', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 200 }), (text) => {
      expect(claimOf(text, PREFIXES, none)).toBeNull()
      expect(claimOf(text, PREFIXES, sha256)).toEqual({ kind: 'imported', digests: sha256.digestsOf(text) })
    }),
  )
})

test('costs nothing on long text', () => {
  expect(claimOf('x'.repeat(1_000_000), PREFIXES, sha256)).toBeNull()
  expect(claimOf(`bwk_u_${'0'.repeat(1_000_000)}`, PREFIXES, sha256)).toBeNull()
})

describe('a value that was found', () => {
  const native = { kind: 'native', tokenKind: 's', id: ID, bytes: digestBytes('s', ID, SECRET) }
  const imported = (...texts: string[]) => ({ kind: 'imported', digests: texts.flatMap(sha256.digestsOf) })

  test('names its token under whatever prefix it was minted, since its secret opens it with another as well', () => {
    for (const prefix of ['bwk', 'acme_api', 'older', 'z']) {
      const value = printCredential(prefix, 's', ID, SECRET)
      expect(claimsOfFound(value, none)).toEqual([native])
      expect(claimsOfFound(` \t${value}\r\n`, none)).toEqual([native])
    }
  })

  test('may be a key of another make as well, whatever its shape: such keys are looked up where they are presented', () => {
    const foreign = printCredential('older', 's', ID, SECRET)
    const mistyped = foreign.slice(0, -1) + (foreign.endsWith('0') ? '1' : '0')
    expect(claimsOfFound(foreign, sha256)).toEqual([native, imported(foreign)])
    expect(claimsOfFound(mistyped, sha256)).toEqual([imported(mistyped)])
    expect(claimsOfFound(mistyped, none)).toEqual([])
  })

  test('is looked for as it was given and without the white space around it', () => {
    expect(claimsOfFound('sk_live_1', sha256)).toEqual([imported('sk_live_1')])
    expect(claimsOfFound(' sk_live_1\n', sha256)).toEqual([imported(' sk_live_1\n', 'sk_live_1')])
    for (const text of ['sk_live_1', '', ' ']) expect(claimsOfFound(text, none)).toEqual([])
  })

  test('is all that it would be if it were presented, under any prefixes', () => {
    const foreign = printCredential('older', 's', ID, SECRET)
    const texts = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.constantFrom(VALUE, VALUE.slice(5), `${VALUE}0`, foreign, `${foreign.slice(0, -1)}x`),
    )
    fc.assert(
      fc.property(texts, fc.constantFrom(PREFIXES, new Set(['older'])), (text, prefixes) => {
        const presented = claimOf(text, prefixes, sha256)
        const found = claimsOfFound(text, sha256)
        if (presented?.kind === 'native') expect(found).toContainEqual(presented)
        if (presented?.kind === 'imported') {
          const digests = found.flatMap((claim) => (claim.kind === 'imported' ? claim.digests : []))
          expect(digests).toEqual(expect.arrayContaining([...presented.digests]))
        }
      }),
    )
  })

  test('costs nothing when it is long', () => {
    expect(claimsOfFound('x'.repeat(1_000_000), sha256)).toEqual([])
    expect(claimsOfFound(`bwk_u_${'0'.repeat(1_000_000)}`, sha256)).toEqual([])
  })
})
