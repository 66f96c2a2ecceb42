/**
 * Resources that are gone: whatever gets their name next must inherit no grant.
 */
import { type Member, type MemberKey, ownerScope, type Token } from '../core/facts.ts'
import { EVERYWHERE } from '../core/reach.ts'
import { accountName } from '../core/resource.ts'
import type { Selector } from '../core/selector.ts'
import { checkMember, checkToken } from '../core/stored.ts'
import type { Origin } from '../schema/origin.ts'
import { parseAccountResource } from '../schema/resource.ts'
import { understood } from './credentials.ts'
import type { AdminDeps } from './deps.ts'
import { accountScope, memberScopes, memberTarget, needAccount, needToken } from './facts.ts'
import { type FoundSelector, selectorsMeeting, withoutGrants } from './forgetting.ts'
import { everyItem } from './pages.ts'
import { putToken } from './token-put.ts'
import { type Outcome, readClock, told, type Writer } from './write.ts'

/** Whose policies they are: those of a token, by its id, or of a member. */
export type PolicyHolder = { readonly token: string } | { readonly member: MemberKey }

/** A selector that still meets the name of a forgotten resource, in the policy of this id. */
export type LeftSelector = PolicyHolder & FoundSelector

/** What was taken away, and what an owner should look at. */
export interface ForgetReport {
  /** Ids of the tokens that lost grants. */
  readonly tokens: readonly string[]
  /** Members that lost grants. */
  readonly members: readonly MemberKey[]
  /**
   * Selectors that still cover the name, in members and in tokens that aren't revoked: denies, and allows by a pattern such as `account:acme/zone:logs-*`.
   * A selector that literally names something larger (`account:acme`) is meant to, and isn't listed.
   */
  readonly left: readonly LeftSelector[]
  /** Whose policies can't be understood, so nothing was taken from them. They can do nothing here until somebody repairs them. */
  readonly unread: readonly PolicyHolder[]
}

/** Administration of what was granted on resources. Nothing checks who calls: put your own guard in front. */
export interface Resources {
  /**
   * Takes away what was granted on a deleted resource or on anything beneath it, from every token that isn't revoked and every member of its account.
   * An allow loses those selectors, and is removed when it has none left; a token without a policy stays, and can do nothing.
   * Denies stay, since taking one away could only allow more. So do roles, and selectors that name something larger. Revoked tokens keep their
   * policies, for the record.
   *
   * Call it after the resource is gone and before its name is given to another: what is granted on it meanwhile may be missed. Each token and
   * each member is written by itself; where this fails half-way, call it again. A second call finds nothing to write. Reads every token that
   * names or reaches the account. Does not check that the resource is gone.
   *
   * Rejects with `ERR_BAILIWICK_INPUT` unless `name` names a resource in an account, and with `ERR_BAILIWICK_NOT_FOUND` where that account doesn't exist.
   *
   * @example
   * ```ts
   * const { left } = await bw.resources.forget('account:acme/zone:z1')
   * ```
   */
  forget(name: string, origin?: Origin): Promise<ForgetReport>
}

export function createResources({ catalog, storage, clock }: AdminDeps, write: Writer): Resources {
  function forgetInToken(id: string, name: Selector, origin: Origin | undefined): Promise<Forgotten> {
    return write({
      origin,
      scopes: async () => [ownerScope((await needToken(storage, id)).token.owner)],
      facts: () => needToken(storage, id),
      decide: ({ token: before, secrets }, moment): Outcome<Forgotten> => {
        if (before.status === 'revoked') return { unchanged: NOTHING }
        const policies = withoutGrants(before.policies, name)
        const outcome = putToken({ token: before, secrets }, { token: { policies } }, moment, 'token.forget_resource')
        return told(outcome, (after) => ({ after, changed: after !== before }))
      },
    })
  }

  /** A member that was removed meanwhile has no grants left. */
  function forgetInMember(key: MemberKey, name: Selector, origin: Origin | undefined): Promise<Forgotten> {
    return write({
      origin,
      scopes: async () => memberScopes(key),
      facts: async () => ({ before: await storage.member(key) }),
      decide: ({ before }, { revisionOf }): Outcome<Forgotten> => {
        if (before === null) return { unchanged: NOTHING }
        const policies = withoutGrants(before.policies, name)
        if (policies === before.policies) return { unchanged: { after: before, changed: false } }
        const after = Object.freeze({ ...before, policies, revision: revisionOf(accountScope(key.account)) })
        return {
          writes: [{ kind: 'put_member', member: after }],
          log: accountScope(key.account),
          action: 'member.forget_resource',
          target: memberTarget(key),
          before,
          after,
          result: { after, changed: true },
        }
      },
    })
  }

  return {
    async forget(given, origin) {
      const { name, account } = parseAccountResource(catalog, given)
      const now = readClock(clock)
      await needAccount(storage, account)
      const root = accountName(account) ?? ''
      const changed: PolicyHolder[] = []
      const left: LeftSelector[] = []
      const unread = new Map<string, PolicyHolder>()

      function look(holder: PolicyHolder, { policies }: Holding, beneath: string): void {
        const found = selectorsMeeting(catalog, policies, beneath, name)
        left.push(...found.map((selector) => Object.freeze({ ...holder, ...selector })))
      }

      async function visit(holder: PolicyHolder, record: Holding, forget: () => Promise<Forgotten>): Promise<void> {
        const isClean = withoutGrants(record.policies, name) === record.policies
        const { after, changed: written } = isClean ? { after: record, changed: false } : await forget()
        if (written) changed.push(holder)
        if (after !== null) look(holder, after, root)
      }

      for await (const token of everyItem((page) => storage.tokensNaming(account, page))) {
        if (token.status === 'revoked') continue
        const holder = Object.freeze({ token: token.id })
        if (isReadable(() => checkToken(token))) await visit(holder, token, () => forgetInToken(token.id, name, origin))
        else unread.set(token.id, holder)
      }
      for await (const { token } of everyItem((page) => storage.credentials(account, { now }, page))) {
        if (token.status === 'revoked') continue
        const holder = Object.freeze({ token: token.id })
        if (isReadable(() => checkToken(token))) look(holder, token, EVERYWHERE)
        else unread.set(token.id, holder)
      }
      for await (const member of everyItem((page) => storage.members(account, page))) {
        const key = Object.freeze({ account, kind: member.kind, id: member.id })
        const holder = Object.freeze({ member: key })
        if (isReadable(() => checkMember(member))) await visit(holder, member, () => forgetInMember(key, name, origin))
        else unread.set(memberTarget(key), holder)
      }
      return Object.freeze({
        tokens: Object.freeze(changed.flatMap((holder) => ('token' in holder ? holder.token : []))),
        members: Object.freeze(changed.flatMap((holder) => ('member' in holder ? holder.member : []))),
        left: Object.freeze(left),
        unread: Object.freeze([...unread.values()]),
      })
    },
  }
}

type Holding = Pick<Token | Member, 'policies'>

/** What one holder has left, `null` where the holder is gone; and whether anything had to be written. */
interface Forgotten {
  readonly after: Holding | null
  readonly changed: boolean
}

const NOTHING: Forgotten = Object.freeze({ after: null, changed: false })

function isReadable(check: () => void): boolean {
  return understood(() => {
    check()
    return true
  }, false)
}
