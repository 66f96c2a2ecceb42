/**
 * What must exist, or must not, before a write may be applied: one rule for every driver, whatever constraints its database keeps besides.
 */
import type { Owner } from '../core/facts.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import type { Write } from './port.ts'

/** What stands at the moment of the write, earlier writes of the same change included. */
export interface Known {
  account(id: string): boolean
  token(id: string): boolean
}

/** Throws what refuses this write: `ConflictError` where an added key exists, `NotFoundError` where it names nothing. */
export function checkWrite(write: Write, known: Known): void {
  switch (write.kind) {
    case 'put_user':
    case 'put_account':
    case 'remove_member':
    case 'unblock_token':
      break
    case 'put_member':
      needAccount(write.member.account, known)
      break
    case 'add_token':
      if (known.token(write.token.id)) throw new ConflictError('exists', `token \`${write.token.id}\` exists already`)
      needOwner(write.token.owner, known)
      break
    case 'put_token':
      needOwner(write.token.owner, known)
      break
    case 'block_token':
      needAccount(write.account, known)
      if (!known.token(write.token)) throw new NotFoundError(`token \`${write.token}\` does not exist`)
      break
    default:
      write satisfies never
  }
}

/** A user needs no row (the host need not mirror its users), and a token outlives its service account's membership. */
function needOwner(owner: Owner, known: Known): void {
  if ('account' in owner) needAccount(owner.account, known)
}

function needAccount(id: string, known: Known): void {
  if (!known.account(id)) throw new NotFoundError(`account \`${id}\` does not exist`)
}
