/**
 * What must exist, or must not, before a write may be applied: the same for every driver, whatever constraints its database has.
 */
import type { Owner, Secrets } from '../core/facts.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import type { AuditEntry, AuditHead, Write } from './port.ts'

/** What is stored at the moment of the write, including earlier writes of the same change. */
export interface Known {
  account(id: string): boolean
  token(id: string): boolean
  /** Whether some token has this digest, current or previous. */
  digest(digest: string): boolean
}

/** Throws where this write must be refused: `ConflictError` where an added key exists, `NotFoundError` where it refers to nothing. */
export function checkWrite(write: Write, known: Known): void {
  switch (write.kind) {
    case 'put_user':
    case 'put_account':
    case 'remove_member':
    case 'unblock_token':
    case 'prune_audit':
      break
    case 'put_member':
      needAccount(write.member.account, known)
      break
    case 'add_token':
      if (known.token(write.token.id)) throw new ConflictError('exists', `token \`${write.token.id}\` exists already`)
      needOwner(write.token.owner, known)
      if (digestsOf(write.secrets).some((digest) => known.digest(digest)))
        throw new ConflictError('exists', `the secret of token \`${write.token.id}\` is that of another token`)
      break
    case 'put_token':
      needOwner(write.token.owner, known)
      if (write.secrets === undefined) needToken(write.token.id, known)
      break
    case 'block_token':
      needAccount(write.account, known)
      needToken(write.token, known)
      break
    default:
      write satisfies never
  }
}

/** Whether an entry is the next one of its log. */
export function follows(entry: AuditEntry, head: AuditHead | null): boolean {
  return entry.sequence === (head?.sequence ?? 0) + 1 && entry.previous === (head?.hash ?? '')
}

/** The current digest, and the previous one where there is one. */
export function digestsOf({ digest, previous }: Secrets): readonly string[] {
  return previous === undefined ? [digest] : [digest, previous.digest]
}

/** A user needs no row (the host need not mirror its users), and a token outlives its service account's membership. */
function needOwner(owner: Owner, known: Known): void {
  if ('account' in owner) needAccount(owner.account, known)
}

function needAccount(id: string, known: Known): void {
  if (!known.account(id)) throw new NotFoundError(`account \`${id}\` does not exist`)
}

function needToken(id: string, known: Known): void {
  if (!known.token(id)) throw new NotFoundError(`token \`${id}\` does not exist`)
}
