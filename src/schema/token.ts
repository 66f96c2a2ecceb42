/**
 * Tokens as callers write them: one to create, and changes to an existing one.
 */
import { z } from 'zod'
import type { CatalogShape } from '../core/catalog-types.ts'
import { type Owner, ownerKind, type Token } from '../core/facts.ts'
import { isInstant } from '../core/time.ts'
import {
  checkWindow,
  expiresOnShape,
  type IpConditionInput,
  notBeforeShape,
  type TimeInput,
  tokenConditionShape,
} from './condition.ts'
import { ownerShape } from './ids.ts'
import { checkLimits } from './limits.ts'
import { nameShape } from './names.ts'
import { checkPolicies, type PolicyContext, type PolicyInput, policiesShape, toPolicies } from './policy.ts'
import { field, leaf, read, record } from './reading.ts'

/** A token to create. `name` is for people: 1 to 120 characters. */
export interface TokenInput<S extends CatalogShape = CatalogShape> {
  /** Who owns it: a person, a service account, or the account itself. Can't be changed. */
  readonly owner: Owner
  readonly name: string
  readonly policies: readonly PolicyInput<S>[]
  /** The addresses from which the token works at all, whatever its policies say. */
  readonly condition?: { readonly ip?: IpConditionInput }
  readonly notBefore?: TimeInput
  readonly expiresOn?: TimeInput
  /** The token's own switch, for account-owned tokens alone. `null`, the default, follows the account's. */
  readonly apiAccess?: boolean | null
}

/** Changes to a token: each given field replaces the stored one as a whole, `null` removes it, and a field not given stays. */
export interface TokenChanges<S extends CatalogShape = CatalogShape> {
  readonly name?: string
  readonly policies?: readonly PolicyInput<S>[]
  readonly condition?: { readonly ip?: IpConditionInput } | null
  readonly notBefore?: TimeInput | null
  readonly expiresOn?: TimeInput | null
  /** Refuses the change unless the token has this revision. */
  readonly ifRevision?: number
}

/** What an administrator writes of a token. */
export type TokenTerms = Pick<Token, 'name' | 'policies' | 'condition' | 'notBefore' | 'expiresOn'>

const createShape = record({
  owner: ownerShape,
  name: nameShape,
  policies: policiesShape.min(1),
  condition: tokenConditionShape.optional(),
  notBefore: notBeforeShape.optional(),
  expiresOn: expiresOnShape.optional(),
  apiAccess: z.boolean().nullable().optional(),
})

/** Reads a token to create. Does not know whether its owner exists, nor the rules of the accounts it reaches. */
export function parseTokenCreate(
  input: unknown,
  context: PolicyContext,
): TokenTerms & Pick<Token, 'owner' | 'apiAccess'> {
  const shaped = read(createShape, input, [], (value, report) => {
    const policies = field(value, 'policies')
    const owner = ownerShape.safeParse(field(value, 'owner'))
    const holder = owner.success ? owner.data : null
    checkPolicies(policies, { holder, stored: [] }, context, report.at('policies'))
    checkLimits({ policies, ip: field(field(value, 'condition'), 'ip') }, context.limits, report)
    checkWindow(field(value, 'notBefore'), field(value, 'expiresOn'), report.at('expiresOn'))
    if (typeof field(value, 'apiAccess') === 'boolean' && holder !== null && ownerKind(holder) !== 'account')
      report.at('apiAccess').issue('not_account_owned', 'only a token that the account owns has a switch of its own')
  })
  const { owner, name, condition, notBefore, expiresOn, apiAccess = null } = shaped
  return terms({ owner, name, apiAccess, policies: toPolicies(shaped.policies, [], context) }, condition, {
    notBefore,
    expiresOn,
  })
}

const revisionShape = leaf<number>((value) =>
  Number.isSafeInteger(value) ? Number(value) : { code: 'bad_revision', message: 'must be a revision: a whole number' },
)

/** The `ifRevision` that many calls take. */
export const ifRevisionShape = revisionShape.optional()

const changesShape = record({
  name: nameShape.optional(),
  policies: policiesShape.min(1).optional(),
  condition: tokenConditionShape.nullable().optional(),
  notBefore: notBeforeShape.nullable().optional(),
  expiresOn: expiresOnShape.nullable().optional(),
  ifRevision: ifRevisionShape,
})

/** Reads changes to a token, and returns the terms that it will have. Does not compare the revision. */
export function parseTokenUpdate(
  input: unknown,
  stored: Token,
  context: PolicyContext,
): { readonly terms: TokenTerms; readonly ifRevision: number | undefined } {
  const shaped = read(changesShape, input, [], (value, report) => {
    const given = (name: keyof TokenTerms) => field(value, name)
    const after = (name: 'condition' | 'notBefore' | 'expiresOn') =>
      given(name) === undefined ? stored[name] : given(name)
    const place = { holder: stored.owner, stored: stored.policies }
    checkPolicies(given('policies'), place, context, report.at('policies'))
    const whole = { policies: given('policies') ?? stored.policies, ip: field(after('condition'), 'ip') }
    if (given('policies') !== undefined || given('condition') !== undefined) checkLimits(whole, context.limits, report)
    const edge = given('expiresOn') === undefined ? 'notBefore' : 'expiresOn'
    if (given(edge) !== undefined) checkWindow(after('notBefore'), after('expiresOn'), report.at(edge))
  })
  const { name = stored.name, condition = stored.condition, notBefore = stored.notBefore } = shaped
  const { expiresOn = stored.expiresOn, ifRevision } = shaped
  const policies = shaped.policies === undefined ? stored.policies : toPolicies(shaped.policies, [], context)
  return { terms: terms({ name, policies }, condition, { notBefore, expiresOn }), ifRevision }
}

/** The terms, without those that are `null` or missing. */
function terms<T>(
  required: T,
  condition: TokenTerms['condition'] | null,
  {
    notBefore,
    expiresOn,
  }: { readonly notBefore: number | null | undefined; readonly expiresOn: number | null | undefined },
) {
  return Object.freeze({
    ...required,
    ...(condition != null && { condition }),
    ...(notBefore != null && { notBefore }),
    ...(expiresOn != null && { expiresOn }),
  })
}

const onlyRevisionShape = record({ ifRevision: ifRevisionShape })

/** Reads `{ ifRevision? }`. */
export function parseIfRevision(input: unknown): number | undefined {
  return read(onlyRevisionShape, input, ['options']).ifRevision
}

/** How long the secret before a roll goes on working. */
export interface RollOptions {
  /** How many milliseconds the old secret still works. 0 by default: it ends at once. */
  readonly overlapMs?: number
}

/** Reads the options of a roll, and returns when the old secret ends, in epoch milliseconds. */
export function parseOverlap(input: unknown, now: number): number {
  const overlapShape = leaf<number>((value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && isInstant(now + value)
      ? value
      : { code: 'bad_overlap', message: 'must be a whole number of milliseconds from 0, ending before the year 10000' },
  )
  const { overlapMs = 0 } = read(record({ overlapMs: overlapShape.optional() }), input, ['options'])
  return now + overlapMs
}

/** Reads when an overlap ends: a time, or `'now'`. */
export function parseOverlapEnd(input: unknown, now: number): number {
  return input === 'now' ? now : read(expiresOnShape, input, ['endsOn'])
}

/** Reads an own switch: `true`, `false`, or `null` to follow the account's. */
export function parseOwnSwitch(input: unknown): boolean | null {
  return read(z.boolean().nullable(), input, ['apiAccess'])
}
