/**
 * Accounts as callers write them, and the rules they set for tokens.
 */
import { z } from 'zod'
import type { TokenRules } from '../core/facts.ts'
import { idShape } from './ids.ts'
import { nameShape } from './names.ts'
import { leaf, read, record } from './reading.ts'

/** An account to create, with its first owner. */
export interface AccountInput {
  readonly id: string
  readonly name: string
  /** The id of the user who becomes a member with the owner role. */
  readonly owner: string
  /** On when not given. */
  readonly apiAccess?: boolean
  /** None when not given. */
  readonly tokenRules?: TokenRules
}

const lifetimeShape = leaf<number>((value) =>
  Number.isSafeInteger(value) && Number(value) > 0
    ? Number(value)
    : { code: 'bad_value', message: 'must be a whole number of milliseconds from 1' },
)

/** A rule that is off isn't stored. */
const rulesShape = record({
  maxLifetimeMs: lifetimeShape.optional(),
  requireExpiry: z.boolean().optional(),
  requireIp: z.boolean().optional(),
  forbidPersonal: z.boolean().optional(),
}).transform(
  ({ maxLifetimeMs, requireExpiry, requireIp, forbidPersonal }): TokenRules =>
    Object.freeze({
      ...(maxLifetimeMs !== undefined && { maxLifetimeMs }),
      ...(requireExpiry && { requireExpiry }),
      ...(requireIp && { requireIp }),
      ...(forbidPersonal && { forbidPersonal }),
    }),
)

const createShape = record({
  id: idShape,
  name: nameShape,
  owner: idShape,
  apiAccess: z.boolean().optional(),
  tokenRules: rulesShape.optional(),
})

export function parseAccountCreate(input: unknown): Required<AccountInput> {
  const { apiAccess = true, tokenRules = Object.freeze({}), ...given } = read(createShape, input)
  return Object.freeze({ ...given, apiAccess, tokenRules })
}

export function parseAccountName(input: unknown): string {
  return read(nameShape, input, ['name'])
}

export function parseTokenRules(input: unknown): TokenRules {
  return read(rulesShape, input, ['rules'])
}

export function parseAccountSwitch(input: unknown): boolean {
  return read(z.boolean(), input, ['apiAccess'])
}
