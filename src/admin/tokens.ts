/**
 * Tokens: their life from creation to revocation. Their secrets pass through here once, on the way to whoever asked for them.
 */
import { inspect } from 'node:util'
import type { CatalogShape, SlotsOf, TemplateName } from '../core/catalog-types.ts'
import { type Owner, ownerKind, ownerScope, type Secrets, type Token } from '../core/facts.ts'
import { fillTemplate } from '../core/template.ts'
import { digest } from '../credential/digest.ts'
import { TOKEN_KIND } from '../credential/format.ts'
import { type MintedCredential, mint, mintSecret } from '../credential/mint.ts'
import { ConflictError, InputError, MisuseError } from '../errors.ts'
import type { TimeInput } from '../schema/condition.ts'
import { parseId, parseOwner } from '../schema/ids.ts'
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
import type { Page, TokenUse } from '../storage/port.ts'
import type { TokenAction } from './actions.ts'
import type { AdminDeps } from './deps.ts'
import { checkRevision, needToken, refuseRevoked } from './facts.ts'
import type { Imports } from './imports.ts'
import type { Leaks } from './leaks.ts'
import type { Reminders } from './reminders.ts'
import type { BlockedIn } from './rules.ts'
import { addToken } from './token-new.ts'
import { type ChangedToken, CUT, putToken } from './token-put.ts'
import { type Outcome, told, type Writer } from './write.ts'

/** A token with its secret value. The value is shown this once: it is stored nowhere and can't be had again. `console.log` leaves it out. */
export interface IssuedToken {
  readonly token: Token
  readonly value: string
}

/** A new token with its secret value. */
export interface CreatedToken extends IssuedToken {
  /**
   * Accounts that a person's token reaches through `account:*` and of which it breaks a rule, in order of their ids: it is of no use there,
   * until the rule or the token changes.
   */
  readonly blockedIn: readonly BlockedIn[]
}

/** A template filled: what `create` takes besides the owner. */
export interface TokenTemplate<S extends CatalogShape = CatalogShape> {
  readonly name: string
  readonly policies: readonly PolicyInput<S>[]
}

/** Refuse the change unless the record stands at this revision. */
export interface IfRevision {
  readonly ifRevision?: number
}

/**
 * Administration of tokens. The trusted host's own hand: nothing checks who calls, nor that nobody gives more than it has. A token never
 * does more than its owner may at the time, whatever stands in it.
 *
 * All that change a token throw `ERR_BAILIWICK_NOT_FOUND` for an unknown id and `ERR_BAILIWICK_CONFLICT` (`state`) on a revoked one. Bad
 * input throws `ERR_BAILIWICK_INPUT` with every issue; then, as with every error, nothing is written. What is as wanted already is not
 * written again.
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
   * Creates a token. Its account and its service account must exist and be active members; a person need not be known, but must not be
   * suspended. Refuses too many tokens of one owner, and a token that breaks a rule of its account or, for a person's token, of an account
   * that it allows something in by name and that the person is a member of. Does not check what the owner may do.
   */
  create(input: TokenInput<S>, origin?: Origin): Promise<CreatedToken>
  /**
   * Name and policies of a token, from a template of the catalog: spread them into what `create` takes, and add to them. Pure: writes nothing
   * and does not check whose the resources are. Throws `ERR_BAILIWICK_MISUSE` for a template that the catalog doesn't have, and
   * `ERR_BAILIWICK_INPUT` with every issue for slots that can't be filled with what was given, or for a list longer than the limit of selectors.
   *
   * @example
   * ```ts
   * await bw.tokens.create({ owner: { user: 'u_1' }, ...bw.tokens.fromTemplate('purge-site', { zone: 'account:acme/zone:z1' }) })
   * ```
   */
  fromTemplate<T extends TemplateName<S>>(id: T, slots: SlotsOf<S, T>): TokenTemplate<S>
  /** The token without its secret, or `null`. Revoked ones are found. */
  get(id: string): Promise<Token | null>
  /** When and from where it was last used, in each account and (`account: null`) at its user's own root. Coarse: written in batches. */
  uses(id: string): Promise<readonly TokenUse[]>
  /** Tokens of exactly this owner in binary order of their ids, revoked ones among them. */
  list(owner: Owner, page?: PageInput): Promise<Page<Token>>
  /** Replaces each field given whole; `null` removes a condition or a time. Does not ask for the rules of accounts: rung 7 does, at use. */
  update(id: string, changes: TokenChanges<S>, origin?: Origin): Promise<Token>
  addPolicies(id: string, policies: readonly PolicyInput<S>[], options?: IfRevision, origin?: Origin): Promise<Token>
  /** Refuses ids that the token doesn't have, and taking its last policy. */
  removePolicies(id: string, policyIds: readonly string[], options?: IfRevision, origin?: Origin): Promise<Token>
  disable(id: string, origin?: Origin): Promise<Token>
  enable(id: string, origin?: Origin): Promise<Token>
  /** Ends the token for good. It stays in lists, and whoever presents it is told so. */
  revoke(id: string, origin?: Origin): Promise<Token>
  /** The token's own switch; `null` follows the account's. Only for tokens that an account owns. */
  setApiAccess(id: string, apiAccess: boolean | null, origin?: Origin): Promise<Token>
  /**
   * Gives the token a new secret. The one before works until `overlapMs` from now (0 when not given), one still older ends at once.
   * Expiry, policies and id stay.
   */
  roll(id: string, options?: RollOptions, origin?: Origin): Promise<IssuedToken>
  /** Moves the end of a running overlap, or ends it (`'now'`). An overlap that is over is not opened again (`state`). */
  moveOverlap(id: string, endsOn: TimeInput | 'now', origin?: Origin): Promise<Token>
}

/** What this file itself makes of it. */
type Own<S extends CatalogShape> = Omit<Tokens<S>, keyof Imports | keyof Leaks | keyof Reminders>

export function createTokens<S extends CatalogShape>(deps: AdminDeps<S>, write: Writer): Own<S> {
  const { storage, peppers, prefix, random } = deps

  const scopeOf = async (id: string) => [ownerScope((await needToken(storage, id)).token.owner)]

  function change(
    given: string,
    action: TokenAction,
    origin: Origin | undefined,
    decide: (token: Token, secrets: Secrets, now: number) => ChangedToken,
  ): Promise<Token> {
    const id = parseId(given, 'id')
    return write({
      origin,
      scopes: () => scopeOf(id),
      facts: () => needToken(storage, id),
      decide: (stored, moment) => putToken(stored, decide(stored.token, stored.secrets, moment.now), moment, action),
    })
  }

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
    get: async (id) => (await storage.token(parseId(id, 'id')))?.token ?? null,
    uses: async (given) => {
      const id = parseId(given, 'id')
      await needToken(storage, id)
      return storage.tokenUses(id)
    },
    list: async (owner, page) => storage.tokens(parseOwner(owner), parsePage(page)),

    update: async (id, changes, origin) =>
      change(id, 'token.update', origin, (token) => {
        refuseRevoked(token)
        const { terms, ifRevision } = parseTokenUpdate(changes, token, deps)
        checkRevision(token, ifRevision)
        return { terms }
      }),
    addPolicies: async (id, policies, options = {}, origin = undefined) =>
      change(id, 'token.add_policies', origin, (token) => {
        refuseRevoked(token)
        const added = parseAddedPolicies(policies, token, deps)
        checkRevision(token, parseIfRevision(options))
        return { token: { policies: Object.freeze([...token.policies, ...added]) } }
      }),
    removePolicies: async (id, policyIds, options = {}, origin = undefined) =>
      change(id, 'token.remove_policies', origin, (token) => {
        refuseRevoked(token)
        checkRevision(token, parseIfRevision(options))
        return { token: { policies: parseRemovedPolicies(policyIds, token) } }
      }),

    disable: async (id, origin) => change(id, 'token.disable', origin, become('disabled')),
    enable: async (id, origin) => change(id, 'token.enable', origin, become('active')),
    revoke: async (id, origin) => change(id, 'token.revoke', origin, () => ({ token: { status: 'revoked' } })),

    async setApiAccess(id, apiAccess, origin) {
      const own = parseOwnSwitch(apiAccess)
      return change(id, 'token.set_api_access', origin, (token) => {
        refuseRevoked(token)
        if (ownerKind(token.owner) !== 'account') {
          const message = 'only a token that the account owns has a switch of its own'
          throw new InputError([{ path: ['apiAccess'], code: 'not_account_owned', message }])
        }
        return { token: { apiAccess: own } }
      })
    },

    async roll(given, options = {}, origin = undefined) {
      const id = parseId(given, 'id')
      return write({
        origin,
        scopes: () => scopeOf(id),
        facts: async (_scopes, now) => {
          const stored = await needToken(storage, id)
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
    moveOverlap: async (id, endsOn, origin) =>
      change(id, 'token.move_overlap', origin, (token, { digest, previous }, now) => {
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

/** The value is there for whoever reads it, and not for whoever only prints what holds it. */
function withValue<T extends object>(record: T, { value }: MintedCredential): T & { readonly value: string } {
  const shown = { ...record, value: '<shown once>' }
  return Object.freeze(Object.defineProperty({ ...record, value }, inspect.custom, { value: () => shown }))
}
