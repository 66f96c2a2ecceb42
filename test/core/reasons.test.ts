/** Each reason is told in one sentence, and it is the one that the reference of the semantics gives. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DENY_REASONS } from '../../src/core/decision.ts'
import { SENTENCE } from '../../src/core/explain.ts'

test('a reason is told in the words of the reference', () => {
  const page = readFileSync(new URL('../../docs/reference/semantics.md', import.meta.url), 'utf8')
  const meanings = new Map(
    [...page.matchAll(/^\| \d+ \| `([a-z_]+)` \| (.+) \|$/gm)].map(([, name, meaning]) => [name, meaning]),
  )
  for (const reason of DENY_REASONS) expect(SENTENCE[reason], reason).toBe(meanings.get(reason))
})
