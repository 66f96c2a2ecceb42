/**
 * Leaks: a secret was found where it must not be. Whatever it opens ends at once.
 */
import { type Leak, ownerScope } from '../core/facts.ts'
import { claimOf } from '../credential/claim.ts'
import { sameDigest } from '../credential/digest.ts'
import { withoutCredentials } from '../errors.ts'
import { type LeakEvidence, parseEvidence, parseFoundValue } from '../schema/leak.ts'
import { type Origin, parseOrigin } from '../schema/origin.ts'
import type { AdminDeps } from './deps.ts'
import { needToken } from './facts.ts'
import { CUT, putToken, type StoredToken } from './token-put.ts'
import { type Moment, type Outcome, told, type Writer } from './write.ts'

/** What a report of a leak came to. */
export interface LeakReport {
  /**
   * - `revoked`: it was the current secret; the token is revoked.
   * - `overlap_ended`: it was the secret before the last roll and still worked; it works no more. The token stands.
   * - `already_ended`: it worked no more.
   * - `unknown`: no token has this secret.
   */
  readonly outcome: 'revoked' | 'overlap_ended' | 'already_ended' | 'unknown'
  /** The id of the token whose secret it is or was; `null` when it is unknown. */
  readonly token: string | null
}

export interface Leaks {
  /**
   * Ends what a leaked value opens: at once, and whatever the token's status. The token keeps where it was found (`leak`) and stays in lists; an
   * overlap that is ended by it stands in the audit log alone, since the current secret did not leak. Telling the same again changes nothing.
   *
   * What can be no credential is `unknown` without a look into storage. The value is stored nowhere and taken out of the evidence. Does not
   * look at the evidence: whoever has the value could use it.
   *
   * @example
   * ```ts
   * const { outcome, token } = await bw.tokens.reportLeaked(value, { source: 'support', url: 'https://example.com/paste/1' })
   * ```
   */
  reportLeaked(value: string, evidence: LeakEvidence, origin?: Origin): Promise<LeakReport>
}

export function createLeaks(
  { storage, prefixes, peppers, importedKeys }: Pick<AdminDeps, 'storage' | 'prefixes' | 'peppers' | 'importedKeys'>,
  write: Writer,
): Leaks {
  /** In whatever form it is stored, also in one that is accepted no more: what has leaked ends. */
  function is(stored: string, plains: readonly string[]): boolean {
    return plains.some((plain) => peppers.formsOf(plain).some((form) => sameDigest(stored, form)))
  }

  /** Which of a token's secrets this is. */
  function which(
    { token, secrets }: StoredToken,
    plains: readonly string[],
    now: number,
  ): 'current' | 'previous' | null {
    const { digest, previous } = secrets
    if (is(digest, plains)) return 'current'
    if (previous !== undefined && is(previous.digest, plains)) return 'previous'
    // A secret that still works and whose form can't be opened may be this one: that throws, and is never taken for another.
    const working = [digest, ...(previous !== undefined && previous.endsOn > now ? [previous.digest] : [])]
    for (const stored of token.status === 'revoked' ? [] : working)
      for (const plain of plains) peppers.opens(stored, plain)
    return null
  }

  function endCurrent(stored: StoredToken, leak: Leak, moment: Moment): Outcome<LeakReport> {
    const { id, status, leak: known = leak } = stored.token
    const outcome = putToken(stored, { token: { status: 'revoked', leak: known } }, moment, ACTION)
    return told(outcome, () => reported(status === 'revoked' ? 'already_ended' : 'revoked', id))
  }

  function endPrevious(stored: StoredToken, leak: Leak, moment: Moment): Outcome<LeakReport> {
    const { token, secrets } = stored
    const { digest, previous } = secrets
    if (token.status === 'revoked' || previous === undefined || previous.endsOn <= moment.now)
      return { unchanged: reported('already_ended', token.id), token: { id: token.id, after: stored } }
    const ended = { digest, previous: { digest: previous.digest, endsOn: CUT } }
    const outcome = told(putToken(stored, { secrets: ended }, moment, ACTION), () =>
      reported('overlap_ended', token.id),
    )
    return 'unchanged' in outcome
      ? outcome
      : { ...outcome, after: { ...(outcome.after as object), previousLeak: leak } }
  }

  return {
    async reportLeaked(given, evidence, origin) {
      const value = parseFoundValue(given)
      const found = parseEvidence(evidence)
      parseOrigin(origin)
      const claim = claimOf(value, prefixes, importedKeys)
      if (claim === null) return UNKNOWN
      const plains = claim.kind === 'native' ? [claim.plain] : claim.plains
      const id = claim.kind === 'native' ? claim.id : await storage.tokenByDigest(plains.flatMap(peppers.formsOf))
      if (id === null || (await storage.token(id)) === null) return UNKNOWN
      return write({
        origin,
        scopes: async () => [ownerScope((await needToken(storage, id)).token.owner)],
        facts: () => needToken(storage, id),
        decide: ({ token, secrets }, moment): Outcome<LeakReport> => {
          const stored = { token, secrets }
          const secret = which(stored, plains, moment.now)
          if (secret === null) return { unchanged: UNKNOWN }
          const leak = Object.freeze({ at: moment.now, ...shown(found, value) })
          return secret === 'current' ? endCurrent(stored, leak, moment) : endPrevious(stored, leak, moment)
        },
      })
    },
  }
}

const ACTION = 'token.report_leaked'
const UNKNOWN: LeakReport = Object.freeze({ outcome: 'unknown', token: null })

function reported(outcome: LeakReport['outcome'], token: string): LeakReport {
  return Object.freeze({ outcome, token })
}

type Evidence = Omit<Leak, 'at'>

/** The evidence without the value: what is found in a URL may well be a part of it. */
function shown({ source, url }: Evidence, value: string): Evidence {
  return { source: without(value, source), ...(url !== undefined && { url: without(value, url) }) }
}

const HIDDEN = '<credential>'

function without(value: string, text: string): string {
  const shown = withoutCredentials(text.replaceAll(value, HIDDEN))
  const read = decoded(shown)
  return read.includes(value) || withoutCredentials(read) !== read ? HIDDEN : shown
}

/** The text with its percent-encoding undone where there is any. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
}
