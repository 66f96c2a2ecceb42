/**
 * What the owner of an account sees of a credential that reaches it: the part that concerns this account, and nothing of other accounts.
 */
import type { Catalog } from '../core/catalog.ts'
import { compileStanding, tokenFaults } from '../core/compile.ts'
import type { DenyReason } from '../core/decision.ts'
import {
  type Account,
  type IpCondition,
  type Owner,
  type OwnerKind,
  ownerKind,
  type Policy,
  type StandingFacts,
  type Token,
} from '../core/facts.ts'
import { EVERYWHERE } from '../core/reach.ts'
import { accountName } from '../core/resource.ts'
import { brokenRulesOf, type Rule } from '../core/rules.ts'
import { closedIn } from '../core/snapshot.ts'
import { checkToken } from '../core/stored.ts'
import { isStoredFault } from '../errors.ts'
import type { CredentialRecord } from '../storage/port.ts'

/**
 * A credential, as one account's owner sees it. Times are epoch milliseconds. Holds no secret and nothing of other accounts: not how many the token
 * reaches, not what they did to it, and not by whom or when it was changed.
 */
export interface Credential {
  readonly id: string
  readonly name: string
  readonly owner: Owner
  readonly kind: OwnerKind
  /** An active token past its `expiresOn` is `expired`. One whose `notBefore` is yet to come is `active`. */
  readonly status: 'active' | 'disabled' | 'expired' | 'revoked'
  /** Epoch milliseconds: when it was created. */
  readonly issuedOn: number
  /** Epoch milliseconds: when the current secret was issued, at creation or by the last roll. */
  readonly secretIssuedOn: number
  /** Epoch milliseconds; `null` where it has no beginning. */
  readonly notBefore: number | null
  /** Epoch milliseconds; `null` where it never expires. */
  readonly expiresOn: number | null
  /** Epoch milliseconds: when the secret before the last roll stops working; `null` where it has, or there was none. */
  readonly overlapEndsOn: number | null
  /** The addresses from which the token works at all; `null` is any. */
  readonly condition: { readonly ip?: IpCondition } | null
  /** When (`at`, epoch milliseconds) and from where it was last let through in this account. Coarse: written in batches. */
  readonly lastUse: { readonly at: number; readonly from: string | null } | null
  /**
   * Why it can't be used in this account now, whatever its policies say: the first of rungs 4 to 7 that fails, or `null` where all pass.
   * `fault`: something stored of it can't be understood, and every request with it here ends in an error. Doesn't look at status, times and addresses
   * (rungs 2 and 3), nor at whether the person is suspended as a whole.
   */
  readonly closed: DenyReason | 'fault' | null
  /** The rules of this account that it breaks, in the order of their names. */
  readonly brokenRules: readonly Rule[]
  /** It isn't revoked and a switch of its own is on, so it goes on working when the account's switch is off. */
  readonly staysOn: boolean
  /** When (`at`, epoch milliseconds) its secret was reported as leaked, and by whom. */
  readonly leak: { readonly at: number; readonly source: string } | null
  /** Its policies that name this account or `account:*`, with those selectors alone. Empty where a `fault` makes even their shape unreadable. */
  readonly policies: readonly Policy[]
}

/** Reads the records of one account as of one instant. Members are read once for all their tokens. */
export function credentialsIn(
  catalog: Catalog,
  account: Account,
  now: number,
): (record: CredentialRecord) => Credential {
  const root = accountName(account.id) ?? ''
  const faulty = new Map<string, boolean>()

  function isFaulty(standing: StandingFacts): boolean {
    const key = standing.member === null ? '' : `${standing.member.kind}:${standing.member.id}`
    const known = faulty.get(key) ?? compileStanding(catalog, standing).fault !== null
    faulty.set(key, known)
    return known
  }

  function closedTo({ token, member, blocked }: CredentialRecord): Credential['closed'] {
    const standing = { account, member }
    const faults = tokenFaults(catalog, token)
    const closed = closedIn(token, standing, { blocked })
    if (faults.has(root) || faults.has(EVERYWHERE)) return 'fault'
    return isFaulty(standing) ? (closed ?? 'fault') : closed
  }

  return (record) => {
    const { token, member, overlapEndsOn, lastUse } = record
    const { id, name, owner, issuedOn, secretIssuedOn, notBefore = null, expiresOn = null, condition = null } = token
    const kind = ownerKind(owner)
    const own = kind === 'account' ? token.apiAccess : member?.apiAccess
    return Object.freeze({
      ...{ id, name, owner, kind, issuedOn, secretIssuedOn, notBefore, expiresOn, condition },
      status: token.status === 'active' && expiresOn !== null && expiresOn <= now ? 'expired' : token.status,
      overlapEndsOn: overlapEndsOn !== null && overlapEndsOn > now ? overlapEndsOn : null,
      lastUse: lastUse === null ? null : Object.freeze({ at: lastUse.at, from: lastUse.from }),
      closed: understood(() => closedTo(record), 'fault'),
      brokenRules: Object.freeze(brokenRulesOf(token, account.tokenRules)),
      staysOn: own === true && token.status !== 'revoked',
      leak: token.leak ? Object.freeze({ at: token.leak.at, source: token.leak.source }) : null,
      policies: Object.freeze(understood(() => concerning(token, root), [])),
    })
  }
}

function concerning(token: Token, root: string): readonly Policy[] {
  checkToken(token)
  return token.policies.flatMap((policy) => {
    const resources = policy.resources.filter((selector) =>
      [root, EVERYWHERE].some((one) => selector === one || selector.startsWith(`${one}/`)),
    )
    return resources.length === 0 ? [] : [Object.freeze({ ...policy, resources: Object.freeze(resources) })]
  })
}

/** What could be read, or else the other where what is stored can't be understood. */
export function understood<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (isStoredFault(error)) return otherwise
    throw error
  }
}
