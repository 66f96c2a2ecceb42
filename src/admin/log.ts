/**
 * A log in a storage: its entries in order, where it begins, and a walk that verifies them while others write.
 */
import type { Scope } from '../core/facts.ts'
import { isStoredFault } from '../errors.ts'
import type { AuditEntry, AuditHead, AuditQuery, Page, StorageDirectory } from '../storage/port.ts'
import {
  type AuditFault,
  type AuditVerdict,
  createProof,
  fault,
  misbegun,
  otherHead,
  PRUNE,
  type Proof,
} from './proof.ts'

/** The old end of a log, as it is about to be removed. */
interface OldEnd {
  readonly begins: AuditEntry | null
  /** The first entry that stays, or would. */
  readonly left: Pick<AuditEntry, 'sequence' | 'previous'>
  readonly wrong: AuditFault | null
}

const PAGE = 1_000

export function createLogReader(storage: Pick<StorageDirectory, 'audit' | 'auditHead'>) {
  /** Oldest first. Where an entry can't be read, those before it come one by one. */
  async function* entriesOf(scope: Scope, query: AuditQuery = {}): AsyncGenerator<AuditEntry> {
    const ask = (limit: number, after: string | undefined) =>
      storage.audit(scope, { ...query, order: 'oldest' }, { limit, ...(after !== undefined && { after }) })
    let limit = PAGE
    for (let after: string | null | undefined; after !== null; ) {
      const from: string | undefined = after
      const page: Page<AuditEntry> = await ask(limit, from).catch((error: unknown) => {
        if (limit === 1 || !isStoredFault(error)) throw error
        limit = 1
        return ask(limit, from)
      })
      yield* page.items
      after = page.next
    }
  }

  /** Where a log begins. A prune moves it on; nothing moves it back. */
  async function beginning(scope: Scope): Promise<number> {
    try {
      return (await storage.audit(scope, { order: 'oldest' }, { limit: 1 })).items[0]?.sequence ?? 0
    } catch (error) {
      if (isStoredFault(error)) return Number.POSITIVE_INFINITY
      throw error
    }
  }

  async function walk(scope: Scope, kept: AuditHead | null): Promise<AuditVerdict> {
    const before = await storage.auditHead(scope)
    const proof = createProof(
      scope,
      [before, kept].filter((head) => head !== null),
    )
    const wrong = await faultIn(scope, proof)
    if (wrong !== null) return Object.freeze({ ok: false, entries: proof.entries(), fault: wrong })
    return Object.freeze({ ok: true, entries: proof.entries(), head: proof.last() })
  }

  async function faultIn(scope: Scope, proof: Proof): Promise<AuditFault | null> {
    let wrong: AuditFault | null = null
    try {
      for await (const entry of entriesOf(scope)) {
        wrong = proof.take(entry)
        if (wrong !== null) break
      }
    } catch (error) {
      if (!isStoredFault(error)) throw error
      wrong = fault(proof.next(), 'altered', 'can’t be read')
    }
    // Read after the entries, so that what was written meanwhile is covered by this head.
    const head = await storage.auditHead(scope)
    if (wrong !== null && wrong.sequence <= (head?.sequence ?? 0)) return wrong
    return proof.end() ?? wrong ?? beyond(proof.last(), head)
  }

  /** The entries before the first that isn't older, verified together with it; `null` where a prune took entries away meanwhile. */
  async function oldEnd(scope: Scope, before: number): Promise<OldEnd | null> {
    const [began, head] = [await beginning(scope), await storage.auditHead(scope)]
    const proof = createProof(scope, head === null ? [] : [head])
    const found: { begins: AuditEntry | null; stays: AuditEntry | null } = { begins: null, stays: null }
    let wrong: AuditFault | null = null
    try {
      for await (const entry of entriesOf(scope)) {
        wrong = proof.take(entry)
        found.begins ??= entry
        if (wrong === null && entry.at >= before) found.stays = entry
        if (wrong !== null || found.stays !== null) break
      }
    } catch (error) {
      if (!isStoredFault(error)) throw error
      wrong = fault(proof.next(), 'altered', 'can’t be read')
    }
    const { begins, stays } = found
    wrong ??= beyond(proof.last(), await storage.auditHead(scope))
    // Where entries stay, the walk ended before the prune entry that says where the log begins.
    wrong ??= stays === null ? proof.end() : misbegun(begins, await lastPrune(scope))
    if (wrong !== null && (await beginning(scope)) > began) return null
    const last = proof.last()
    return { begins, left: stays ?? { sequence: (last?.sequence ?? 0) + 1, previous: last?.hash ?? '' }, wrong }
  }

  async function lastPrune(scope: Scope): Promise<AuditEntry | undefined> {
    return (await storage.audit(scope, { is: { actions: [PRUNE] } }, { limit: 1 })).items[0]
  }

  return { entriesOf, beginning, walk, oldEnd }
}

/** What is wrong with the end of a walk, compared with the head read after it. */
function beyond(last: AuditHead | null, head: AuditHead | null): AuditFault | null {
  if (last === null || (head !== null && last.sequence < head.sequence)) return null
  if (head !== null && last.sequence > head.sequence)
    return fault(head.sequence + 1, 'inserted', 'stands behind the head of the log')
  return last.hash === head?.hash ? null : otherHead(last.sequence)
}
