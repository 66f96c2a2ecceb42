/**
 * Who did something and from where, as the audit log keeps it.
 */
import type { Owner } from '../core/facts.ts'
import { decodeId, encodeId } from '../core/resource.ts'
import { MisuseError } from '../errors.ts'
import { withoutCredentials } from '../masking.ts'
import { always, field, leaf, read, record, textLeaf } from './reading.ts'

/** Who acts: the host itself, a person, a token, or a service account. Recorded as given; nothing checks it. */
export type Actor =
  | 'host'
  | { readonly user: string }
  | { readonly token: string }
  | { readonly service: string; readonly account: string }

/** Where a write comes from, for the audit log alone. */
export interface Origin {
  /** `host` when not given. */
  readonly by?: Actor
  /** The client's address, or whatever says from where: at most 200 characters. */
  readonly from?: string
  /** The id of the token that the actor used. Where the actor is a token, it is that token. Recorded as given. */
  readonly through?: string
}

/** The principal of an access. */
type Asking =
  | { readonly kind: 'token'; readonly id: string; readonly owner: Owner }
  | { readonly kind: 'session'; readonly user: string }

/**
 * The origin of a write that a handler does on behalf of its caller: the person or the service account, through its token; an account-owned token acts for
 * itself. Throws `ERR_BAILIWICK_MISUSE` for `null`: an access that allowed something has a principal.
 *
 * @example
 * ```ts
 * const access = await bw.authenticate(value)
 * if (access.can('cache.purge', 'account:acme/zone:z1')) await bw.accounts.rename('acme', 'Acme', originOf(access.principal, '203.0.113.9'))
 * ```
 */
export function originOf(principal: Asking | null, from?: string | null): Origin {
  if (principal === null) throw new MisuseError('nobody is known who could be the origin: the credential was refused')
  const place = from === undefined || from === null ? {} : { from }
  if (principal.kind === 'session') return { by: { user: principal.user }, ...place }
  const { id, owner } = principal
  const by: Actor = 'user' in owner || 'service' in owner ? owner : { token: id }
  return { by, through: id, ...place }
}

/** An origin in the form of the audit log. */
export interface Who {
  readonly actor: string
  readonly from?: string
  readonly through?: string
}

/** Reads an actor into its text. */
export const actorShape = leaf<string>(
  (value) =>
    readActor(value) ?? {
      code: 'bad_actor',
      message: "must be `'host'`, `{ user }`, `{ token }` or `{ account, service }`",
    },
)

const fromShape = textLeaf((text) =>
  text.length > 0 && text.length <= 200 && !/\p{Cc}/u.test(text) && text.isWellFormed()
    ? withoutCredentials(text)
    : { code: 'bad_origin', message: 'must be 1 to 200 characters without control characters' },
)

/** The id of a token through which something was done. */
const throughShape = textLeaf((text) =>
  encodeId(text) !== null && withoutCredentials(text) === text
    ? text
    : { code: 'bad_origin', message: 'must be the id of a token' },
)

const originShape = always(
  record({ by: actorShape.optional(), from: fromShape.optional(), through: throughShape.optional() }),
  (value, report) => {
    const [by, through] = [field(value, 'by'), field(value, 'through')]
    if (typeof by !== 'string' || typeof through !== 'string') return
    if (![null, through].includes(tokenOf(by)))
      report.at('through').issue('bad_origin', 'must be the token that `by` names, or be left out')
  },
)

/** Reads an origin into the form of the audit log. What a token did itself was also done through it. */
export function parseOrigin(input: unknown): Who {
  const { by = 'host', from, through = tokenOf(by) } = input === undefined ? {} : read(originShape, input, ['origin'])
  return { actor: by, ...(from !== undefined && { from }), ...(through !== null && { through }) }
}

const TOKEN = 'token:'

/** The token id in the text of an actor, or `null` where it is no token. */
function tokenOf(actor: string): string | null {
  return actor.startsWith(TOKEN) ? decodeId(actor.slice(TOKEN.length)) : null
}

/** Ids are spelled as in names, so that no two actors share a text. */
function readActor(value: unknown): string | null {
  if (value === 'host') return 'host'
  if (typeof value !== 'object' || value === null) return null
  const id = (name: string) => {
    const given = field(value, name)
    return typeof given === 'string' && withoutCredentials(given) === given ? encodeId(given) : null
  }
  const [user, token, account, service] = ['user', 'token', 'account', 'service'].map(id)
  const given = Object.keys(value).sort().join()
  if (given === 'user' && user) return `user:${user}`
  if (given === 'token' && token) return `token:${token}`
  return given === 'account,service' && account && service ? `service:${account}/${service}` : null
}
