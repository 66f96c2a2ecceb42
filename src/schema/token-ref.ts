/**
 * Names a token: by its id alone, or by its id and the owner it must have.
 *
 * Ids of tokens are no secrets, and whoever may manage the tokens of one account must not reach those of another by knowing an id. So an id that a
 * request names can be bound to the owner that the request was allowed for; both are checked in the same write.
 */
import type { Owner } from '../core/facts.ts'
import { withoutCredentials } from '../masking.ts'
import { idShape, ownerShape } from './ids.ts'
import { field, read, record } from './reading.ts'

/**
 * A token as callers refer to it. A bare id means whoever's it is. With an owner, a token of anybody else does not exist:
 *
 * - `{ user }`: tokens of that person.
 * - `{ account, service }`: tokens of that service account.
 * - `{ account }`: tokens that the account itself owns, and those of its service accounts. Never a person's, whatever that token reaches.
 */
export type TokenRef = string | { readonly id: string; readonly owner: Owner }

/** A token ref, read. `owner` is `null` where it may be anybody's. */
export interface TokenKey {
  readonly id: string
  readonly owner: Owner | null
}

/** The value of a token is its secret: whoever has it in place of an id gets an error that says so and never repeats it. */
const tokenIdShape = idShape.refine((id) => withoutCredentials(id) === id, {
  error: "this is a token's value; give its id",
  params: { code: 'bad_id' },
})

const refShape = record({ id: tokenIdShape, owner: ownerShape })

/** Reads a token ref. An owner with an `undefined` field is refused: what was meant to narrow must not be ignored. */
export function parseTokenRef(input: unknown): TokenKey {
  if (typeof input !== 'object' || input === null) return { id: read(tokenIdShape, input, ['id']), owner: null }
  const owner = field(input, 'owner') // as it was given: what is read of it has left such fields out
  return read(refShape, input, ['token'], (_value, report) => {
    if (typeof owner !== 'object' || owner === null) return
    for (const name of Object.keys(owner))
      if (field(owner, name) === undefined) report.at('owner', name).issue('required', 'is there, and undefined')
  })
}
