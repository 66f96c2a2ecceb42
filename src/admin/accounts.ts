/**
 * Accounts: their names, their suspension, their switch, their rules for tokens, and single tokens blocked in them.
 */
import type { Account, Member, MemberKey, Scope, TokenRules } from '../core/facts.ts'
import { ownerScope } from '../core/facts.ts'
import { brokenRulesOf, type Rule } from '../core/rules.ts'
import { ConflictError } from '../errors.ts'
import {
  type AccountInput,
  parseAccountCreate,
  parseAccountName,
  parseAccountSwitch,
  parseTokenRules,
} from '../schema/account.ts'
import { type CredentialFilterInput, parseCredentialFilter } from '../schema/credentials.ts'
import { parseId } from '../schema/ids.ts'
import type { Origin } from '../schema/origin.ts'
import { type PageInput, parsePage } from '../schema/page.ts'
import type { Page } from '../storage/port.ts'
import type { AccountAction } from './actions.ts'
import { credentialList, shown } from './credential-lists.ts'
import type { Credential } from './credentials.ts'
import type { AdminDeps } from './deps.ts'
import { accountScope, needAccount, needToken, same, target, userScope } from './facts.ts'
import { isActive } from './owners.ts'
import { type Outcome, readClock, told, type Writer } from './write.ts'

/** What goes on working when an account's switch is off, because its own switch is on. */
export interface StaysOn {
  readonly members: readonly MemberKey[]
  /** Account-owned tokens that aren't revoked. */
  readonly tokens: readonly { readonly id: string; readonly name: string }[]
}

/** What the given rules would do to one credential. */
export interface RulePreview {
  readonly credential: Credential
  /** Which of the given rules it breaks, in the order of their names. */
  readonly breaks: readonly Rule[]
  /** Whether it breaks a rule that applies today. Rules only: it may be closed for another reason. */
  readonly alreadyBroken: boolean
}

/**
 * Administration of accounts. Nothing checks who calls: put your own guard in front.
 *
 * All but `create` and `get` reject with `ERR_BAILIWICK_NOT_FOUND` for an account that doesn't exist. A write that would change nothing writes nothing.
 */
export interface Accounts {
  /** Creates an account with its first owner. Refused where the id is taken (`exists`) or the owner is suspended (`last_owner`). */
  create(input: AccountInput, origin?: Origin): Promise<Account>
  /** The account, or `null`. */
  get(id: string): Promise<Account | null>
  rename(id: string, name: string, origin?: Origin): Promise<Account>
  /** Ends all that anybody may do in this account, sessions among them, until it is activated again. */
  suspend(id: string, origin?: Origin): Promise<Account>
  activate(id: string, origin?: Origin): Promise<Account>
  /**
   * Switches API access on or off for every member, service account and account-owned token that has no switch of its own. Binds tokens,
   * never sessions. The answer lists by name what has its own switch on and so goes on working when this one is off.
   */
  setApiAccess(
    id: string,
    apiAccess: boolean,
    origin?: Origin,
  ): Promise<{ readonly account: Account; readonly staysOn: StaysOn }>
  /**
   * Every credential that reaches this account: the tokens of the account and of its service accounts, and those personal tokens of its
   * members that allow something here. Not listed, since they don't reach it: tokens of a member that hasn't accepted, and tokens issued before the
   * membership began, unless it is readmitted (`members.setReadmitted`). Soonest expiry first with `expiresWithinMs` or `status: 'expired'`; else longest
   * idle first with `unusedSince`; else in order of their ids. One that can't be understood is listed with `closed: 'fault'`.
   *
   * A snapshot of the moment it was read. A personal token on `account:*` whose owner is in more than 1,000 accounts is listed here even if this one is
   * beyond those 1,000, where it is denied.
   */
  credentials(id: string, filter?: CredentialFilterInput, page?: PageInput): Promise<Page<Credential>>
  /**
   * Which credentials these rules would block, before you set them: those that break one of them, also expired and disabled ones, but not revoked ones.
   * In order of their ids. Writes nothing.
   */
  previewTokenRules(id: string, rules: TokenRules, page?: PageInput): Promise<Page<RulePreview>>
  /** Replaces the rules for tokens. A token that breaks one is refused in this account from now on, not deleted. */
  setTokenRules(id: string, rules: TokenRules, origin?: Origin): Promise<Account>
  /** Blocks this one token in this one account, whoever owns it and whatever its switch says. */
  blockToken(id: string, tokenId: string, origin?: Origin): Promise<void>
  unblockToken(id: string, tokenId: string, origin?: Origin): Promise<void>
}

export function createAccounts(deps: AdminDeps, write: Writer): Accounts {
  const { catalog, storage, clock } = deps

  function change(
    id: string,
    action: AccountAction,
    origin: Origin | undefined,
    changed: Partial<Pick<Account, 'name' | 'status' | 'apiAccess' | 'tokenRules'>>,
  ): Promise<Account> {
    return write({
      origin,
      scopes: async () => [accountScope(id)],
      facts: () => needAccount(storage, id),
      decide: (before) => put(before, changed, action),
    })
  }

  function put(before: Account, changed: Partial<Account>, action: AccountAction): Outcome<Account> {
    if (same({ ...before, ...changed }, before)) return { unchanged: before }
    const after = Object.freeze({ ...before, ...changed, revision: before.revision + 1 })
    return {
      writes: [{ kind: 'put_account', account: after }],
      log: accountScope(before.id),
      action,
      target: target('account', before.id),
      before,
      after,
      result: after,
    }
  }

  async function setBlocked(id: string, tokenId: string, blocked: boolean, origin: Origin | undefined): Promise<void> {
    const account = parseId(id, 'id')
    const token = parseId(tokenId, 'tokenId')
    const find = async () => {
      await needAccount(storage, account)
      return needToken(storage, token)
    }
    return write({
      origin,
      scopes: async (): Promise<readonly Scope[]> => [accountScope(account), ownerScope((await find()).token.owner)],
      facts: find,
      decide: ({ blockedIn }) => {
        const before = blockedIn.includes(account)
        if (before === blocked) return { unchanged: undefined }
        return {
          writes: [{ kind: blocked ? 'block_token' : 'unblock_token', account, token }],
          log: accountScope(account),
          action: blocked ? 'account.block_token' : 'account.unblock_token',
          target: target('token', token),
          before: { account, token, blocked: before },
          after: { account, token, blocked },
          result: undefined,
        }
      },
    })
  }

  return {
    async create(input, origin) {
      const { owner, ...given } = parseAccountCreate(input)
      const { id } = given
      return write({
        origin,
        scopes: async () => [accountScope(id), userScope(owner)],
        facts: async () => ({ existing: await storage.account(id), user: await storage.user(owner) }),
        decide: ({ existing, user }, { now, revisionOf }) => {
          if (existing !== null) throw new ConflictError('exists', `account \`${id}\` exists already`)
          if (!isActive(user))
            throw new ConflictError('last_owner', `user \`${owner}\` is suspended and can't be the first owner`)
          const account: Account = Object.freeze({ ...given, status: 'active', revision: 1 })
          const member: Member = Object.freeze({
            account: id,
            kind: 'user',
            id: owner,
            status: 'active',
            since: now,
            readmitted: false,
            roles: Object.freeze([catalog.ownerRole.id]),
            policies: Object.freeze([]),
            apiAccess: null,
            revision: revisionOf(accountScope(id)),
          })
          return {
            writes: [
              { kind: 'put_account', account },
              { kind: 'put_member', member },
            ],
            log: accountScope(id),
            action: 'account.create',
            target: target('account', id),
            before: null,
            after: { account, owner: member },
            result: account,
          }
        },
      })
    },
    get: async (id) => storage.account(parseId(id, 'id')),
    rename: async (id, name, origin) =>
      change(parseId(id, 'id'), 'account.rename', origin, { name: parseAccountName(name) }),
    suspend: async (id, origin) => change(parseId(id, 'id'), 'account.suspend', origin, { status: 'suspended' }),
    activate: async (id, origin) => change(parseId(id, 'id'), 'account.activate', origin, { status: 'active' }),
    setTokenRules: async (id, rules, origin) =>
      change(parseId(id, 'id'), 'account.set_token_rules', origin, { tokenRules: parseTokenRules(rules) }),

    async setApiAccess(id, apiAccess, origin) {
      const account = parseId(id, 'id')
      const on = parseAccountSwitch(apiAccess)
      return write({
        origin,
        scopes: async () => [accountScope(account)],
        facts: async () => ({
          before: await needAccount(storage, account),
          members: await storage.switchedOnMembers(account),
          tokens: await storage.switchedOnTokens(account),
        }),
        decide: ({ before, members, tokens }) => {
          const staysOn = Object.freeze({
            members: Object.freeze(members.map(({ account, kind, id }) => Object.freeze({ account, kind, id }))),
            tokens: Object.freeze(
              tokens.filter(({ status }) => status !== 'revoked').map(({ id, name }) => Object.freeze({ id, name })),
            ),
          })
          const outcome = put(before, { apiAccess: on }, 'account.set_api_access')
          return told(outcome, (account) => Object.freeze({ account, staysOn }))
        },
      })
    },

    async credentials(id, filter, page) {
      const now = readClock(clock)
      const cut = parsePage(page)
      const list = await credentialList(deps, parseId(id, 'id'), parseCredentialFilter(filter, now), now)
      return shown(await list(cut), ({ credential }) => credential)
    },
    async previewTokenRules(id, given, page) {
      const rules = parseTokenRules(given)
      const cut = parsePage(page)
      const list = await credentialList(deps, parseId(id, 'id'), { breaks: rules }, readClock(clock))
      return shown(await list(cut), ({ credential, token }) =>
        Object.freeze({
          credential,
          breaks: Object.freeze(brokenRulesOf(token, rules)),
          alreadyBroken: credential.brokenRules.length > 0,
        }),
      )
    },
    blockToken: (id, tokenId, origin) => setBlocked(id, tokenId, true, origin),
    unblockToken: (id, tokenId, origin) => setBlocked(id, tokenId, false, origin),
  }
}
