/**
 * The audit log, as it is read: every write there was, newest first; and as it is proved, kept elsewhere, and let go.
 */
import type { Scope } from '../core/facts.ts'
import { ConflictError, isBailiwickError } from '../errors.ts'
import {
  type AuditQueryInput,
  type PruneOptions,
  parseAuditQuery,
  parsePrune,
  parseVerifyOptions,
  type VerifyOptions,
} from '../schema/audit.ts'
import { parseLog } from '../schema/ids.ts'
import type { Origin } from '../schema/origin.ts'
import { type PageInput, parsePage } from '../schema/page.ts'
import type { AuditEntry, AuditHead, AuditQuery, AuditTerms, Page } from '../storage/port.ts'
import type { AdminDeps } from './deps.ts'
import { accountScope, target, userScope } from './facts.ts'
import { printLine } from './lines.ts'
import { type AuditFault, type AuditVerdict, createProof, fault, otherHead, PRUNE, type Proof } from './proof.ts'
import type { Outcome, Writer } from './write.ts'

/** Whose log: what concerns an account stands in its own, what concerns a user alone in the user's. */
export type AuditLog = { readonly account: string } | { readonly user: string }

/** What a prune left of a log. */
export interface Pruned {
  /** How many entries it removed. */
  readonly removed: number
  /** The sequence of the oldest entry that is left; `null` in a log without entries. */
  readonly first: number | null
}

/** The audit log. The trusted host's own hand: nothing checks who reads. */
export interface Audit {
  /**
   * What was done in an account (its members, service accounts, own tokens, switches, blocks), or to a user (its status, its tokens): who,
   * what, before, after, when, from where, through which token. Newest first. Holds no secret and no digest.
   *
   * @example
   * ```ts
   * const day = { since: '2026-11-21T00:00:00Z', until: '2026-11-22T00:00:00Z' }
   * const { items } = await bw.audit.list({ account: 'acme' }, { action: 'token.create', ...day, not: { actor: 'host' } })
   * ```
   */
  list(of: AuditLog, query?: AuditQueryInput, page?: PageInput): Promise<Page<AuditEntry>>
  /** The last entry of a log. Kept where whoever writes to the database can't, it shows later that nothing up to it was rewritten. `null` before the first. */
  head(of: AuditLog): Promise<AuditHead | null>
  /**
   * Whether every entry of a log is the one that was written, and none is missing. Reads the whole log, in pages. What is written meanwhile is
   * no fault.
   *
   * A chain proves nothing against whoever rewrites it from some entry to the end together with the head beside it, but for what stands before
   * a `head` that was kept elsewhere. An entry that can't be read is `altered`. Throws `ERR_BAILIWICK_STORAGE_UNAVAILABLE` where storage
   * gives no answer.
   */
  verify(of: AuditLog, options?: VerifyOptions): Promise<AuditVerdict>
  /**
   * A log as JSON lines (without line ends), oldest first, each a whole entry with its hash. `verifyAuditLines` proves them without a database.
   * With a query entries are missing between them, and only each by itself can be proved. Does not prove what it exports. Refused
   * (`ERR_BAILIWICK_CONFLICT`, `revision`) where the log is pruned meanwhile: begin again.
   */
  export(of: AuditLog, query?: AuditQueryInput): AsyncIterable<string>
  /**
   * Removes entries older than `before` from the old end of a log, up to the first that isn't older, and writes that down in the log: that
   * entry says where the chain begins now. Nothing else shortens a log. Does nothing where nothing is old enough. Does not prove
   * what it removes: `verify` and `export` come first.
   */
  prune(of: AuditLog, options: PruneOptions, origin?: Origin): Promise<Pruned>
}

const PAGE = 1_000

export function createAudit({ storage }: Pick<AdminDeps, 'storage'>, write: Writer): Audit {
  /** Oldest first. Where an entry can't be read, those before it come one by one. */
  async function* entriesOf(scope: Scope, query: AuditQuery = {}): AsyncGenerator<AuditEntry> {
    const ask = (limit: number, after: string | undefined) =>
      storage.audit(scope, { ...query, order: 'oldest' }, { limit, ...(after !== undefined && { after }) })
    let limit = PAGE
    for (let after: string | null | undefined; after !== null; ) {
      const from: string | undefined = after
      const page: Page<AuditEntry> = await ask(limit, from).catch((error: unknown) => {
        if (limit === 1 || !isUnreadable(error)) throw error
        limit = 1
        return ask(limit, from)
      })
      yield* page.items
      after = page.next
    }
  }

  async function oldest(scope: Scope, is: AuditTerms = {}): Promise<AuditEntry | null> {
    return (await storage.audit(scope, { is, order: 'oldest' }, { limit: 1 })).items[0] ?? null
  }

  /** Where a log begins. A prune moves it on; nothing moves it back. */
  async function beginning(scope: Scope): Promise<number> {
    try {
      return (await oldest(scope))?.sequence ?? 0
    } catch (error) {
      if (isUnreadable(error)) return Number.POSITIVE_INFINITY
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
      if (!isUnreadable(error)) throw error
      wrong = fault(proof.next(), 'altered', 'can’t be read')
    }
    // Read after the entries: what was written meanwhile is behind its own head, and nothing else is.
    const head = await storage.auditHead(scope)
    if (wrong !== null && wrong.sequence <= (head?.sequence ?? 0)) return wrong
    return proof.end() ?? wrong ?? beyond(proof.last(), head)
  }

  return {
    list: async (of, query, page) => storage.audit(scopeOf(parseLog(of)), parseAuditQuery(query), parsePage(page)),
    head: async (of) => storage.auditHead(scopeOf(parseLog(of))),

    async verify(of, options) {
      const scope = scopeOf(parseLog(of))
      const { head } = parseVerifyOptions(options)
      for (;;) {
        const began = await beginning(scope)
        const verdict = await walk(scope, head)
        // Whoever prunes takes entries away from under the walk: then what looked like a fault may be none.
        if (verdict.ok || (await beginning(scope)) <= began) return verdict
      }
    },

    async *export(of, query) {
      const scope = scopeOf(parseLog(of))
      const asked = parseAuditQuery(query)
      const began = await beginning(scope)
      for await (const entry of entriesOf(scope, asked)) yield printLine(entry)
      if ((await beginning(scope)) > began)
        throw new ConflictError('revision', 'the log was pruned while it was exported; begin again')
    },

    async prune(of, options, origin) {
      const log = parseLog(of)
      const scope = scopeOf(log)
      const before = parsePrune(options)
      return write({
        origin,
        scopes: async () => [scope],
        facts: async () => ({
          begins: await oldest(scope),
          stays: await oldest(scope, { since: before }),
          head: await storage.auditHead(scope),
        }),
        decide: ({ begins, stays, head }): Outcome<Pruned> => {
          if (begins === null || head === null) return { unchanged: pruned(0, begins) }
          const left = stays ?? { sequence: head.sequence + 1, previous: head.hash }
          if (left.sequence <= begins.sequence) return { unchanged: pruned(0, begins) }
          return {
            writes: [{ kind: 'prune_audit', scope, before: left.sequence }],
            log: scope,
            action: PRUNE,
            target: 'account' in log ? target('account', log.account) : target('user', log.user),
            before: { first: begins.sequence, previous: begins.previous },
            after: { first: left.sequence, previous: left.previous },
            result: pruned(left.sequence - begins.sequence, left),
          }
        },
      })
    },
  }
}

function pruned(removed: number, first: { readonly sequence: number } | null): Pruned {
  return Object.freeze({ removed, first: first?.sequence ?? null })
}

function scopeOf(log: AuditLog): Scope {
  return 'account' in log ? accountScope(log.account) : userScope(log.user)
}

/** What is wrong with the end of a walk, by the head that was read after it. */
function beyond(last: AuditHead | null, head: AuditHead | null): AuditFault | null {
  if (last === null || (head !== null && last.sequence < head.sequence)) return null
  if (head !== null && last.sequence > head.sequence)
    return fault(head.sequence + 1, 'inserted', 'stands behind the head of the log')
  return last.hash === head?.hash ? null : otherHead(last.sequence)
}

function isUnreadable(error: unknown): boolean {
  return isBailiwickError(error) && error.code === 'ERR_BAILIWICK_STORED_FACT'
}
