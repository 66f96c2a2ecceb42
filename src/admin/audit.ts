/**
 * The audit log, as it is read: every write there was, newest first.
 */
import { parseLog } from '../schema/ids.ts'
import { type PageInput, parsePage } from '../schema/page.ts'
import type { AuditEntry, Page, StorageDirectory } from '../storage/port.ts'
import { accountScope, userScope } from './facts.ts'

/** The audit log. The trusted host's own hand: nothing checks who reads. */
export interface Audit {
  /**
   * What was done in an account (its members, service accounts, own tokens, switches, blocks), or to a user (its status, its tokens): who,
   * what, before, after, when, from where. Newest first. Holds no secret and no digest.
   */
  list(of: { readonly account: string } | { readonly user: string }, page?: PageInput): Promise<Page<AuditEntry>>
}

export function createAudit(storage: StorageDirectory): Audit {
  return {
    async list(of, page) {
      const log = parseLog(of)
      return storage.audit('account' in log ? accountScope(log.account) : userScope(log.user), parsePage(page))
    },
  }
}
