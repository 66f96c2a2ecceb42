/**
 * A new token, whoever made its secret: what its owner and the accounts it reaches have to say, and how it is written down.
 */
import { ownerScope, type Token } from '../core/facts.ts'
import { InputError } from '../errors.ts'
import type { Origin } from '../schema/origin.ts'
import type { TokenTerms } from '../schema/token.ts'
import type { AdminDeps } from './deps.ts'
import { target } from './facts.ts'
import { lastJoined } from './instants.ts'
import {
  accountsReached,
  accountsRuling,
  type BlockedIn,
  blockedBy,
  checkOwner,
  countedWith,
  rulesBroken,
  tooManyTokens,
} from './rules.ts'
import type { Outcome, Writer } from './write.ts'

/** A new token and, of the accounts that it reaches through `account:*` alone, those whose rules it breaks: it is of no use there. */
export interface AddedToken {
  readonly token: Token
  readonly blockedIn: readonly BlockedIn[]
}

/** What its maker decides of it, besides its terms. */
interface Given {
  readonly id: string
  readonly terms: TokenTerms & Pick<Token, 'owner' | 'apiAccess'>
  /** As it is stored. */
  readonly digest: string
  readonly action: `token.${string}`
}

/** Refuses too many tokens of one owner, an owner that may have none, and a token that breaks a rule of an account it names. */
export function addToken(
  { storage, limits }: Pick<AdminDeps, 'storage' | 'limits'>,
  write: Writer,
  { id, terms, digest, action }: Given,
  origin: Origin | undefined,
): Promise<AddedToken> {
  const { owner } = terms
  return write({
    origin,
    scopes: async () => [ownerScope(owner)],
    facts: async () => {
      await checkOwner(storage, owner)
      return {
        count: await storage.countTokens(countedWith(owner)),
        ruling: await accountsRuling(storage, terms),
        reached: await accountsReached(storage, terms),
        joined: await lastJoined(storage, owner),
      }
    },
    decide: ({ count, ruling, reached, joined }, { now, actor }): Outcome<AddedToken> => {
      const issuedOn = Math.max(now, joined)
      const issues = [...tooManyTokens(owner, count, limits), ...rulesBroken(terms, ruling, issuedOn)]
      if (issues.length > 0) throw new InputError(issues)
      const token: Token = Object.freeze({
        id,
        ...terms,
        status: 'active',
        issuedOn,
        issuedBy: actor,
        modifiedOn: issuedOn,
        secretIssuedOn: issuedOn,
        revision: 1,
      })
      const secrets = { digest }
      return {
        writes: [{ kind: 'add_token', token, secrets }],
        log: ownerScope(owner),
        action,
        target: target('token', id),
        before: null,
        after: token,
        token: { id, after: { token, secrets } },
        result: Object.freeze({ token, blockedIn: blockedBy(token, reached) }),
      }
    },
  })
}
