/**
 * Says why: the answer of `decide`, the rung it came from, the policies that made it, and the smallest thing that would change it.
 *
 * For the host and its owners. A caller who was refused gets the reason and the permission alone.
 */
import { withoutCredentials } from '../masking.ts'
import { printAddress } from './address.ts'
import type { Catalog, Permission } from './catalog.ts'
import type { Context } from './condition.ts'
import { decide } from './decide.ts'
import type { Decision, DenyReason } from './decision.ts'
import { ParsedName } from './parsed-name.ts'
import { remedy } from './remedy.ts'
import { MAX_NAME_LENGTH, parseName } from './resource.ts'
import type { Subject } from './snapshot.ts'
import { printInstant } from './time.ts'
import { type PolicyTrace, traces } from './trace.ts'

export interface Explanation {
  readonly decision: Decision
  readonly permission: string
  /** As it was asked about, cut after 4,096 characters, and without a credential that was put there. */
  readonly resource: string
  readonly address: string | null
  readonly now: string
  /** Every policy that concerns the request; those that decided it say `applies`. */
  readonly policies: readonly PolicyTrace[]
  /** What would change a denial, smallest first; empty for an allow. */
  readonly remedies: readonly string[]
  /** All of it as text, to be read in a terminal. A resource that is no canonical name is quoted there, so that it can't pass for the text around it. */
  readonly text: string
}

/**
 * Explains one request. `explain(…).decision` is what `decide(…)` returns for the same arguments, and it throws as `decide` does. For the host and its
 * owners: it names policies and addresses, which a caller who was refused must not see.
 *
 * @example
 * ```ts
 * const { explain, permissionNamed, sessionSubject } = await import('bailiwick/core')
 * const subject = sessionSubject(catalog, 'u_1', await memoryStorage().principal('u_1'))
 * const asked = permissionNamed(catalog, 'cache.purge')
 * console.log(explain(catalog, subject, asked, 'account:acme/zone:z1', { now: Date.now(), ip: null }).text)
 * ```
 */
export function explain(
  catalog: Catalog,
  subject: Subject,
  permission: Permission,
  resource: string,
  context: Context,
): Explanation {
  const decision = decide(subject, permission, resource, context)
  const name = textOf(resource)
  const parsed = new ParsedName()
  const policies = parsed.parse(permission, resource)
    ? traces(catalog, subject.snapshot, parsed, permission, context)
    : []
  const remedies =
    decision.reason === null ? [] : remedy(decision.reason, { catalog, subject, permission, resource: name, policies })
  return told({ decision, permission: permission.name, resource: name, policies, remedies }, context)
}

/** Explains an access that is refused as a whole, at rung 1 or because its token ended. There are no facts to read. */
export function explainRefused(
  decision: Decision,
  permission: Permission,
  resource: string,
  context: Context,
): Explanation {
  return told(
    { decision, permission: permission.name, resource: textOf(resource), policies: [], remedies: [] },
    context,
  )
}

/** The resource as asked. It comes from a client, who may have put a credential where a name belongs; what isn't text may not even be printable. */
export function textOf(resource: unknown): string {
  return typeof resource === 'string'
    ? withoutCredentials(resource.slice(0, MAX_NAME_LENGTH))
    : `(no text: ${typeof resource})`
}

const MAX_SHOWN = 200

/** What is no name may hold line ends, what moves a terminal's cursor, and text that reads as if it were ours. */
function quoted(resource: string): string {
  if (parseName(resource) !== null) return resource
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  const shown = JSON.stringify(resource.slice(0, MAX_SHOWN)).replace(/[^\x20-\x7e]/g, escaped)
  return resource.length > MAX_SHOWN ? `${shown}…` : shown
}

type Untold = Pick<Explanation, 'decision' | 'permission' | 'resource' | 'policies' | 'remedies'>

function told(untold: Untold, { ip, now }: Context): Explanation {
  const explained = { ...untold, address: ip === null ? null : printAddress(ip), now: printInstant(Math.floor(now)) }
  const text = print(explained)
  // Whoever writes it into a text of their own wants to read it. Not enumerable, so that it is no field of what is logged or sent.
  return Object.defineProperty({ ...explained, text }, 'toString', { value: () => text })
}

/** One sentence for each reason, the same as in `docs/reference/semantics.md`. */
export const SENTENCE: Readonly<Record<DenyReason, string>> = {
  credential_missing: 'no credential was presented',
  credential_malformed: 'the credential has the wrong shape or checksum',
  credential_unknown: 'no token has this id and secret',
  token_disabled: 'the token is disabled',
  token_revoked: 'the token is revoked',
  token_not_yet_valid: 'the token is not valid yet',
  token_expired: 'the token, or the overlap of its rolled secret, has ended',
  owner_suspended: 'the owning user is suspended',
  address_unknown: 'the token is bound to addresses and the address is not known',
  address_not_allowed: 'the token may not be used from this address',
  resource_malformed: 'this is not the canonical name of a resource the permission is on',
  not_a_member: 'no active standing in this account, or a token that does not reach it',
  member_suspended: 'the membership is suspended',
  account_suspended: 'the account is suspended',
  api_access_disabled: 'API access is switched off for this principal in this account',
  token_blocked: 'the account blocks this token',
  token_rule_violated: 'the token breaks a rule of the account',
  denied_by_token: 'a deny policy of the token applies',
  not_granted: 'no allow policy of the token applies',
  denied_to_owner: 'a deny policy of the owner applies',
  not_granted_to_owner: 'the owner has no right to it today',
}

function print(explained: Omit<Explanation, 'text'>): string {
  const { decision, permission, resource, address, now, policies, remedies } = explained
  const head = `${decision.effect.toUpperCase()} ${permission} on ${quoted(resource)}`
  const why = decision.reason === null ? 'every rung passed' : `${decision.reason}: ${SENTENCE[decision.reason]}`
  const lines = policies.map(({ side, id, effect, selector, applies, condition }) => {
    const state = applies ? 'applies' : 'does not apply'
    return `  ${applies ? (effect === 'allow' ? '+' : '-') : ' '} ${side} policy \`${id}\` (${effect} on ${selector}) ${state}${condition === null ? '' : `: ${condition}`}`
  })
  const asked = `  asked at ${now} from ${address ?? 'an unknown address'}`
  return [head, `  ${why}`, asked, ...lines, ...remedies.map((line) => `  → ${line}`)].join('\n')
}
