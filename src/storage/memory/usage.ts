/**
 * Writes last uses and renewed digests to the memory storage.
 */
import { frozen } from '../frozen.ts'
import type { DigestChange, TokenUse } from '../port.ts'
import { putToken, within } from './apply.ts'
import type { Tables } from './tables.ts'
import { useKey } from './tables.ts'

export function recordUses(tables: Tables, uses: readonly TokenUse[]): void {
  for (const use of uses) {
    if (!tables.tokens.has(use.token)) continue
    const known = within(tables.uses, use.token, () => new Map<string, TokenUse>())
    const last = known.get(useKey(use.account))
    if (last === undefined || use.at > last.at) known.set(useKey(use.account), frozen(use))
  }
}

export function replaceDigests(tables: Tables, changes: readonly DigestChange[]): void {
  for (const { token: id, from, to } of changes) {
    const record = tables.tokens.get(id)
    if (record === undefined) continue
    const { digest, previous } = record.secrets
    const replaced = (old: string): string => (old === from ? to : old)
    const secrets = {
      digest: replaced(digest),
      ...(previous && { previous: { ...previous, digest: replaced(previous.digest) } }),
    }
    putToken(tables, frozen({ token: record.token, secrets }))
  }
}
