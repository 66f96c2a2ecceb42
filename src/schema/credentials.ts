/**
 * Which credentials of an account, as callers ask for them.
 */
import { z } from 'zod'
import type { Owner, OwnerKind } from '../core/facts.ts'
import { isInstant } from '../core/time.ts'
import { expiresOnShape, type TimeInput } from './condition.ts'
import { ownerShape } from './ids.ts'
import { leaf, read, record } from './reading.ts'

/**
 * Which credentials of an account: all that is given must hold. With `unusedSince`, `neverUsed`, `expiresWithinMs`, `breaksRule` or
 * `staysOn` no revoked one is listed.
 */
export interface CredentialFilterInput {
  /** Exactly the tokens of this owner. */
  readonly owner?: Owner
  readonly kind?: OwnerKind
  /** An active token past its `expiresOn` is `expired`, and not `active`. */
  readonly status?: 'active' | 'disabled' | 'expired' | 'revoked'
  /** Issued before this time and not used in this account since. */
  readonly unusedSince?: TimeInput
  /** Never used in this account. */
  readonly neverUsed?: true
  /** Expired, or expiring within so many milliseconds from now; with `status: 'active'` the latter alone. */
  readonly expiresWithinMs?: number
  /** Breaks one of the account's own rules. */
  readonly breaksRule?: true
  /** Has a switch of its own that is on (its member's, or that of a token of the account): goes on working when the account's is off. */
  readonly staysOn?: true
}

/** A filter, read: times are whole epoch milliseconds. */
export interface ReadFilter extends Omit<CredentialFilterInput, 'unusedSince' | 'expiresWithinMs'> {
  readonly unusedSince?: number
  readonly expiresBefore?: number
}

/** A span of time that leads neither way out of the years that times have. */
function spanShape(now: number) {
  return leaf<number>((value) =>
    typeof value === 'number' && value >= 0 && isInstant(now + value) && isInstant(now - value)
      ? value
      : { code: 'bad_value', message: 'must be a whole number of milliseconds from 0, within the years 0001 to 9999' },
  )
}

const only = z.literal(true).optional()

/** Reads a filter; the one not given asks for all. */
export function parseCredentialFilter(input: unknown, now: number): ReadFilter {
  if (input === undefined) return {}
  const shape = record({
    owner: ownerShape.optional(),
    kind: z.enum(['user', 'service', 'account']).optional(),
    status: z.enum(['active', 'disabled', 'expired', 'revoked']).optional(),
    unusedSince: expiresOnShape.optional(),
    neverUsed: only,
    expiresWithinMs: spanShape(now).optional(),
    breaksRule: only,
    staysOn: only,
  })
  const { expiresWithinMs, ...given } = read(shape, input, ['filter'])
  const terms = { ...given, expiresBefore: expiresWithinMs === undefined ? undefined : now + expiresWithinMs }
  return Object.fromEntries(Object.entries(terms).filter(([, term]) => term !== undefined))
}

/** Reads `{ withinMs }`, and gives when that ends. */
export function parseWithin(input: unknown, now: number): number {
  return now + read(record({ withinMs: spanShape(now) }), input, ['options']).withinMs
}

/** Reads `{ forMs }`, and gives when that began. */
export function parseFor(input: unknown, now: number): number {
  return now - read(record({ forMs: spanShape(now) }), input, ['options']).forMs
}
