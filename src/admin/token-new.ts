/**
 * Adds a token, created or imported: checks its owner and the rules of the accounts it reaches, and writes it.
 */
import { type Account, type Member, type Owner, ownerScope, type Token } from '../core/facts.ts'
import { ConflictError, InputError, type InputIssue, NotFoundError } from '../errors.ts'
import type { Limits } from '../schema/limits.ts'
import type { Origin } from '../schema/origin.ts'
import type { TokenTerms } from '../schema/token.ts'
import type { StorageDirectory } from '../storage/port.ts'
import type { TokenAction } from './actions.ts'
import type { AdminDeps } from './deps.ts'
import { needAccount, target } from './facts.ts'
import { lastJoined } from './instants.ts'
import { isActive } from './owners.ts'
import { accountsReached, accountsRuling, type BlockedIn, blockedBy, rulesBroken } from './rules.ts'
import type { Outcome, Writer } from './write.ts'

/** A new token. `blockedIn` lists the accounts that it reaches only through `account:*` and whose rules it breaks: it is refused there. */
export interface AddedToken {
  readonly token: Token
  readonly blockedIn: readonly BlockedIn[]
}

/** What `create` and `import` decide differently. */
interface Given {
  readonly id: string
  readonly terms: TokenTerms & Pick<Token, 'owner' | 'apiAccess'>
  /** The digest in its stored form. */
  readonly digest: string
  readonly action: TokenAction
}

/** Refuses one token too many of an owner, an owner that may have none, and a token that breaks a rule of an account it names. */
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
      const memberships = await membershipsOf(storage, owner)
      const [ruling, reached] = [accountsRuling(terms, memberships), accountsReached(terms, memberships)]
      const accounts = await storage.accounts([...ruling, ...reached])
      const those = (ids: readonly string[]): readonly Account[] => {
        const asked = new Set(ids)
        return accounts.filter(({ id }) => asked.has(id))
      }
      return {
        count: await storage.countTokens(countedWith(owner)),
        ruling: those(ruling),
        reached: those(reached),
        joined: lastJoined(memberships),
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

/** The memberships of this owner: none for an account. Throws where the owner may have no new token. */
async function membershipsOf(storage: StorageDirectory, owner: Owner): Promise<readonly Member[]> {
  if ('user' in owner) {
    if (!isActive(await storage.user(owner.user)))
      throw new ConflictError('state', `user \`${owner.user}\` is suspended and gets no new token`)
    return storage.memberships(owner.user)
  }
  await needAccount(storage, owner.account)
  if (!('service' in owner)) return []
  const { account, service } = owner
  const member = await storage.member({ account, kind: 'service', id: service })
  if (member === null) throw new NotFoundError(`service \`${service}\` is no member of account \`${account}\``)
  if (member.status !== 'active')
    throw new ConflictError(
      'state',
      `service \`${service}\` of account \`${account}\` is suspended and gets no new token`,
    )
  return [member]
}

/** Service accounts share the account's allowance. */
function countedWith(owner: Owner): Owner {
  return 'user' in owner ? owner : { account: owner.account }
}

/** Whether one more token would be too many, with as many as there are now. */
function tooManyTokens(owner: Owner, count: number, limits: Limits): readonly InputIssue[] {
  const limit = 'user' in owner ? limits.tokensPerUser : limits.tokensPerAccount
  if (count < limit) return []
  const whose = 'user' in owner ? `user \`${owner.user}\`` : `account \`${owner.account}\` and its service accounts`
  const message = `${whose} would have ${count + 1} tokens, at most ${limit} are allowed; revoke one first`
  return [{ path: ['owner'], code: 'limit_exceeded', message }]
}
