/**
 * Tokens, from creation to revocation. Their secrets pass through here once, on the way to whoever asked for them.
 */
import { inspect } from 'node:util'
import type { CatalogShape, SlotsOf, TemplateName } from '../core/catalog-types.ts'
import { type Owner, ownerKind, ownerScope, type Token } from '../core/facts.ts'
import { fillTemplate } from '../core/template.ts'
import { digest } from '../credential/digest.ts'
import { TOKEN_KIND } from '../credential/format.ts'
import { type MintedCredential, mint, mintSecret } from '../credential/mint.ts'
import { ConflictError, InputError, MisuseError } from '../errors.ts'
import type { TimeInput } from '../schema/condition.ts'
import { parseOwner } from '../schema/ids.ts'
import { checkSlots } from '../schema/limits.ts'
import type { Origin } from '../schema/origin.ts'
import { type PageInput, parsePage } from '../schema/page.ts'
import { type PolicyInput, parseAddedPolicies, parseRemovedPolicies } from '../schema/policy.ts'
import {
  parseIfRevision,
  parseOverlap,
  parseOverlapEnd,
  parseOwnSwitch,
  parseTokenCreate,
  parseTokenUpdate,
  type RollOptions,
  type TokenChanges,
  type TokenInput,
} from '../schema/token.ts'
import { parseTokenRef, type TokenRef } from '../schema/token-ref.ts'
import type { Page, TokenUse } from '../storage/port.ts'
import type { AdminDeps } from './deps.ts'
import { checkRevision, findTokenOf, needTokenOf, refuseRevoked } from './facts.ts'
import type { Imports } from './imports.ts'
import type { Leaks } from './leaks.ts'
import type { Reminders } from './reminders.ts'
import type { BlockedIn } from './rules.ts'
import { createChanges, type UpdatedToken } from './token-change.ts'
import { addToken } from './token-new.ts'
import { type ChangedToken, CUT, putToken } from './token-put.ts'
import { type Outcome, told, type Writer } from './write.ts'

/** A token with its secret value. The value is stored nowhere and can't be read again. `console.log` leaves it out; `JSON.stringify` doesn't. */
export interface IssuedToken {
  readonly token: Token
  readonly value: string
}

/** A new token with its secret value. */
export interface CreatedToken extends IssuedToken {
  /**
   * Accounts that a user's token reaches through `account:*` and whose rules it breaks, in order of their ids. It is refused there until the rule or the
   * token changes.
   */
  readonly blockedIn: readonly BlockedIn[]
}

/** A filled template: what `create` takes besides the owner. */
export interface TokenTemplate<S extends CatalogShape = CatalogShape> {
  readonly name: string
  readonly policies: readonly PolicyInput<S>[]
}

/** Refuses the change unless the record has this revision. */
export interface IfRevision {
  readonly ifRevision?: number
}

/**
 * Administration of tokens. Nothing checks who calls, nor whether they give more than they have: put your own guard in front. Whatever a token's
 * policies say, it never does more than its owner may at that time.
 *
 * Ids of tokens are no secrets. Where a request names one, say whose it must be: `{ id, owner: { account } }` with the account that the guard let the
 * request into. A token of anybody else is then not found, like an id that nobody has. A bare id reaches everybody's.
 *
 * All that change a token reject with `ERR_BAILIWICK_NOT_FOUND` for an unknown id, and with `ERR_BAILIWICK_CONFLICT` (`state`) for a revoked one. Bad
 * input is `ERR_BAILIWICK_INPUT` with every issue. Then, as with every error but `ERR_BAILIWICK_STORAGE_UNAVAILABLE`, nothing was written. A change that would
 * change nothing writes nothing.
 *
 * @example
 * ```ts
 * const { token, value } = await bw.tokens.create({
 *   owner: { user: 'u_1' },
 *   name: 'deploy: purge example.com',
 *   policies: [{ effect: 'allow', permissionGroups: ['cache-purge'], resources: ['account:acme/zone:z1'] }],
 *   expiresOn: '2027-01-01T00:00:00Z',
 * })
 * ```
 */
export interface Tokens<S extends CatalogShape = CatalogShape> extends Imports<S>, Leaks, Reminders {
  /**
   * Creates a token. An account or service account that owns it must exist, the service account as an active member; a user need not be known, but must
   * not be suspended. Refuses one token too many of an owner (`limits`), and a token that breaks a rule of its account or, for a user's token, of an
   * account that its allows name and the user is a member of. Does not check what the owner may do.
   */
  create(input: TokenInput<S>, origin?: Origin): Promise<CreatedToken>
  /**
   * The name and policies of a token, from a template of the catalog: spread them into the input of `create`. Pure: writes nothing, and does not check whose
   * the resources are. Throws `ERR_BAILIWICK_MISUSE` for a template that the catalog doesn't have, and `ERR_BAILIWICK_INPUT` with every issue for slots that
   * can't be filled with what was given, or for a list longer than the limit of selectors.
   *
   * @example
   * ```ts
   * await bw.tokens.create({ owner: { user: 'u_1' }, ...bw.tokens.fromTemplate('purge-site', { zone: 'account:acme/zone:z1' }) })
   * ```
   */
  fromTemplate<T extends TemplateName<S>>(id: T, slots: SlotsOf<S, T>): TokenTemplate<S>
  /** The token without its secret, or `null`. Revoked ones are found. */
  get(token: TokenRef): Promise<Token | null>
  /** When and from where it was last let through, in each account and (`account: null`) at its user's own root. Coarse: written in batches. */
  uses(token: TokenRef): Promise<readonly TokenUse[]>
  /** Tokens of exactly this owner in binary order of their ids, revoked ones among them. */
  list(owner: Owner, page?: PageInput): Promise<Page<Token>>
  /**
   * Replaces each given field as a whole; `null` removes a condition or a time. Refuses a change that breaks a rule of an account, as `create` would,
   * unless the token broke it there before. Does not check what the owner may do.
   */
  update(token: TokenRef, changes: TokenChanges<S>, origin?: Origin): Promise<UpdatedToken>
  /** Refuses what `update` refuses. */
  addPolicies(
    token: TokenRef,
    policies: readonly PolicyInput<S>[],
    options?: IfRevision,
    origin?: Origin,
  ): Promise<UpdatedToken>
  /** Refuses ids that the token doesn't have, and removing its last policy. */
  removePolicies(token: TokenRef, policyIds: readonly string[], options?: IfRevision, origin?: Origin): Promise<Token>
  disable(token: TokenRef, origin?: Origin): Promise<Token>
  enable(token: TokenRef, origin?: Origin): Promise<Token>
  /** Ends the token for good. It stays in lists, and whoever presents it gets `token_revoked`. */
  revoke(token: TokenRef, origin?: Origin): Promise<Token>
  /** The token's own switch; `null` follows the account's. Only for tokens that an account owns. */
  setApiAccess(token: TokenRef, apiAccess: boolean | null, origin?: Origin): Promise<Token>
  /**
   * Gives the token a new secret. The one before works for `overlapMs` more milliseconds (0 when not given); one still older ends at once.
   * Expiry, policies and id stay.
   */
  roll(token: TokenRef, options?: RollOptions, origin?: Origin): Promise<IssuedToken>
  /** Moves the end of a running overlap, or ends it (`'now'`). An overlap that is over is not opened again (`state`). */
  moveOverlap(token: TokenRef, endsOn: TimeInput | 'now', origin?: Origin): Promise<Token>
}

/** The methods that this file makes. */
type Own<S extends CatalogShape> = Omit<Tokens<S>, keyof Imports | keyof Leaks | keyof Reminders>

export function createTokens<S extends CatalogShape>(deps: AdminDeps<S>, write: Writer): Own<S> {
  const { storage, peppers, prefix, random } = deps

  const { change, changeTerms } = createChanges(storage, write)

  return {
    async create(input, origin) {
      const terms = parseTokenCreate(input, deps)
      const kind = TOKEN_KIND[ownerKind(terms.owner)]
      const minted = mint(prefix, kind, random)
      const sealed = peppers.seal(digest(kind, minted.id, minted.secret))
      const given = { id: minted.id, terms, digest: sealed, action: 'token.create' } as const
      const { token, blockedIn } = await addToken(deps, write, given, origin)
      return withValue({ token, blockedIn }, minted)
    },
    fromTemplate: (id, slots) => filledTemplate(deps, id, slots),
    get: async (ref) => (await findTokenOf(storage, parseTokenRef(ref)))?.token ?? null,
    uses: async (ref) => {
      const key = parseTokenRef(ref)
      await needTokenOf(storage, key)
      return storage.tokenUses(key.id)
    },
    list: async (owner, page) => storage.tokens(parseOwner(owner), parsePage(page)),

    update: async (ref, changes, origin) =>
      changeTerms({ ref, action: 'token.update', origin }, (token) => {
        refuseRevoked(token)
        const { terms, ifRevision } = parseTokenUpdate(changes, token, deps)
        checkRevision(token, ifRevision)
        return { terms }
      }),
    addPolicies: async (ref, policies, options = {}, origin = undefined) =>
      changeTerms({ ref, action: 'token.add_policies', origin }, (token) => {
        refuseRevoked(token)
        const added = parseAddedPolicies(policies, token, deps)
        checkRevision(token, parseIfRevision(options))
        return { token: { policies: Object.freeze([...token.policies, ...added]) } }
      }),
    removePolicies: async (ref, policyIds, options = {}, origin = undefined) =>
      change({ ref, action: 'token.remove_policies', origin }, (token) => {
        refuseRevoked(token)
        checkRevision(token, parseIfRevision(options))
        return { token: { policies: parseRemovedPolicies(policyIds, token) } }
      }),

    disable: async (ref, origin) => change({ ref, action: 'token.disable', origin }, become('disabled')),
    enable: async (ref, origin) => change({ ref, action: 'token.enable', origin }, become('active')),
    revoke: async (ref, origin) =>
      change({ ref, action: 'token.revoke', origin }, () => ({ token: { status: 'revoked' } })),

    async setApiAccess(ref, apiAccess, origin) {
      const own = parseOwnSwitch(apiAccess)
      return change({ ref, action: 'token.set_api_access', origin }, (token) => {
        refuseRevoked(token)
        if (ownerKind(token.owner) !== 'account') {
          const message = 'only a token that the account owns has a switch of its own'
          throw new InputError([{ path: ['apiAccess'], code: 'not_account_owned', message }])
        }
        return { token: { apiAccess: own } }
      })
    },

    async roll(ref, options = {}, origin = undefined) {
      const key = parseTokenRef(ref)
      const { id } = key
      return write({
        origin,
        scopes: async () => [ownerScope((await needTokenOf(storage, key)).token.owner)],
        facts: async (_scopes, now) => {
          const stored = await needTokenOf(storage, key)
          refuseRevoked(stored.token)
          const kind = TOKEN_KIND[ownerKind(stored.token.owner)]
          return { stored, kind, endsOn: parseOverlap(options, now), minted: mintSecret(prefix, kind, id, random) }
        },
        decide: ({ stored, kind, endsOn, minted }, moment): Outcome<IssuedToken> => {
          const previous = { digest: stored.secrets.digest, endsOn: endsOn > moment.now ? endsOn : CUT }
          const secrets = { digest: peppers.seal(digest(kind, id, minted.secret)), previous }
          const outcome = putToken(stored, { token: { secretIssuedOn: moment.now }, secrets }, moment, 'token.roll')
          return told(outcome, (token) => withValue({ token }, minted))
        },
      })
    },
    moveOverlap: async (ref, endsOn, origin) =>
      change({ ref, action: 'token.move_overlap', origin }, (token, { digest, previous }, now) => {
        refuseRevoked(token)
        const end = parseOverlapEnd(endsOn, now)
        const open = previous !== undefined && previous.endsOn > now
        if (!open && end <= now) return {}
        if (!open) throw new ConflictError('state', `token \`${token.id}\` has no overlap that could be moved`)
        return { secrets: { digest, previous: { digest: previous.digest, endsOn: end > now ? end : CUT } } }
      }),
  }
}

function become(status: 'active' | 'disabled'): (token: Token) => ChangedToken {
  return (token) => {
    refuseRevoked(token)
    return { token: { status } }
  }
}

function filledTemplate<S extends CatalogShape, T extends TemplateName<S>>(
  { catalog, limits }: Pick<AdminDeps<S>, 'catalog' | 'limits'>,
  id: T,
  slots: SlotsOf<S, T>,
): TokenTemplate<S> {
  checkSlots(slots, catalog.templates.get(id)?.slots.keys() ?? [], limits)
  const filled = fillTemplate(catalog, id, slots)
  if (!('issues' in filled)) return filled as TokenTemplate<S> // its names were checked when the catalog was defined
  const unknown = filled.issues.find(({ code }) => code === 'unknown_template')
  throw unknown === undefined ? new InputError(filled.issues) : new MisuseError(unknown.message)
}

/** Adds the value so that whoever reads it gets it, and whoever only prints the record doesn't. */
function withValue<T extends object>(record: T, { value }: MintedCredential): T & { readonly value: string } {
  const shown = { ...record, value: '<shown once>' }
  return Object.freeze(Object.defineProperty({ ...record, value }, inspect.custom, { value: () => shown }))
}
