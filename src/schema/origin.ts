/**
 * Who did something and from where, as the audit log keeps it.
 */
import { encodeId } from '../core/resource.ts'
import { withoutCredentials } from '../errors.ts'
import { field, leaf, read, record, textLeaf } from './reading.ts'

/** Who acts: the host itself, a person, a token, or a service account. Written down as it is said; nothing checks it. */
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
}

const byShape = leaf<string>(
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

const originShape = record({ by: byShape.optional(), from: fromShape.optional() })

/** Reads an origin into the actor's text and the place. */
export function parseOrigin(input: unknown): { readonly actor: string; readonly from: string | undefined } {
  const { by = 'host', from } = input === undefined ? {} : read(originShape, input, ['origin'])
  return { actor: by, from }
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
