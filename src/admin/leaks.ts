/**
 * Leaks: a secret was found where it must not be. Whatever it opens ends at once.
 */
import { type Leak, ownerScope } from '../core/facts.ts'
import { type Claim, claimsOfFound } from '../credential/claim.ts'
import { digestOf, sameDigest } from '../credential/digest.ts'
import { MASK, withoutCredentials } from '../masking.ts'
import { type LeakEvidence, parseEvidence, parseFoundValue } from '../schema/leak.ts'
import { type Origin, parseOrigin } from '../schema/origin.ts'
import type { AdminDeps } from './deps.ts'
import { needToken } from './facts.ts'
import { CUT, putToken, type StoredToken } from './token-put.ts'
import { type Moment, type Outcome, told, type Writer } from './write.ts'

/** What a report of a leak came to. An imported key may be that of several tokens: then it is the first of these that was true of one. */
export interface LeakReport {
  /**
   * - `revoked`: it was the current secret; the token is revoked.
   * - `overlap_ended`: it was the secret before the last roll and still worked; it works no more. The token stands.
   * - `already_ended`: it worked no more.
   * - `unknown`: no token has this secret.
   */
  readonly outcome: 'revoked' | 'overlap_ended' | 'already_ended' | 'unknown'
  /** The id of the token of which that is true; `null` when it is unknown. */
  readonly token: string | null
}

export interface Leaks {
  /**
   * Ends what a leaked value opens: at once, whatever the token's status, and of every token that it opens. The token keeps where it was found
   * (`leak`) and stays in lists; an overlap that is ended by it stands in the audit log alone, since the current secret did not leak. Telling
   * the same again changes nothing.
   *
   * The value is read with any prefix, also one that isn't accepted any more, and without white space around it. What can be no credential is
   * `unknown` without a look into storage. The value is stored nowhere and taken out of the evidence. Does not look at the evidence: whoever has
   * the value could use it.
   *
   * Each token is looked up and written by itself. Where one fails the others are ended all the same, and then it throws: tell the same again.
   *
   * @example
   * ```ts
   * const { outcome, token } = await bw.tokens.reportLeaked(value, { source: 'support', url: 'https://example.com/paste/1' })
   * ```
   */
  reportLeaked(value: string, evidence: LeakEvidence, origin?: Origin): Promise<LeakReport>
}

export function createLeaks(
  { storage, peppers, importedKeys }: Pick<AdminDeps, 'storage' | 'peppers' | 'importedKeys'>,
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
    const outcome = putToken(stored, { secrets: ended, noted: { previousLeak: leak } }, moment, ACTION)
    return told(outcome, () => reported('overlap_ended', token.id))
  }

  function end(
    id: string,
    plains: readonly string[],
    found: Evidence,
    origin: Origin | undefined,
  ): Promise<LeakReport> {
    return write({
      origin,
      scopes: async () => [ownerScope((await needToken(storage, id)).token.owner)],
      facts: () => needToken(storage, id),
      decide: ({ token, secrets }, moment): Outcome<LeakReport> => {
        const stored = { token, secrets }
        const secret = which(stored, plains, moment.now)
        if (secret === null) return { unchanged: UNKNOWN }
        const leak = Object.freeze({ at: moment.now, ...found })
        return secret === 'current' ? endCurrent(stored, leak, moment) : endPrevious(stored, leak, moment)
      },
    })
  }

  /** The tokens that this may be a secret of. */
  async function tokensOf(claim: Claim): Promise<readonly string[]> {
    if (claim.kind === 'imported') return storage.tokensByDigest(claim.plains.flatMap(peppers.formsOf))
    return (await storage.token(claim.id)) === null ? [] : [claim.id]
  }

  return {
    async reportLeaked(given, evidence, origin) {
      const value = parseFoundValue(given)
      const found = parseEvidence(evidence)
      parseOrigin(origin)
      const told = shown(found, value.trim() || value)
      const reports: LeakReport[] = []
      const faults: unknown[] = []
      const attempt = (work: () => Promise<void>) => work().catch((fault) => void faults.push(fault))
      // Whatever happens to one of them, the others must end too.
      for (const claim of claimsOfFound(value, importedKeys))
        await attempt(async () => {
          const plains = claim.kind === 'native' ? [digestOf(claim.bytes)] : claim.plains
          for (const id of await tokensOf(claim))
            await attempt(async () => void reports.push(await end(id, plains, told, origin)))
        })
      if (faults.length > 0) throw faults[0]
      return STRONGEST_FIRST.map((outcome) => reports.find((one) => one.outcome === outcome)).find(Boolean) ?? UNKNOWN
    },
  }
}

const ACTION = 'token.report_leaked'
const STRONGEST_FIRST = ['revoked', 'overlap_ended', 'already_ended'] as const
const UNKNOWN: LeakReport = Object.freeze({ outcome: 'unknown', token: null })

function reported(outcome: LeakReport['outcome'], token: string): LeakReport {
  return Object.freeze({ outcome, token })
}

type Evidence = Omit<Leak, 'at'>

/** The evidence without the value: what is found in a URL may well be a part of it. */
function shown({ source, url }: Evidence, value: string): Evidence {
  return { source: without(value, source), ...(url !== undefined && { url: without(value, url) }) }
}

function without(value: string, text: string): string {
  const shown = withoutCredentials(text.replaceAll(value, MASK))
  const read = decoded(shown)
  return read.includes(value) || withoutCredentials(read) !== read ? MASK : shown
}

/** The text with its percent-encoding undone where there is any. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
}
