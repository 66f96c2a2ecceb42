/**
 * Members: people and service accounts in an account, what they may do there, and whether their tokens may.
 */
import type { CatalogShape } from '../core/catalog-types.ts'
import type { Member, MemberKey } from '../core/facts.ts'
import { type MemberRights, memberRights } from '../core/rights.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { type MemberRef, parseId, parseMemberKey } from '../schema/ids.ts'
import {
  type MemberChanges,
  type MemberInput,
  parseMemberAdd,
  parseMemberUpdate,
  parseReadmitted,
} from '../schema/member.ts'
import type { Origin } from '../schema/origin.ts'
import { type PageInput, parsePage } from '../schema/page.ts'
import { parseOwnSwitch } from '../schema/token.ts'
import type { Page } from '../storage/port.ts'
import type { MemberAction } from './actions.ts'
import type { AdminDeps } from './deps.ts'
import { accountScope, checkRevision, memberScopes, memberTarget, needAccount, same } from './facts.ts'
import { lastIssued } from './instants.ts'
import { hasOtherOwner, lastOwner, ownsByRow } from './owners.ts'
import type { Moment, Outcome, Writer } from './write.ts'

/** What a member may do in an account, in data and words, each right with where it comes from; and whether its tokens may. */
export interface MemberAccess extends MemberRights {
  /** The stored member: status, roles, policies, since when, and whether its earlier tokens were let back in. */
  readonly member: Member
  /** `own` is the member's own switch; `effective` is what applies to its tokens here: its own, or else the account's. */
  readonly apiAccess: { readonly own: boolean | null; readonly effective: boolean }
}

/**
 * Administration of members. Nothing checks who calls, nor whether they give more than they have: put your own guard in front.
 *
 * A member is named `{ user }` or `{ service }`, or by the whole key that other calls return, which must be of the same account.
 *
 * All that change a member reject with `ERR_BAILIWICK_NOT_FOUND` for one that doesn't exist, and with `ERR_BAILIWICK_CONFLICT` (`last_owner`) where the
 * account would be left without an active owner. A change that would change nothing writes nothing.
 */
export interface Members<S extends CatalogShape = CatalogShape> {
  /**
   * Adds a member; this is also how a service account is created. The membership begins now: tokens issued to the member earlier don't work in this account
   * unless `readmit` is given, or `setReadmitted` called later. Refused where it is a member already (`exists`).
   */
  add(account: string, input: MemberInput<S>, origin?: Origin): Promise<Member>
  /** The member, or `null`. */
  get(account: string, member: MemberRef): Promise<Member | null>
  /**
   * What the member may do in this account today, through a session. Its tokens may do no more than this, and no more than their own policies say.
   * Does not say whether the person is suspended as a whole. Rejects with `ERR_BAILIWICK_NOT_FOUND` where it is no member, and with
   * `ERR_BAILIWICK_STORED_FACT` where what is stored of it can't be understood.
   */
  access(account: string, member: MemberRef): Promise<MemberAccess>
  /** Members in binary order of their ids. */
  list(account: string, page?: PageInput): Promise<Page<Member>>
  /** Every membership of one user. */
  memberships(user: string): Promise<readonly Member[]>
  /** Replaces roles, policies or both. */
  update(account: string, member: MemberRef, changes: MemberChanges<S>, origin?: Origin): Promise<Member>
  /** Accepts an invitation: `pending` becomes `active`. The membership still counts from the invitation. Refused when suspended (`state`). */
  accept(account: string, member: MemberRef, origin?: Origin): Promise<Member>
  /** Ends all that the member may do in this account until it is activated again. Refused on an invitation (`state`): remove it instead. */
  suspend(account: string, member: MemberRef, origin?: Origin): Promise<Member>
  /** Ends a suspension. Refused on an invitation (`state`): only `accept` makes it active. */
  activate(account: string, member: MemberRef, origin?: Origin): Promise<Member>
  /** The member's own switch for its tokens in this account: `null` follows the account's. */
  setApiAccess(account: string, member: MemberRef, apiAccess: boolean | null, origin?: Origin): Promise<Member>
  /**
   * Lets tokens that were issued to the member before this membership began work in this account again, or keeps them out again. Those kept out are not
   * in `accounts.credentials`; `tokens.list` of the member has them.
   */
  setReadmitted(account: string, member: MemberRef, readmitted: boolean, origin?: Origin): Promise<Member>
  /** Removes the member, and returns it as it was. Its tokens remain but no longer work here, even after it is added again. */
  remove(account: string, member: MemberRef, origin?: Origin): Promise<Member>
}

type Changed = Partial<Pick<Member, 'status' | 'readmitted' | 'roles' | 'policies' | 'apiAccess'>>

export function createMembers<S extends CatalogShape>(deps: AdminDeps<S>, write: Writer): Members<S> {
  const { catalog, storage } = deps

  async function needMember(key: MemberKey): Promise<Member> {
    const member = await storage.member(key)
    if (member !== null) return member
    await needAccount(storage, key.account)
    throw new NotFoundError(`${key.kind} \`${key.id}\` is no member of account \`${key.account}\``)
  }

  /** What every change to a member rests on. */
  async function read(key: MemberKey) {
    const { account, id } = key
    const member = await needMember(key)
    // A suspended user can't be the last owner: it could not have been suspended.
    return { member, replaceable: !ownsByRow(catalog, member) || (await hasOtherOwner(storage, catalog, account, id)) }
  }

  /** Counted by the account, so that no revision comes back with a member that was removed and added again. */
  function nextRevision({ account }: MemberKey, { revisionOf }: Moment): number {
    return revisionOf(accountScope(account))
  }

  function change(
    key: MemberKey,
    action: MemberAction,
    origin: Origin | undefined,
    decide: (member: Member) => Changed | 'remove',
  ): Promise<Member> {
    return write({
      origin,
      scopes: async () => memberScopes(key),
      facts: () => read(key),
      decide: ({ member: before, replaceable }, moment): Outcome<Member> => {
        const changed = decide(before)
        const revision = nextRevision(key, moment)
        const after = changed === 'remove' ? null : Object.freeze({ ...before, ...changed, revision })
        if (after !== null && same({ ...after, revision: before.revision }, before)) return { unchanged: before }
        if (!replaceable && !ownsByRow(catalog, after)) throw lastOwner(key.account, key.id)
        return {
          writes: [after === null ? { kind: 'remove_member', member: key } : { kind: 'put_member', member: after }],
          log: accountScope(key.account),
          action,
          target: memberTarget(key),
          before,
          after,
          result: after ?? before,
        }
      },
    })
  }

  return {
    async add(account, input, origin) {
      const { key, ...given } = parseMemberAdd(parseId(account, 'account'), input, deps)
      return write({
        origin,
        scopes: async () => memberScopes(key),
        facts: async () => {
          await needAccount(storage, key.account)
          return { existing: await storage.member(key), issued: await lastIssued(storage, key) }
        },
        decide: ({ existing, issued }, moment): Outcome<Member> => {
          if (existing !== null)
            throw new ConflictError(
              'exists',
              `${key.kind} \`${key.id}\` is a member of account \`${key.account}\` already`,
            )
          const member: Member = Object.freeze({
            ...key,
            ...given,
            since: Math.max(moment.now, issued + 1),
            revision: nextRevision(key, moment),
          })
          return {
            writes: [{ kind: 'put_member', member }],
            log: accountScope(key.account),
            action: 'member.add',
            target: memberTarget(key),
            before: null,
            after: member,
            result: member,
          }
        },
      })
    },
    get: async (account, member) => storage.member(parseMemberKey(account, member)),
    async access(account, ref) {
      const key = parseMemberKey(account, ref)
      const member = await needMember(key)
      const standing = { account: await needAccount(storage, key.account), member }
      const own = member.apiAccess
      const apiAccess = Object.freeze({ own, effective: own ?? standing.account.apiAccess })
      return Object.freeze({ member, apiAccess, ...memberRights(catalog, standing) })
    },
    list: async (account, page) => storage.members(parseId(account, 'account'), parsePage(page)),
    memberships: async (user) => storage.memberships(parseId(user, 'user')),
    update: async (account, ref, changes, origin) =>
      change(parseMemberKey(account, ref), 'member.update', origin, (member) => {
        const { ifRevision, ...grants } = parseMemberUpdate(changes, member, deps)
        checkRevision(member, ifRevision)
        return grants
      }),
    accept: async (account, ref, origin) =>
      change(parseMemberKey(account, ref), 'member.accept', origin, (member) => {
        if (member.status === 'suspended') throw refused(member, 'is suspended')
        return { status: 'active' }
      }),
    suspend: async (account, ref, origin) =>
      change(parseMemberKey(account, ref), 'member.suspend', origin, (member) => {
        if (member.status === 'pending') throw refused(member, 'has not accepted the invitation; remove it instead')
        return { status: 'suspended' }
      }),
    activate: async (account, ref, origin) =>
      change(parseMemberKey(account, ref), 'member.activate', origin, (member) => {
        if (member.status === 'pending') throw refused(member, 'has not accepted the invitation')
        return { status: 'active' }
      }),
    async setApiAccess(account, ref, apiAccess, origin) {
      const own = parseOwnSwitch(apiAccess)
      return change(parseMemberKey(account, ref), 'member.set_api_access', origin, () => ({ apiAccess: own }))
    },
    async setReadmitted(account, ref, given, origin) {
      const readmitted = parseReadmitted(given)
      return change(parseMemberKey(account, ref), 'member.set_readmitted', origin, () => ({ readmitted }))
    },
    remove: async (account, ref, origin) =>
      change(parseMemberKey(account, ref), 'member.remove', origin, () => 'remove'),
  }
}

function refused({ kind, id, account }: MemberKey, why: string): ConflictError {
  return new ConflictError('state', `${kind} \`${id}\` of account \`${account}\` ${why}`)
}
