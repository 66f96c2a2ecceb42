/**
 * The two ways to change an existing token: its state, switch or secrets, which no rule of an account looks at; and its terms, which must obey those
 * rules as a new token must.
 *
 * Rung 7 applies the rules at every request, so a change that got past here would allow nothing: the token would stop working without a word to whoever
 * changed it.
 */
import { ownerScope, type Secrets, type Token } from '../core/facts.ts'
import { InputError } from '../errors.ts'
import type { Origin } from '../schema/origin.ts'
import { parseTokenRef, type TokenKey, type TokenRef } from '../schema/token-ref.ts'
import type { StorageDirectory } from '../storage/port.ts'
import type { TokenAction } from './actions.ts'
import { needTokenOf } from './facts.ts'
import { accountsMet, type BlockedIn, blockedBy, rulesNewlyBroken } from './rules.ts'
import { type ChangedToken, changedToken, putToken } from './token-put.ts'
import { type Outcome, told, type Writer } from './write.ts'

/** A token after a change of its terms. */
export interface UpdatedToken extends Token {
  /**
   * Accounts that it reaches and whose rules it breaks, in order of their ids: it is refused there until the rule or the token changes. Those it
   * names are among them only where it broke the rule before: a change that breaks one anew is refused.
   */
  readonly blockedIn: readonly BlockedIn[]
}

interface Given {
  readonly ref: TokenRef
  readonly action: TokenAction
  readonly origin: Origin | undefined
}

export interface Changes {
  /** Changes a token's state, switch or secrets. */
  readonly change: (
    given: Given,
    decide: (token: Token, secrets: Secrets, now: number) => ChangedToken,
  ) => Promise<Token>
  /** Changes its terms. Refuses what breaks a rule that the token obeyed before. */
  readonly changeTerms: (given: Given, decide: (token: Token) => ChangedToken) => Promise<UpdatedToken>
}

export function createChanges(storage: StorageDirectory, write: Writer): Changes {
  const scopesOf = async (key: TokenKey) => [ownerScope((await needTokenOf(storage, key)).token.owner)]

  return {
    change({ ref, action, origin }, decide) {
      const key = parseTokenRef(ref)
      return write({
        origin,
        scopes: () => scopesOf(key),
        facts: () => needTokenOf(storage, key),
        decide: (stored, moment) => putToken(stored, decide(stored.token, stored.secrets, moment.now), moment, action),
      })
    },

    changeTerms({ ref, action, origin }, decide) {
      const key = parseTokenRef(ref)
      return write({
        origin,
        scopes: () => scopesOf(key),
        facts: async () => {
          const stored = await needTokenOf(storage, key)
          const { token: before } = stored
          const changed = decide(before)
          const after = changedToken(before, changed)
          const memberships = 'user' in before.owner ? await storage.memberships(before.owner.user) : []
          const met = [before, after].flatMap((token) => accountsMet(token, memberships))
          return { stored, changed, after, memberships, accounts: await storage.accounts([...new Set(met)]) }
        },
        decide: ({ stored, changed, after, memberships, accounts }, moment): Outcome<UpdatedToken> => {
          const issues = rulesNewlyBroken(stored.token, after, accounts, memberships)
          if (issues.length > 0) throw new InputError(issues)
          const met = new Set(accountsMet(after, memberships))
          const blockedIn = blockedBy(
            after,
            accounts.filter(({ id }) => met.has(id)),
          )
          return told(putToken(stored, changed, moment, action), (token) => Object.freeze({ ...token, blockedIn }))
        },
      })
    },
  }
}
