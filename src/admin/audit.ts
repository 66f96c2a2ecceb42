/**
 * The audit log: reading it, verifying it, exporting it and pruning it.
 */
import type { Scope } from '../core/facts.ts'
import { ConflictError } from '../errors.ts'
import {
  type AuditQueryInput,
  auditQueryReader,
  type PruneOptions,
  parsePrune,
  parseVerifyOptions,
  type VerifyOptions,
} from '../schema/audit.ts'
import { parseLog } from '../schema/ids.ts'
import { type Origin, parseOrigin } from '../schema/origin.ts'
import { type PageInput, parsePage } from '../schema/page.ts'
import type { AuditEntry, AuditHead, Page } from '../storage/port.ts'
import { AUDIT_ACTIONS } from './actions.ts'
import type { AdminDeps } from './deps.ts'
import { accountScope, needAccount, target, userScope } from './facts.ts'
import { printLine } from './lines.ts'
import { createLogReader } from './log.ts'
import { type AuditFault, type AuditVerdict, PRUNE } from './proof.ts'
import type { Outcome, Writer } from './write.ts'

/** Whose log: an account's, or a user's for what concerns that user alone. */
export type AuditLog = { readonly account: string } | { readonly user: string }

/** What a prune left of a log. */
export interface Pruned {
  /** How many entries it removed. */
  readonly removed: number
  /** The sequence of the oldest entry that is left; `null` in a log without entries. */
  readonly first: number | null
}

/**
 * The audit log. Nothing checks who reads: put your own guard in front.
 *
 * All reject with `ERR_BAILIWICK_NOT_FOUND` for an account that doesn't exist and has no log; a user needs no row, and may have none.
 */
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
  /**
   * The last entry of a log, or `null` before the first. Keep it where whoever can write to the database can't: given to `verify` later, it shows
   * whether anything up to it was rewritten.
   */
  head(of: AuditLog): Promise<AuditHead | null>
  /**
   * Whether every entry of a log is the one that was written, and none is missing. Reads the whole log, in pages. What is written meanwhile is
   * no fault.
   *
   * Whoever can rewrite the log from some entry to its end, and the head that storage keeps, is not noticed, except in what comes before a `head` that
   * you kept elsewhere and give here. An entry that can't be read is `altered`. Rejects with `ERR_BAILIWICK_STORAGE_UNAVAILABLE` where storage
   * gives no answer. With a `head`, an account that isn't there is a fault and no error.
   */
  verify(of: AuditLog, options?: VerifyOptions): Promise<AuditVerdict>
  /**
   * A log as JSON lines (without line ends), oldest first, each a whole entry with its hash. `verifyAuditLines` verifies them without a database.
   * With a query the lines have gaps, so only each by itself can be verified. Does not verify what it exports. Throws
   * `ERR_BAILIWICK_CONFLICT` (`revision`) where the log is pruned meanwhile: start again.
   */
  export(of: AuditLog, query?: AuditQueryInput): AsyncIterable<string>
  /**
   * Removes entries older than `before` from the old end of a log, up to the first that isn't older, and adds an entry that says where the chain begins
   * now. Nothing else shortens a log. Does nothing where nothing is old enough.
   *
   * Verifies the whole log first, and what it removes once more, and refuses (`ERR_BAILIWICK_CONFLICT`, `state`) where that isn't what was written: what
   * is gone can't be examined. Keeps no copy: `export` first.
   */
  prune(of: AuditLog, options: PruneOptions, origin?: Origin): Promise<Pruned>
}

const parseAuditQuery = auditQueryReader(AUDIT_ACTIONS)

export function createAudit({ storage }: Pick<AdminDeps, 'storage'>, write: Writer): Audit {
  const { entriesOf, beginning, walk, oldEnd } = createLogReader(storage)

  /** The scope of a log that exists or may yet come to exist. */
  async function needLog(log: AuditLog): Promise<Scope> {
    const scope = scopeOf(log)
    if ('account' in log && (await storage.auditHead(scope)) === null) await needAccount(storage, log.account)
    return scope
  }

  async function proved(scope: Scope, kept: AuditHead | null): Promise<AuditVerdict> {
    for (;;) {
      const began = await beginning(scope)
      const verdict = await walk(scope, kept)
      // A prune takes entries away from under the walk: then what looked like a fault may be none.
      if (verdict.ok || (await beginning(scope)) <= began) return verdict
    }
  }

  return {
    async list(of, query, page) {
      const log = parseLog(of)
      const [asked, cut] = [parseAuditQuery(query), parsePage(page)]
      return storage.audit(await needLog(log), asked, cut)
    },
    head: async (of) => storage.auditHead(await needLog(parseLog(of))),

    async verify(of, options) {
      const log = parseLog(of)
      const { head } = parseVerifyOptions(options)
      return proved(head === null ? await needLog(log) : scopeOf(log), head)
    },

    async *export(of, query) {
      const log = parseLog(of)
      const asked = parseAuditQuery(query)
      const scope = await needLog(log)
      const began = await beginning(scope)
      for await (const entry of entriesOf(scope, asked)) yield printLine(entry)
      if ((await beginning(scope)) > began)
        throw new ConflictError('revision', 'the log was pruned while it was exported; begin again')
    },

    async prune(of, options, origin) {
      const log = parseLog(of)
      const before = parsePrune(options)
      parseOrigin(origin)
      const scope = await needLog(log)
      // Whole, since an entry far behind those removed says where the log begins, and nobody has proved that one yet.
      const verdict = await proved(scope, null)
      if (!verdict.ok) throw notPruned(verdict.fault)
      return write({
        origin,
        scopes: async () => [scope],
        facts: () => oldEnd(scope, before),
        decide: ({ begins, left, wrong }): Outcome<Pruned> => {
          if (wrong !== null) throw notPruned(wrong)
          if (begins === null || left.sequence <= begins.sequence) return { unchanged: pruned(0, begins) }
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

function notPruned({ message }: AuditFault): ConflictError {
  return new ConflictError('state', `${message}: nothing is pruned; see what \`audit.verify\` says`)
}

function pruned(removed: number, first: { readonly sequence: number } | null): Pruned {
  return Object.freeze({ removed, first: first?.sequence ?? null })
}

function scopeOf(log: AuditLog): Scope {
  return 'account' in log ? accountScope(log.account) : userScope(log.user)
}
