/**
 * Writes a change to an existing token, or finds that it changes nothing.
 */
import { type Leak, ownerScope, type Secrets, type Token } from '../core/facts.ts'
import type { TokenTerms } from '../schema/token.ts'
import type { TokenAction } from './actions.ts'
import { same, target } from './facts.ts'
import type { Moment, Outcome } from './write.ts'

/** A token as it is stored. */
export interface StoredToken {
  readonly token: Token
  readonly secrets: Secrets
}

/** A change to a token: what isn't given stays. */
export interface ChangedToken {
  readonly token?: Partial<Pick<Token, 'policies' | 'status' | 'apiAccess' | 'secretIssuedOn' | 'leak'>>
  readonly terms?: TokenTerms
  readonly secrets?: Secrets
  /** What the audit log shows besides. */
  readonly noted?: { readonly previousLeak: Leak }
}

/** The end of an overlap that was cut: long past, so that no clock set back opens it again. The digest stays, so that its holder gets `token_expired`. */
export const CUT = 0

/** The token as the change leaves it, before it is given a revision. */
export function changedToken(before: Token, { token, terms }: ChangedToken): Token {
  return { ...(terms === undefined ? before : { ...withoutTerms(before), ...terms }), ...token }
}

export function putToken(
  { token: before, secrets: old }: StoredToken,
  changed: ChangedToken,
  { now }: Moment,
  action: TokenAction,
): Outcome<Token> {
  const { secrets = old, noted } = changed
  const wanted = changedToken(before, changed)
  const keepsSecrets = same(secrets, old)
  if (same(wanted, before) && keepsSecrets)
    return { unchanged: before, token: { id: before.id, after: { token: before, secrets: old } } }
  const after = Object.freeze({ ...wanted, modifiedOn: now, revision: before.revision + 1 })
  return {
    // A use may have renewed the stored digest since it was read, so unchanged secrets are not written back.
    writes: [{ kind: 'put_token', token: after, ...(!keepsSecrets && { secrets }) }],
    log: ownerScope(before.owner),
    action,
    target: target('token', before.id),
    before: audited(before, old),
    after: { ...audited(after, secrets), ...noted },
    token: { id: before.id, after: { token: after, secrets } },
    result: after,
  }
}

function withoutTerms({ condition: _condition, notBefore: _notBefore, expiresOn: _expiresOn, ...rest }: Token) {
  return rest
}

/** A token as the audit log shows it: without digests, and with the end of an overlap. */
function audited(token: Token, { previous }: Secrets): Token & { readonly overlapEndsOn?: number } {
  return previous === undefined || previous.endsOn === CUT ? token : { ...token, overlapEndsOn: previous.endsOn }
}
