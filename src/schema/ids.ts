/**
 * Ids: of accounts, users and service accounts, which the host chooses; and who owns a token or is a member.
 */
import { z } from 'zod'
import type { MemberKey, Owner } from '../core/facts.ts'
import { shorten } from '../core/nearest.ts'
import { encodeId, MAX_ID_BYTES } from '../core/resource.ts'
import { always, field, read, record, textLeaf } from './reading.ts'

/** An id as names spell it: any well-formed text that isn't empty, at most 1,024 bytes. Matched in binary, never trimmed or folded. */
export const idShape = textLeaf((text) =>
  encodeId(text) === null
    ? { code: 'bad_id', message: `must be well-formed text, not empty, at most ${MAX_ID_BYTES} bytes` }
    : text,
)

/** Reads an id given as the argument of this name. */
export function parseId(input: unknown, argument: string): string {
  return read(idShape, input, [argument])
}

const OWNERS = '`{ user }`, `{ account }` or `{ account, service }`'

export const ownerShape = always(
  record({ user: idShape.optional(), account: idShape.optional(), service: idShape.optional() }),
  (value, report) => {
    if (typeof value !== 'object' || value === null) return
    const given = ['user', 'account', 'service'].filter((name) => field(value, name) !== undefined)
    if (!['user', 'account', 'account,service'].includes(given.join())) report.issue('bad_owner', `must be ${OWNERS}`)
  },
).transform(({ user, account = '', service }): Owner => {
  if (user !== undefined) return Object.freeze({ user })
  return Object.freeze(service === undefined ? { account } : { account, service })
})

export function parseOwner(input: unknown): Owner {
  return read(ownerShape, input, ['owner'])
}

/** A member's name in its account: a person or a service account. With the same id they are still two members. */
export type MemberName = { readonly user: string } | { readonly service: string }

/** A member of an account as callers refer to it: by its name there, or by the whole key that other calls return. */
export type MemberRef = MemberName | MemberKey

export const nameFields = { user: idShape.optional(), service: idShape.optional() }

/** Refuses both and neither. */
export function needsOneOf(value: unknown, names: readonly [string, string], refuse: (message: string) => void): void {
  if (typeof value !== 'object' || value === null) return
  const given = names.filter((name) => field(value, name) !== undefined)
  if (given.length !== 1)
    refuse(`needs either \`${names[0]}\` or \`${names[1]}\`${given.length > 1 ? ', not both' : ''}`)
}

const memberNameShape = always(record(nameFields), (value, report) =>
  needsOneOf(value, ['user', 'service'], (message) => report.issue('bad_member', message)),
)

const memberKeyShape = record({ account: idShape, kind: z.enum(['user', 'service']), id: idShape })

/** The key of a member given as `(account, ref)`. A whole key must be of the same account. */
export function parseMemberKey(account: unknown, ref: unknown): MemberKey {
  const id = parseId(account, 'account')
  if (field(ref, 'kind') === undefined) return keyFrom(id, read(memberNameShape, ref, ['member']))
  return Object.freeze(
    read(memberKeyShape, ref, ['member'], (value, report) => {
      const other = field(value, 'account')
      if (typeof other === 'string' && other !== id)
        report.at('account').issue('bad_member', `must be a member of account \`${shorten(id)}\``)
    }),
  )
}

export function keyFrom(account: string, ref: { user?: string | undefined; service?: string | undefined }): MemberKey {
  return Object.freeze(
    ref.service === undefined
      ? { account, kind: 'user', id: ref.user ?? '' }
      : { account, kind: 'service', id: ref.service },
  )
}

/** Whose audit log. */
const logShape = always(record({ account: idShape.optional(), user: idShape.optional() }), (value, report) =>
  needsOneOf(value, ['account', 'user'], (message) => report.issue('bad_scope', message)),
)

export function parseLog(input: unknown): { readonly account: string } | { readonly user: string } {
  const { account, user = '' } = read(logShape, input, ['of'])
  return account === undefined ? { user } : { account }
}
