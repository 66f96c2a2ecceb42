import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claimOf } from '../../src/credential/claim.ts'
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
