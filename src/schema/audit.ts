/**
 * Queries of an audit log, and heads that were kept elsewhere, as callers write them.
 */
import { z } from 'zod'
import { didYouMean, shorten } from '../core/nearest.ts'
import { notBeforeShape, type TimeInput } from './condition.ts'
import { idShape } from './ids.ts'
import { type Actor, actorShape } from './origin.ts'
import { field, leaf, type Report, read, record, sortedSet, textLeaf } from './reading.ts'

/** Terms that an entry must meet. A list means any of its items; a term that isn't given matches everything. */
export interface AuditTermsInput {
  readonly actor?: Actor | readonly Actor[]
  /** The id of the token through which it was done: the actor itself, or the token that the actor used. */
  readonly token?: string | readonly string[]
  /** `token.create`, `account.set_api_access`. Refused (`unknown_action`) where there is no such action. */
  readonly action?: string | readonly string[]
  /** The target, as entries show it: `token:…`, `account:acme`, `member:acme/user/u_1`. */
  readonly resource?: string | readonly string[]
  /** Done at this instant or later. */
  readonly since?: TimeInput
  /** Done before this instant. */
  readonly until?: TimeInput
}

/** Entries for which every term holds, and none of `not`. In `not`, `since` and `until` are one term: the time between them. */
export interface AuditQueryInput extends AuditTermsInput {
  readonly not?: AuditTermsInput
}

const MAX_LISTED = 100

/** One, or a list of them; each once. */
function oneOrMore(shape: z.ZodType<string>) {
  const listed = (value: unknown) => (Array.isArray(value) ? value : [value])
  return z.preprocess(listed, z.array(shape).min(1).max(MAX_LISTED).transform(sortedSet)).optional()
}

/** Longer than the target of any entry, which holds at most two ids. */
const MAX_TARGET_LENGTH = 8_192

const resourceShape = textLeaf((text) =>
  text.length > 0 && text.length <= MAX_TARGET_LENGTH && text.isWellFormed()
    ? text
    : { code: 'bad_resource', message: 'must be a target as entries show it: `token:…`, `member:acme/user/u_1`' },
)

function termFields(actions: readonly string[]) {
  const actionShape = textLeaf((text) =>
    actions.includes(text)
      ? text
      : { code: 'unknown_action', message: `unknown action \`${shorten(text)}\`${didYouMean(text, actions)}` },
  )
  return {
    actor: oneOrMore(actorShape),
    token: oneOrMore(idShape),
    action: oneOrMore(actionShape),
    resource: oneOrMore(resourceShape),
    // Entries have whole milliseconds, so a finer instant is rounded up, whichever side it bounds.
    since: notBeforeShape.optional(),
    until: notBeforeShape.optional(),
  }
}

/** Reads a query into the form that a storage takes. `actions` are all that exist: a query for another is refused, since its empty answer would mislead. */
export function auditQueryReader(actions: readonly string[]) {
  const fields = termFields(actions)
  const queryShape = record({ ...fields, not: record(fields).optional() })
  return (input: unknown = {}) => {
    const { not, ...is } = read(queryShape, input, ['query'], (value, report) => {
      checkTimes(value, report)
      checkTimes(field(value, 'not'), report.at('not'))
    })
    return { is: terms(is), ...(not !== undefined && { not: terms(not) }) }
  }
}

type Terms = { [K in keyof ReturnType<typeof termFields>]?: z.infer<ReturnType<typeof termFields>[K]> }

function terms({ actor, token, action, resource, since, until }: Terms) {
  return {
    ...(actor !== undefined && { actors: actor }),
    ...(token !== undefined && { through: token }),
    ...(action !== undefined && { actions: action }),
    ...(resource !== undefined && { targets: resource }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

function checkTimes(value: unknown, report: Report): void {
  const [since, until] = [field(value, 'since'), field(value, 'until')]
  if (typeof since === 'number' && typeof until === 'number' && since >= until)
    report.at('until').issue('empty_window', '`until` must be after `since`')
}

const sequenceShape = leaf<number>((value) =>
  Number.isSafeInteger(value) && Number(value) >= 1
    ? Number(value)
    : { code: 'bad_head', message: 'must be the `sequence` of an entry: a whole number from 1' },
)

const hashShape = textLeaf((text) =>
  /^[0-9a-f]{64}$/.test(text) ? text : { code: 'bad_head', message: 'must be the `hash` of an entry: 64 hex digits' },
)

const headShape = record({ sequence: sequenceShape, hash: hashShape })

/** What a log is compared with. */
export interface VerifyOptions {
  /** A head of this log that was kept elsewhere: what was written up to it must still be what was written. */
  readonly head?: { readonly sequence: number; readonly hash: string } | null
}

const headField = { head: headShape.nullable().optional() }
const verifyShape = record(headField)

export function parseVerifyOptions(input: unknown = {}) {
  const { head = null } = read(verifyShape, input, ['options'])
  return { head }
}

/** What the lines of an export are compared with. */
export interface VerifyLinesOptions extends VerifyOptions {
  /** Whether they were exported with a query, so that others may be missing between them. `false` by default. */
  readonly excerpt?: boolean
}

const linesShape = record({ ...headField, excerpt: z.boolean().optional() })

export function parseLinesOptions(input: unknown = {}) {
  const { head = null, excerpt = false } = read(linesShape, input, ['options'], (value, report) => {
    if (field(value, 'excerpt') === true && field(value, 'head') != null)
      report.at('head').issue('bad_head', "can't be found in an excerpt: leave it out")
  })
  return { head, excerpt }
}

/** What to remove from the old end of a log. */
export interface PruneOptions {
  /** Entries older than this are removed, up to the first that isn't. */
  readonly before: TimeInput
}

const pruneShape = record({ before: notBeforeShape })

export function parsePrune(input: unknown): number {
  return read(pruneShape, input, ['options']).before
}
