/**
 * Which credentials of an account, as callers ask for them.
 */
import { z } from 'zod'
import type { Owner, OwnerKind } from '../core/facts.ts'
import { expiresOnShape, type TimeInput } from './condition.ts'
import { ownerShape } from './ids.ts'
import { leaf, read, record } from './reading.ts'

/**
 * Which credentials of an account to list: every given field must hold. With `unusedSince`, `neverUsed`, `expiresWithinMs`, `breaksRule` or
 * `staysOn`, no revoked one is listed.
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
  /** Expired, or expiring within this many milliseconds from now; with `status: 'active'` only the latter. */
  readonly expiresWithinMs?: number
  /** Breaks one of the account's own rules. */
  readonly breaksRule?: true
  /** Goes on working when the account's switch is off, because its own is on: its member's, or that of an account-owned token. */
  readonly staysOn?: true
}

/** A filter, read: times are whole epoch milliseconds. */
export interface ReadFilter extends Omit<CredentialFilterInput, 'unusedSince' | 'expiresWithinMs'> {
  readonly unusedSince?: number
  readonly expiresBefore?: number
}

/** Ten thousand years: no two storable times are further apart. */
const MAX_MS = 10_000 * 365.25 * 86_400_000

/** A span of time short enough that now plus or minus it is a valid time. */
const spanShape = leaf<number>((value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_MS
    ? value
    : { code: 'bad_value', message: 'must be a whole number of milliseconds from 0 to 10,000 years' },
)

const only = z.literal(true).optional()

const filterShape = record({
  owner: ownerShape.optional(),
  kind: z.enum(['user', 'service', 'account']).optional(),
  status: z.enum(['active', 'disabled', 'expired', 'revoked']).optional(),
  unusedSince: expiresOnShape.optional(),
  neverUsed: only,
  expiresWithinMs: spanShape.optional(),
  breaksRule: only,
  staysOn: only,
})

/** Reads a filter. Without one, everything is listed. */
export function parseCredentialFilter(input: unknown, now: number): ReadFilter {
  if (input === undefined) return {}
  const { expiresWithinMs, ...given } = read(filterShape, input, ['filter'])
  const terms = { ...given, expiresBefore: expiresWithinMs === undefined ? undefined : now + expiresWithinMs }
  return Object.fromEntries(Object.entries(terms).filter(([, term]) => term !== undefined))
}

const withinShape = record({ withinMs: spanShape })

/** Reads `{ withinMs }`, and gives when that ends. */
export function parseWithin(input: unknown, now: number): number {
  return now + read(withinShape, input, ['options']).withinMs
}

const forShape = record({ forMs: spanShape })

/** Reads `{ forMs }`, and gives when that began. */
export function parseFor(input: unknown, now: number): number {
  return now - read(forShape, input, ['options']).forMs
}
